"""Why a subtask does not run: what it waits for."""

from __future__ import annotations

import math
from typing import Literal

from callboard.messages.base import AgentId, GoalId, SubtaskId, Value
from callboard.messages.reasons.base import Reason
from callboard.messages.values import Priority, Problem
from callboard.messages.words import ago, ahead, counted, duration, listed

# It is not ready


class Dependency(Value):
    """Something that a subtask needs the result of.

    Attributes:
        status: "pending", "ready", "running" and so on, as `SubtaskStatus`.
        agent: Who holds it; "" where nobody does.
    """

    subtask: SubtaskId
    name: str
    status: str
    agent: AgentId = ""

    def __str__(self) -> str:
        at = f" at {self.agent}" if self.agent else ""
        return f"{self.name!r} ({self.status}{at})"


class WaitsForOthers(Reason):
    """Subtasks that it depends on have not ended well yet.

    Attributes:
        open: Those that have not, as they stand.
        met: How many have.
    """

    open: tuple[Dependency, ...]
    met: int = 0

    def said(self, at: float) -> str:
        """Which, and how they stand."""
        del at
        done = f"; {counted(self.met, 'other')} done" if self.met else ""
        return f"it needs the result of {listed([str(one) for one in self.open])}{done}"


class OnItsWay(Reason):
    """It has become ready in this moment, and the scheduler has not heard of it."""

    def said(self, at: float) -> str:
        """As it is."""
        del at
        return "word that it is ready is on its way to the scheduler"


class SchedulerRecovers(Reason):
    """The scheduler was rebuilt, and waits for the agents to say what they run."""

    def said(self, at: float) -> str:
        """As it is."""
        del at
        return "the scheduler was restarted and is asking the agents what they run"


class BeingRecorded(Reason):
    """It has ended, which the orchestrator is about to record."""

    def said(self, at: float) -> str:
        """As it is."""
        del at
        return "it has ended, and its end is being recorded"


# Somebody holds it back


class Paused(Reason):
    """Somebody has paused it, or something that it belongs to.

    Attributes:
        what: What was paused.
        name: The id of the goal or the subtask; "" for the runtime.
        why: What was said when it was paused.
    """

    what: Literal["subtask", "goal", "runtime"]
    name: str = ""
    why: str = ""

    def said(self, at: float) -> str:
        """What, and why."""
        del at
        which = f"the {self.what} {self.name}".rstrip()
        return f"{which} is paused" + (f": {self.why}" if self.why else "")


class Draining(Reason):
    """No attempt at it is begun any more: what runs may end, the rest is cancelled."""

    what: Literal["subtask", "goal"]
    name: str
    why: str = ""

    def said(self, at: float) -> str:
        """What, and why."""
        del at
        return f"the {self.what} {self.name} is being drained" + (
            f": {self.why}" if self.why else ""
        )


class WaitsForSubGoals(Reason):
    """Its attempt has handed in goals of its own, and they have not ended."""

    goals: tuple[GoalId, ...]

    def said(self, at: float) -> str:
        """Which."""
        del at
        goals = counted(len(self.goals), "goal")
        return f"{goals} that it has submitted {_are(self.goals)} open: {listed(self.goals)}"


# An earlier attempt


class BackingOff(Reason):
    """An attempt has failed, or was declined; it is tried again after a while.

    Attributes:
        until: When, seconds since the epoch.
        attempts: That have failed.
        problem: What the latest one failed with, if it is known.
    """

    until: float
    attempts: int
    problem: Problem | None = None

    def said(self, at: float) -> str:
        """When, and after what."""
        tried = counted(self.attempts, "failed attempt")
        after = f"after {tried}" if self.attempts else "its agent would not take it"
        text = f" ({self.problem.text})" if self.problem else ""
        return f"it is tried again {ahead(self.until, at)}, {after}{text}"


