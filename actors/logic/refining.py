"""Decomposition by rules, all of it: what is too large is decomposed again by the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from callboard.actors.logic.expansion import MOST_TEXT, Expanded, expand, has_context
from callboard.actors.logic.hierarchy import Limits, nested
from callboard.actors.logic.rules import Rule, Step, choose
from callboard.actors.logic.templates import fill
from callboard.messages.base import SubtaskId
from callboard.messages.errors.goals import PlanTooLarge
from callboard.messages.values import Goal, Parent, Plan, Subtask

_BLANK = {"goal": "", "context": ""}


class Planned(NamedTuple):
    """A plan by rules, and what is to be said of it.

    Attributes:
        notes: Of what is too large, why it was not decomposed; a sentence each.
    """

    plan: Plan
    notes: tuple[str, ...]


class _Large(NamedTuple):
    """A subtask that is to be decomposed.

    Attributes:
        places: What its step's places were filled with.
        inside: The rules that it is from, the outermost first.
        carried: It has the context of the goal, or an item in place of it.
    """

    subtask: Subtask
    step: Step
    places: Mapping[str, str]
    inside: tuple[str, ...]
    carried: bool

    @property
    def text(self) -> str:
        """What is to be done, without a context that has no place in it."""
        return fill(self.step.template.description, self.places)


def planned(
    rules: Sequence[Rule], goal: Goal, new_id: Callable[[], SubtaskId], limits: Limits
) -> Planned:
    """The plan of a goal, and of all in it that is too large.

    Within what a rule makes, the same rule is not taken again, so this ends whatever the
    rules say; and what a goal says chooses the first rule alone: further ones are chosen
    by the words of the steps and items themselves.

    Raises:
        PlanningError: No rule matches.
        TooManyItems: The goal lists more than a step is repeated for.
        PlanTooLarge: There would be more of it than is taken.
    """
    return _Refining(rules, goal, new_id, limits).plan()


class _Refining:
    def __init__(
        self, rules: Sequence[Rule], goal: Goal, new_id: Callable[[], SubtaskId], limits: Limits
    ) -> None:
        self._rules, self._goal, self._new_id, self._limits = rules, goal, new_id, limits
        self._by_name = {rule.name: rule for rule in rules}
        self._notes: list[str] = []
        self._size = self._text = 0

    def plan(self) -> Planned:
        rule = choose(self._rules, self._goal)
        whole = self._expanded(rule, self._goal, carried=False)
        parts: dict[SubtaskId, Plan] = {}
        level = list(self._large(whole, (rule.name,), carried=False))
        while level:
            level = [further for one in level for further in self._refine(one, parts)]
        plan = nested(whole.plan, parts) if parts else whole.plan
        return Planned(plan, tuple(self._notes))

    def _expanded(self, rule: Rule, goal: Goal, *, carried: bool) -> Expanded:
        made = expand(rule, goal, self._new_id, carried=carried)
        self._size += len(made.plan.subtasks)
        if self._size > self._limits.subtasks:
            raise PlanTooLarge(self._size, self._limits.subtasks)
        self._text += sum(len(s.description) for s in made.plan.subtasks)
        if self._text > MOST_TEXT:
            raise PlanTooLarge(self._text, MOST_TEXT, "characters")
        return made

    def _large(self, made: Expanded, inside: tuple[str, ...], *, carried: bool) -> Iterator[_Large]:
        for subtask in made.plan.subtasks:
            step, places = made.steps[subtask.uuid]
            if step.decompose or self._limits.too_large(subtask):
                yield _Large(subtask, step, places, inside, carried or has_context(step))

    def _refine(self, one: _Large, parts: dict[SubtaskId, Plan]) -> Iterator[_Large]:
        """Decompose it, if that can be; what is too large of what it becomes."""
        goal = Goal(
            id=self._goal.id,
            text=one.text,
            context=self._goal.context,
            parent=Parent(goal=self._goal.id, subtask=one.subtask.uuid),
        )
        rule = self._rule(one, goal)
        if isinstance(rule, str):
            self._notes.append(f"{one.subtask.name!r} stays whole: {rule}")
            return
        made = self._expanded(rule, goal, carried=one.carried)
        parts[one.subtask.uuid] = made.plan
        yield from self._large(made, (*one.inside, rule.name), carried=one.carried)

    def _rule(self, one: _Large, goal: Goal) -> Rule | str:
        """The rule to decompose it by, or why there is none."""
        if len(one.inside) > self._limits.depth:
            return f"it is {len(one.inside) - 1} levels deep, the limit is {self._limits.depth}"
        if one.step.rule:
            rule = self._by_name[one.step.rule]
            if rule.name in one.inside:
                return f"it is in rule {rule.name!r} already"
            return rule.lacks(goal) or rule
        own = self._own_words(one, goal)
        for rule in self._rules:
            if rule.name not in one.inside and not rule.always and rule.look(own).matched:
                return rule
        return "no other rule is for it"

    @staticmethod
    def _own_words(one: _Large, goal: Goal) -> Goal:
        """What it says by itself: the words of the goal that it serves choose nothing here."""
        places = {**one.places, **_BLANK}
        template = one.step.template
        text = f"{fill(template.name, places)}\n{fill(template.description, places)}"
        return Goal(id=goal.id, text=text, context=goal.context)
