"""What is open is seen as it stands, and what cannot be done is said so."""

from __future__ import annotations

from typing import Any

from callboard.actors.logic.skills import Equivalences
from callboard.messages.values import Agent, Priority, Skill
from callboard.runtime.timetables.layout import Plain, as_estimated, lay_out
from callboard.runtime.timetables.play import by_load, play
from callboard.runtime.timetables.prospect import NEW, prospect
from callboard.runtime.timetables.scene import Scene, Task, scene

SQL, LAW = Skill(name="sql"), Skill(name="law")
ANN = Agent(id="ann", skills=(SQL,))
EVE = Agent(id="eve", skills=(LAW,))
BOB = Agent(id="bob", skills=(SQL, LAW))


def task(uuid: str, *before: str, needs: Skill = SQL, **more: Any) -> Task:
    return Task(uuid, "g", "k", frozenset({needs}), 60.0, before)._replace(**more)


def seen(*tasks: Task, agents: tuple[Agent, ...] = (ANN, EVE), now: float = 0.0) -> Scene:
    return scene(tasks, agents, now, Equivalences())


def test_what_waits_for_what_cannot_be_done_is_left_out_with_the_reason() -> None:
    found = seen(
        task("a"),
        task("b", obstacle="it is parked"),
        task("c", "b"),
        task("d", "c", "a"),
        task("e", "a"),
    )
    assert [one.uuid for one in found.tasks] == ["a", "e"]
    assert found.left_out == {"b": "it is parked", "c": "it waits for b", "d": "it waits for c"}


def test_who_is_paused_does_nothing() -> None:
    paused = Agent(id="eve", skills=(LAW,), paused=True)
    found = seen(task("a", needs=LAW), agents=(ANN, paused))
    assert (found.tasks, found.left_out) == ((), {"a": "nobody can do it"})


def test_what_more_urgent_work_waits_for_is_as_urgent() -> None:
    found = seen(task("a"), task("b", "a", urgency=Priority.CRITICAL), task("c"))
    assert {one.uuid: one.urgency for one in found.tasks} == {
        "a": Priority.CRITICAL,
        "b": Priority.CRITICAL,
        "c": Priority.MEDIUM,
    }


def test_what_has_ended_is_not_waited_for() -> None:
    [found] = seen(task("a", "done long ago")).tasks
    assert found.before == ()


def test_what_has_begun_holds_its_slot_and_takes_what_is_left() -> None:
    layout = lay_out(seen(task("a"), task("b", agent="ann", since=10.0), now=30.0), as_estimated)
    table = play(layout.project, by_load(layout.project))

    assert dict(zip((one.uuid for one in layout.scene.tasks), table.starts, strict=True)) == {
        "b": 0.0,
        "a": 40.0,
    }
    [turn] = layout.turns(table)
    assert (turn.subtask, turn.agent, turn.start, turn.seconds) == ("a", "ann", 70.0, 60.0)


def test_of_what_takes_too_long_a_tenth_is_left() -> None:
    layout = lay_out(seen(task("b", agent="ann"), now=500.0), as_estimated)
    assert layout.project.options == ({0: 6.0},)


def test_who_runs_more_than_it_should_has_so_many_slots() -> None:
    running = [task(uuid, agent="ann") for uuid in "abc"]
    layout = lay_out(seen(*running, task("d")), as_estimated)
    assert layout.slots.count("ann") == 3


def test_who_runs_several_at_once_has_as_many_slots_as_there_is_work() -> None:
    many = Agent(id="many", skills=(SQL,), max_load=5000)
    layout = lay_out(seen(task("a"), task("b"), agents=(many,)), as_estimated)
    assert layout.slots == ("many", "many")


def test_each_agent_takes_as_long_as_is_expected_of_it() -> None:
    layout = lay_out(
        seen(task("a"), agents=(ANN, BOB)),
        lambda one, agent: Plain(5.0 if agent == "bob" else one.seconds, 1.0, 9.0),
    )
    assert layout.project.options == ({0: 60.0, 1: 5.0},)


def test_urgent_work_goes_first_in_the_event_model_too() -> None:
    tasks = [task("a"), task("b", urgency=Priority.CRITICAL), task("c", "a", seconds=900.0)]
    layout = lay_out(seen(*tasks), as_estimated)
    table = play(layout.project, by_load(layout.project))
    places = {one.uuid: number for number, one in enumerate(layout.scene.tasks)}

    assert (table.starts[places["b"]], table.starts[places["a"]]) == (0.0, 60.0)


# How soon


def test_the_longest_chain_may_decide() -> None:
    found = prospect(seen(task("a"), task("b", "a"), task("c", needs=LAW)), as_estimated)

    assert (found.bound, found.reason, found.chain) == (120.0, "path", ("a", "b"))
    assert (found.skill, found.agents, found.saving) == ("", (), 0.0)
    assert (found.expected, found.gap) == (120.0, 0.0)


def test_the_narrowest_group_may_decide_and_what_one_more_would_save_is_said() -> None:
    tasks = [*(task(f"law {n}", needs=LAW) for n in range(6)), task("a")]
    found = prospect(seen(*tasks), as_estimated)

    assert (found.bound, found.reason, found.skill) == (360.0, "group", "law")
    assert (found.agents, found.saving, found.work) == (("eve",), 180.0, 420.0)


def test_everybody_may_be_too_few() -> None:
    anything = [task(f"t{n}")._replace(needs=frozenset()) for n in range(6)]
    found = prospect(seen(*anything, agents=(ANN, BOB)), as_estimated)

    assert (found.bound, found.skill, found.agents) == (180.0, "anything", ("ann", "bob"))
    assert found.saving == 60.0
    assert NEW not in found.agents


def test_a_prospect_is_data() -> None:
    found = prospect(seen(task("a"), task("b", obstacle="it is parked")), as_estimated)
    assert found.data() == {
        "subtasks": 1,
        "left_out": 1,
        "work": 60.0,
        "bound": 60.0,
        "reason": "path",
        "bottleneck": "",
        "bottleneck_agents": [],
        "saving": 0.0,
        "expected": 60.0,
        "gap": 0.0,
    }


def test_nothing_takes_no_time() -> None:
    found = prospect(seen(), as_estimated)
    assert (found.bound, found.expected, found.gap) == (0.0, 0.0, 0.0)
