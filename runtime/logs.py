"""Events as log lines: structlog over the standard library's logger "callboard".

A library configures nothing for others. Every event goes to that logger, with its ids;
a host's own handlers show it as a readable line:

    subtask_assigned goal=g1 subtask=s1 agent=analyst token=1.1.7 attempt=1

Our own programs call `configure`, which shows the same pretty on a terminal and as
JSON otherwise.
"""

from __future__ import annotations

import json as json_codec
import logging
import os
import re
import sys
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TextIO, cast

import structlog

from callboard.actors.logic.instants import iso
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.values import (
    Agent,
    Goal,
    Lease,
    Payload,
    Plan,
    PlanChange,
    Problem,
    Setback,
    Subtask,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping, Sequence

NAME = "callboard"
"""Of the standard library's logger that all lines go through."""

LONGEST = 200
"""Characters of a goal's text that a line shows."""

_logger = logging.getLogger(NAME)
_logger.addHandler(logging.NullHandler())


def audible(events: Sequence[Fact | Notice]) -> Sequence[Fact | Notice]:
    """Those of *events* that somebody listens to, each at its own level; mostly none."""
    enabled = _logger.isEnabledFor
    if len(events) == 1:
        return events if enabled(_LEVELS[events[0].level]) and _heard() else ()
    levels = set(map(_level_of, events))
    heard = {level for level in levels if enabled(_LEVELS[level])}
    return [event for event in events if event.level in heard] if heard and _heard() else ()


def log_event(event: Fact | Notice) -> None:
    """Log *event* at its own level; next to nothing is done where nobody listens."""
    level = _LEVELS[event.level]
    if _logger.isEnabledFor(level) and _heard():
        kind = type(event)
        name = _names.get(kind) or _names.setdefault(kind, snake(kind.__name__))
        log.log(level, name, **fields(event))


_level_of = attrgetter("level")


def _heard() -> bool:
    """Whether anybody but our own handler, which does nothing, would hear a line."""
    logger: logging.Logger | None = _logger
    while logger is not None:
        if logger.filters or any(type(h) is not logging.NullHandler for h in logger.handlers):
            return True
        logger = logger.parent if logger.propagate else None
    return False


def fields(event: Fact | Notice) -> dict[str, Any]:
    """What a line says of *event*, ids first; plain data.

    >>> from callboard.messages.notices import HeartbeatSeen
    >>> fields(HeartbeatSeen(at=0.0, agent="a1"))
    {'agent': 'a1', 'at': 0.0}
    """
    found: dict[str, Any] = {}
    for name in event.__struct_fields__:
        if name != "at":
            _put(found, name, getattr(event, name))
    ids = {name: found.pop(name) for name in _IDS if name in found}
    return {**ids, **found, "at": event.at}


def snake(name: str) -> str:
    """The name of a class as that of an event.

    >>> snake("SubtaskAssigned")
    'subtask_assigned'
    """
    return _CAPITAL.sub("_", name).lower()


def configure(
    json: bool | None = None,  # noqa: FBT001 -- the one thing that callers say, `configure(True)`
    level: str = "INFO",
    stream: TextIO | None = None,
) -> Callable[[], None]:
    """Show the lines of Callboard on *stream*; for programs of our own, not for hosts.

    Only the logger "callboard" is touched, never the root logger. A second call takes
    the place of the first one.

    Args:
        json: One JSON object a line; None means so unless *stream* is a terminal.
        level: Name of the lowest level that is shown.
        stream: Standard error, unless given.

    Returns:
        Puts the logger back as it was; calling it again does nothing.

    Raises:
        ValueError: There is no such level.
    """
    out = sys.stderr if stream is None else stream
    handler = _Ours(out)
    handler.setFormatter(_Formatter(as_json=not out.isatty() if json is None else json, out=out))
    for earlier in [h for h in _logger.handlers if isinstance(h, _Ours)]:
        earlier.undo()
    handler.attach(level)
    return handler.undo


class _Ours(logging.StreamHandler[TextIO]):
    """The handler of `configure`; knows how the logger was before."""

    def attach(self, level: str) -> None:
        self._before = (_logger.level, _logger.propagate)
        _logger.setLevel(level.upper())
        _logger.propagate = False
        _logger.addHandler(self)

    def undo(self) -> None:
        if self in _logger.handlers:
            _logger.removeHandler(self)
            _logger.level, _logger.propagate = self._before
            _logger.setLevel(self._before[0])


class _Formatter(logging.Formatter):
    """Shows the fields of a record, or the message of one that is not ours."""

    def __init__(self, *, as_json: bool, out: TextIO) -> None:
        super().__init__()
        self._as_json = as_json
        colors = out.isatty() and sys.platform != "win32" and "NO_COLOR" not in os.environ
        self._pretty = structlog.dev.ConsoleRenderer(colors=colors)

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = dict(getattr(record, "callboard", None) or {})
        at = entry.pop("at", record.created)
        entry.setdefault("event", record.getMessage())
        entry = {"timestamp": iso(at), "level": record.levelname.lower(), **entry}
        if record.exc_info and "exception" not in entry:
            entry["exception"] = self.formatException(record.exc_info)
        if self._as_json:
            return json_codec.dumps(entry, default=repr, ensure_ascii=False)
        return self._pretty(None, record.levelname.lower(), entry)


def _record(
    _logger: object, _method: str, entry: MutableMapping[str, Any]
) -> tuple[tuple[str], dict[str, Any]]:
    """The last processor: a readable message, and the fields for formatters that want them."""
    options = {key: entry.pop(key) for key in ("exc_info", "stack_info") if key in entry}
    return (_line(entry),), {"extra": {"callboard": dict(entry)}, **options}


def _line(entry: Mapping[str, Any]) -> str:
    shown = [f"{key}={_shown(value)}" for key, value in entry.items() if key not in _UNSHOWN]
    # A literal % would be taken for a place to fill in, if there were arguments: there are none.
    return " ".join([str(entry["event"]), *shown])


def _shown(value: object) -> str:
    text = ",".join(map(str, cast("list[object]", value))) if type(value) is list else str(value)
    return text if _PLAIN.fullmatch(text) else json_codec.dumps(text, ensure_ascii=False)


def _put(found: dict[str, Any], name: str, value: object) -> None:
    match value:
        case Goal():
            found.update(goal=value.id, text=value.text[:LONGEST])
        case Agent():
            skills = [skill.name for skill in value.skills]
            found.update(agent=value.id, skills=skills, max_load=value.max_load)
        case Lease():
            found.update(goal=value.goal, subtask=value.subtask, agent=value.agent)
            found.update(token=str(value.token), attempt=value.attempt)
        case Plan():
            found.update(subtasks=len(value.subtasks), source=value.source)
        case PlanChange():
            found.update(added=[subtask.name for subtask in value.add], source=value.source)
            found.update(rewired=len(value.rewire), dropped=len(value.drop))
        case Payload():
            found["bytes"] = len(value.data)
        case Problem():
            found.update(error=value.error, problem=value.text, fault=value.fault)
            if value.traceback:
                found["exception"] = value.traceback
        case tuple():
            items = cast("tuple[object, ...]", value)
            found[name] = [_short(item) for item in items]
        case Subtask():
            found.update(name=value.name, skills=[skill.name for skill in value.required_skills])
        case None | "":
            pass
        case False if name in _IF_SO:
            pass
        case 0 if name in _IF_ANY:
            pass
        case _:
            found[name] = value


def _short(item: object) -> object:
    match item:
        case Problem():
            return item.text
        case Setback():
            return f"{item.agent}: {item.problem.text}"
        case _:
            return item


_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
_IDS = ("goal", "subtask", "agent", "token", "attempt", "address", "incarnation", "to")
_IF_SO = {"ahead"}
"""Said only of what is so, which is rare."""
_IF_ANY = {"number"}
"""Said only where it counts something."""
_UNSHOWN = {"event", "at", "exception"}
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_PLAIN = re.compile(r"[^\s\"'=\\\x00-\x1f\x7f-\x9f]+")
_names: dict[type, str] = {}

log: structlog.stdlib.BoundLogger = structlog.wrap_logger(
    _logger,
    processors=[_record],
    wrapper_class=structlog.stdlib.BoundLogger,
    context_class=dict,
    cache_logger_on_first_use=True,
)
"""For lines that are no events; `log.warning("slow_disk", seconds=3.0)`."""
