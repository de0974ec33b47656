"""One subtask as somebody states it: in Python, or as a mapping from a file."""

from __future__ import annotations

import numbers
import uuid as uuids
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import compress
from operator import is_not
from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from callboard.actors.logic.given import (
    GivenPriority,
    GivenRetry,
    GivenSkills,
    GivenTimeouts,
    priority_of,
    retry_of,
    skills_of,
    timeouts_of,
)
from callboard.actors.logic.given_resources import GivenAmounts, GivenKeys, amounts_of, keys_of
from callboard.actors.logic.graph import is_duration
from callboard.actors.logic.schemas import BadSchema, look_over
from callboard.messages.errors.agents import InvalidOption
from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.goals import InvalidDuration, MalformedPlan
from callboard.messages.resources import Amount
from callboard.messages.user import pack
from callboard.messages.values import (
    Payload,
    Priority,
    Retry,
    Skill,
    Subtask,
    Timeouts,
    Verification,
    unpack,
)
from callboard.runtime.planners.verification import verification_of

T = TypeVar("T")

GivenVerification: TypeAlias = Verification | bool | str | Mapping[str, object] | None
GivenDependencies: TypeAlias = Iterable[str | uuids.UUID | Subtask]


def subtask(  # noqa: PLR0913 - one for each field, all but the name by keyword
    name: str,
    *,
    uuid: str | uuids.UUID = "",
    description: str = "",
    required_skills: GivenSkills = (),
    dependencies: GivenDependencies = (),
    priority: GivenPriority = Priority.MEDIUM,
    estimated_duration: float = 60,
    data: object = None,
    optional: bool = False,
    timeouts: GivenTimeouts = None,
    retry: GivenRetry = None,
    speculate: bool | None = None,
    parent_task_uuid: str | uuids.UUID = "",
    kind: str = "",
    demands: GivenAmounts = (),
    keys: GivenKeys = (),
    negotiate: bool | None = None,
    result_schema: object = None,
    verify: GivenVerification = None,
) -> Subtask:
    """A subtask of a plan that you hand in.

    Args:
        name: What people and dependents call it.
        uuid: Unique in the runtime; "" has one made when the plan is submitted.
        description: What is to be done.
        required_skills: Names, `"sql>=2"`, `Skill` values, or names with levels.
        dependencies: Names or uuids of subtasks of the same plan, or the subtasks.
        priority: A `Priority`, its name in any case, or 0 (CRITICAL) to 3 (LOW).
        estimated_duration: Minutes.
        data: Arguments for the agent; whatever msgspec encodes.
        optional: When it fails for good, its dependents go on without its result.
        timeouts: Limits of its own in seconds: queue, run, total, silence,
            stall.
        retry: Attempts, or a policy of its own.
        speculate: Whether an attempt that takes long may get a copy beside it; None leaves
            that to its agent, else to the runtime.
        parent_task_uuid: The subtask that this one is a part of.
        kind: Of work, by which it is learnt how long it takes; "" takes the name
            without a number at its end, so all chunks are one kind.
        demands: What an attempt takes of resources, by name: `{"gpu": 1, "tokens": 20_000}`.
        keys: Concurrency keys; of all that has one of them only so many run at once as
            `Config.concurrency` says, and else one.
        negotiate: Whether agents are asked for bids before one gets it; None leaves that
            to the runtime's `Config.negotiate`.
        result_schema: What its result has to be like: a JSON Schema as a mapping, or a type
            that msgspec knows, as a struct or dataclass. A result that is not is a failed
            attempt, and the next one is told why (`task.rejected`).
        verify: Who has to find its result good before it counts: True for any agent with the
            skill `verification` but the one that made it, an agent's id, or a mapping of
            by, skills, instructions, estimated_duration, timeouts and retry.

    Raises:
        MalformedPlan: An argument is of a wrong type.
        InvalidSkills: `required_skills` are no skills.
        UnknownPriority: There is no such priority.
        InvalidDuration: A duration that is negative, infinite or no number.
        NotEncodable: `data` holds what cannot be encoded.

    >>> first = subtask("Ask", priority="high", required_skills=["interviews>=2"])
    >>> subtask("Write up", dependencies=[first]).dependencies
    ('Ask',)
    """
    given = (
        uuid, description, required_skills, dependencies, priority, estimated_duration, data,
        optional, timeouts, retry, speculate, parent_task_uuid, kind, demands, keys, negotiate,
        result_schema, verify,
    )  # fmt: skip
    known = name if type(name) is str and name.strip() else _name(name)
    made: dict[str, Any] = {"uuid": ""}
    # Nearly all of it is unsaid nearly always, so that is found without a step for each.
    for number in compress(_PLACES, map(is_not, given, _DEFAULTS)):
        key = _KEYS[number]
        made[key] = _field(known, key, given[number])
    return Subtask(name=known, **made)


