"""What strikes a trial: edits and heartbeats; who comes for work; goals that serve subtasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import msgspec
import pytest

from callboard.actors.logic.launching import Launching
from callboard.messages import facts, notices
from callboard.messages.errors.agents import AgentIdTaken
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.lots import NotedLots, NotedOrder
from callboard.runtime.simulation.scenario import (
    HOUR,
    Blow,
    Commission,
    Job,
    Scenario,
    Slip,
    Worker,
)
from callboard.runtime.simulation.simulated import SimulatedRuntime
from callboard.runtime.simulation.trial import Trial
from callboard.runtime.simulation.world import EPOCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.actors.logic.effects import Effect
    from callboard.messages.values import Agent


def told(scenario: Scenario) -> list[object]:
    """Everything that happens; no promise is broken."""
    trial = Trial(scenario, NotedLots(scenario), NotedOrder(scenario.order), keep_story=True)
    assert trial.play().violations == ()
    return list(trial.story)


def of(kind: type, story: list[object]) -> list[object]:
    return [event for event in story if type(event) is kind]


JOB = Commission(name="it", jobs=(Job(id="s", needs=("sql",)),))


def companies(patch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Notes who is to come with one call."""
    found: list[tuple[str, ...]] = []
    register = Launching.launch_all

    def noted(self: Launching, agents: Sequence[Agent], now: float) -> list[Effect]:
        found.append(tuple(agent.id for agent in agents))
        return register(self, agents, now)

    patch.setattr(Launching, "launch_all", noted)
    return found


def test_once_faults_have_stopped_no_letter_of_a_scenario_comes_to_harm() -> None:
    late = Slip(delay=HOUR)
    scenario = Scenario(workers=(), commissions=(), slips={"a/1": late, "a/2": late})
    lots = NotedLots(scenario)
    assert [lots.slip("a", calm=calm) for calm in (False, True)] == [late, Slip()]


def test_agents_come_together_after_each_death_too(monkeypatch: pytest.MonkeyPatch) -> None:
    came = companies(monkeypatch)
    workers = (Worker(id="a", skills=("sql",)), Worker(id="b", skills=("law",)))
    die = Blow(at=60.0, what="die")
    scenario = Scenario(workers=workers, commissions=(JOB,), blows=(die,), calm=HOUR, disk=True)
    told(msgspec.structs.replace(scenario, together=True))
    assert came == [("a", "b"), ("a", "b")]
    told(scenario)
    assert len(came) == 2


def test_who_is_leaving_keeps_nobody_else_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaving(_: SimulatedRuntime, agents: Sequence[Agent]) -> NoReturn:
        raise AgentIdTaken(agents[0].id)

    monkeypatch.setattr(SimulatedRuntime, "registering_all", leaving)
    workers = (Worker(id="a", skills=("sql",)), Worker(id="b", skills=("law",)))
    story = told(Scenario(workers=workers, commissions=(JOB,), together=True))
    assert len(of(facts.AgentRegistered, story)) == 2


def test_what_is_parked_is_tried_again_with_other_skills() -> None:
    dies = Fate(seconds=60.0, ends="crashed")
    story = told(
        Scenario(
            workers=(Worker(id="a", skills=("sql",)), Worker(id="b", skills=("law",))),
            commissions=(JOB,),
            fates={f"s/{number}": dies for number in (1, 2, 3)},
            blows=(Blow(at=HOUR, what="edit", needs=("law",)),),
            calm=2 * HOUR,
        )
    )
    [edited] = of(facts.SubtaskEdited, story)
    [unparked] = of(facts.SubtaskUnparked, story)
    [done] = of(facts.SubtaskCompleted, story)
    assert story.index(edited) < story.index(unparked) < story.index(done)
    assert isinstance(done, facts.SubtaskCompleted)
    assert done.lease is not None
    assert done.lease.agent == "b"


def test_what_waits_is_edited_and_what_runs_is_not() -> None:
    scenario = Scenario(
        workers=(Worker(id="a", skills=("sql", "law")),),
        commissions=(Commission(name="it", jobs=(Job(id="s"), Job(id="t"))),),
        blows=tuple(Blow(at=60.0, what="edit", target=name, needs=("law",)) for name in "st"),
        calm=HOUR,
    )
    [edited] = of(facts.SubtaskEdited, told(scenario))
    assert isinstance(edited, facts.SubtaskEdited)
    assert edited.subtask == "t"


