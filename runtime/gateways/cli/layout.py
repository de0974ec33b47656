"""Where the boxes of a plan's picture stand: in layers, each below what it waits for.

Source: Sugiyama, Tagawa, Toda, Methods for visual understanding of hierarchical system
structures, IEEE SMC 11(2), 1981: layers by the longest way, order by barycentres. The
places within a layer are then those nearest to the neighbours' (isotonic regression).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

from callboard.actors.logic.graph import in_order
from callboard.messages.base import SubtaskId
from callboard.messages.values import Plan

BOX: Final = 210.0
LANE: Final = 16.0
GAP: Final = 28.0
_SWEEPS: Final = 6
_MOST_BENDS: Final = 5_000


@dataclass(slots=True, eq=False)
class Spot:
    """A box, or the place where an arrow passes a layer.

    Attributes:
        subtask: None where only an arrow passes.
        layer: Counts from 0, from the top.
        x: Of its middle, as `layer` in units of a picture.
    """

    subtask: SubtaskId | None
    layer: int
    x: float = 0.0
    above: list[Spot] = field(default_factory=list["Spot"])
    below: list[Spot] = field(default_factory=list["Spot"])

    @property
    def wide(self) -> float:
        """Of the box."""
        return LANE if self.subtask is None else BOX


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a dependency to what waits for it.

    Attributes:
        spots: That it runs through, both ends included.
    """

    start: SubtaskId
    end: SubtaskId
    spots: Sequence[Spot]


@dataclass(frozen=True, slots=True)
class Layout:
    """All boxes and arrows.

    Attributes:
        wide: Of the picture.
        layers: How many there are.
    """

    boxes: Mapping[SubtaskId, Spot]
    arrows: Sequence[Arrow]
    wide: float
    layers: int


def laid_out(plan: Plan) -> Layout:
    """A layout of a checked plan; the same for the same plan."""
    boxes = _boxes(plan)
    layers: list[list[Spot]] = [[] for _ in range(max(b.layer for b in boxes.values()) + 1)]
    for box in boxes.values():
        layers[box.layer].append(box)
    arrows = _arrows(plan, boxes, layers)
    for sweep in range(_SWEEPS):
        _order(layers if sweep % 2 == 0 else layers[::-1], down=sweep % 2 == 0)
    for sweep in range(_SWEEPS):
        _place(layers if sweep % 2 == 0 else layers[::-1], down=sweep % 2 == 0)
    left = min(s.x - s.wide / 2 for layer in layers for s in layer)
    for spot in itertools.chain.from_iterable(layers):
        spot.x -= left
    wide = max(s.x + s.wide / 2 for layer in layers for s in layer)
    return Layout(boxes, arrows, wide, len(layers))


def _boxes(plan: Plan) -> dict[SubtaskId, Spot]:
    boxes: dict[SubtaskId, Spot] = {}
    for subtask in in_order(plan):
        layer = max((boxes[uuid].layer + 1 for uuid in subtask.dependencies), default=0)
        boxes[subtask.uuid] = Spot(subtask.uuid, layer)
    return boxes


def _arrows(
    plan: Plan, boxes: Mapping[SubtaskId, Spot], layers: Sequence[list[Spot]]
) -> list[Arrow]:
    """Arrows, each with a bend in every layer that it passes, unless those are too many."""
    pairs = [(uuid, s.uuid) for s in plan.subtasks for uuid in s.dependencies]
    passed = sum(boxes[end].layer - boxes[start].layer - 1 for start, end in pairs)
    found: list[Arrow] = []
    for start, end in pairs:
        first, last = boxes[start], boxes[end]
        between = range(first.layer + 1, last.layer) if passed <= _MOST_BENDS else ()
        bends = [Spot(None, layer) for layer in between]
        for bend in bends:
            layers[bend.layer].append(bend)
        spots = [first, *bends, last]
        for upper, lower in itertools.pairwise(spots):
            upper.below.append(lower)
            lower.above.append(upper)
        found.append(Arrow(start, end, spots))
    return found


def _order(layers: Iterable[list[Spot]], *, down: bool) -> None:
    """Each layer by the mean places of the neighbours in the one before it."""
    places: dict[Spot, float] = {}
    for layer in layers:
        for number, spot in enumerate(layer):
            neighbours = [places[n] for n in (spot.above if down else spot.below) if n in places]
            places[spot] = fmean(neighbours) if neighbours else float(number)
        layer.sort(key=places.__getitem__)
        places.update((spot, float(number)) for number, spot in enumerate(layer))


def _place(layers: Iterable[list[Spot]], *, down: bool) -> None:
    for layer in layers:
        wanted = [_wanted(spot, down=down) for spot in layer]
        for spot, x in zip(layer, _apart(layer, wanted), strict=True):
            spot.x = x


def _wanted(spot: Spot, *, down: bool) -> float:
    near = spot.above if down else spot.below
    return fmean(n.x for n in near) if near else spot.x


def _apart(layer: Sequence[Spot], wanted: Sequence[float]) -> list[float]:
    """The places nearest to those *wanted* (least squares) without an overlap."""
    offsets = list(
        itertools.accumulate(
            (a.wide / 2 + GAP + b.wide / 2 for a, b in itertools.pairwise(layer)), initial=0.0
        )
    )
    pools: list[tuple[float, int]] = []
    for target, offset in zip(wanted, offsets, strict=False):
        pools.append((target - offset, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, n), (other, m) = pools[-2:]
            pools[-2:] = [((one * n + other * m) / (n + m), n + m)]
    places = [place for place, count in pools for _ in range(count)]
    return [place + offset for place, offset in zip(places, offsets, strict=False)]
