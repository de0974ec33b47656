"""An agent that is registered already is registered once more: what the scheduler makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, LookAt, Record, Tell
from callboard.actors.logic.limits import Limits
from callboard.actors.logic.scheduling import SchedulingLogic
from callboard.actors.logic.skills import Equivalences
from callboard.messages.commands import Assignments, AssignNow, Done, Heartbeat
from callboard.messages.facts import LeaseRevoked, SubtaskAssigned
from callboard.messages.supervision import SignsSeen, Wake
from callboard.messages.values import Agent, Lease, Priority, Ready, Skill, Subtask
from callboard.messages.work import AgentJoined, AgentUp, SubtasksReady

if TYPE_CHECKING:
    from callboard.messages.unions import SchedulerMessage

SILENCE = 30.0
PULLS = Agent(id="a1", pull=True, max_load=5)


def ready(uuid: str, *skills: str) -> Ready:
    required = tuple(Skill(name=skill) for skill in skills)
    return Ready(
        goal="g1",
        goal_text="anything",
        subtask=Subtask(uuid=uuid, name=uuid.upper(), required_skills=required),
        urgency=Priority.MEDIUM,
        rank=60.0,
        since=0.0,
    )


class Scheduler:
    """A scheduler, and agent a1 in pull mode."""

    def __init__(self) -> None:
        self.logic = SchedulingLogic(
            boot=1,
            incarnation=1,
            equivalences=Equivalences(),
            limits=Limits(),
            heartbeat_timeout=SILENCE,
            tau=600.0,
            poison=3,
        )
        self.logic.start(0.0)
        self.say(0.0, AgentJoined(agent=PULLS), AgentUp(agent="a1", incarnation=1))
        self.say(0.0, SubtasksReady(subtasks=(ready("s1"),)))

    def say(self, now: float, *messages: SchedulerMessage) -> list[Effect]:
        """What follows; nobody sees what an agent does that pulls."""
        effects: list[Effect] = []
        for message in messages:
            for effect in self.logic.handle(message, now):
                effects.append(effect)
                if isinstance(effect, LookAt):
                    effects += self.say(now, SignsSeen(agent=effect.agent, limit=effect.limit))
        return effects

    def assign(self, now: float) -> tuple[Lease, ...]:
        effects = self.say(now, AssignNow(reply_to="caller/1"))
        [reply] = [e.message for e in effects if isinstance(e, Tell) and e.to == "caller/1"]
        assert isinstance(reply, Assignments)
        return reply.leases

    def revoked(self, effects: list[Effect]) -> list[str]:
        facts = [effect.fact for effect in effects if isinstance(effect, Record)]
        return [fact.reason for fact in facts if isinstance(fact, LeaseRevoked)]


def test_the_load_stays_and_the_skills_are_new() -> None:
    scheduler = Scheduler()
    scheduler.assign(1.0)
    scheduler.say(1.0, SubtasksReady(subtasks=(ready("s2", "sql"), ready("s3", "sql"))))
    skilled = Agent(id="a1", pull=True, max_load=2, skills=(Skill(name="sql"),))

    effects = scheduler.say(2.0, AgentJoined(agent=skilled, reply_to="caller/2"))

    assert effects == [Tell("caller/2", Done())]
    assert [lease.subtask for lease in scheduler.assign(3.0)] == ["s2"]  # s1 takes a slot


def test_who_never_gave_a_heartbeat_is_not_expected_to_give_one_now() -> None:
    scheduler = Scheduler()
    scheduler.assign(1.0)
    scheduler.say(2.0, AgentJoined(agent=PULLS))

    assert scheduler.say(2.0 + SILENCE, Wake()) == []


def test_it_is_a_sign_of_life_of_who_gives_heartbeats() -> None:
    scheduler = Scheduler()
    scheduler.say(0.0, Heartbeat(agent="a1"))
    scheduler.assign(1.0)
    scheduler.say(20.0, AgentJoined(agent=PULLS))

    assert scheduler.revoked(scheduler.say(SILENCE, Wake())) == []
    assert scheduler.revoked(scheduler.say(20.0 + SILENCE, Wake())) == [
        "agent 'a1' gave no sign of life for 30 s"
    ]


def test_who_has_fallen_silent_is_back_and_still_expected_to_beat() -> None:
    scheduler = Scheduler()
    scheduler.say(0.0, Heartbeat(agent="a1"))
    scheduler.say(SILENCE, Wake())
    assert scheduler.assign(31.0) == ()

    scheduler.say(32.0, AgentJoined(agent=PULLS))

    [lease] = scheduler.assign(33.0)
    assert lease.agent == "a1"
    assert len(scheduler.revoked(scheduler.say(32.0 + SILENCE, Wake()))) == 1


def test_where_another_kind_of_agent_takes_its_place_it_loses_what_it_held() -> None:
    scheduler = Scheduler()
    scheduler.assign(1.0)
    pushed = Agent(id="a1")

    effects = scheduler.say(2.0, AgentJoined(agent=pushed))

    assert scheduler.revoked(effects) == ["agent 'a1' was replaced by another one of that id"]
    effects = scheduler.say(3.0, AgentUp(agent="a1", incarnation=2))
    facts = [effect.fact for effect in effects if isinstance(effect, Record)]
    [assigned] = [fact for fact in facts if isinstance(fact, SubtaskAssigned)]
    assert (assigned.lease.subtask, assigned.lease.agent) == ("s1", "a1")
    assert scheduler.assign(4.0) == ()
