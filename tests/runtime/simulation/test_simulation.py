"""The simulation that users get: virtual time, fates, crashes, and a witness."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from callboard import subtask
from callboard.actors.logic.effects import StartWork
from callboard.messages import facts, notices
from callboard.messages.base import Address, Message
from callboard.messages.errors import CallTimedOut, GoalFailed, UnknownAgent
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.user import Note, pack
from callboard.messages.values import Agent, Goal, Plan, Retry, Skill, Subtask, Timeouts
from callboard.messages.work import Progress
from callboard.runtime.config import Config
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.simulation import Simulation, as_estimated

HOUR = 3600.0
ANN = Agent(id="ann", skills=(Skill(name="general"),))
BEN = Agent(id="ben", skills=(Skill(name="general"),))


class Fates:
    """Fates by turns: the first attempt gets the first one; then all goes as estimated."""

    def __init__(self, *fates: Fate) -> None:
        self.fates = list(fates)
        self.took: list[str] = []

    def __call__(self, agent: Agent, effect: StartWork) -> Fate:
        self.took.append(agent.id)
        return self.fates.pop(0) if self.fates else as_estimated(agent, effect)


def test_an_hour_passes_in_no_time() -> None:
    with Simulation() as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit("tidy up")
        assert simulation.elapsed == 0.0
        goal.result(timeout=2 * HOUR)
        assert simulation.elapsed == HOUR


def test_time_can_be_let_pass_bit_by_bit() -> None:
    with Simulation() as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit("tidy up")
        simulation.advance(HOUR - 1)
        assert (simulation.elapsed, goal.status.value) == (HOUR - 1, "running")
        simulation.advance(1)
        assert (simulation.elapsed, goal.status.value) == (HOUR, "completed")


def test_who_waits_for_longer_than_it_takes_is_told() -> None:
    with Simulation() as simulation:
        goal = simulation.runtime.submit("tidy up")  # and there is nobody to do it
        with pytest.raises(CallTimedOut):
            goal.result(timeout=60)
        assert 60 <= simulation.elapsed < 62


def test_the_plan_is_kept_to_and_results_are_handed_on() -> None:
    fates = Fates(Fate(seconds=60, result=pack(["bones"], what="a result")))
    plan = [subtask("dig"), subtask("show", dependencies=["dig"], estimated_duration=2)]
    with Simulation(decide=fates) as simulation:
        simulation.register(ANN)
        results = simulation.runtime.submit("a dig", plan=plan).result(timeout=HOUR)
        assert (results["dig"], simulation.elapsed) == (["bones"], 180.0)


@pytest.mark.parametrize("ends", ["failed", "crashed", "hangs"])
def test_whatever_happens_to_an_attempt_there_is_another_one(ends: str) -> None:
    fates = Fates(Fate(seconds=60, ends=ends))  # type: ignore[arg-type]
    config = Config(timeouts=Timeouts(run=2 * HOUR), retry=Retry(first=10, jitter=0))
    with Simulation(decide=fates, config=config) as simulation:
        simulation.register(ANN)
        simulation.runtime.submit("tidy up").result(timeout=4 * HOUR)
        assert len(fates.took) == 2
        took = {"failed": 60 + 10, "crashed": 60, "hangs": 2 * HOUR + 10}[ends]
        assert simulation.elapsed == pytest.approx(HOUR + took, abs=5)


def test_what_goes_wrong_again_and_again_is_the_goals_end() -> None:
    fates = Fates(*[Fate(seconds=1, ends="failed")] * 3)
    with Simulation(decide=fates) as simulation:
        simulation.register(ANN)
        with pytest.raises(GoalFailed, match="as the simulation would have it"):
            simulation.runtime.submit("tidy up").result(timeout=HOUR)


def test_signs_of_life_put_off_a_silence_timeout() -> None:
    config = Config(timeouts=Timeouts(silence=25 * 60))
    for signs, attempts in ((0, 2), (3, 1)):
        fates = Fates(Fate(seconds=HOUR, signs=signs), Fate(seconds=60))
        with Simulation(decide=fates, config=config) as simulation:
            simulation.register(ANN)
            simulation.runtime.submit("tidy up").result(timeout=4 * HOUR)
        assert len(fates.took) == attempts


def test_who_lives_is_not_doubted_because_its_letters_are_lost() -> None:
    def lose_progress(
        sender: Address,
        to: Address,
        messages: Sequence[Message],
        deliver: Callable[[Sequence[Message]], None],
    ) -> None:
        del sender, to
        deliver([letter for letter in messages if not isinstance(letter, Progress)])

    fates = Fates(Fate(seconds=HOUR, signs=3))
    config = Config(timeouts=Timeouts(silence=25 * 60))
    with Simulation(decide=fates, config=config, route=lose_progress) as simulation:
        simulation.register(ANN)
        simulation.runtime.submit("tidy up").result(timeout=4 * HOUR)
        assert simulation.elapsed == HOUR
    assert len(fates.took) == 1


def test_a_clock_that_leaps_doubts_nobody_who_gives_signs_when_it_goes_on() -> None:
    fates = Fates(Fate(seconds=2 * HOUR, signs=7))
    config = Config(timeouts=Timeouts(silence=25 * 60))
    with Simulation(decide=fates, config=config) as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit("tidy up")
        simulation.advance(60)
        simulation.stepper.jump(3 * HOUR)  # the scheduler's alarm is the first to ring
        goal.result(timeout=9 * HOUR)
    assert len(fates.took) == 1


def test_an_attempt_that_waits_lends_its_slot() -> None:
    fates = Fates(Fate(seconds=100, waits=500))
    with Simulation(decide=fates) as simulation:
        simulation.register(ANN)
        plan = [subtask("wait"), subtask("meanwhile", estimated_duration=10)]
        simulation.runtime.submit("two things", plan=plan)
        simulation.advance(60)
        assert simulation.runtime.health()["scheduler"]["leased"] == 2
        assert len(simulation.lent) == 1
        simulation.advance(HOUR)
        # It had waited enough after 550 s, and got its slot back when the other was done.
        assert (simulation.lent, simulation.runtime.health()["scheduler"]["leased"]) == (set(), 0)


@pytest.mark.parametrize("address", ["agent/ann", "scheduler", "orchestrator", "decomposer"])
def test_any_actor_can_be_let_crash_and_the_work_is_done_all_the_same(address: str) -> None:
    seen: list[Fact | Notice] = []
    with Simulation(witness=seen.append) as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit("tidy up")
        simulation.advance(60)
        simulation.crash(address, "just so")
        goal.result(timeout=3 * HOUR)
    restarts = [e for e in seen if isinstance(e, facts.RestartScheduled)]
    assert [(e.address, e.problem.details[1]) for e in restarts] == [
        (address, "RuntimeError: just so")
    ]


def test_where_nobody_lives_nobody_crashes() -> None:
    with Simulation() as simulation, pytest.raises(UnknownAgent):
        simulation.crash("agent/nobody")


def test_a_scheduler_that_is_restarted_lets_the_work_go_on() -> None:
    seen: list[Fact | Notice] = []
    with Simulation(witness=seen.append) as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit("tidy up")
        simulation.advance(60)
        simulation.crash("scheduler")
        goal.result(timeout=3 * HOUR)
        assert simulation.elapsed == HOUR
    assert len([e for e in seen if isinstance(e, facts.LeaseAdopted)]) == 1


def test_what_hangs_is_given_up_after_its_grace() -> None:
    seen: list[Fact | Notice] = []
    fates = Fates(Fate(seconds=1, ends="hangs"), Fate(seconds=30))
    config = Config(timeouts=Timeouts(run=60), stop_grace=5)
    with Simulation(decide=fates, config=config, witness=seen.append) as simulation:
        simulation.register(ANN)
        simulation.runtime.submit("tidy up").result(timeout=3 * HOUR)
    [abandoned] = [e for e in seen if isinstance(e, notices.ThreadAbandoned)]
    [revoked] = [e for e in seen if isinstance(e, facts.LeaseRevoked)]
    assert abandoned.at - revoked.at == 5.0


def test_a_planner_of_ones_own_makes_the_plans() -> None:
    class Single:
        def plan(self, goal: Goal) -> Plan:
            return Plan(subtasks=(Subtask(uuid="one", name=goal.text, estimated_duration=1),))

    with Simulation(planner=Single()) as simulation:
        simulation.register(ANN)
        simulation.runtime.submit("tidy up").result(timeout=HOUR)
        assert (simulation.elapsed, list(simulation.runtime.hub.board.subtasks)) == (60, ["one"])


def test_the_packaged_rules_make_them_else() -> None:
    with Simulation() as simulation:
        simulation.register(ANN)
        results = simulation.runtime.submit("analyze sales").result(timeout=9 * HOUR)
        assert [*results] == ["Data Collection", "Data Analysis", "Report Generation"]


def test_the_witness_sees_what_the_hub_sees() -> None:
    seen: list[Fact | Notice] = []
    with Simulation(witness=seen.append) as simulation:
        simulation.register(ANN)
        goal = simulation.runtime.submit("tidy up")
        goal.result(timeout=2 * HOUR)
        story = simulation.runtime.hub.goal_story(goal.id)
    assert [e for e in seen if e.goal_id == goal.id] == list(story)


def test_agents_with_hooks_start_and_stop() -> None:
    with Simulation() as simulation:
        simulation.register(Agent(id="ann", skills=ANN.skills, hooks=True))
        simulation.runtime.submit("tidy up").result(timeout=2 * HOUR)
        simulation.runtime.unregister("ann", drain=True)
        assert simulation.runtime.agents() == {}


def test_messages_are_handled_and_say_nothing() -> None:
    with Simulation() as simulation:
        simulation.register(Agent(id="ann", handles=("Note",)))
        assert simulation.runtime.ask("ann", Note(text="outliers in March"), timeout=10) is None


def test_work_is_shared() -> None:
    fates = Fates()
    with Simulation(decide=fates) as simulation:
        for agent in (ANN, BEN):
            simulation.register(agent)
        plan = [subtask("one"), subtask("two")]
        simulation.runtime.submit("two things", plan=plan).result(timeout=2 * HOUR)
        assert (sorted(fates.took), simulation.elapsed) == (["ann", "ben"], HOUR)
