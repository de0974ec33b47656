"""Who is there: the scheduler's view of the company, kept by supervisor and heartbeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.leasing import drained
from callboard.messages import facts
from callboard.messages.base import SUPERVISOR, agent_address
from callboard.messages.commands import Done, Refused
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.lookups import UnknownAgent
from callboard.messages.notices import AgentDoubted, HeartbeatSeen
from callboard.messages.supervision import AgentGone, AgentSilent
from callboard.messages.work import Reconcile, Revoke

if TYPE_CHECKING:
    from callboard.actors.logic.company import Member
    from callboard.actors.logic.dispatching import Dispatching
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.recovering import Recovering
    from callboard.actors.logic.setbacks import Setbacks
    from callboard.messages.base import Address, AgentId
    from callboard.messages.commands import Heartbeat, ResizeAgent
    from callboard.messages.work import AgentDown, AgentJoined, AgentLeft, AgentUp, Running


class Membership:
    """Agents come, beat, fall silent, die, drain and leave.

    Args:
        leasing: What they hold.
        dispatching: Told when an agent leaves.
        setbacks: Told what is lost with an agent.
        recovering: Told what agents hold after a restart.
        heartbeat_timeout: Seconds of silence after which one is doubted; it counts
            from the first heartbeat.
    """

    def __init__(
        self,
        leasing: Leasing,
        dispatching: Dispatching,
        setbacks: Setbacks,
        recovering: Recovering,
        heartbeat_timeout: float,
    ) -> None:
        self._leasing = leasing
        self._slots = leasing.slots
        self._dispatching = dispatching
        self._setbacks = setbacks
        self._recovering = recovering
        self._timeout = heartbeat_timeout
        self._unheard: set[AgentId] = set()

    def figures(self) -> dict[str, int]:
        """How many agents there are, and how many of them can work."""
        members = self._slots.members()
        return {"agents": len(members), "agents_up": sum(m.up for m in members)}

    def joined(self, message: AgentJoined, now: float) -> list[Effect]:
        """An agent is registered, perhaps anew with other skills; its load stays."""
        agent, effects = message.agent, list[Effect]()
        known = self._slots.member(agent.id)
        if known is not None and known.agent.pull is not agent.pull:
            reason = f"agent {agent.id!r} was replaced by another one of that id"
            effects += self._lose_all(known, reason, now, blame=False)
            self._slots.company(known.agent).leave(agent.id)
        member = self._slots.company(agent).join(agent)
        if member.beaten:
            # Who has fallen silent is back, and goes on to be expected to beat.
            self._alive(member, now)
        return [*effects, Tell(message.reply_to, Done())] if message.reply_to else effects

    def up(self, message: AgentUp) -> list[Effect]:
        """It can be given work."""
        member = self._slots.member(message.agent)
        if member is None or message.incarnation < member.incarnation:
            return []
        member.up, member.incarnation = True, message.incarnation
        self._slots.changed(member)
        if self._leasing.recovering and not member.agent.pull:
            self._unheard.add(message.agent)
            return [Tell(agent_address(message.agent), Reconcile())]
        return []

    def down(self, message: AgentDown, now: float) -> list[Effect]:
        """Its actor has died: its tokens end at once, its subtasks go to the front."""
        member = self._slots.member(message.agent)
        if member is None or message.incarnation < member.incarnation:
            return []
        member.up = False
        blame = message.problem.fault != "caller"  # who replaces an agent blames no subtask
        effects = self._lose_all(member, message.problem.text, now, blame=blame)
        return [*effects, *self._heard(message.agent)]

    def draining(self, agent: AgentId) -> list[Effect]:
        """It gets no more; the supervisor is told when it has nothing left."""
        member = self._slots.member(agent)
        if member is None:
            return [Tell(SUPERVISOR, AgentGone(agent=agent))]
        member.draining = True
        self._slots.changed(member)
        return [] if agent in self._unheard else drained(member)

    def left(self, message: AgentLeft, now: float) -> list[Effect]:
        """It has gone for good; what it held goes to others."""
        member = self._slots.member(message.agent)
        effects: list[Effect] = []
        if member is not None:
            effects += self._lose_all(member, message.reason, now, blame=False)
            self._slots.company(member.agent).leave(message.agent)
            self._leasing.alarms.clear(("heartbeat", message.agent))
            effects += self._dispatching.report_unschedulable(now)
        effects += self._heard(message.agent)
        return [*effects, Tell(message.reply_to, Done())] if message.reply_to else effects

    def heartbeat(self, message: Heartbeat, now: float) -> list[Effect]:
        """A sign of life; leases it believes in and does not hold are revoked to its face."""
        member = self._slots.member(message.agent)
        if member is None:
            return _refuse(message.reply_to, message.agent)
        member.beaten = True
        self._alive(member, now)
        effects: list[Effect] = [Show(HeartbeatSeen(at=now, agent=message.agent))]
        effects += [
            Tell(agent_address(message.agent), Revoke(token=token, reason="it was revoked"))
            for token in message.running or ()
            if token not in member.leases and not member.agent.pull
        ]
        return [*effects, Tell(message.reply_to, Done())] if message.reply_to else effects

    def resize(self, message: ResizeAgent, now: float) -> list[Effect]:
        """It may run more at once, or less."""
        member = self._slots.member(message.agent)
        if member is None:
            return _refuse(message.reply_to, message.agent)
        member.agent = msgspec.structs.replace(member.agent, max_load=message.max_load)
        self._slots.changed(member)
        fact = facts.AgentResized(at=now, agent=message.agent, max_load=message.max_load)
        return [Record(fact), Tell(message.reply_to, Done())]

    # After a restart

    def running(self, message: Running, now: float) -> list[Effect]:
        """An agent says what it runs."""
        member = self._slots.member(message.agent)
        effects: list[Effect] = []
        for lease in message.leases:
            if member is None or lease.token not in member.leases:
                effects += self._recovering.adopt(lease, now)
        return [*effects, *self._heard(message.agent)]

    def due(self, kind: str, agent: AgentId, now: float) -> list[Effect]:
        """An agent was silent for too long, or the time to say what it runs is over."""
        if kind == "recovered":
            return self._recovering.over(now)
        member = self._slots.member(agent)
        if member is None:
            return []
        shown = Show(AgentDoubted(at=now, agent=agent, seconds=self._timeout))
        if not member.agent.pull:
            silent = AgentSilent(agent=agent, seconds=self._timeout)
            return [shown, Tell(SUPERVISOR, silent)]
        member.up = False  # until it beats again; nobody can restart it
        reason = f"agent {agent!r} gave no sign of life for {self._timeout:g} s"
        return [shown, *self._lose_all(member, reason, now, blame=True)]

    def _heard(self, agent: AgentId) -> list[Effect]:
        """An agent has said what it runs, or never will."""
        member = self._slots.member(agent)
        if agent not in self._unheard:
            return []
        self._unheard.discard(agent)
        return [] if member is None else drained(member)

    def _lose_all(self, member: Member, reason: str, now: float, *, blame: bool) -> list[Effect]:
        effects: list[Effect] = []
        for lease in list(member.leases.values()):
            effects += self._setbacks.lose(lease, reason, now, blame=blame)
        member.resuming.clear()
        self._slots.changed(member)
        return effects

    def _alive(self, member: Member, now: float) -> None:
        self._leasing.alarms.set(("heartbeat", member.agent.id), now + self._timeout)
        if member.agent.pull and not member.up:
            member.up = True
            self._slots.changed(member)


def _refuse(reply_to: Address, agent: AgentId) -> list[Effect]:
    if not reply_to:
        return []
    return [Tell(reply_to, Refused(problem=problem_of(UnknownAgent(agent))))]
