"""What a file of rules says; everything that is wrong in it is told at once.

`rules.toml` beside this module shows the form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from callboard.actors.logic.cycles import short_cycle
from callboard.actors.logic.hierarchy import Limits
from callboard.actors.logic.pattern_text import NotAPattern
from callboard.actors.logic.patterns import compiled
from callboard.actors.logic.rules import MOST_ITEMS, Each, Rule, Step
from callboard.actors.logic.skills import normal
from callboard.actors.logic.templates import PLACES, names_in, texts_in
from callboard.actors.logic.triggers import Terms, Trigger, in_words, inflections
from callboard.messages.base import Value
from callboard.messages.errors.goals import MalformedPlan
from callboard.messages.values import Subtask, unpack
from callboard.runtime.planners.reading import Field
from callboard.runtime.planners.stated import stated_subtask

LONGEST_LIST = 1_000
"""Items for which a step may be repeated, whatever it says."""

DEEPEST = 10
"""Levels of decomposition, whatever a file says."""

Fields: TypeAlias = Mapping[str, Field]

_TERMS = ("verbs", "words", "phrases", "patterns")
_ITEM = {"item", "number"}

# From the keys of a step to the parameters of `subtask`.
_STATED = {
    "description": "description",
    "priority": "priority",
    "minutes": "estimated_duration",
    "skills": "required_skills",
    "optional": "optional",
    "timeouts": "timeouts",
    "retry": "retry",
    "speculate": "speculate",
    "kind": "kind",
    "demands": "demands",
    "keys": "keys",
    "negotiate": "negotiate",
    "data": "data",
    "result_schema": "result_schema",
    "verify": "verify",
}
_STEP = ("name", *_STATED, "after", "each", "most", "barrier", "decompose")


class RulesFile(Value):
    """What a file says.

    Attributes:
        rules: In the order in which they are tried.
        limits: When a step is too large, and how far that goes.
    """

    rules: tuple[Rule, ...]
    limits: Limits


def rules_file(data: Field) -> RulesFile:
    """What the file says; what is wrong is told to the field's faults."""
    top = data.table("rules", "limits")
    limits = _limits(top["limits"]) if "limits" in top else Limits()
    if "rules" not in top:
        data.wrong("the rules are missing")
        return RulesFile(rules=(), limits=limits)
    rules: list[Rule] = []
    for field in top["rules"].items():
        rule = _rule(field)
        if rule.name and rule.name in {known.name for known in rules}:
            field.wrong(f"there is a rule {rule.name!r} already", ".name")
        rules.append(rule)
    return RulesFile(rules=tuple(rules), limits=limits)


def _limits(field: Field) -> Limits:
    fields, known = field.table("depth", "subtasks", "minutes", "skills"), Limits()
    depth = fields["depth"].read(int, known.depth) if "depth" in fields else known.depth
    most = fields["subtasks"].read(int, known.subtasks) if "subtasks" in fields else known.subtasks
    longest = fields["minutes"].read(float, known.minutes) if "minutes" in fields else known.minutes
    if not 0 <= depth <= DEEPEST:
        fields["depth"].wrong(f"expected a number from 0 to {DEEPEST}, got {depth}")
    if most < 1:
        fields["subtasks"].wrong(f"expected a number above 0, got {most}")
    if not longest > 0:
        fields["minutes"].wrong(f"expected a number above 0, got {longest}")
    skills = [normal(one.read(str, "")) for one in _listed(fields, "skills")]
    return Limits(depth=depth, subtasks=most, minutes=longest, skills=frozenset(skills) - {""})


def _rule(field: Field) -> Rule:
    fields = field.table("name", *_TERMS, "any", "all", "none", "steps")
    trigger = Trigger(
        any=_both(_terms(fields), _within(fields, "any")),
        all=_within(fields, "all"),
        none=_within(fields, "none"),
    )
    return Rule(name=_name(field, fields), trigger=trigger, steps=_steps(field, fields))


def _name(field: Field, fields: Fields) -> str:
    if "name" not in fields:
        field.wrong("the name is missing")
        return ""
    name = fields["name"].read(str, "?")
    if not name.strip():
        fields["name"].wrong("is empty")
    return name


def _within(fields: Fields, key: str) -> Terms:
    return _terms(fields[key].table(*_TERMS)) if key in fields else Terms()


def _both(one: Terms, other: Terms) -> Terms:
    return Terms(
        words=one.words | other.words,
        verbs=one.verbs + other.verbs,
        phrases=one.phrases + other.phrases,
        patterns=one.patterns + other.patterns,
    )


def _terms(fields: Fields) -> Terms:
    words = [_word(one) for one in _listed(fields, "words")]
    verbs = [_word(one) for one in _listed(fields, "verbs")]
    phrases = [_phrase(one) for one in _listed(fields, "phrases")]
    patterns = [_pattern(one) for one in _listed(fields, "patterns")]
    return Terms(
        words=frozenset(filter(None, words)),
        verbs=tuple(inflections(verb) for verb in verbs if verb),
        phrases=tuple(filter(None, phrases)),
        patterns=tuple(filter(None, patterns)),
    )


def _listed(fields: Fields, key: str) -> list[Field]:
    return fields[key].items() if key in fields else []


def _word(field: Field) -> str:
    word = field.read(str, "")
    if isinstance(field.data, str) and in_words(word) != (word.casefold(),):
        field.wrong(f"{word!r} is not one word")
    return word.casefold()


