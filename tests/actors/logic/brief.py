"""Brief work, and a scheduler that gives some of it ahead."""

from __future__ import annotations

from typing import Any

from callboard.actors.logic.ahead_options import AheadOptions
from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.messages import facts
from callboard.messages.values import Agent, Ready, replace
from callboard.messages.work import Assign, Completed, Settled
from tests.actors.logic.desk import RESULT, Desk, agent, leases_in, ready

OPTIONS = AheadOptions(most=2, brief=1e6, patience=10.0, least=0)


def eager(name: str, *skills: str, **more: Any) -> Agent:
    """An agent that takes work ahead."""
    return agent(name, *skills, ahead=True, **more)


def desk(*agents: Agent, options: AheadOptions = OPTIONS, **more: Any) -> Desk:
    """One whose agents have done something in no time, so that more may be brief."""
    made = Desk(*(agents or (eager("a"),)), ahead=options, **more)
    [held] = leases_in(made.queue(ready("first")))
    made.say(0.0, Completed(lease=held, result=RESULT, seconds=0.5))
    made.say(0.0, Settled(subtasks=("first",)))
    return made


def several(count: int, **more: Any) -> list[Ready]:
    """Brief ones: "s1", "s2" and so on."""
    return [ready(f"s{number}", **more) for number in range(1, count + 1)]


def long(work: Ready) -> Ready:
    """The same, and not brief."""
    return replace(work, subtask=replace(work.subtask, estimated_duration=1e10))


def ahead_in(effects: list[Effect]) -> list[tuple[str, str]]:
    """What is given ahead, and to whom."""
    words = [e.message for e in effects if isinstance(e, Tell)]
    found = [word.lease for word in words if isinstance(word, Assign) and word.ahead]
    return [(held.subtask, held.agent) for held in found]


def revocations(effects: list[Effect]) -> list[facts.LeaseRevoked]:
    """What is recorded of them."""
    found = [effect.fact for effect in effects if isinstance(effect, Record)]
    return [fact for fact in found if isinstance(fact, facts.LeaseRevoked)]


def revoked_in(effects: list[Effect]) -> list[str]:
    """Whose leases are revoked."""
    return [fact.lease.subtask for fact in revocations(effects)]
