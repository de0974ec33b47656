"""Trees and layouts of any plan."""

from __future__ import annotations

import itertools

from hypothesis import given

from callboard.actors.logic.graph import in_order, well_formed
from callboard.messages.values import Plan, Subtask
from callboard.runtime.gateways.cli.layout import GAP, laid_out
from callboard.runtime.gateways.cli.longest import longest_way
from callboard.runtime.gateways.cli.text import width
from callboard.runtime.gateways.cli.tree import dominators, lines, rows
from tests.strategies import plans


@given(plans())
def test_each_subtask_has_one_line_below_all_that_it_needs(plan: Plan) -> None:
    plan = well_formed(plan)
    numbers = {row.subtask.uuid: row.number for row in rows(plan)}

    assert sorted(numbers) == sorted(s.uuid for s in plan.subtasks)
    for row in rows(plan):
        needed = sorted(numbers[uuid] for uuid in row.subtask.dependencies)
        assert all(number < row.number for number in needed)
        assert list(row.after) in ([], needed)


@given(plans())
def test_a_subtask_hangs_from_the_nearest_one_on_every_way_to_it(plan: Plan) -> None:
    plan = well_formed(plan)
    above: dict[str, set[str]] = {}  # on every way to it
    for subtask in in_order(plan):
        ways = [above[uuid] | {uuid} for uuid in subtask.dependencies]
        above[subtask.uuid] = ways[0].intersection(*ways) if ways else set()

    for uuid, parent in dominators(plan).items():
        assert (parent is None) == (not above[uuid])
        if parent is not None:
            assert above[uuid] == above[parent] | {parent}


@given(plans(largest=30))
def test_no_line_is_wider_than_the_terminal(plan: Plan) -> None:
    drawn = list(lines(well_formed(plan), columns=80, unicode=True))

    assert max(map(width, drawn)) <= 80


def test_a_chain_of_many_is_neither_deep_nor_slow() -> None:
    subtasks = [Subtask(uuid="0", name="S0")]
    subtasks += [
        Subtask(uuid=f"{n}", name=f"S{n}", dependencies=(f"{n - 1}",)) for n in range(1, 20_000)
    ]
    drawn = list(lines(Plan(subtasks=tuple(subtasks)), columns=80, unicode=False))

    assert drawn[0] == "    1 `- S0                              MEDIUM           1 h"
    assert len(drawn) == 20_000
    assert max(map(len, drawn)) <= 80


@given(plans(largest=20))
def test_boxes_stand_below_what_they_need_and_never_overlap(plan: Plan) -> None:
    plan = well_formed(plan)
    layout = laid_out(plan)

    assert layout.boxes.keys() == {s.uuid for s in plan.subtasks}
    assert [(a.start, a.end) for a in layout.arrows] == [
        (uuid, s.uuid) for s in plan.subtasks for uuid in s.dependencies
    ]
    for subtask in plan.subtasks:
        for uuid in subtask.dependencies:
            assert layout.boxes[uuid].layer < layout.boxes[subtask.uuid].layer
    spots = {spot for arrow in layout.arrows for spot in arrow.spots}
    spots |= set(layout.boxes.values())
    for _, layer in itertools.groupby(
        sorted(spots, key=lambda s: (s.layer, s.x)), key=lambda s: s.layer
    ):
        for left, right in itertools.pairwise(layer):
            assert right.x - left.x >= left.wide / 2 + right.wide / 2 + GAP - 1e-6
    for spot in spots:
        assert spot.wide / 2 - 1e-6 <= spot.x <= layout.wide - spot.wide / 2 + 1e-6


@given(plans())
def test_the_longest_way_is_a_way_and_the_longest(plan: Plan) -> None:
    plan = well_formed(plan)
    by_uuid = {s.uuid: s for s in plan.subtasks}
    ends: dict[str, float] = {}
    for subtask in in_order(plan):
        before = max((ends[uuid] for uuid in subtask.dependencies), default=0.0)
        ends[subtask.uuid] = before + subtask.seconds
    way = longest_way(plan)

    assert by_uuid[way[0]].dependencies == ()
    for one, next_one in itertools.pairwise(way):
        assert one in by_uuid[next_one].dependencies
    assert sum(by_uuid[uuid].seconds for uuid in way) == max(ends.values())