@pytest.mark.parametrize(("calm", "struck"), [(2 * HOUR, [660.0]), (300.0, [])])
def test_what_strikes_upon_a_subtask_waits_for_its_first_attempt(
    calm: float, struck: list[float]
) -> None:
    job = Commission(name="it", jobs=(Job(id="s", minutes=10.0), Job(id="t", after=("s",))))
    scenario = Scenario(
        workers=(Worker(id="a"),),
        commissions=(job,),
        fates={"t/1": Fate(seconds=120.0, ends="failed")},
        blows=(
            Blow(at=60.0, what="pause", target="goal/it", upon="t"),
            Blow(at=180.0, what="resume", target="goal/it", upon="t"),
        ),
        calm=calm,
    )
    story = told(scenario)
    paused = [event.at - EPOCH for event in story if isinstance(event, facts.GoalPaused)]
    assert paused == struck
    assert len(of(facts.GoalResumed, story)) == len(struck)


def test_an_agent_that_beats_for_a_while_is_doubted_when_it_falls_silent() -> None:
    story = told(
        Scenario(
            workers=(Worker(id="a", skills=("sql",)),),
            commissions=(JOB,),
            blows=(Blow(at=60.0, what="beat", target="a", amount=100.0),),
            calm=2 * HOUR,
        )
    )
    beats, doubts = of(notices.HeartbeatSeen, story), of(notices.AgentDoubted, story)
    assert (len(beats), len(doubts)) == (1, 1)  # the first is heard, four more are seen
    [doubt] = doubts
    assert isinstance(doubt, notices.AgentDoubted)
    assert doubt.at >= 60.0 + 100.0
    assert [type(e).__name__ for e in of(facts.SubtaskCompleted, story)] == ["SubtaskCompleted"]


def test_who_is_not_there_cannot_beat() -> None:
    blow = Blow(at=60.0, what="beat", target="nobody", amount=HOUR)
    story = told(
        Scenario(
            workers=(Worker(id="a", skills=("sql",)),), commissions=(JOB,), blows=(blow,), calm=HOUR
        )
    )
    assert of(notices.HeartbeatSeen, story) == []


def test_who_works_elsewhere_comes_for_work_and_brings_results() -> None:
    story = told(
        Scenario(
            workers=(Worker(id="a", skills=("law",)), Worker(id="far", skills=("sql",), pull=True)),
            commissions=(JOB,),
            calm=2 * HOUR,
        )
    )
    [done] = of(facts.SubtaskCompleted, story)
    assert isinstance(done, facts.SubtaskCompleted)
    assert done.lease is not None
    assert done.lease.agent == "far"


def test_what_hangs_elsewhere_is_done_by_somebody_else() -> None:
    workers = (Worker(id="a", skills=("law",)), Worker(id="far", skills=("sql",), pull=True))
    hangs = Fate(seconds=60.0, ends="hangs")
    story = told(
        Scenario(workers=workers, commissions=(JOB,), fates={"s/1": hangs}, calm=20 * HOUR)
    )
    assert [type(e).__name__ for e in of(facts.RetryScheduled, story)] == ["RetryScheduled"]
    assert len(of(facts.SubtaskCompleted, story)) == 1


def test_a_goal_that_serves_a_subtask_ends_with_it_at_the_latest() -> None:
    jobs = (Job(id="t", minutes=5.0), Job(id="u", minutes=100.0))
    under = Commission(name="under it", jobs=jobs, at=60.0, under="s")
    workers = (Worker(id="a", skills=("sql",)), Worker(id="b", skills=("law",), load=2))
    story = told(Scenario(workers=workers, commissions=(JOB, under), calm=4 * HOUR))
    ended = (facts.SubtaskCompleted, facts.SubtaskCancelled)
    ends = {e.subtask: type(e).__name__ for e in story if isinstance(e, ended)}
    assert ends == {"t": "SubtaskCompleted", "s": "SubtaskCompleted", "u": "SubtaskCancelled"}


def test_one_that_would_serve_what_has_ended_is_not_handed_in() -> None:
    under = Commission(name="under it", jobs=(Job(id="t"),), at=2 * HOUR, under="s")
    worker = Worker(id="a", skills=("sql",))
    story = told(Scenario(workers=(worker,), commissions=(JOB, under), calm=4 * HOUR))
    assert len(of(facts.GoalAccepted, story)) == 1
