"""Instants as people and programs elsewhere read them."""

from __future__ import annotations

import datetime as dt

_LATEST = dt.datetime(9999, 12, 30, tzinfo=dt.UTC).timestamp()


def iso(at: float) -> str:
    """Seconds since the epoch as ISO 8601, aware, in UTC.

    A deadline may be as late as one likes: what comes after the last day that every zone of
    time can write is told as that day.

    >>> iso(0.5), iso(1e300)
    ('1970-01-01T00:00:00.500000+00:00', '9999-12-30T00:00:00.000000+00:00')
    """
    moment = dt.datetime.fromtimestamp(min(at, _LATEST), dt.UTC)
    return moment.isoformat(timespec="microseconds")
