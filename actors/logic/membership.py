"""Who is there: the scheduler's view of the company, kept by supervisor and heartbeats."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from callboard.actors.logic import rationing
from callboard.actors.logic.ahead import give_back
from callboard.actors.logic.attending import Attending
from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.leasing import drained
from callboard.actors.logic.overload import Figures, Overload
from callboard.actors.logic.replies import answer, refuse
from callboard.actors.logic.unlinking import blame_links, break_all_of
from callboard.messages import facts
from callboard.messages.base import SUPERVISOR, agent_address
from callboard.messages.commands import (
    Done,
    Heartbeat,
    PauseAgent,
    ResizeAgent,
    ResumeAgent,
)
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import AgentLost
from callboard.messages.errors.lookups import UnknownAgent
from callboard.messages.notices import AgentDoubted, HeartbeatSeen, LoadReported
from callboard.messages.supervision import AgentGone, AgentSilent
from callboard.messages.work import AgentJoined, AgentsJoined, AgentUp, Revoke

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.actors.logic.dispatching import Dispatching
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.overload_options import OverloadOptions
    from callboard.actors.logic.recovering import Recovering
    from callboard.actors.logic.setbacks import Setbacks
    from callboard.messages.base import AgentId
    from callboard.messages.values import Agent, Problem
    from callboard.messages.work import AgentDown, AgentLeft, LoadSeen

Addressed: TypeAlias = Heartbeat | ResizeAgent | PauseAgent | ResumeAgent
"""What is said of one agent, which may not have been introduced yet."""


class Membership:
    """Agents come, beat, fall silent, die, drain and leave.

    Args:
        leasing: What they hold.
        dispatching: Told when an agent leaves.
        setbacks: Told what is lost with an agent.
        recovering: Told what agents hold after a restart.
        heartbeat_timeout: Seconds of silence after which one is doubted; it counts
            from the first heartbeat.
        unheard: What cannot be decided before it is known who is there and what they run.
            The same object for every scheduler of a runtime: as its mailbox does, it
            outlives one that dies meanwhile, or whoever asked would wait in vain.
        overload: How much load is too much; None for never.
    """

    def __init__(  # noqa: PLR0913 - whom it tells what, and what it goes by
        self,
        leasing: Leasing,
        dispatching: Dispatching,
        setbacks: Setbacks,
        recovering: Recovering,
        heartbeat_timeout: float,
        *,
        unheard: list[Addressed],
        overload: OverloadOptions | None = None,
    ) -> None:
        self._leasing = leasing
        self._slots = leasing.slots
        self._dispatching = dispatching
        self._setbacks = setbacks
        self._recovering = recovering
        self._timeout = heartbeat_timeout
        self._unheard = unheard
        self._overload = Overload(leasing.slots, overload)
        self._attending = Attending()

    def figures(self) -> dict[str, int]:
        """How many agents there are, and how many of them can work."""
        members = self._slots.members()
        return {"agents": len(members), "agents_up": sum(m.up for m in members)}

    def joined(self, message: AgentJoined | AgentsJoined, now: float) -> list[Effect]:
        """An agent is registered, perhaps anew with other skills; its load stays."""
        if isinstance(message, AgentsJoined):
            return self._all_joined(message, now)
        agent, effects = message.agent, list[Effect]()
        known = self._slots.member(agent.id)
        if known is None:
            member = self._slots.join(agent)
            if self._leasing.reserving.held:
                rationing.join(self._leasing, member)
        else:
            member, effects = self._joined_anew(known, agent, now)
        if member.beaten:
            # Who has fallen silent is back, and goes on to be expected to beat.
            self._alive(member, now)
        effects += self._hear_again(now) if self._unheard else []
        return [*effects, *answer(message.reply_to, Done())]

    def _all_joined(self, message: AgentsJoined, now: float) -> list[Effect]:
        """Those of whom nobody has heard before join in one go."""
        coming = list(zip(message.agents, message.up, strict=True))
        if not self._has_a_past(message.agents):
            self._slots.join_all(coming)
            return []
        effects = list[Effect]()
        for agent, up in coming:
            effects += self.joined(AgentJoined(agent=agent), now)
            effects += self.up(AgentUp(agent=agent.id, incarnation=up), now) if up else []
        return effects

    def _has_a_past(self, agents: Sequence[Agent]) -> bool:
        """Whether any of them may be known, or hold something that an earlier scheduler gave."""
        leasing = self._leasing
        if leasing.incarnation > 1 or any(map(leasing.is_inherited, leasing.reserving.held)):
            return True
        return any(self._slots.member(agent.id) for agent in agents)

    def _joined_anew(self, known: Member, agent: Agent, now: float) -> tuple[Member, list[Effect]]:
        effects = list[Effect]()
        if known.agent.pull is not agent.pull:
            reason = f"agent {agent.id!r} was replaced by another one of that id"
            effects += self._lose_all(known, reason, now)
            effects += self._attending.end(agent.id)
            self._leasing.leave(known)
        effects += break_all_of(self._leasing, known, "its agent was registered anew", now)
        possible = self._dispatching.possible()
        member = self._slots.join(agent)
        effects += self._dispatching.report_impossible(possible, now)
        return member, [*effects, *self._leasing.resume(member, self._slots.give_back(member), now)]

    def up(self, message: AgentUp, now: float) -> list[Effect]:
        """It can be given work."""
        member = self._slots.member(message.agent)
        if member is None or message.incarnation < member.incarnation:
            return []
        member.up, member.incarnation = True, message.incarnation
        self._slots.changed(member)
        return self._recovering.ask(member, now)

    def down(self, message: AgentDown, now: float) -> list[Effect]:
        """Its actor has died: its tokens end at once, its subtasks go to the front."""
        member = self._slots.member(message.agent)
        if member is None or message.incarnation < member.incarnation:
            return []
        member.up = member.beaten = False
        self._leasing.beats.clear(message.agent)
        unheard = self._attending.end(message.agent)
        why = message.problem.text
        # Who replaces an agent blames no subtask.
        blame = None if message.problem.fault == "caller" else message.problem
        effects = self._lose_all(member, why, now, blame=blame)
        return [*unheard, *effects, *self._recovering.gone(message.agent, now)]

    def draining(self, agent: AgentId, now: float) -> list[Effect]:
        """It gets no more; the supervisor is told when it has nothing left."""
        member = self._slots.member(agent)
        if member is None:
            # Whoever introduces it will say so again.
            introduced = not self._leasing.recovering
            return [Tell(SUPERVISOR, AgentGone(agent=agent))] if introduced else []
        effects = break_all_of(self._leasing, member, "its agent drains", now)
        member.draining = True
        self._slots.changed(member)
        return effects if self._recovering.expects(agent) else [*effects, *drained(member)]

    def left(self, message: AgentLeft, now: float) -> list[Effect]:
        """It has gone for good; what it held goes to others."""
        member = self._slots.member(message.agent)
        effects: list[Effect] = []
        if member is not None:
            effects += self._lose_all(member, message.reason, now)
            possible = self._dispatching.possible()
            self._leasing.leave(member)
            self._leasing.beats.clear(message.agent)
            effects += self._attending.end(message.agent)
            effects += self._dispatching.report_impossible(possible, now)
        effects += self._recovering.left(message.agent, now)
        return [*effects, *answer(message.reply_to, Done())]

    def heartbeat(self, message: Heartbeat, now: float) -> list[Effect]:
        """A sign of life; leases it believes in and does not hold are revoked to its face."""
        member = self._slots.member(message.agent)
        if member is None:
            return self._refuse(message)
        member.beaten = True
        self._alive(member, now)
        attended = self._attending.begin(message.agent)
        shown = Show(HeartbeatSeen(at=now, agent=message.agent))
        load = self.laden(message, now)
        astray = self._disabuse(member, message)
        return [*attended, shown, *load, *astray, *answer(message.reply_to, Done())]

    def laden(self, message: Heartbeat | LoadSeen, now: float) -> list[Effect]:
        """An agent says how laden it is, or that was seen."""
        member, figures = self._slots.member(message.agent), Figures(message.cpu, message.memory)
        if member is None or figures == Figures():
            return []
        cpu, memory = figures
        shown = Show(LoadReported(at=now, agent=message.agent, cpu=cpu, memory=memory))
        return [shown, *self._overload.reported(member, figures, now)]

    def _disabuse(self, member: Member, message: Heartbeat) -> list[Effect]:
        if member.agent.pull or self._leasing.recovering:
            return []  # it is not told, or until all is known again it may be right
        return [
            Tell(agent_address(message.agent), Revoke(token=token, reason="it was revoked"))
            for token in message.running or ()
            if token not in member.leases and token not in self._leasing.links.by_token
        ]

    def resize(self, message: ResizeAgent, now: float) -> list[Effect]:
        """It may run more at once, or less."""
        member = self._slots.member(message.agent)
        if member is None:
            return self._refuse(message)
        member.agent = msgspec.structs.replace(member.agent, max_load=message.max_load)
        if message.elsewhere is not None:
            member.busy(message.elsewhere)
        self._slots.outlook.joined(member.agent)
        resumed = self._leasing.resume(member, self._slots.give_back(member), now)
        fact = facts.AgentResized(at=now, agent=message.agent, max_load=message.max_load)
        return [Record(fact), *resumed, *answer(message.reply_to, Done())]

    def pause(self, message: PauseAgent | ResumeAgent, now: float) -> list[Effect]:
        """It gets no new work for now, or gets some again."""
        member = self._slots.member(message.agent)
        if member is None:
            return self._refuse(message)
        if self._leasing.recovering:
            # What it runs is not known yet.
            self._unheard.append(message)
            return []
        paused = isinstance(message, PauseAgent)
        member.agent = msgspec.structs.replace(member.agent, paused=paused)
        self._slots.changed(member)
        effects: list[Effect] = [Record(_paused(message, now))]
        effects += [*give_back(member), *self._break_chains(member, now)] if paused else []
        if isinstance(message, PauseAgent) and message.interrupt:
            effects += self._interrupt(member, message.reason, now)
        return [*effects, *answer(message.reply_to, Done())]

    def _break_chains(self, member: Member, now: float) -> list[Effect]:
        return break_all_of(self._leasing, member, f"agent {member.agent.id!r} is paused", now)

    def _interrupt(self, member: Member, reason: str, now: float) -> list[Effect]:
        """What it runs goes to others; its slots are free when its handlers have ended."""
        why, effects = f"agent {member.agent.id!r} is paused", list[Effect]()
        why = f"{why}: {reason}" if reason else why
        for lease in list(member.leases.values()):
            effects += self._leasing.tell_agent(lease, why, now)
            effects += self._setbacks.lose(lease, why, now)
        return effects

    # Who they are

    def introduced(self, now: float) -> list[Effect]:
        """After a restart: all who are there have been introduced by now."""
        return self._hear_again(now)

    def _hear_again(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for _ in range(len(self._unheard)):
            message = self._unheard.pop(0)  # first: one that is died of is not heard twice
            if isinstance(message, Heartbeat):
                effects += self.heartbeat(message, now)
            elif isinstance(message, ResizeAgent):
                effects += self.resize(message, now)
            else:
                effects += self.pause(message, now)
        return effects

    def _refuse(self, message: Addressed) -> list[Effect]:
        """A stranger; but to a scheduler that was just restarted everybody is one."""
        if self._leasing.recovering:
            self._unheard.append(message)
            return []
        return refuse(message.reply_to, UnknownAgent(message.agent))

    # Time passes

    def silent(self, agent: AgentId, now: float) -> list[Effect]:
        """An agent was silent for too long."""
        member = self._slots.member(agent)
        if member is None:
            return []
        doubted = Show(AgentDoubted(at=now, agent=agent, seconds=self._timeout))
        shown = [*self._attending.end(agent), doubted]
        if not member.agent.pull:
            number = member.incarnation
            silent = AgentSilent(agent=agent, seconds=self._timeout, incarnation=number)
            return [*shown, Tell(SUPERVISOR, silent)]
        member.up = False  # until it beats again; nobody can restart it
        problem = problem_of(AgentLost(agent, f"gave no sign of life for {self._timeout:g} s"))
        return [*shown, *self._lose_all(member, problem.text, now, blame=problem)]

    def _lose_all(
        self, member: Member, reason: str, now: float, *, blame: Problem | None = None
    ) -> list[Effect]:
        self._slots.changed(member)  # first: nobody is to count on what it frees
        done = () if blame is None else blame_links(self._leasing, member, blame, now)
        effects = break_all_of(self._leasing, member, reason, now)
        member.resuming.clear()
        effects += rationing.give_back(self._leasing, member, list(member.stopping), now)
        member.stopping.clear()
        member.slow.clear()
        for lease in list(member.leases.values()):
            cause = None if lease.token in done else blame
            effects += self._setbacks.lose(lease, reason, now, blame=cause)
        self._slots.changed(member)
        return effects

    def _alive(self, member: Member, now: float) -> None:
        self._leasing.beats.set(member.agent.id, now + self._timeout)
        if member.agent.pull and not member.up:
            member.up = True
            self._slots.changed(member)


def _paused(
    message: PauseAgent | ResumeAgent, now: float
) -> facts.AgentPaused | facts.AgentResumed:
    agent = message.agent
    if isinstance(message, ResumeAgent):
        return facts.AgentResumed(at=now, agent=agent)
    return facts.AgentPaused(
        at=now, agent=agent, reason=message.reason, interrupt=message.interrupt
    )
