"""The planner that needs nobody: rules from a TOML file, ours or a user's.

`rules.toml` beside this module shows the form.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import pairwise

from callboard.actors.logic.refining import Planned, planned
from callboard.actors.logic.rules import Rule, Tried, tried
from callboard.actors.ports import Ids
from callboard.messages.values import Goal, Plan, replace
from callboard.runtime.planners.reading import Faults, Field
from callboard.runtime.planners.rules_file import RulesFile, rules_file
from callboard.runtime.planners.tables import GivenPath, loaded, read_text

_OURS = "rules.toml"


class Uuids:
    """Random names for subtasks, for planners that are not given any."""

    def new(self) -> str:
        """A new one."""
        return str(uuid.uuid4())

    def several(self, count: int) -> list[str]:
        """So many new ones."""
        return [self.new() for _ in range(count)]


class RulesPlanner:
    """A `Planner` that goes by rules.

    Args:
        ids: Names the subtasks; None has random ones.
        path: A user's rules; None for ours alone.
        extend: Whether ours hold as well; see `load_rules`.

    Raises:
        MalformedRules: The user's file cannot be used.
    """

    def __init__(
        self, ids: Ids | None = None, path: GivenPath | None = None, *, extend: bool = True
    ) -> None:
        self._ids = ids or Uuids()
        self._file = load_rules_file(path, extend=extend)

    def plan(self, goal: Goal) -> Plan:
        """The steps of the first rule that matches; what is too large is decomposed again.

        Raises:
            TooManyItems: The goal lists more than a step is repeated for.
            PlanTooLarge: There would be more of it than is taken.
        """
        return self.explained(goal).plan

    def explained(self, goal: Goal) -> Planned:
        """The plan, and what of it is too large and was not decomposed all the same.

        Raises:
            InvalidPlan: As `plan` does.
        """
        return planned(self._file.rules, goal, self._ids.new, self._file.limits)

    def tried(self, goal: Goal) -> list[Tried]:
        """The rules up to the one that is taken, and what decided each."""
        return [found for _, found in tried(self._file.rules, goal)]


def load_rules(path: GivenPath | None = None, *, extend: bool = True) -> tuple[Rule, ...]:
    """The rules, in the order in which they are tried.

    Args:
        path: A user's file; None gives ours.
        extend: The user's rules are tried before ours, except that a rule with the
            name of one of ours takes its place. If false, ours are left out.

    Raises:
        MalformedRules: The file cannot be read, a field is wrong, some goal would match
            no rule, or a rule could never be reached; it names all that is wrong.
    """
    return load_rules_file(path, extend=extend).rules


def load_rules_file(path: GivenPath | None = None, *, extend: bool = True) -> RulesFile:
    """The rules and their limits; everything else is as with `load_rules`.

    Raises:
        MalformedRules: As `load_rules` does.
    """
    text, file = read_text(path, _OURS)
    data, lines = loaded(text, file)
    faults = Faults(file, lines)
    theirs = rules_file(Field(data, "$", faults))
    rules = theirs.rules
    faults.check()
    if path is not None and extend:
        rules = _merged(rules, load_rules())
    _check_reach(rules, faults)
    _check_again(theirs.rules, rules, faults)
    faults.check()
    return replace(theirs, rules=rules)


def _merged(theirs: Sequence[Rule], ours: Sequence[Rule]) -> tuple[Rule, ...]:
    instead = {rule.name: rule for rule in theirs}
    known = {rule.name for rule in ours}
    new = (rule for rule in theirs if rule.name not in known)
    return (*new, *(instead.get(rule.name, rule) for rule in ours))


def _check_again(theirs: Sequence[Rule], rules: Sequence[Rule], faults: Faults) -> None:
    """A step that is decomposed by a rule names one that there is, and not its own."""
    known = {rule.name for rule in rules}
    for n, rule in enumerate(theirs):
        for m, step in enumerate(rule.steps):
            where = f"$.rules[{n}].steps[{m}].decompose"
            if step.rule and step.rule not in known:
                faults.add(where, f"there is no rule {step.rule!r}")
            elif step.rule == rule.name:
                faults.add(where, "a rule cannot be a part of itself")


def _check_reach(rules: Sequence[Rule], faults: Faults) -> None:
    if not rules or not rules[-1].always:
        what = "the last rule must match every goal: it looks for nothing, and repeats nothing"
        faults.add("$.rules", what)
    for rule, after in pairwise(rules):
        if rule.always:
            what = f"{after.name!r} is never reached: {rule.name!r} matches every goal"
            faults.add("$.rules", what)
