"""Who has to find a result good, as somebody states it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from callboard.actors.logic.given import retry_of, skills_of, timeouts_of
from callboard.actors.logic.graph import is_duration
from callboard.messages.errors.agents import InvalidOption
from callboard.messages.values import Verification

_EXPECTED = "true, an agent's id, or a mapping of by, skills, instructions and the like"


def verification_of(given: object) -> Verification | None:
    """Who has to find the result good: True for anybody but who made it; None for nobody.

    Args:
        given: True; the id of the agent that is to do it, as a checker; or a mapping of
            by, skills, instructions, estimated_duration (minutes), timeouts and retry.

    Raises:
        InvalidOption: Another type, an unknown name, or a value that makes no sense.
        InvalidSkills: The skills are none.

    >>> verification_of("totals").by
    'totals'
    >>> verification_of({"skills": ["law"], "timeouts": {"total": 60}}).timeouts.total
    60.0
    """
    if given is None or given is False or isinstance(given, Verification):
        return given or None
    if given is True:
        return Verification()
    if isinstance(given, str) and given:
        return Verification(by=given)
    if not isinstance(given, Mapping):
        raise InvalidOption("verify", given, _EXPECTED)
    return _from(dict(cast("Mapping[object, object]", given)))


def _from(given: dict[Any, object]) -> Verification:
    made: dict[Any, Any] = {}
    for name, value in given.items():
        if name in ("by", "instructions"):
            made[name] = _text(name, value)
        elif name == "skills":
            made[name] = skills_of(value)
        elif name == "timeouts":
            made[name] = timeouts_of(value)
        elif name == "retry":
            made[name] = retry_of(value)
        elif name == "estimated_duration":
            made[name] = _minutes(value)
        else:
            raise InvalidOption(f"verify.{name}", value, "left out: there is no such option")
    return Verification(**made)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidOption(f"verify.{name}", value, "a text")
    return value


def _minutes(value: object) -> float:
    if not is_duration(value):
        raise InvalidOption("verify.estimated_duration", value, "a number of minutes, 0 or more")
    return float(cast("float", value))
