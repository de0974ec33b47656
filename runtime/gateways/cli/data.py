"""Answers as plain data, the very JSON that a server gives; and times in it for people."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec


def data_of(answer: object) -> Any:  # noqa: ANN401 - JSON
    """An answer of an operation as data for JSON."""
    return msgspec.to_builtins(answer)


def when(at: str | float) -> str:
    """A time as people here read it, to the second.

    Args:
        at: ISO 8601, or seconds since the epoch.
    """
    found = dt.datetime.fromisoformat(at) if isinstance(at, str) else _from_epoch(at)
    return found.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _from_epoch(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)
