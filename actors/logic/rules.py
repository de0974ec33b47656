"""Decomposition by rules: what a goal says chooses a rule, and its steps are the plan.

Rules are data. The first one of a list that matches is taken:

    >>> analysis = Rule(name="analysis", trigger=anything("analysis", "analyzing"))
    >>> other = Rule(name="generic")
    >>> choose([analysis, other], Goal(id="g", text="Analyzing the data")).name
    'analysis'
    >>> choose([analysis, other], Goal(id="g", text="Reanalyzed data")).name
    'generic'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from callboard.actors.logic.lists import items_in
from callboard.actors.logic.triggers import Sight, Terms, Trigger
from callboard.messages.base import Value
from callboard.messages.errors.goals import PlanningError
from callboard.messages.values import Goal, Subtask

MOST_ITEMS = 100
"""Items that a step is repeated for, unless it says otherwise."""


class Each(Value):
    """Where the list is for whose items a step is repeated.

    Attributes:
        source: The goal's context, or its text.
        key: Of the list in an object of JSON; "" for a text that is the list.
        most: Items that are taken; a longer list is refused.
    """

    source: Literal["context", "goal"] = "context"
    key: str = ""
    most: int = MOST_ITEMS

    def items(self, goal: Goal) -> list[str]:
        """What is listed there."""
        return items_in(goal.context if self.source == "context" else goal.text, self.key)

    def same_list(self, other: Each | None) -> bool:
        """Whether the other's items are these."""
        return other is not None and (self.source, self.key) == (other.source, other.key)


class Step(Value):
    """One subtask of a rule, or one for each item of a list.

    Attributes:
        template: The subtask; its name, description, kind, keys and data may have places
            to be filled (see `templates`). A context that has no place in the description
            is put at its end. Uuids are given when it is filled.
        after: Names (as in the templates) of the steps that it depends on; None for the
            one before it.
        each: A list for whose items it is repeated.
        barrier: Of another step that is repeated for the same list it waits for every
            item, not for its own alone.
        rule: By which it is decomposed again; "" for whichever its own words choose.
        decompose: Whether it is decomposed again at all.
    """

    template: Subtask
    after: tuple[str, ...] | None = None
    each: Each | None = None
    barrier: bool = False
    rule: str = ""
    decompose: bool = False

    @property
    def name(self) -> str:
        """As other steps name it."""
        return self.template.name


class Rule(Value):
    """A kind of goals, and the steps that such a goal takes.

    Attributes:
        trigger: What a goal of this kind says.
    """

    name: str
    trigger: Trigger = Trigger()
    steps: tuple[Step, ...] = ()

    @property
    def always(self) -> bool:
        """Every goal is of this kind."""
        return self.trigger.always and not any(step.each for step in self.steps)

    def look(self, goal: Goal) -> Sight:
        """Whether that goal is of this kind, and why."""
        sight = self.trigger.look(goal.text)
        lacking = self.lacks(goal) if sight.matched else ""
        return Sight(matched=False, why=lacking) if lacking else sight

    def lacks(self, goal: Goal) -> str:
        """Which list the goal lacks that a step is repeated for; "" for none."""
        for step in self.steps:
            if step.each is not None and not step.each.items(goal):
                return f"{_place(step.each)} lists nothing"
        return ""


class Tried(NamedTuple):
    """A rule that was looked at.

    Attributes:
        rule: Its name.
        matched: Whether the goal is of that kind.
        why: What decided it.
    """

    rule: str
    matched: bool
    why: str


def tried(rules: Iterable[Rule], goal: Goal) -> Iterator[tuple[Rule, Tried]]:
    """The rules up to the first one that matches, and what became of each."""
    for rule in rules:
        sight = rule.look(goal)
        yield rule, Tried(rule.name, *sight)
        if sight.matched:
            return


def choose(rules: Iterable[Rule], goal: Goal) -> Rule:
    """The first rule that matches.

    Raises:
        PlanningError: None does.
    """
    for rule, found in tried(rules, goal):
        if found.matched:
            return rule
    raise PlanningError("no rule matches the goal")


def anything(*words: str) -> Trigger:
    """The trigger of a rule for goals with one of these words, case-folded."""
    return Trigger(any=Terms(words=frozenset(words)))


def _place(each: Each) -> str:
    what = "the goal" if each.source == "goal" else "its context"
    return f"{each.key!r} in {what}" if each.key else what
