"""Changes of running plans: what may be changed, and what no change can do."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.actors.logic.changes import check_change, well_formed_change
from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.goal_states import ENDED, Status
from callboard.actors.logic.skills import itself
from callboard.messages import facts
from callboard.messages.errors import (
    CallboardError,
    ChangesNothing,
    DuplicateSubtask,
    InvalidDuration,
    MalformedPlan,
    OutOfReach,
    PlanHasCycle,
    PlanOverBudget,
    PlanTooLarge,
    UnknownDependency,
    WaitsInVain,
    problem_of,
)
from callboard.messages.planning import ChangeReady, Repair
from callboard.messages.resources import Allowance, Amount
from callboard.messages.values import (
    Damage,
    Failure,
    Payload,
    Plan,
    PlanChange,
    Rewire,
    Skill,
    Stands,
    Subtask,
    replace,
)
from tests.actors.logic.office import WRONG, Office, done, given_up, goal, subtask
from tests.strategies import plans

A, B, C, D = subtask("a"), subtask("b", "a"), subtask("c", "b"), subtask("d", "a", optional=True)
X, Y, Z = subtask("x"), subtask("y"), subtask("z", optional=True)
DAMAGE = Damage(
    number=1,
    subtasks=(
        Stands(subtask=A, stage="failed"),
        Stands(subtask=B, stage="pending"),
        Stands(subtask=C, stage="pending"),
        Stands(subtask=D, stage="pending"),
        Stands(subtask=X, stage="completed"),
        Stands(subtask=Y, stage="ready"),
        Stands(subtask=Z, stage="failed"),
    ),
    failures=(Failure(subtask="a", problem=WRONG),),
    waiting=("b", "c", "d"),
)
NEW = subtask("new")
TO_NEW = Rewire(subtask="b", dependencies=("new",))


def verdict(change: PlanChange, damage: Damage = DAMAGE, limit: int | None = None) -> object:
    try:
        check_change(well_formed_change(change), damage, limit)
    except CallboardError as error:
        return error
    return None


def same(error: object, expected: CallboardError) -> bool:
    return isinstance(error, CallboardError) and problem_of(error) == problem_of(expected)


def wired(*needs: str, of: str = "b") -> Rewire:
    return Rewire(subtask=of, dependencies=needs)


@pytest.mark.parametrize(
    "change",
    [
        PlanChange(add=(NEW,), rewire=(TO_NEW,)),
        PlanChange(rewire=(wired(),)),
        PlanChange(rewire=(wired("x", "y"),)),
        PlanChange(rewire=(wired("z"),)),  # which failed, and may
        PlanChange(rewire=(wired(of="c"),), drop=("b", "d")),
        PlanChange(add=(subtask("new", "x", "y"),), rewire=(wired("new", "new"),)),
        PlanChange(add=(subtask("new", "c"),), rewire=(wired("y"),)),
    ],
)
def test_what_waits_may_be_changed(change: PlanChange) -> None:
    assert verdict(change) is None


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (PlanChange(), ChangesNothing()),
        (PlanChange(drop=("b", "c", "d")), ChangesNothing()),
        (PlanChange(add=(NEW,)), WaitsInVain("B", "A", "has failed")),
        (PlanChange(add=(NEW,), rewire=(wired("new", "a"),)), WaitsInVain("B", "A", "has failed")),
        (
            PlanChange(add=(subtask("new", "a"),), rewire=(TO_NEW,)),
            WaitsInVain("NEW", "A", "has failed"),
        ),
        (
            PlanChange(add=(NEW,), drop=("b",)),
            WaitsInVain("C", "B", "the change drops"),
        ),
        (
            PlanChange(rewire=(wired("d"),), drop=("d",)),
            WaitsInVain("B", "D", "the change drops"),
        ),
        (
            PlanChange(rewire=(TO_NEW,)),
            UnknownDependency("B", "new"),
        ),
        (PlanChange(rewire=(wired("c"),)), PlanHasCycle(["C", "B"])),
        (PlanChange(rewire=(wired("b"),)), PlanHasCycle(["B"])),
        (
            PlanChange(add=(subtask("new", "c"),), rewire=(TO_NEW,)),
            PlanHasCycle(["C", "B", "NEW"]),
        ),
        (
            PlanChange(rewire=(wired(), wired("x"))),
            OutOfReach("B", "it is named twice"),
        ),
        (PlanChange(rewire=(wired(),), drop=("b",)), OutOfReach("B", "it is named twice")),
        (
            PlanChange(rewire=(wired(),), drop=("nobody",)),
            OutOfReach("nobody", "the plan has none of that uuid"),
        ),
        (PlanChange(rewire=(wired(of="a"),)), OutOfReach("A", "it has failed")),
        (PlanChange(rewire=(wired(),), drop=("x",)), OutOfReach("X", "it is completed")),
        (
            PlanChange(rewire=(wired(),), drop=("y",)),
            OutOfReach("Y", "it does not wait for what has failed"),
        ),
        (PlanChange(add=(replace(NEW, uuid="x"),), rewire=(wired(),)), DuplicateSubtask("x")),
        (PlanChange(add=(NEW, NEW), rewire=(TO_NEW,)), DuplicateSubtask("new")),
        (
            PlanChange(add=(replace(NEW, name=""),), rewire=(TO_NEW,)),
            MalformedPlan("subtask 'new'", "it has no name"),
        ),
        (
            PlanChange(add=(replace(NEW, estimated_duration=-1.0),), rewire=(TO_NEW,)),
            InvalidDuration("NEW", -1.0),
        ),
        (
            PlanChange(add=(replace(NEW, required_skills=(itself("ann"),)),), rewire=(TO_NEW,)),
            MalformedPlan("subtask 'NEW', required_skills", f"{itself('ann').name!r} is no skill"),
        ),
        (
            PlanChange(add=(replace(NEW, required_skills=(Skill(name="-"),)),), rewire=(TO_NEW,)),
            MalformedPlan("subtask 'NEW', required_skills", "'-' is no skill"),
        ),
        (
            PlanChange(
                add=(replace(NEW, demands=(Amount(resource="usd", amount=-5.0),)),),
                rewire=(TO_NEW,),
            ),
            MalformedPlan("subtask 'NEW', demands", "-5 of 'usd'"),
        ),
    ],
)
def test_what_a_change_cannot_do(change: PlanChange, error: CallboardError) -> None:
    found = verdict(change)
    assert same(found, error), found


def test_a_schema_that_says_nothing_is_found() -> None:
    bad = replace(NEW, result_schema=Payload(data=b"\xff\xff"))
    assert isinstance(verdict(PlanChange(add=(bad,), rewire=(TO_NEW,))), MalformedPlan)


def test_a_mended_plan_is_no_larger_than_plans_may_be() -> None:
    change = PlanChange(add=(NEW,), rewire=(TO_NEW,))

    assert verdict(change, limit=8) is None
    assert same(verdict(change, limit=7), PlanTooLarge(8, 7))


def test_no_more_is_demanded_than_is_left() -> None:
    def usd(amount: float) -> tuple[Amount, ...]:
        return (Amount(resource="USD", amount=amount),)

    stands = [replace(s, subtask=replace(s.subtask, demands=usd(2.0))) for s in DAMAGE.subtasks]
    damage = replace(DAMAGE, subtasks=tuple(stands), left=(Allowance(resource="usd", amount=10.0),))

    def change(amount: float) -> PlanChange:
        return PlanChange(add=(replace(NEW, demands=usd(amount)),), rewire=(TO_NEW,))

    assert verdict(change(4.0), damage) is None
    assert same(verdict(change(4.5), damage), PlanOverBudget("usd", 10.5, 10.0))
    assert verdict(PlanChange(rewire=(wired(),)), replace(damage, left=())) is None


@pytest.mark.parametrize("given_", [None, "drop all", Plan(subtasks=(NEW,)), {"drop": ["a"]}])
def test_what_is_no_change_is_refused(given_: Any) -> None:
    with pytest.raises(MalformedPlan):
        well_formed_change(given_)


def test_fields_of_a_wrong_type_are_found() -> None:
    wrong: Any = PlanChange(rewire=(Rewire(subtask="b", dependencies=(7,)),))  # type: ignore[arg-type]
    with pytest.raises(MalformedPlan, match="Expected `str`, got `int`"):
        well_formed_change(wrong)


# Whatever anybody proposes


@st.composite
def some_plans(draw: st.DrawFn) -> Plan:
    """Some of it is optional."""
    stated = draw(plans(largest=8))
    optional = draw(st.sets(UUIDS, max_size=3))
    return replace(
        stated,
        subtasks=tuple(replace(s, optional=s.uuid in optional) for s in stated.subtasks),
    )


UUIDS = st.sampled_from([*(f"s{n}" for n in range(8)), "new", "other", ""])


@st.composite
def changes(draw: st.DrawFn) -> PlanChange:
    """Anything that has the form of a change, mostly of what there is."""
    some = st.lists(UUIDS, max_size=3).map(tuple)
    minutes = st.sampled_from([1.0, 0.0, -1.0, math.inf])
    skills = st.sampled_from([(), (Skill(name="sql"),), (itself("a"),)])
    new = st.builds(
        Subtask,
        uuid=UUIDS,
        name=st.sampled_from(["A", "new", ""]),
        dependencies=some,
        estimated_duration=minutes,
        required_skills=skills,
        optional=st.booleans(),
    )
    return PlanChange(
        add=draw(st.lists(new, max_size=3).map(tuple)),
        rewire=draw(
            st.lists(st.builds(Rewire, subtask=UUIDS, dependencies=some), max_size=4).map(tuple)
        ),
        drop=draw(some),
    )


def fitting(damage: Damage) -> PlanChange:
    """One that mends it: something new in the place of what failed."""
    new, lost = subtask(f"new-{damage.number}"), set(damage.failed)
    return PlanChange(
        add=(new,),
        rewire=tuple(
            Rewire(
                subtask=s.uuid,
                dependencies=(new.uuid, *(u for u in s.dependencies if u not in lost)),
            )
            for s in (one.subtask for one in damage.subtasks)
            if s.uuid in damage.waiting and lost & set(s.dependencies)
        ),
    )


def play(here: Office, unlucky: set[str], proposals: list[PlanChange | None]) -> None:
    """Do all that is ready until the goal ends, and answer with what is proposed."""
    effects: list[Effect] = list(here.started)
    now = 1.0
    while not here.goals.by_id["g"].ended:
        now += 1.0
        repairs = [e.message for e in effects if isinstance(e, Tell)]
        asked = [one for one in repairs if isinstance(one, Repair)]
        if asked:
            damage = asked[-1].damage
            change = (proposals.pop() if proposals else None) or fitting(damage)
            effects = here.say(
                now,
                ChangeReady(goal="g", number=damage.number, failed=damage.failed, change=change),
            )
            continue
        states = here.goals.by_id["g"].subtasks
        ready = [uuid for uuid, state in states.items() if state.status is Status.READY]
        assert ready, "nothing is left to happen, and the goal is open"
        uuid = ready[0]
        effects = here.say(now, given_up(uuid) if uuid in unlucky else done(uuid))


def sound(here: Office) -> None:
    """Every subtask has ended once, after all that it depends on, and the goal as it should."""
    goals = here.goals
    states = goals.by_id["g"].subtasks
    ends: dict[str, type] = {}
    for fact in here.facts:
        if isinstance(fact, (facts.SubtaskCompleted, facts.SubtaskFailed, facts.SubtaskCancelled)):
            assert fact.subtask not in ends
            ends[fact.subtask] = type(fact)
            if type(fact) is facts.SubtaskCompleted:
                needs = states[fact.subtask].spec.dependencies
                assert all(need in ends for need in needs)
    assert ends.keys() == states.keys()
    assert all(state.status in ENDED for state in states.values())
    last = here.facts[-1]
    missed = {
        uuid
        for uuid, state in states.items()
        if state.status is not Status.COMPLETED and not state.spec.optional
    }
    made_up_for = goals.by_id["g"].superseded.keys()
    assert isinstance(last, facts.GoalCompleted) is (missed <= made_up_for)


@settings(max_examples=60)
@given(some_plans(), st.sets(UUIDS, max_size=3), st.lists(st.none() | changes(), max_size=3))
def test_no_change_that_anybody_proposes_leaves_a_goal_without_an_end(
    stated: Plan, unlucky: set[str], proposals: list[PlanChange | None]
) -> None:
    here = Office(repairs=2)
    here.submit(goal(), stated)
    play(here, unlucky, proposals)
    sound(here)


@settings(max_examples=30)
@given(
    plans(largest=6),
    st.sets(UUIDS, max_size=3),
    st.lists(st.none() | changes(), max_size=2),
    st.data(),
)
def test_a_torn_journal_comes_to_an_end_too(
    stated: Plan, unlucky: set[str], proposals: list[PlanChange | None], data: st.DataObject
) -> None:
    here = Office(repairs=2)
    here.submit(goal(), stated)
    first = len(here.facts)
    play(here, unlucky, list(proposals))
    kept = data.draw(st.integers(first, len(here.facts)))
    after = Office(history=here.facts[:kept], repairs=2)
    play(after, unlucky, list(proposals))
    sound(after)


def test_the_properties_reach_plans_that_are_mended() -> None:
    """Else they would say nothing."""
    here = Office(repairs=1)
    here.submit(goal(), Plan(subtasks=(A, B, C, X)))
    play(here, {"a"}, [PlanChange(add=(NEW,), rewire=(TO_NEW,))])
    sound(here)
    assert isinstance(here.facts[-1], facts.GoalCompleted)
