"""A supervisor that is built in the place of one that died goes on where that one was."""

from __future__ import annotations

from callboard.actors.logic.children import Departure
from callboard.actors.logic.effects import After, Effect, Record, StartActor, StopActor, Tell
from callboard.actors.logic.legacy import Begun, Legacy
from callboard.actors.logic.supervision import SupervisionLogic
from callboard.messages.commands import Done, Ping, Pong
from callboard.messages.errors import ActorDied, problem_of
from callboard.messages.facts import (
    ActorRestarted,
    AgentCrashed,
    AgentRegistered,
    AgentRemoved,
    AgentResized,
    AgentStarted,
    Escalated,
    Fact,
    RestartScheduled,
    RuntimeStarted,
)
from callboard.messages.supervision import (
    ActorExited,
    ActorStarted,
    AgentGone,
    CheckStarted,
    Shutdown,
    Wake,
)
from callboard.messages.unions import SupervisorMessage
from callboard.messages.values import Agent, replace
from callboard.messages.work import (
    AgentDown,
    AgentDraining,
    AgentJoined,
    AgentLeft,
    AgentUp,
    Introduced,
)
from tests.actors.logic.stage import BOOM, OPTIONS, PULL, A, B, planned

BUILT = Record(ActorRestarted(at=9.0, address="supervisor", incarnation=2))
JOINED = (AgentRegistered(at=0.0, agent=A), AgentStarted(at=0.0, agent="a", incarnation=1))
UNSEEN = problem_of(ActorDied("agent/a", "it was gone when its supervisor was built again"))


class Successor:
    """A supervisor that finds this at second 9."""

    def __init__(
        self,
        *history: Fact,
        alive: dict[str, int],
        latest: dict[str, int] | None = None,
        runtime: tuple[str, ...] = (),
        departures: dict[str, Departure] | None = None,
        asked: dict[str, Agent] | None = None,
    ) -> None:
        legacy = Legacy(
            history=history,
            company=frozenset({"a", "b", "p"}),
            alive=alive,
            latest={a: Begun(n, 0.0) for a, n in (latest or alive).items()},
        )
        self.logic = SupervisionLogic(
            OPTIONS,
            runtime=runtime,
            legacy=legacy,
            incarnation=2,
            departures=departures,
            asked=asked,
        )
        self.first = _quiet(self.logic.start(9.0))

    def say(self, now: float, message: SupervisorMessage) -> list[Effect]:
        return _quiet(self.logic.handle(message, now))

    def states(self) -> dict[str, int]:
        [effect] = self.say(9.0, Ping(reply_to="caller/1"))
        assert isinstance(effect, Tell)
        assert isinstance(effect.message, Pong)
        return {life: count for life, count in effect.message.state.items() if count}


def _quiet(effects: list[Effect]) -> list[Effect]:
    return [effect for effect in effects if not isinstance(effect, After)]


def test_it_knows_the_company_and_tells_the_scheduler_again() -> None:
    resized = replace(A, max_load=7)
    successor = Successor(
        *JOINED,
        AgentRegistered(at=1.0, agent=PULL),
        AgentRegistered(at=1.0, agent=B),
        AgentRemoved(at=2.0, agent="b", reason="unregistered"),
        AgentResized(at=3.0, agent="a", max_load=7),
        alive={"scheduler": 1, "agent/a": 1},
        runtime=("scheduler",),
    )
    assert successor.first == [
        BUILT,
        Tell("scheduler", AgentJoined(agent=resized)),
        Tell("scheduler", AgentUp(agent="a", incarnation=1)),
        Tell("scheduler", AgentJoined(agent=PULL)),
        Tell("scheduler", AgentUp(agent="p", incarnation=1)),
        Tell("scheduler", Introduced(incarnation=1)),
    ]
    assert successor.states() == {"running": 3}


def test_who_died_unseen_is_restarted_under_a_number_of_its_own() -> None:
    successor = Successor(*JOINED, alive={}, latest={"agent/a": 3})
    exited = ActorExited(address="agent/a", incarnation=3, problem=UNSEEN)
    assert successor.first == [BUILT, Tell("supervisor", exited)]
    assert successor.say(9.0, exited) == [
        Record(AgentCrashed(at=9.0, agent="a", incarnation=3, problem=UNSEEN)),
        Tell("scheduler", AgentDown(agent="a", incarnation=3, problem=UNSEEN)),
        planned(UNSEEN, 9.0, 1, 1.0),
    ]
    assert successor.say(10.0, Wake()) == [StartActor("agent/a", 4)]


def test_what_its_predecessor_did_not_come_to_start_is_started_and_has_not_died() -> None:
    runtime = ("orchestrator", "scheduler")
    successor = Successor(alive={"orchestrator": 1}, runtime=runtime)
    assert successor.first == [BUILT, StartActor("scheduler", 1)]
    assert successor.states() == {"running": 2}


def test_what_the_dead_have_said_themselves_comes_first_and_counts() -> None:
    successor = Successor(*JOINED, alive={}, latest={"agent/a": 1})
    own = successor.say(9.0, ActorExited(address="agent/a", incarnation=1, problem=BOOM))
    assert own[-1] == planned(BOOM, 9.0, 1, 1.0)
    assert successor.say(9.0, ActorExited(address="agent/a", incarnation=1, problem=UNSEEN)) == []


