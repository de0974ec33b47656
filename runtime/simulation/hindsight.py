"""What would have been: a journal's goals, agents and attempts under another policy.

The same goals come at the same times, the same agents come and go, and each attempt
takes as long and ends as it did. What is different is what is asked about: settings,
or the company. Three accounts come of it: of what is recorded, of the same played again
under the policy of then, and of the same under the other one. How far the second is from
the first says how far to trust the third.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import msgspec

from callboard.messages import facts
from callboard.messages.base import GoalId
from callboard.messages.errors.running import InvalidCall
from callboard.messages.facts import Fact
from callboard.runtime.config import Config
from callboard.runtime.simulation.account import Account, account
from callboard.runtime.simulation.recorded import Arrival, Gone, RecordedFates, recorded
from callboard.runtime.simulation.replay import facts_of, stand_in
from callboard.runtime.simulation.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Future
    from typing import TypeAlias

    from callboard.messages.notices import Notice
    from callboard.messages.values import Agent, Goal
    from callboard.runtime.handle import GoalHandle
    from callboard.runtime.simulation.recorded import Recorded
    from callboard.runtime.simulation.replay import Told

    AsIf: TypeAlias = Callable[[Agent], Agent | None]

_PATIENCE = 7 * 86_400.0
"""Virtual seconds after the journal's end for which goals may go on."""
_LARGEST = 10**9
_LEAVING = 3600.0


class Fidelity(msgspec.Struct, frozen=True, kw_only=True):
    """How far the replay under the policy of then is from what happened.

    Attributes:
        makespan: The replay's, as a part of the recorded one; 1.0 is the same.
        median: Of all goals that ended in both: by what part of its recorded time a goal's
            time differs; 0.0 is the same.
        worst: The same, of the one that differs most.
        others: Goals that ended otherwise (completed, failed, cancelled, open).
    """

    makespan: float
    median: float
    worst: float
    others: tuple[GoalId, ...] = ()


class Counterfactual(msgspec.Struct, frozen=True, kw_only=True):
    """What was, what was when it was played again, and what would have been.

    Attributes:
        recorded: What happened, as the journal has it.
        baseline: The same, played again under the policy of then.
        changed: The same under the other one; to be compared with `baseline`, because
            neither has the delays of real machines.
        fidelity: How far `baseline` is from `recorded`.
        left_out: Goals that could not be played again, with the reason.
    """

    recorded: Account
    baseline: Account
    changed: Account
    fidelity: Fidelity
    left_out: dict[GoalId, str]

    @property
    def shorter(self) -> dict[GoalId, float]:
        """Seconds by which each goal would have taken less; negative where more.

        Without goals that end in one of the two only.
        """
        found: dict[GoalId, float] = {}
        for goal, before in self.baseline.goals.items():
            after = self.changed.goals.get(goal)
            if after is not None and before.seconds is not None and after.seconds is not None:
                found[goal] = before.seconds - after.seconds
        return found


def counterfactual(  # noqa: PLR0913 - each is optional
    journal: Told,
    *,
    config: Config | None = None,
    changed: Config | None = None,
    as_if: AsIf | None = None,
    more: Iterable[Agent] = (),
    seed: int = 0,
) -> Counterfactual:
    """Play a journal again, under the policy of then and under another one.

    Args:
        journal: The path of its file, or its facts in order; it is not written to.
        config: The settings of then, which a journal does not tell; None for the defaults.
        changed: Those to try; None for the same.
        as_if: Makes of each agent what it would have been: the same, one with another
            `max_load` or other skills, or None, where it would not have been there.
        more: Agents who would have been there as well, from the beginning.
        seed: Decides the order of what happens at the same time.

    Raises:
        JournalError: The file is none, or cannot be read.
        InvalidCall: The journal holds no goal that could be played again.
    """
    told = facts_of(journal)
    past = recorded(told)
    if not any(isinstance(deed, Arrival) for deed in past.deeds):
        raise InvalidCall("journal", len(told), "a journal with a goal that has a plan")
    config = config or Config()
    was = _without(account(told), past.left_out)
    baseline = _Play(past, config, seed).account()
    other = _Play(past, changed or config, seed, as_if, more).account()
    return Counterfactual(
        recorded=was,
        baseline=baseline,
        changed=other,
        fidelity=_fidelity(was, baseline),
        left_out=past.left_out,
    )