def _phrase(field: Field) -> tuple[str, ...]:
    words = in_words(field.read(str, ""))
    if isinstance(field.data, str) and not words:
        field.wrong(f"{field.data!r} has no word")
    return words


def _pattern(field: Field) -> str:
    text = field.read(str, "")
    try:
        compiled(text)
    except NotAPattern as error:
        field.wrong(f"no pattern: {error}")
        return ""
    if isinstance(field.data, str) and compiled(text).find(""):
        field.wrong(f"{text!r} finds everything")
    return text


def _steps(field: Field, fields: Fields) -> tuple[Step, ...]:
    given = _listed(fields, "steps")
    if not given:
        field.wrong("a rule has at least one step", ".steps")
    read = [(one, one.table(*_STEP)) for one in given]
    steps = tuple(_step(one, fields) for one, fields in read)
    often = Counter(step.name for step in steps)
    seen: set[str] = set()
    for one, step in zip(given, steps, strict=True):
        if step.name in seen:
            one.wrong(f"there is a step {step.name!r} already", ".name")
        seen.add(step.name)
    for (_, of_step), step in zip(read, steps, strict=True):
        for after in _listed(of_step, "after"):
            if isinstance(after.data, str) and (after.data not in often or after.data == step.name):
                after.wrong(f"no other step is called {after.data!r}")
    _check_cycles(steps, field)
    return steps


def _check_cycles(steps: tuple[Step, ...], field: Field) -> None:
    """What waits for itself is told; names that nobody has are told elsewhere."""
    known = {step.name for step in steps}
    needs = {
        step.name: [n for n in _after(step, steps, at) if n in known and n != step.name]
        for at, step in enumerate(steps)
    }
    done: set[str] = set()
    ready = [name for name, wanted in needs.items() if not wanted]
    while ready:
        done.update(ready)
        ready = [n for n, wanted in needs.items() if n not in done and done.issuperset(wanted)]
    stuck = {n: [w for w in wanted if w not in done] for n, wanted in needs.items()}
    waiting = {name: wanted for name, wanted in stuck.items() if name not in done}
    if waiting:
        cycle = short_cycle(waiting)
        field.wrong(f"a cycle: {' needs '.join([*cycle, cycle[0]])}", ".steps")


def _after(step: Step, steps: tuple[Step, ...], at: int) -> tuple[str, ...]:
    if step.after is not None:
        return step.after
    return (steps[at - 1].name,) if at else ()


def _step(field: Field, fields: Fields) -> Step:
    each = _each(fields)
    template = _template(_name(field, fields), field, fields)
    _check_places(template, fields, repeated=each is not None)
    names = [one.read(str, "") for one in _listed(fields, "after")]
    again = _again(fields)
    return Step(
        template=template,
        after=tuple(dict.fromkeys(names)) if "after" in fields else None,
        each=each,
        barrier=fields["barrier"].read(bool, instead=False) if "barrier" in fields else False,
        rule=again if isinstance(again, str) else "",
        decompose=bool(again),
    )


def _again(fields: Fields) -> bool | str:
    """Whether a step is decomposed again, or by which rule."""
    field = fields.get("decompose")
    if field is None:
        return False
    if isinstance(field.data, bool) or (isinstance(field.data, str) and field.data.strip()):
        return field.data
    field.wrong(f"expected true, false or a rule's name, got {field.data!r:.80}")
    return False


def _template(name: str, field: Field, fields: Fields) -> Subtask:
    """The subtask that a step states; a field that is wrong stays as it is by itself."""
    made: dict[str, Any] = {"description": "{goal}"}
    for key, parameter in _STATED.items():
        if key not in fields:
            continue
        given = {"name": name if name.strip() else "?", parameter: fields[key].data}
        try:
            made[parameter] = getattr(stated_subtask(given, ""), parameter)
        except MalformedPlan as error:
            field.wrong(error.what, error.where.replace(f".{parameter}", f".{key}", 1))
    return msgspec.structs.replace(Subtask(uuid="", name=name), **made)


def _each(fields: Fields) -> Each | None:
    most = fields["most"].read(int, MOST_ITEMS) if "most" in fields else MOST_ITEMS
    if not 1 <= most <= LONGEST_LIST:
        fields["most"].wrong(f"expected a number from 1 to {LONGEST_LIST:,}, got {most}")
    if "each" not in fields:
        for key in {"most", "barrier"} & fields.keys():
            fields[key].wrong("says nothing of a step without `each`")
        return None
    source, dot, key = fields["each"].read(str, "context").partition(".")
    match source:
        case "context" | "goal" if bool(dot) == bool(key):
            return Each(source=source, key=key, most=most)
        case _:
            said = "expected context, goal, or one of these with a key: context.files"
            fields["each"].wrong(f"{said}; got {fields['each'].data!r:.80}")
            return Each(most=most)


def _check_places(template: Subtask, fields: Fields, *, repeated: bool) -> None:
    """What stands in braces must be known; an item, only where the step is repeated."""
    known = set(PLACES) if repeated else set(PLACES) - _ITEM
    texts = {"name": [template.name], "description": [template.description]}
    texts |= {"kind": [template.kind], "keys": list(template.keys)}
    texts["data"] = texts_in(unpack(template.data))
    for key in texts.keys() & fields.keys():
        for place in dict.fromkeys(n for text in texts[key] for n in names_in(text)):
            if place not in known:
                those = ", ".join(f"{{{name}}}" for name in PLACES if name in known)
                fields[key].wrong(f"nothing is known as {{{place}}}, only {those}")