def stated_subtask(given: object, path: str) -> Subtask:
    """The subtask that a mapping states, with the parameters of `subtask` as its keys.

    Args:
        given: The mapping, or a subtask already.
        path: Where it stands, as `$.subtasks[2]`.

    Raises:
        MalformedPlan: A field is missing, unknown or wrong; it names the field's path.
    """
    if isinstance(given, Subtask):
        return given
    if not isinstance(given, Mapping):
        raise MalformedPlan(path, f"expected a subtask, got {_shown(given)}")
    fields = dict(cast("Mapping[object, object]", given))
    if "name" not in fields:
        raise MalformedPlan(path, "the name is missing")
    name = _at(path, "name", partial(_name, fields.pop("name")))
    made: dict[str, Any] = {"uuid": ""}
    for key, value in fields.items():
        if not isinstance(key, str) or key not in _FIELDS:
            known = f"there are name, {', '.join(_FIELDS)}"
            raise MalformedPlan(f"{path}.{key}", f"no such field; {known}")
        made[key] = _at(path, key, partial(_FIELDS[key], name, key, value))
    return Subtask(name=name, **made)


def stated_fields(whose: str, fields: Mapping[str, object]) -> Subtask:
    """A subtask of that name with some fields as they are stated, and nothing else.

    Raises:
        CallboardError: As `subtask` does.
        KeyError: There is no such field.
    """
    return Subtask(uuid="", name=whose, **{k: _field(whose, k, v) for k, v in fields.items()})


def listed_in(given: object) -> Iterable[object] | None:
    """What is in there, if it is a list of things and not one thing that can be iterated."""
    one = isinstance(given, (str, bytes, Mapping, Subtask))
    return cast("Iterable[object]", given) if isinstance(given, Iterable) and not one else None


def _at(path: str, key: str, read: Callable[[], T]) -> T:
    where = f"{path}.{key}"
    try:
        return read()
    except InvalidOption as error:  # the option that is wrong may be one within the field
        raise MalformedPlan(f"{path}.{error.option}", _wrong(error)) from None
    except MalformedPlan as error:
        raise MalformedPlan(where, error.what) from None
    except CallboardError as error:
        raise MalformedPlan(where, str(error)) from error