class KeptAside(Reason):
    """It is in quarantine, and waits for somebody's decision.

    Attributes:
        until: When it fails unless somebody decides, seconds since the epoch.
        agents: Those that it took down or failed at, each once.
    """

    until: float
    problem: Problem
    agents: tuple[AgentId, ...] = ()

    def said(self, at: float) -> str:
        """Why, and how long."""
        until = f"requeue, edit or cancel it, else it fails {ahead(self.until, at)}"
        return f"it is kept aside until somebody decides: {self.problem.text}; {until}"


class SkillRests(Reason):
    """Attempts that need one of its skills only failed, so that skill is given a rest.

    Attributes:
        until: When one may be made as a probe, seconds since the epoch; None while one is.
    """

    skill: str
    until: float | None

    def said(self, at: float) -> str:
        """Which skill, and how long."""
        then = (
            "one is being tried now"
            if self.until is None
            else f"one is tried {ahead(self.until, at)}"
        )
        return f"attempts that need {self.skill!r} only fail, so it is given a rest; {then}"


# Nobody can do it, or not now


class NobodyCan(Reason):
    """No registered agent could ever do it.

    Attributes:
        missing: Skills that nobody covers, and resources that nobody offers; empty where no
            single agent covers them all.
        required: All that it requires of an agent.
        until: When it fails, seconds since the epoch; None where nothing is set.
    """

    missing: tuple[str, ...]
    required: tuple[str, ...]
    until: float | None = None

    def said(self, at: float) -> str:
        """Which skills."""
        lost = "" if self.until is None else f"; it fails {ahead(self.until, at)}"
        if self.missing:
            return f"no registered agent covers {listed(self.missing)}{lost}"
        if not self.required:
            return f"no agent is registered{lost}"
        return f"no single agent covers all of {listed(self.required)}{lost}"


class AgentState(Value):
    """An agent that may do it, and how it stands.

    Attributes:
        fit: "exact", "equivalent" or "general".
        state: "free", "busy", "paused", "draining", "overloaded" or "down"; "down" is
            doubted too.
        load: Slots that are taken.
        free_at: When one of them is expected to be free, seconds since the epoch; None
            where that is not known.
        stopping: Of these slots, how many wait for something that was told to stop.
    """

    agent: AgentId
    fit: str
    state: str
    load: int
    max_load: int
    free_at: float | None = None
    stopping: int = 0

    def said(self, at: float) -> str:
        """In a few words."""
        if self.state != "busy":
            return f"{self.agent} is {self.state}"
        then = "" if self.free_at is None else f", free {_soon(self.free_at, at)}"
        return f"{self.agent} runs {self.load} of {self.max_load}{then}"


class AgentsTaken(Reason):
    """Everybody who may do it is busy, or takes nothing now.

    Attributes:
        count: How many there are.
        agents: The first of them: who fits best, then who is expected to be free first.
    """

    count: int
    agents: tuple[AgentState, ...]

    def said(self, at: float) -> str:
        """Who, and how long."""
        who = "the one agent" if self.count == 1 else f"all {self.count:,} agents"
        told = "; ".join(one.said(at) for one in self.agents)
        more = self.count - len(self.agents)
        return f"{who} that may do it can take nothing now: {told}" + (
            f"; and {more:,} more" if more else ""
        )


class NotAskedFor(Reason):
    """An agent in pull mode may have it as soon as somebody asks for work."""

    agents: tuple[AgentId, ...]
    count: int

    def said(self, at: float) -> str:
        """For whom."""
        del at
        return (
            f"nobody has asked for work for {listed(self.agents, self.count)} since it became ready"
        )


class HasTurn(Reason):
    """A better order than the rule's was worked out, and it has a turn in that.

    Attributes:
        agent: Who is to do it.
        start: When its turn is due, seconds since the epoch.
    """

    agent: AgentId
    start: float

    def said(self, at: float) -> str:
        """Whose turn, and when."""
        return f"by the order that was worked out {self.agent} does it {ahead(self.start, at)}"


