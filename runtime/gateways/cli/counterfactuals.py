"""What `callboard journal counterfactual` asks, and how it tells the answer."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import msgspec

from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.running import InvalidCall
from callboard.messages.values import Agent, replace
from callboard.runtime.config import Config
from callboard.runtime.executors.definition import definition_of
from callboard.runtime.gateways.cli.complaints import DONE, Complaint
from callboard.runtime.gateways.cli.screen import Screen, Stream
from callboard.runtime.gateways.cli.text import counted, one_line
from callboard.runtime.simulation.account import Account
from callboard.runtime.simulation.hindsight import Counterfactual, counterfactual

_SHOWN = 10
_AGENTS = "+1:SKILL,SKILL (more agents), NAME=2 (at once), NAME:SKILL,SKILL and NAME=0 (nobody) are"


def ask(options: Namespace, screen: Screen) -> int:
    """Play the journal again, and tell what would have changed.

    Raises:
        JournalError: The file is none, or cannot be read.
        Complaint: What would have been otherwise makes no sense.
    """
    was = settings(Config(), options.was)
    company = Company(options.agents)
    try:
        found = counterfactual(
            options.file,
            config=was,
            changed=settings(was, options.set),
            as_if=company.as_if,
            more=company.more,
        )
    except InvalidCall as error:
        raise Complaint(str(error)) from None
    company.check()
    if options.json:
        screen.json(data(found))
    else:
        tell(found, screen.out)
    return DONE


# What is asked


def settings(config: Config, changes: list[str]) -> Config:
    """The settings with some changed, each as NAME=VALUE.

    >>> changed = settings(Config(), ["ageing=60", "retry.attempts=1", "breaker=none"])
    >>> changed.ageing, changed.retry.attempts, changed.breaker
    (60.0, 1, None)
    """
    plain: dict[str, Any] = msgspec.to_builtins(config)
    for change in changes:
        name, _, value = change.partition("=")
        *within, last = name.split(".")
        place: dict[str, Any] = plain
        for part in within:
            place = place.get(part) or {}
        if last not in place or not value:
            raise Complaint(f"{one_line(change)!r} is no setting: ageing=60 and poison=2 are")
        place[last] = _value(value)
    try:
        return msgspec.convert(plain, Config, strict=False)
    except (msgspec.ValidationError, CallboardError) as error:
        raise Complaint(f"{one_line(' '.join(changes))}: {one_line(str(error))}") from None


def _value(text: str) -> object:
    if text == "none":
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


class Company:
    """Who would have been there, as the options say it.

    Attributes:
        more: Agents who would have been there as well.

    >>> company = Company(["+2:maths", "ann=3"])
    >>> [agent.id for agent in company.more]
    ['more-1', 'more-2']
    >>> company.as_if(Agent(id="ann")).max_load
    3
    """

    def __init__(self, changes: list[str]) -> None:
        self.more: list[Agent] = []
        self._loads: dict[str, int] = {}
        self._skills: dict[str, list[str]] = {}
        self._met: set[str] = set()
        for change in changes:
            self._take(change)

    def as_if(self, agent: Agent) -> Agent | None:
        """What the agent would have been; None for nothing."""
        self._met.add(agent.id)
        load, skills = self._loads.get(agent.id), self._skills.get(agent.id)
        if load == 0:
            return None
        if skills is not None:
            agent = replace(agent, skills=_agent(agent.id, skills).skills)
        return agent if load is None else replace(agent, max_load=load)

    def check(self) -> None:
        """Whether all who were named were met.

        Raises:
            Complaint: Somebody was not.
        """
        missing = sorted((self._loads.keys() | self._skills.keys()) - self._met)
        if missing:
            raise Complaint(f"nobody was called {one_line(', '.join(missing))}")

    def _take(self, change: str) -> None:
        head, colon, listed = change.partition(":")
        skills = [skill for skill in listed.split(",") if skill.strip()]
        if head.startswith("+"):
            count = _whole(head[1:] or "1", change)
            numbers = range(len(self.more) + 1, len(self.more) + 1 + count)
            self.more += [_agent(f"more-{n}", skills or ["general"]) for n in numbers]
        elif colon and head and skills:
            self._skills[head] = skills
        else:
            name, _, load = change.rpartition("=")
            if not name:
                raise Complaint(f"{one_line(change)!r} says nothing of agents: {_AGENTS}")
            self._loads[name] = _whole(load, change)


def _agent(name: str, skills: list[str]) -> Agent:
    try:
        return definition_of(_nothing, id=name, skills=skills).agent
    except CallboardError as error:
        raise Complaint(one_line(str(error))) from None


def _nothing(task: object) -> None:
    """No code runs in a simulation."""
    del task


def _whole(text: str, change: str) -> int:
    if not text.isdecimal():
        raise Complaint(f"{one_line(change)!r} says nothing of agents: {_AGENTS}")
    return int(text)


# What is answered


def data(found: Counterfactual) -> dict[str, Any]:
    """The answer as plain data; times in seconds."""
    accounts = {"recorded": found.recorded, "baseline": found.baseline, "changed": found.changed}
    return {
        **{name: _account(one) for name, one in accounts.items()},
        "fidelity": msgspec.to_builtins(found.fidelity),
        "shorter": found.shorter,
        "left_out": found.left_out,
    }


def _account(one: Account) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(one)
    return {**plain, "waited": one.waited, "bottleneck": one.bottleneck}


def tell(found: Counterfactual, out: Stream) -> None:
    """The answer in words: what was, how well it is understood, what would have been."""
    was, again, other = found.recorded, found.baseline, found.changed
    fidelity = found.fidelity
    out.line(f"as it was:     {_line(was)}", "bold")
    out.line(f"played again:  {_line(again)}")
    out.line(
        f"               goals differ from what was by {fidelity.median:.1%} in the median, "
        f"{fidelity.worst:.1%} at most; {len(fidelity.others)} ended otherwise",
        "dim",
    )
    out.line(f"otherwise:     {_line(other)}", "bold")
    out.line(f"makespan: {_change(again.makespan, other.makespan)} than played again")
    out.line(f"waiting:  {_change(again.waited, other.waited)}")
    for skill in sorted(again.waits.keys() | other.waits.keys()):
        before, after = again.waits.get(skill, 0.0), other.waits.get(skill, 0.0)
        out.line(one_line(f"  for {skill}: {_time(before)} -> {_time(after)}"))
    for agent in sorted(again.utilisation.keys() | other.utilisation.keys()):
        shares = (again.utilisation.get(agent), other.utilisation.get(agent))
        busy = ["not there" if share is None else f"{share:.0%} busy" for share in shares]
        out.line(one_line(f"  agent {agent}: {' -> '.join(busy)}"))
    _goals(found, out)


def _goals(found: Counterfactual, out: Stream) -> None:
    """Those that change most."""
    most = sorted(found.shorter.items(), key=lambda pair: -abs(pair[1]))
    for goal, seconds in [(g, s) for g, s in most if round(s, 3)][:_SHOWN]:
        how = "sooner" if seconds > 0 else "later"
        text = found.baseline.goals[goal].text
        out.line(one_line(f"goal {goal} {_time(abs(seconds))} {how}: {text}"))
    if found.left_out:
        out.line(f"{counted(len(found.left_out), 'goal')} without a plan left out", "dim")


def _line(one: Account) -> str:
    slowest = f", waiting most for {one_line(one.bottleneck)}" if one.bottleneck else ""
    ended = sum(goal.status == "completed" for goal in one.goals.values())
    goals = f"{ended} of {counted(len(one.goals), 'goal')} completed"
    return f"{goals} in {_time(one.makespan)}, {counted(one.attempts, 'attempt')}{slowest}"


def _change(before: float, after: float) -> str:
    apart = after - before
    if abs(apart) < 1e-3:  # noqa: PLR2004 - a millisecond
        return f"{_time(after)}, no more and no less"
    share = f" ({abs(apart) / before:.0%})" if before else ""
    return f"{_time(after)}, {_time(abs(apart))}{share} {'more' if apart > 0 else 'less'}"


def _time(seconds: float) -> str:
    """Seconds as people say them.

    >>> _time(0.25), _time(75.0), _time(7260.0)
    ('0.250 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.3f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