class _Play:
    """A record, played once."""

    def __init__(
        self,
        past: Recorded,
        config: Config,
        seed: int,
        as_if: AsIf | None = None,
        more: Iterable[Agent] = (),
    ) -> None:
        self._past = past
        self._as_if = as_if or _same
        self._goals: dict[GoalId, GoalId] = {}
        self._there: set[str] = set()
        self._submitted: list[Future[GoalHandle]] = []
        self._told: list[Fact] = []
        self._next = 0
        # Goals come when they came: what let them in then is not asked about.
        everything = msgspec.structs.replace(
            config,
            keep_goals=None,
            open_goals=None,
            open_subtasks=None,
            largest_goal=_LARGEST,
            largest_plan=_LARGEST,
        )
        fates = RecordedFates(past, config)
        with Simulation(
            seed, decide=fates, config=everything, witness=self._see, begin=past.begin
        ) as simulation:
            self._simulation = simulation
            self._runtime = simulation.runtime
            for agent in more:
                simulation.register(agent)
            self._go_on()
            self._run()

    def account(self) -> Account:
        """What came of it, with the goals by their recorded ids."""
        return account(self._told, lambda goal: goal.key)

    def _run(self) -> None:
        stepper, board = self._simulation.stepper, self._runtime.hub.board
        end = self._past.end + _PATIENCE
        while stepper.now() <= end and self._more(board.open_goals):
            if not stepper.step(end):
                return

    def _more(self, open_goals: int) -> bool:
        coming = self._next < len(self._past.deeds)
        return coming or open_goals > 0 or not all(done.done() for done in self._submitted)

    def _see(self, event: Fact | Notice) -> None:
        if isinstance(event, Fact):
            self._told.append(event)
            if isinstance(event, facts.GoalAccepted):
                self._goals[event.goal.key] = event.goal.id

    def _go_on(self) -> None:
        """Do what is due, and come back when more is."""
        stepper, deeds = self._simulation.stepper, self._past.deeds
        while self._next < len(deeds) and deeds[self._next].at <= stepper.now():
            self._do(deeds[self._next])
            self._next += 1
        if self._next < len(deeds):
            stepper.after(deeds[self._next].at - stepper.now(), self._go_on)

    def _do(self, deed: Arrival | Gone | Fact) -> None:
        runtime = self._runtime
        match deed:
            case Arrival():
                self._submit(deed)
            case Gone():
                for agent in sorted(self._there):
                    self._dismiss(agent)
            case facts.AgentRegistered():
                self._engage(deed.agent)
            case facts.AgentRemoved():
                self._dismiss(deed.agent)
            case facts.AgentResized(agent=agent) if agent in self._there:
                runtime.resizing(agent, deed.max_load)
            case facts.AgentPaused():
                runtime.pausing(f"agent/{deed.agent}", interrupt=deed.interrupt)
            case facts.AgentResumed():
                runtime.resuming(f"agent/{deed.agent}")
            case facts.GoalPaused(goal=goal) if goal in self._goals:
                runtime.pausing(f"goal/{self._goals[goal]}", interrupt=deed.interrupt)
            case facts.GoalResumed(goal=goal) if goal in self._goals:
                runtime.resuming(f"goal/{self._goals[goal]}")
            case facts.GoalCancelled(goal=goal) if goal in self._goals:
                runtime.cancelling(self._goals[goal], deed.reason)
            case facts.RuntimePaused():
                runtime.pausing("", interrupt=deed.interrupt)
            case facts.RuntimeResumed():
                runtime.resuming("")
            case _:  # of somebody who is not there here
                return

    def _submit(self, arrival: Arrival) -> None:
        goal = arrival.goal
        submitted = self._runtime.submitting(
            goal.text,
            plan=arrival.plan,
            context=goal.context,
            priority=goal.priority,
            deadline=_left(goal, arrival.at),
            key=goal.id,
        )
        self._submitted = [one for one in self._submitted if not one.done()]
        self._submitted.append(submitted)

    def _engage(self, agent: Agent) -> None:
        engaged = self._as_if(stand_in(agent))
        if engaged is not None:
            self._runtime.registering(engaged, replace=agent.id in self._there)
            self._there.add(agent.id)

    def _dismiss(self, agent: str) -> None:
        if agent in self._there:
            self._there.discard(agent)
            self._runtime.unregistering(agent, drain=False, timeout=_LEAVING)


def _same(agent: Agent) -> Agent:
    return agent


def _left(goal: Goal, at: float) -> float | None:
    """Seconds that it has to its deadline; a moment where that has passed already."""
    return None if goal.deadline is None else max(1e-3, goal.deadline - at)


def _without(whole: Account, left_out: Mapping[GoalId, str]) -> Account:
    goals = {goal: told for goal, told in whole.goals.items() if goal not in left_out}
    return msgspec.structs.replace(whole, goals=goals)


def _fidelity(was: Account, again: Account) -> Fidelity:
    apart: list[float] = []
    others: list[GoalId] = []
    for goal, before in was.goals.items():
        after = again.goals.get(goal)
        if after is None or after.status != before.status:
            others.append(goal)
        elif before.seconds and after.seconds is not None:
            apart.append(abs(after.seconds - before.seconds) / before.seconds)
    return Fidelity(
        makespan=again.makespan / was.makespan if was.makespan else 1.0,
        median=statistics.median(apart) if apart else 0.0,
        worst=max(apart, default=0.0),
        others=tuple(others),
    )
