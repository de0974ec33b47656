"""A scheduler with resources for tests, that says only who got what, and its journal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.given_resources import amounts_of, budget_of, supplies_of
from callboard.actors.logic.resource_options import ResourceOptions
from callboard.messages import facts
from callboard.messages.base import AgentId, SubtaskId
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.resources import Amount, Supplied
from callboard.messages.unions import SchedulerMessage
from callboard.messages.values import Agent, Lease, Ready, replace
from callboard.messages.work import Completed, Started, SubtaskGivenUp
from tests.actors.logic.desk import RESULT, Desk, agent, ready


def worker(name: str, *skills: str, offers: dict[str, float] | None = None, **more: Any) -> Agent:
    return agent(name, *skills, offers=amounts_of("offers", offers or {}), **more)


A, B, C = (worker("a", max_load=20), worker("b", "law", max_load=9), worker("c", max_load=9))


def task(uuid: str, *skills: str, goal: str = "g", budget: Any = None, **more: Any) -> Ready:
    """A subtask; `demands` is a mapping, `keys` a list."""
    demands = amounts_of("demands", more.pop("demands", {}))
    keys = tuple(more.pop("keys", ()))
    made = ready(uuid, *skills, demands=demands, keys=keys, **more)
    return replace(made, goal=goal, budget=budget_of("budget", budget))


def spent(**amounts: float) -> tuple[Amount, ...]:
    return tuple(Amount(resource=name, amount=amount) for name, amount in amounts.items())


class Pantry:
    """A desk with supplies.

    Attributes:
        facts: What was recorded, in order.
        notices: What was shown, in order.
        leases: The current ones, by subtask.
        failed: Subtasks that were given up, each with the error.
        told: All other words, in order.
    """

    def __init__(
        self,
        *agents: Agent,
        supplies: dict[str, Any] | None = None,
        concurrency: dict[str, int] | None = None,
        recorded: Iterable[Fact] = (),
        **more: Any,
    ) -> None:
        options = ResourceOptions(supplies_of("resources", supplies or {}), concurrency or {})
        self.facts = list(recorded)
        if supplies:  # as it says when it begins
            listed = [Supplied(resource=n, supply=s) for n, s in options.supplies.items()]
            self.facts.append(facts.ResourcesSupplied(at=0.0, supplies=tuple(listed)))
        self.notices: list[Notice] = []
        self.leases: dict[SubtaskId, Lease] = {}
        self.failed: dict[SubtaskId, str] = {}
        self.told: list[Tell] = []
        self.desk = Desk(resources=options, recorded=self.facts[:], **more)
        for each in agents:
            self.note(self.desk.join(each))

    def say(self, now: float, message: SchedulerMessage) -> dict[SubtaskId, AgentId]:
        """Who got what by it."""
        return self.note(self.desk.say(now, message))

    def queue(self, *readies: Ready, now: float = 0.0) -> dict[SubtaskId, AgentId]:
        self.facts += [  # as the orchestrator does
            facts.SubtaskQueued(at=now, goal=ready.goal, subtask=ready.subtask.uuid)
            for ready in readies
        ]
        return self.note(self.desk.queue(*readies, now=now))

    def note(self, effects: list[Effect]) -> dict[SubtaskId, AgentId]:
        found: dict[SubtaskId, AgentId] = {}
        for effect in effects:
            if isinstance(effect, Record):
                self.facts.append(effect.fact)
                if isinstance(effect.fact, facts.SubtaskAssigned):
                    given = effect.fact.lease
                    self.leases[given.subtask] = given
                    found[given.subtask] = given.agent
            elif isinstance(effect, Show):
                self.notices.append(effect.notice)
            elif isinstance(effect, Tell):
                self.told.append(effect)
                if isinstance(effect.message, SubtaskGivenUp):
                    self.failed[effect.message.subtask] = effect.message.problem.error
        return found

    def start(self, uuid: SubtaskId, now: float = 0.0) -> None:
        assert not self.say(now, Started(lease=self.leases[uuid]))

    def done(
        self, uuid: SubtaskId, now: float = 1.0, used: tuple[Amount, ...] = ()
    ) -> dict[SubtaskId, AgentId]:
        """It is completed; the answer is who gets what by that."""
        message = Completed(lease=self.leases[uuid], result=RESULT, seconds=1.0, spent=used)
        return self.say(now, message)

    def seen(self, kind: type[Notice]) -> list[Any]:
        """What was shown of that kind."""
        return [notice for notice in self.notices if type(notice) is kind]

    def kept(self, kind: type[Fact]) -> list[Any]:
        """What was recorded of that kind."""
        return [fact for fact in self.facts if type(fact) is kind]
