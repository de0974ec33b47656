"""Tables for the tests, and strategies for any table."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

from hypothesis import strategies as st

from callboard.demo.table import Table, parse


def table(header: str, rows: Iterable[Iterable[object]]) -> Table:
    """The table with these cells."""
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    return parse("\n".join(lines).encode(), source="test.csv")


def shop(days: int = 3 * 365) -> Table:
    """Sales that grow, peak in July, are higher in the north, with two wild days."""
    first = dt.date(2019, 1, 1)
    rows: list[tuple[object, ...]] = []
    for n in range(days):
        day = first + dt.timedelta(days=n)
        for region, usual in (("north", 120), ("south", 80)):
            season = 20 * math.cos((day.month - 7) * math.pi / 6)
            wobble = (n * 7919 % 13) - 6
            sold = usual + season + n / 30 + wobble + (1000 if n in (100, 700) else 0)
            rows.append((day, region, "card" if n % 3 else "cash", round(sold, 1), n * 31 % 17))
    return table("day,region,paid,sold,noise", rows)


def _spelt(number: float) -> str:
    """As Python reads it; infinity in a word that no number of a page is ever shown as."""
    return str(number).replace("inf", "infinity")


_CELLS = st.one_of(
    st.integers(-5, 5).map(str),
    st.floats(allow_nan=True, allow_infinity=True).map(_spelt),
    st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)).map(str),
    st.sampled_from(["", "NA", "a", "b", "A", "x|y", "*`_<b>", "1e99", "-1e99"]),
)
_KINDS = st.sampled_from(
    [
        st.integers(-5, 5).map(str),
        st.floats(-1e99, 1e99).map(str),
        st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)).map(str),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["0", "0", "0", "7.5"]),
        _CELLS,
    ]
)


@st.composite
def any_table(draw: st.DrawFn) -> Table:
    """Up to 60 rows of a few columns, each of one kind or a mixture."""
    kinds = draw(st.lists(_KINDS, min_size=1, max_size=4))
    distinct = draw(st.lists(st.tuples(*kinds), min_size=1, max_size=12))
    # Repeated, so that groups are large enough to be compared.
    rows = distinct * draw(st.integers(1, 5))
    # A row of blanks only would be no row.
    names = ["always", *(f"col{i}" for i in range(len(kinds)))]
    return table(",".join(names), [("here", *row) for row in rows])
