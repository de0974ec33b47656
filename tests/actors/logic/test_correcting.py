"""Plans are corrected by what history contradicts of them, and by nothing else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callboard.actors.logic.correcting import Records, corrected, corrections, said
from callboard.actors.logic.learning import Learning, Sample
from callboard.actors.logic.remembering import learning_of, learnt
from callboard.actors.logic.usual import ENOUGH, usual
from callboard.messages.base import AgentId
from callboard.messages.learnt import UsualDuration
from callboard.messages.resources import Amount
from callboard.messages.values import (
    Agent,
    Correction,
    LearntDuration,
    LearntSkill,
    Plan,
    Skill,
    Subtask,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HOUR = 3600.0


def plan_of(*subtasks: Subtask) -> Plan:
    return Plan(subtasks=subtasks)


def one(minutes: float = 60.0, name: str = "Train", **more: object) -> Subtask:
    return Subtask(uuid="u", name=name, estimated_duration=minutes, **more)  # type: ignore[arg-type]


def seen(*seconds: float, estimate: float = HOUR, kind: str = "Train") -> Learning:
    """Somebody has done such work, and it took so long."""
    learning = Learning()
    for took in seconds:
        learning.finished(Sample(kind, "ml", "ann"), estimate, took)
    return learning


def now(subtask: Subtask, learning: Learning) -> Subtask:
    """The subtask as a plan has it that is made now."""
    plan = plan_of(subtask)
    return corrected(plan, corrections(plan, Records(learning))).subtasks[0]


def minutes(subtask: Subtask, learning: Learning) -> float:
    return now(subtask, learning).estimated_duration


def test_an_estimate_that_history_contradicts_is_what_was_learnt_and_says_so() -> None:
    learning = seen(*[1320.0] * 41)

    made = now(one(60.0), learning)

    duration = LearntDuration(stated=60.0, minutes=22.0, attempts=41, low=16.0, high=30.0)
    assert made == one(22.0, correction=Correction(duration=duration))
    assert said([made]) == (
        "'Train': 60 min said by the planner, 22 min learnt from 41 attempts (16 to 30)",
    )
    assert made.stated_seconds == HOUR


@pytest.mark.parametrize(
    ("history", "why"),
    [
        ((), "nothing is known"),
        ([1320.0] * (ENOUGH - 1), "too little is known"),
        ([3300.0] * 40, "it is off by less than anybody would care"),
        ([600.0, 14000.0, 1200.0, 9000.0, 700.0, 4000.0] * 2, "attempts differ more than that"),
        ([0.0] * 40, "it takes no time at all, so nothing is learnt of durations"),
    ],
)
def test_an_estimate_stands_where(history: Iterable[float], why: str) -> None:
    assert now(one(60.0), seen(*history)) == one(60.0), why


def test_other_kinds_of_work_are_let_stand() -> None:
    learning = seen(*[1320.0] * 41)
    assert now(one(name="Test"), learning) == one(name="Test")
    assert minutes(one(name="Train 7"), learning) == 22.0
    assert minutes(one(name="Tune", kind="Train"), learning) == 22.0


def test_who_says_what_is_usual_is_not_corrected_again() -> None:
    """Such work took a third of what was said; whoever has heard that says it itself."""
    assert now(one(22.0), seen(*[1320.0] * 41)) == one(22.0)


def test_a_larger_piece_is_taken_for_larger() -> None:
    """History says 22 minutes, or a third of what is said: the milder one is believed."""
    assert minutes(one(120.0), seen(*[1320.0] * 41)) == 45.0
    assert minutes(one(600.0), seen(*[HOUR] * 41)) == 600.0


def test_where_history_says_more_and_less_the_estimate_stands() -> None:
    """22 minutes as ever, or a third of 15: nobody knows which."""
    assert now(one(15.0), seen(*[1320.0] * 41)) == one(15.0)


def test_what_is_learnt_of_corrected_plans_is_what_was_learnt_before() -> None:
    learning = seen(*[1320.0] * 41)
    made = now(one(60.0), learning)
    before = learning.expect(Sample("Train", "ml", "ann"), HOUR).seconds

    for _ in range(300):
        learning.completed(made, "ann", 1320.0)
        made = now(one(60.0), learning)

    assert made.estimated_duration == 22.0
    assert learning.expect(Sample("Train", "ml", "ann"), HOUR).seconds == pytest.approx(
        before, rel=0.05
    )


def test_a_plan_that_is_handed_in_again_is_corrected_from_what_was_said() -> None:
    learning = seen(*[1320.0] * 41)
    made = now(one(60.0), learning)
    assert now(made, learning) == made
    assert now(made, Learning()) == one(60.0), "nothing is known any more"


def test_what_is_forgotten_corrects_nothing() -> None:
    learning = seen(*[1320.0] * 41)
    learning.forget(work="Train")
    assert now(one(60.0), learning) == one(60.0)


def test_what_is_left_when_an_agent_is_forgotten_may_be_too_little() -> None:
    learning = seen(*[1320.0] * 41)
    for _ in range(ENOUGH - 1):
        learning.finished(Sample("Train", "ml", "bob"), HOUR, 1320.0)
    learning.forget(agent="ann")
    assert now(one(60.0), learning) == one(60.0)
    assert usual(learning, 5) == ()
    learning.finished(Sample("Train", "ml", "bob"), HOUR, 1320.0)
    assert now(one(60.0), learning).correction is not None
    assert len(usual(learning, 5)) == 1


def test_what_is_kept_corrects_as_before() -> None:
    learning = seen(*[1320.0, 1500.0, 1100.0] * 14)
    assert now(one(60.0), learning_of(learnt(learning))) == now(one(60.0), learning)


@pytest.mark.parametrize("stated", [0.0, -1.0, float("nan"), float("inf"), 1e308])
def test_what_is_no_duration_is_left_to_who_checks_plans(stated: float) -> None:
    made = minutes(one(stated), seen(*[1320.0] * 41))
    assert made == stated or made != made or stated == 1e308  # noqa: PLR0124 - no number


seconds = st.floats(0.01, 1e7)


@settings(max_examples=50, deadline=None)
@given(takes=seconds, says=seconds, agents=st.integers(1, 4))
@example(takes=4_200_000.0, says=3_502_823.0, agents=2)  # few seem to vary, and to take more
def test_corrections_come_to_the_truth_and_stay_there(
    takes: float, says: float, agents: int
) -> None:
    """The planner always says the same; the corrected plans are done, and learnt from."""
    learning, found = Learning(), list[float]()
    for number in range(200):
        made = now(one(says / 60.0), learning)
        found.append(made.seconds)
        learning.completed(made, f"agent {number % agents}", takes)
    settled = found[100:]
    if 1 / 1.2 < takes / says < 1.2:
        assert found == pytest.approx([says] * 200)
    elif not 1 / 1.3 < takes / says < 1.3:
        assert all(value == pytest.approx(takes, rel=0.07) for value in settled)
    between = sorted((says, takes))
    assert all(between[0] * 0.85 <= value <= between[1] * 1.15 for value in found)


@settings(max_examples=50, deadline=None)
@given(took=st.lists(seconds, max_size=60), estimate=seconds, says=seconds)
def test_while_a_planner_has_always_said_the_same_the_milder_way_is_believed(
    took: list[float], estimate: float, says: float
) -> None:
    """It takes what it took, or it is off as it was: never beyond the nearer of both."""
    learning = seen(*took, estimate=estimate)
    made = now(one(says / 60.0), learning)
    if made.correction is None:
        assert made == one(says / 60.0)
        return
    [known] = usual(learning, 5)
    moved, by_usual = (
        math.log(value * 60.0 / says) for value in (made.seconds / 60, known.minutes)
    )
    by_times = math.log(known.minutes * 60.0 / estimate)
    assert abs(moved) <= min(abs(by_usual), abs(by_times)) + 0.1
    assert moved * by_usual > 0.0


HISTORY = [(minutes, factor) for minutes in (15, 60, 240) for factor in (0.8, 1.0, 1.2)] * 5


def test_estimates_that_follow_their_pieces_are_taken_times_what_was_learnt() -> None:
    learning = Learning()
    for minutes_, factor in HISTORY:
        learning.finished(Sample("Train", "ml", "ann"), minutes_ * 60.0, minutes_ * 20.0 * factor)
    assert [minutes(one(float(m)), learning) for m in (12, 60, 600)] == [4.1, 20.0, 200.0]


def test_estimates_that_have_nothing_to_do_with_it_give_way_to_what_is_usual() -> None:
    learning = Learning()
    for minutes_, factor in HISTORY:
        learning.finished(Sample("Train", "ml", "ann"), minutes_ * 60.0, 1200.0 * factor)
    assert [minutes(one(float(m)), learning) for m in (5, 60, 600)] == [20.0] * 3


# What a planner is told


def test_what_is_usual_is_told_of_the_best_known_kinds() -> None:
    learning = seen(*[1320.0] * 10)
    for name, times in (("Dig", 20), ("Fill", 10), ("New", ENOUGH - 1), ("Gone", 0)):
        for _ in range(times):
            learning.finished(Sample(name, "", "bob"), 60.0, 600.0)

    assert [(u.kind, u.attempts) for u in usual(learning, 2)] == [("Dig", 20), ("Fill", 10)]
    assert [u.kind for u in usual(learning, 50)] == ["Dig", "Fill", "Train"]
    assert usual(learning, 1) == (
        UsualDuration(kind="Dig", minutes=10.0, low=6.8, high=15.0, attempts=20),
    )


# Skills


def company(learning: Learning, *told: tuple[str, bool], kind: str = "Train") -> Records:
    """Agents with such skills have tried it, and manage it or not."""
    agents: dict[AgentId, Agent] = {}
    for number, (skills, manages) in enumerate(told):
        name = f"a{number}"
        agents[name] = Agent(id=name, skills=tuple(Skill(name=s) for s in skills.split()))
        sample = Sample(kind, "ml", name)
        for _ in range(3):
            learning.finished(sample, HOUR, HOUR) if manages else learning.failed(sample)
    return Records(learning, agents)


ML = (Skill(name="ml"),)
PARTED = [("ml", False)] * 5 + [("ml gpu", True)] * 5


def needs(records: Records, *, demands: tuple[Amount, ...] = ()) -> list[str]:
    plan = plan_of(one(required_skills=ML, demands=demands))
    made = corrected(plan, corrections(plan, records)).subtasks[0]
    return [skill.name for skill in made.required_skills]


def test_a_skill_without_which_it_always_fails_is_required_and_said() -> None:
    records = company(Learning(), *PARTED)
    plan = plan_of(one(required_skills=ML))

    made = corrected(plan, corrections(plan, records))

    gpu = LearntSkill(skill=Skill(name="gpu"), having=5, managing=5, lacking=5, failing=5)
    assert made.subtasks[0].required_skills == (*ML, Skill(name="gpu"))
    assert made.subtasks[0].correction == Correction(skill=gpu)
    assert said(made.subtasks) == (
        (
            "'Train': requires gpu, which the planner did not say: "
            "5 of 5 agents with it manage such work, 0 of 5 others"
        ),
    )


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (PARTED[2:8], "six agents may be chance"),
        ([("ml", False)] * 5 + [("ml gpu big", True)] * 5, "nobody knows which of two it is"),
        ([("ml", True)] * 5 + [("ml gpu", True)] * 5, "nobody fails"),
        ([("ml", False)] * 5 + [("ml gpu", False)] * 5, "nobody manages"),
        ([("ml", False)] * 6 + [("ml", True)] * 6, "they have the same skills"),
        (
            [("ml", False)] * 12 + [("ml", True)] * 8 + [("ml gpu", True)] * 20,
            "too many manage without",
        ),
    ],
)
def test_no_skill_is_required_where(told: list[tuple[str, bool]], why: str) -> None:
    assert needs(company(Learning(), *told)) == ["ml"], why


def test_the_more_skills_are_looked_at_the_surer_it_has_to_be() -> None:
    """Of five and five agents one skill may part all by chance once in 252 times."""
    assert needs(company(Learning(), *PARTED)) == ["ml", "gpu"]
    told = [*PARTED[:5], *(("ml gpu " + other, True) for other in ("a", "b", "c", "a", "b"))]
    assert needs(company(Learning(), *told)) == ["ml"]


def test_nothing_is_required_that_nobody_here_could_do() -> None:
    records = company(Learning(), *PARTED)
    elsewhere = {n: a for n, a in records.agents.items() if "gpu" not in {s.name for s in a.skills}}
    assert needs(records._replace(agents=elsewhere)) == ["ml"]


def test_nothing_is_required_that_nobody_has_with_what_it_demands() -> None:
    records = company(Learning(), *PARTED)
    large = Agent(id="a0", skills=ML, offers=(Amount(resource="ram", amount=8.0),))
    records = records._replace(agents={**records.agents, "a0": large})
    assert needs(records) == ["ml", "gpu"]
    assert needs(records, demands=(Amount(resource="RAM", amount=4.0),)) == ["ml"]


def test_a_level_may_be_what_it_takes() -> None:
    learning, agents = Learning(), dict[AgentId, Agent]()
    for number in range(10):
        name, level = f"a{number}", 1.0 if number < 5 else 3.0
        agents[name] = Agent(id=name, skills=(Skill(name="ML", level=level),))
        sample = Sample("Train", "ml", name)
        learning.failed(sample) if number < 5 else learning.finished(sample, HOUR, HOUR)

    plan = plan_of(one(required_skills=ML))
    made = corrected(plan, corrections(plan, Records(learning, agents)))

    assert made.subtasks[0].required_skills == (Skill(name="ml", level=3.0),)


def chance(draw: Callable[[], float]) -> int:
    """Of a hundred kinds of work at which skills do not matter, how many are misjudged."""
    wrong = 0
    for _ in range(100):
        told = [(" ".join(s for s in ("ml", "x", "y", "z") if s == "ml" or draw() < 0.5),
                 draw() < 0.5) for _ in range(30)]  # fmt: skip
        wrong += needs(company(Learning(), *told)) != ["ml"]
    return wrong


def test_skills_that_do_not_matter_are_not_required() -> None:
    state = 12345

    def draw() -> float:
        nonlocal state
        state = (1103515245 * state + 12345) % 2**31
        return (state >> 8) / 2**23

    assert chance(draw) <= 1


def test_a_hostile_crowd_of_skills_costs_little_and_says_nothing() -> None:
    told = [("ml", False)] * 40 + [
        (f"ml {' '.join(f's{n}-{m}' for m in range(50))}", True) for n in range(40)
    ]
    assert needs(company(Learning(), *told)) == ["ml"]
