"""What people write, made into values: priorities, skills, timeouts, retries.

Lenient in form, strict in sense: each function takes every reasonable spelling, and
says of anything else what it was given. `bool` is no number here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from callboard.actors.logic.retries import applied
from callboard.actors.logic.skills import is_mark, normal
from callboard.messages.complaints import complaint
from callboard.messages.errors.agents import InvalidOption, InvalidSkills
from callboard.messages.errors.goals import UnknownPriority
from callboard.messages.values import Errors, OnError, Priority, Retry, Skill, Timeouts

T = TypeVar("T")

GivenPriority: TypeAlias = Priority | str | int
GivenSkills: TypeAlias = Iterable[Skill | str] | Mapping[str, float | None]
GivenTimeouts: TypeAlias = Timeouts | Mapping[str, float | None] | None
GivenRetry: TypeAlias = Retry | Mapping[str, Any] | int | None

_LEVELLED = re.compile(r"(?P<name>[^<>=]*)>=(?P<level>[^<>=]*)")


def priority_of(given: object) -> Priority:
    """The priority of that name (in any case) or number (0 to 3).

    Raises:
        UnknownPriority: It is none of the four.

    >>> priority_of("high"), priority_of(3)
    (<Priority.HIGH: 1>, <Priority.LOW: 3>)
    """
    if isinstance(given, str):
        found = Priority.__members__.get(given.strip().upper())
        if found is not None:
            return found
    elif isinstance(given, int) and not isinstance(given, bool) and given in range(len(Priority)):
        return Priority(given)
    raise UnknownPriority(given)


def skills_of(given: object) -> tuple[Skill, ...]:
    """The skills of an agent, or those that a subtask requires.

    Args:
        given: Names, names with a level as `"sql>=2"`, and `Skill` values, in any
            iterable; or a mapping from names to levels (None: no level). Of the same
            skill given twice the higher level counts.

    Raises:
        InvalidSkills: A text alone, another type, an empty name, or a level that is no
            finite number.

    >>> [(s.name, s.level) for s in skills_of(["data analysis", "sql >= 2"])]
    [('data analysis', None), ('sql', 2.0)]
    >>> skills_of({"sql": 2}) == skills_of([Skill(name="sql", level=2)])
    True
    """
    kind = type(given)
    if kind is list or kind is tuple:
        listed = tuple(cast("Sequence[str]", given))
        if _TEXT.issuperset(map(type, listed)):  # as nearly always, and often the same one
            return _named(listed)
    return _best(_skills(given))


_TEXT = frozenset({str})


@lru_cache(maxsize=1024)
def _named(names: tuple[str, ...]) -> tuple[Skill, ...]:
    return _best(_skills(names))


def _best(skills: Iterable[Skill]) -> tuple[Skill, ...]:
    """Each skill once, with the highest level that is given for it."""
    best: dict[str, Skill] = {}
    for skill in skills:
        name = normal(skill.name)
        if name not in best:
            best[name] = skill
        elif _above(skill.level, best[name].level):
            best[name] = Skill(name=best[name].name, level=skill.level)
    return tuple(best.values())


def timeouts_of(given: object) -> Timeouts:
    """The timeouts, in seconds, from a mapping with some of their names; None gives none.

    Raises:
        InvalidOption: Another type, an unknown name, or a limit that is not above 0.

    >>> timeouts_of({"run": 30}).run
    30.0
    """
    expected = "a mapping of queue, run, total, silence and stall to seconds"
    found = _convert("timeouts", {} if given is None else given, Timeouts, expected)
    for name in Timeouts.__struct_fields__:
        limit: float | None = getattr(found, name)
        if limit is not None and not (limit > 0 and math.isfinite(limit)):
            raise InvalidOption(f"timeouts.{name}", limit, "a positive number of seconds")
    return found


def retry_of(given: object) -> Retry | None:
    """The retry policy, from a number of attempts or a mapping; None gives none.

    Raises:
        InvalidOption: Another type, an unknown name, or a value that makes no sense.

    >>> retry_of(5) == retry_of({"attempts": 5})
    True
    >>> retry_of({"never": [KeyError]}).never
    ('KeyError',)
    """
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool):
        given = {"attempts": given}
    expected = "a number of attempts, or a mapping with some of the fields of Retry"
    found = _convert("retry", given, Retry, expected)
    _check_numbers("retry", found)
    _check_waits("retry", found.first, found.longest)
    _check_names("retry.never", found.never)
    for number, rule in enumerate(found.on):
        path = f"retry.on[{number}]"
        if not rule.errors:
            raise InvalidOption(f"{path}.errors", rule.errors, "some exception classes")
        _check_names(f"{path}.errors", rule.errors)
        _check_numbers(path, rule)
        together = applied(found, rule)
        _check_waits(path, together.first, together.longest)
    return found


def _check_numbers(path: str, found: Retry | OnError) -> None:
    """What a rule leaves out is None, and as the policy says it."""
    if found.attempts is not None and found.attempts < 1:
        raise InvalidOption(f"{path}.attempts", found.attempts, "at least 1")
    for name, seconds in (("first", found.first), ("longest", found.longest)):
        if seconds is not None and not (seconds >= 0 and math.isfinite(seconds)):
            raise InvalidOption(f"{path}.{name}", seconds, "a number of seconds, not negative")
    if found.jitter is not None and not 0 <= found.jitter <= 1:
        raise InvalidOption(f"{path}.jitter", found.jitter, "between 0 and 1")


def _check_waits(path: str, first: float, longest: float) -> None:
    """Nobody means the one and gets the other: a wait would be cut without a word."""
    if first > longest:
        most = f"at most `longest`, which is {longest:g} seconds"
        raise InvalidOption(f"{path}.first", first, most)


def _check_names(path: str, names: Errors) -> None:
    for number, name in enumerate(names):
        if not (isinstance(name, str) and name.isidentifier()):
            raise InvalidOption(f"{path}[{number}]", name, "an exception class or its name")


def _skills(given: object) -> Iterable[Skill]:
    if isinstance(given, Mapping):
        table = cast("Mapping[object, object]", given)
        return [_skill(name, level) for name, level in table.items()]
    if isinstance(given, (str, bytes)):
        raise InvalidSkills(f"the text {given!r} alone")
    if not isinstance(given, Iterable):
        raise InvalidSkills(_shown(given))
    skills = [_listed(item) for item in cast("Iterable[object]", given)]
    # The order of a set changes from run to run.
    return (
        sorted(skills, key=lambda s: normal(s.name)) if isinstance(given, AbstractSet) else skills
    )


def _listed(item: object) -> Skill:
    if isinstance(item, Skill):
        return _skill(item.name, item.level)
    levelled = _LEVELLED.fullmatch(item) if isinstance(item, str) else None
    if levelled is None:
        return _skill(item, None)
    try:
        return _skill(levelled["name"].strip(), float(levelled["level"]))
    except ValueError:
        raise InvalidSkills(f"the level {levelled['level'].strip()!r} in {item!r}") from None


def _skill(name: object, level: object) -> Skill:
    if not isinstance(name, str):
        raise InvalidSkills(f"{_shown(name)} as a name")
    if not normal(name):
        raise InvalidSkills(f"the empty name {name!r}")
    if is_mark(normal(name)):
        raise InvalidSkills(f"the name {name!r}, which says who somebody is")
    if level is None:
        return Skill(name=name)
    if isinstance(level, bool) or not isinstance(level, (int, float)):
        raise InvalidSkills(f"{_shown(level)} as the level of {name!r}")
    try:
        if math.isfinite(level):
            return Skill(name=name, level=float(level))
    except OverflowError:
        pass
    raise InvalidSkills(f"{level!r:.40} as the level of {name!r}")


def _above(level: float | None, other: float | None) -> bool:
    return level is not None and (other is None or level > other)


def _convert(option: str, given: object, kind: type[T], expected: str) -> T:
    try:
        # By way of plain data, so that a struct's own fields are looked at as well.
        return msgspec.convert(msgspec.to_builtins(given, enc_hook=_class_name), kind)
    except msgspec.ValidationError as error:
        path, why = complaint(error, option)
        raise InvalidOption(path, given, f"{expected} ({why})") from None
    except (TypeError, ValueError, OverflowError, RecursionError, NotImplementedError):
        raise InvalidOption(option, given, expected) from None


def _class_name(given: object) -> str:
    kind = cast("type[object]", given) if isinstance(given, type) else object
    if issubclass(kind, BaseException):
        return kind.__name__
    raise NotImplementedError(given)


def _shown(given: object) -> str:
    return f"{given!r:.80} ({type(given).__name__})"
