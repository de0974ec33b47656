"""The text format of Prometheus, version 0.0.4.

>>> jobs = Family("jobs", "Jobs that wait", "gauge", [Sample(3, {"queue": "main"})])
>>> print(text_of([jobs]), end="")
# HELP jobs Jobs that wait
# TYPE jobs gauge
jobs{queue="main"} 3
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.histogram import Histogram

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_ESCAPED_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})


class Sample(NamedTuple):
    """A figure.

    Attributes:
        value: What it is now.
        labels: What of.
        suffix: Of its family's name, as "_sum".
    """

    value: float
    labels: Mapping[str, str] = {}
    suffix: str = ""


class Family(NamedTuple):
    """Figures that have one name.

    Attributes:
        name: Theirs; of a counter it ends with "_total".
        help: What they say.
        kind: What may be done with them.
        samples: Each has other labels.
    """

    name: str
    help: str
    kind: Literal["counter", "gauge", "histogram"]
    samples: Sequence[Sample]


def histogram(name: str, what: str, values: Histogram) -> Family:
    """The family of a histogram.

    What is in the last class is the count, so both agree while values come in.
    """
    buckets = values.cumulative()
    samples = [Sample(count, {"le": _number(bound)}, "_bucket") for bound, count in buckets]
    samples += [Sample(values.total, suffix="_sum"), Sample(buckets[-1][1], suffix="_count")]
    return Family(name, what, "histogram", samples)


def text_of(families: Iterable[Family]) -> str:
    """All of them as Prometheus reads them."""
    return "".join(line for family in families for line in _lines(family))


def _lines(family: Family) -> Iterable[str]:
    yield f"# HELP {family.name} {family.help.translate(_ESCAPED_HELP)}\n"
    yield f"# TYPE {family.name} {family.kind}\n"
    for value, labels, suffix in family.samples:
        pairs = ",".join(f'{key}="{text.translate(_ESCAPED)}"' for key, text in labels.items())
        braces = f"{{{pairs}}}" if pairs else ""
        yield f"{family.name}{suffix}{braces} {_number(value)}\n"


def _number(value: float) -> str:
    """A number as Go reads it.

    >>> [_number(value) for value in (3, 0.25, math.inf, -math.inf, math.nan)]
    ['3', '0.25', '+Inf', '-Inf', 'NaN']
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(float(value))
