"""Decomposition by rules: the goal's words choose a rule, and its steps are the plan.

Rules are data. The first one of a list that matches is taken:

    >>> analysis = Rule(name="analysis", words=inflections("analyze") | {"analysis"})
    >>> other = Rule(name="generic")
    >>> choose([analysis, other], "Analyzing the data").name
    'analysis'
    >>> choose([analysis, other], "Reanalyzed data").name
    'generic'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from callboard.messages.base import SubtaskId, Value
from callboard.messages.errors.goals import PlanningError
from callboard.messages.values import Goal, Plan, Priority, Skill, Subtask

PLACEHOLDERS = frozenset({"goal", "context"})
"""What a description may contain in braces."""

_WORD = re.compile(r"[^\W_]+")
_PLACEHOLDER = re.compile(r"\{(goal|context)\}")
_HISSING = ("s", "x", "z", "ch", "sh")
_VOWELS = "aeiou"


class Step(Value):
    """One subtask of a rule.

    Attributes:
        description: With `{goal}` and `{context}` where those belong. A context that
            has no place in it is put at its end.
        estimated_duration: Minutes.
        after: Names of earlier steps of the rule that it depends on; None for the one
            before it.
    """

    name: str
    description: str
    priority: Priority = Priority.MEDIUM
    estimated_duration: float = 60.0
    required_skills: tuple[Skill, ...] = ()
    after: tuple[str, ...] | None = None


class Rule(Value):
    """A kind of goals, and the steps that such a goal takes.

    Attributes:
        words: Case-folded; a goal with one of them is of this kind. Without words, any
            goal is.
    """

    name: str
    words: frozenset[str] = frozenset()
    steps: tuple[Step, ...] = ()


def choose(rules: Iterable[Rule], goal_text: str) -> Rule:
    """The first rule that matches; whole words only, case does not matter.

    Raises:
        PlanningError: None matches.
    """
    words = words_of(goal_text)
    for rule in rules:
        if not rule.words or rule.words & words:
            return rule
    raise PlanningError("no rule matches the goal")


def words_of(text: str) -> frozenset[str]:
    """The words of a text, case-folded.

    >>> sorted(words_of("Re-build_it, twice"))
    ['build', 'it', 're', 'twice']
    """
    return frozenset(word.casefold() for word in _WORD.findall(text))


def inflections(verb: str) -> frozenset[str]:
    """The regular forms of an English verb, and who does it.

    Forms that double a consonant or follow no rule are to be listed as words.

    >>> sorted(inflections("create"))
    ['create', 'created', 'creater', 'creaters', 'creates', 'creating']
    >>> sorted(inflections("study"))
    ['studied', 'studier', 'studiers', 'studies', 'study', 'studying']
    """
    verb = verb.casefold()
    stem, third = verb, verb + "s"
    if verb.endswith("e"):
        stem = verb[:-1]
    elif verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        stem, third = verb[:-1] + "i", verb[:-1] + "ies"
    elif verb.endswith(_HISSING):
        third = verb + "es"
    going = (stem if verb.endswith("e") and not verb.endswith("ee") else verb) + "ing"
    return frozenset({verb, third, going, stem + "ed", stem + "er", stem + "ers"})


def expand(rule: Rule, goal: Goal, new_id: Callable[[], SubtaskId]) -> Plan:
    """The rule's steps as the plan of that goal.

    Args:
        rule: The chosen one.
        goal: Its text and context go into the descriptions, as they are.
        new_id: Gives each subtask its uuid.
    """
    uuids: dict[str, SubtaskId] = {}
    subtasks: list[Subtask] = []
    before: tuple[str, ...] = ()
    for step in rule.steps:
        needs = before if step.after is None else step.after
        uuids[step.name] = new_id()
        subtasks.append(_subtask(step, goal, uuids[step.name], tuple(uuids[n] for n in needs)))
        before = (step.name,)
    return Plan(subtasks=tuple(subtasks), source=rule.name)


def describe(template: str, goal: Goal) -> str:
    """The description of a step for that goal.

    >>> describe("Execute goal: {goal}", Goal(id="g", text="use {context}", context="Q4"))
    'Execute goal: use {context} (context: Q4)'
    """
    values = {"goal": goal.text, "context": goal.context}
    # One pass: what is put in is not looked at again, so braces in a goal do no harm.
    text = _PLACEHOLDER.sub(lambda found: values[found[1]], template)
    placed = "{context}" in template or not goal.context.strip()
    return text if placed else f"{text} (context: {goal.context})"


def _subtask(
    step: Step, goal: Goal, uuid: SubtaskId, dependencies: tuple[SubtaskId, ...]
) -> Subtask:
    return Subtask(
        uuid=uuid,
        name=step.name,
        description=describe(step.description, goal),
        priority=step.priority,
        estimated_duration=step.estimated_duration,
        required_skills=step.required_skills,
        dependencies=dependencies,
        parent_task_uuid=goal.parent.subtask if goal.parent else "",
    )
