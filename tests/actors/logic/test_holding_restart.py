"""The scheduler's gates, after a restart: what was held stays so."""

from __future__ import annotations

from dataclasses import dataclass, field

from callboard.actors.logic.effects import Record, Tell
from callboard.messages import facts
from callboard.messages.supervision import Wake
from callboard.messages.work import AgentJoined, AgentUp, Hold, Reconcile, Resync, Running
from tests.actors.logic.desk import Desk, lease, ready, told
from tests.actors.logic.holds import HOLD, A, idle, pause

BEFORE = [
    facts.SubtaskQueued(at=-2.0, goal="g", subtask="s1"),
    facts.SubtaskAssigned(at=-1.0, lease=lease("s1", "a")),
]


@dataclass
class Restarted:
    """A scheduler that has been told what is held and what is open, and not who runs what."""

    desk: Desk = field(default_factory=lambda: Desk(incarnation=2, recorded=BEFORE))

    def told(self, *holds: Hold) -> Desk:
        for hold in holds:
            self.desk.say(0.0, hold)
        self.desk.say(0.0, Resync(subtasks=(ready("s1"), ready("s2")), incarnation=2))
        self.desk.say(0.1, AgentJoined(agent=A))
        [ask] = self.desk.say(0.1, AgentUp(agent="a", incarnation=1))
        assert ask == Tell("agent/a", Reconcile())
        return self.desk


def test_a_successor_hands_out_nothing_that_is_held() -> None:
    desk = Restarted().told(HOLD)
    desk.say(0.2, Running(agent="a", leases=()))
    assert [e for e in desk.say(1.0, Wake()) if isinstance(e, Tell)] == []
    assert desk.state() == {"queued": 2, "held": 2}


def test_a_successor_lets_go_on_what_ran_and_is_held() -> None:
    desk = Restarted().told(HOLD)
    held = lease("s1", "a")
    desk.say(0.2, Running(agent="a", leases=(held,)))
    desk.say(1.0, Wake())
    assert desk.state() == {"queued": 1, "leased": 1, "held": 2}


def test_a_successor_takes_back_what_ran_and_was_interrupted() -> None:
    desk = Restarted().told(Hold(goals=("g",), interrupt=True))
    held = lease("s1", "a")
    desk.say(0.2, Running(agent="a", leases=(held,)))
    assert told(held, "paused") in desk.say(1.0, Wake())
    assert desk.state() == {"queued": 2, "held": 2}


def test_a_successor_calls_nothing_idle_before_it_knows_what_runs() -> None:
    desk = Restarted().told(Hold(goals=("g",), last=True))
    assert idle("s1") not in desk.say(0.2, Running(agent="a", leases=(lease("s1", "a"),)))
    effects = desk.say(1.0, Wake())
    assert (idle("s1") in effects, idle("s2") in effects) == (False, True)


def test_a_successor_pauses_an_agent_when_it_knows_what_it_runs() -> None:
    desk = Restarted().told()
    held = lease("s1", "a")
    assert desk.say(0.2, pause(interrupt=True)) == []
    desk.say(0.3, Running(agent="a", leases=(held,)))
    effects = desk.say(1.0, Wake())
    paused = Record(facts.AgentPaused(at=1.0, agent="a", interrupt=True))
    assert [paused in effects, told(held, "agent 'a' is paused") in effects] == [True, True]
    assert (desk.load("a"), desk.state()) == (1, {"queued": 2})