class WaitsForFaster(Reason):
    """An agent is free, and one that is busy would still have done it sooner.

    Attributes:
        agent: Who is waited for.
        end: When it would be done there, seconds since the epoch.
        instead: Who is free.
        end_instead: When it would be done there.
        until: From when on the other one takes it after all.
    """

    agent: AgentId
    end: float
    instead: AgentId
    end_instead: float
    until: float

    def said(self, at: float) -> str:
        """Who, and how much sooner."""
        del at
        sooner = f"would do it {duration(max(0.0, self.end_instead - self.end))} sooner"
        return f"{self.agent} is busy and {sooner} than {self.instead}, which is free"


class AboutToGo(Reason):
    """Nothing stands in its way: it is handed out with the next decision."""

    agents: tuple[AgentId, ...] = ()

    def said(self, at: float) -> str:
        """To whom."""
        del at
        who = f"{listed(self.agents)} {_are(self.agents)} free"
        return f"nothing stands in its way, and {who}" if self.agents else "it is handed out next"


# Others are ahead of it


class Standing(Value):
    """Where a subtask stands in the order of what is ready; what comes first decides first.

    Attributes:
        urgency: Its class now; ageing and what waits for it may have raised its priority.
        priority: Its own one.
        group: "front" for work that was taken from an agent, "waited" for what has waited
            itself to the top, else "usual".
        latest: The latest start that keeps its deadline, seconds since the epoch; None
            without one.
        rank: Seconds from its start to the end of its plan, by what was learnt; of what
            has a turn in an order that was worked out, the seconds that are left of that
            order then.
        backlog: Seconds of open work of the least laden agent that may do it.
        since: When it became ready.
    """

    urgency: int
    priority: Priority
    group: Literal["front", "waited", "usual"]
    latest: float | None
    rank: float
    backlog: float
    since: float

    @property
    def score(self) -> float:
        """Seconds; of equals the larger one goes first."""
        return self.rank + self.backlog


class Ahead(Value):
    """A subtask that goes first.

    Attributes:
        because: What decides between the two: "class", "front", "deadline", "waited",
            "score" or "age".
    """

    subtask: SubtaskId
    name: str
    because: Literal["class", "front", "deadline", "waited", "score", "age"]
    standing: Standing


class InQueue(Reason):
    """It waits for its turn.

    Attributes:
        standing: Where it stands itself.
        count: How many go first, of those that want an agent which may do it.
        first: The first of them, in their order.
        until: When it fails if nobody has taken it, seconds since the epoch, or None.
    """

    standing: Standing
    count: int
    first: tuple[Ahead, ...] = ()
    until: float | None = None

    def said(self, at: float) -> str:
        """Who goes first, and why."""
        since = f"it waits for {ago(self.standing.since, at)}"
        if not self.count:
            return f"{since}, and is the next"
        told = listed(
            [f"{one.name!r} ({_because(one, self.standing)})" for one in self.first], self.count
        )
        return f"{since}, and {counted(self.count, 'subtask')} {_go(self.count)} first: {told}"


def _because(one: Ahead, mine: Standing) -> str:
    other = one.standing
    match one.because:
        case "class":
            return f"its class is {_class(other.urgency)}, this one's {_class(mine.urgency)}"
        case "front":
            return "it was taken from an agent"
        case "waited":
            return "it has waited itself to the top"
        case "deadline":
            return "its deadline leaves it less time"
        case "score":
            return f"{duration(other.score)} hang on it, on this one {duration(mine.score)}"
        case _:
            return "it came earlier"


def _class(urgency: int) -> str:
    return Priority(urgency).name


def _soon(when: float, at: float) -> str:
    return "soon" if when <= at or when == math.inf else ahead(when, at)


def _are(many: tuple[str, ...]) -> str:
    return "is" if len(many) == 1 else "are"


def _go(count: int) -> str:
    return "goes" if count == 1 else "go"