def _name(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise MalformedPlan("name", f"a subtask's name is a text, not {_shown(given)}")
    return given if type(given) is str else str.__str__(given)  # of numpy's, only the text


def _text(whose: str, key: str, given: object) -> str:
    if not isinstance(given, str):
        raise MalformedPlan(_where(whose, key), f"expected a text, got {_shown(given)}")
    return str.__str__(given)


def _uuid(whose: str, key: str, given: object) -> str:
    return str(given) if isinstance(given, uuids.UUID) else _text(whose, key, given)


def _skills(_whose: str, _key: str, given: object) -> tuple[Skill, ...]:
    return skills_of(given)


def _priority(_whose: str, _key: str, given: object) -> Priority:
    return priority_of(given)


def _dependencies(whose: str, key: str, given: object) -> tuple[str, ...]:
    kind = type(given)
    if kind is tuple or kind is list:
        names = tuple(cast("Iterable[str]", given))
        if _TEXT.issuperset(map(type, names)):  # as nearly always
            return names
    listed = listed_in(given)
    if listed is None:
        what = f"expected a list of names, uuids or subtasks, got {_shown(given)}"
        raise MalformedPlan(_where(whose, key), what)
    return tuple(_dependency(whose, f"{key}[{n}]", one) for n, one in enumerate(listed))


def _dependency(whose: str, key: str, given: object) -> str:
    if isinstance(given, Subtask):
        return given.uuid or given.name
    return _uuid(whose, key, given)


def _minutes(whose: str, _key: str, given: object) -> float:
    minutes = _number(given)
    if minutes is None or not is_duration(minutes):
        raise InvalidDuration(whose, given)
    return minutes


def _number(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, numbers.Real):  # Real: numpy's too
        return None
    try:
        return float(given)
    except OverflowError:
        return None


def _data(whose: str, key: str, given: object) -> Payload | None:
    if given is None or isinstance(given, Payload):
        return given
    return pack(given, what=f"the {key} of subtask {whose!r}")


def _schema(whose: str, key: str, given: object) -> Payload | None:
    if given is None or isinstance(given, Payload):
        return given
    path = _where(whose, key)
    wanted = given if _is_schema(given) else _schema_of(path, given)
    schema = pack(wanted, what=f"the {key} of subtask {whose!r}")
    try:
        look_over(unpack(schema))
    except BadSchema as error:
        raise MalformedPlan(f"{path}, {error.path}", error.what) from None
    return schema


def _verify(_whose: str, _key: str, given: object) -> Verification | None:
    return verification_of(given)


def _is_schema(given: object) -> bool:
    return isinstance(given, (Mapping, bool))


def _schema_of(path: str, kind: Any) -> dict[str, Any]:  # noqa: ANN401 - that is looked at here
    try:
        return msgspec.json.schema(kind)
    except (TypeError, ValueError, RecursionError) as error:
        what = f"expected a JSON Schema or a type, got {_shown(kind)}: {error}"
        raise MalformedPlan(path, what) from None


def _flag(whose: str, key: str, given: object) -> bool:
    if not isinstance(given, bool):
        raise MalformedPlan(_where(whose, key), f"expected true or false, got {_shown(given)}")
    return given


def _choice(whose: str, key: str, given: object) -> bool | None:
    return None if given is None else _flag(whose, key, given)


def _timeouts(_whose: str, _key: str, given: object) -> Timeouts:
    return timeouts_of(given)


def _retry(_whose: str, _key: str, given: object) -> Retry | None:
    return retry_of(given)


def _demands(_whose: str, key: str, given: object) -> tuple[Amount, ...]:
    return amounts_of(key, given)


def _keys(_whose: str, key: str, given: object) -> tuple[str, ...]:
    return keys_of(key, given)


def _field(whose: str, key: str, given: object) -> Any:  # noqa: ANN401 - as the field is
    try:
        return _FIELDS[key](whose, key, given)
    except InvalidOption as error:
        raise MalformedPlan(_where(whose, error.option), _wrong(error)) from None


def _wrong(error: InvalidOption) -> str:
    """What is wrong with it, in the words of the other fields."""
    return f"expected {error.expected}, got {_shown(error.given)}"


def _where(whose: str, key: str) -> str:
    return f"subtask {whose!r}, {key}"


def _shown(given: object) -> str:
    return f"{given!r:.80} ({type(given).__name__})"


_FIELDS: dict[str, Callable[[str, str, object], Any]] = {
    "uuid": _uuid,
    "description": _text,
    "required_skills": _skills,
    "dependencies": _dependencies,
    "priority": _priority,
    "estimated_duration": _minutes,
    "data": _data,
    "optional": _flag,
    "timeouts": _timeouts,
    "retry": _retry,
    "speculate": _choice,
    "parent_task_uuid": _uuid,
    "kind": _text,
    "demands": _demands,
    "keys": _keys,
    "negotiate": _choice,
    "result_schema": _schema,
    "verify": _verify,
}
"""How each field is read: whose it is, its key, what was given."""

_UNSAID = cast("dict[str, object]", subtask.__kwdefaults__)
"""What need not be read: the defaults, which say the same as those of `Subtask`."""
_TEXT = frozenset({str})
_KEYS, _DEFAULTS = tuple(_UNSAID), tuple(_UNSAID.values())
_PLACES = range(len(_KEYS))