def test_a_restart_that_is_due_later_comes_then_and_has_been_counted() -> None:
    due = RestartScheduled(at=8.0, address="agent/a", attempt=1, delay=4.0, problem=BOOM)
    successor = Successor(*JOINED, due, alive={}, latest={"agent/a": 1})
    assert successor.first == [BUILT]
    assert successor.say(11.9, Wake()) == []
    assert successor.say(12.0, Wake()) == [StartActor("agent/a", 2)]
    successor.say(12.0, ActorStarted(address="agent/a", incarnation=2))
    again = successor.say(13.0, ActorExited(address="agent/a", incarnation=2, problem=BOOM))
    assert again[-1] == planned(BOOM, 13.0, 2, 2.0)


def test_a_restart_that_nobody_has_recorded_is_recorded_now() -> None:
    due = RestartScheduled(at=8.0, address="scheduler", attempt=1, delay=0.5, problem=BOOM)
    restarted = ActorRestarted(at=8.5, address="scheduler", incarnation=2)
    for told, record in (((due,), True), ((due, restarted), False)):
        successor = Successor(*told, alive={"scheduler": 2}, runtime=("scheduler",))
        missing = Record(ActorRestarted(at=9.0, address="scheduler", incarnation=2))
        all_told = Tell("scheduler", Introduced(incarnation=2))
        assert successor.first == [BUILT, *([missing] if record else []), all_told]
        # Its own word may still be in the mailbox.
        assert successor.say(9.0, ActorStarted(address="scheduler", incarnation=2)) == []
    first = Successor(alive={"scheduler": 1}, runtime=("scheduler",)).first
    assert first == [BUILT, Tell("scheduler", Introduced(incarnation=1))]


def test_restarts_of_the_runtimes_own_actors_still_count_together() -> None:
    history = [
        fact
        for n in range(2)
        for fact in (
            RestartScheduled(at=n, address="decomposer", attempt=n + 1, delay=0.5, problem=BOOM),
            ActorRestarted(at=n + 0.5, address="decomposer", incarnation=n + 2),
        )
    ]
    successor = Successor(*history, alive={"decomposer": 3}, runtime=("decomposer",))
    effects = successor.say(9.0, ActorExited(address="decomposer", incarnation=3, problem=BOOM))
    assert isinstance(effects[0], Record)
    assert isinstance(effects[0].fact, Escalated)


def test_an_agent_whose_word_was_lost_has_the_time_of_a_start_to_speak() -> None:
    successor = Successor(AgentRegistered(at=0.0, agent=A), alive={"agent/a": 1})
    assert successor.states() == {"starting": 1}
    asked = [Tell("agent/a", CheckStarted())]
    assert successor.say(28.9, Wake()) == asked
    assert successor.say(29.0, Wake())[0] == StopActor("agent/a")


def test_who_drains_goes_on_draining_and_its_callers_are_answered() -> None:
    departures = {"a": Departure(20.0, ("caller/7",))}
    successor = Successor(
        *JOINED,
        alive={"agent/a": 1, "scheduler": 1},
        runtime=("scheduler",),
        departures=departures,
    )
    assert Tell("scheduler", AgentDraining(agent="a")) in successor.first
    assert successor.say(10.0, AgentGone(agent="a")) == [
        Record(AgentRemoved(at=10.0, agent="a", reason="drained")),
        Tell("scheduler", AgentLeft(agent="a", reason="drained", reply_to="caller/7")),
        Tell("agent/a", Shutdown()),
    ]
    assert departures == {}


def test_who_drained_too_long_meanwhile_goes() -> None:
    successor = Successor(
        *JOINED, alive={"agent/a": 1}, departures={"a": Departure(5.0, ("caller/7",))}
    )
    effects = successor.say(9.0, Wake())
    assert effects[0] == Record(AgentRemoved(at=9.0, agent="a", reason="not drained in time"))


def test_who_was_told_to_end_is_told_again_and_ended_in_time() -> None:
    successor = Successor(
        *JOINED, AgentRemoved(at=5.0, agent="a", reason="unregistered"), alive={"agent/a": 1}
    )
    assert successor.first == [BUILT, Tell("agent/a", Shutdown())]
    assert successor.states() == {"stopping": 1}
    assert successor.say(14.0, Wake()) == [StopActor("agent/a")]


def test_a_runtime_actor_that_was_given_up_stays_so() -> None:
    escalated = Escalated(at=5.0, address="decomposer", problem=BOOM)
    successor = Successor(escalated, alive={}, runtime=("decomposer",))
    assert successor.first == [BUILT]
    assert successor.states() == {}


def test_a_registration_that_nobody_has_read_yet_is_not_in_the_way() -> None:
    """Its message still waits in the mailbox."""
    assert Successor(alive={}).first == [BUILT]


def test_an_agent_of_whom_nobody_knows_any_more_is_not_a_member() -> None:
    stranger = Agent(id="stranger")
    successor = Successor(AgentRegistered(at=0.0, agent=stranger), alive={})
    assert successor.states() == {}


def test_callers_hear_once() -> None:
    departures = {"a": Departure(20.0, ("caller/7", "caller/8"))}
    successor = Successor(*JOINED, alive={"agent/a": 1}, departures=departures)
    effects = successor.say(10.0, AgentGone(agent="a"))
    assert effects[1:3] == [
        Tell("scheduler", AgentLeft(agent="a", reason="drained", reply_to="caller/7")),
        Tell("caller/8", Done()),
    ]


def test_what_was_there_before_the_process_began_is_not_there_any_more() -> None:
    escalated = Escalated(at=0.0, address="decomposer", problem=BOOM)
    restarted = RuntimeStarted(at=1.0, boot=2)
    successor = Successor(
        *JOINED, escalated, restarted, alive={"decomposer": 1}, runtime=("decomposer",)
    )
    assert successor.first == [BUILT]
    assert successor.states() == {"running": 1}
