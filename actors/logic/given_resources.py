"""What people write of resources, made into values: demands, offers, budgets, supplies.

>>> amounts_of("demands", {"gpu": 1})
(Amount(resource='gpu', amount=1.0),)
>>> keys_of("keys", "customer-7")
('customer-7',)
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from typing import TypeAlias, cast

from callboard.actors.logic.skills import normal
from callboard.messages.errors.agents import InvalidOption
from callboard.messages.resources import Allowance, Amount, Budget, Pool, Rate, Supply, Then

GivenAmounts: TypeAlias = Mapping[str, float] | Iterable[Amount]
GivenKeys: TypeAlias = str | Iterable[str]
GivenBudget: TypeAlias = Mapping[str, float | Budget] | Iterable[Allowance]

_THEN: tuple[Then, ...] = ("wait", "fail")


def amounts_of(option: str, given: object, *, least: float | None = None) -> tuple[Amount, ...]:
    """So much of each resource, from a mapping or a list of amounts.

    Args:
        option: What it is for, for errors.
        given: From names to amounts, or amounts.
        least: What is allowed at the least; None wants more than 0.

    Raises:
        InvalidOption: It is none, a name is empty or comes twice, or an amount is no
            finite number above 0.
    """
    named = _named(option, given, Amount)
    return tuple(
        Amount(resource=name, amount=_amount(f"{option}.{name}", amount, least=least))
        for name, amount in named
    )


def keys_of(option: str, given: object) -> tuple[str, ...]:
    """Concurrency keys, each once.

    Raises:
        InvalidOption: They are no texts, or one is empty.
    """
    listed = [given] if isinstance(given, str) else given
    if isinstance(listed, (bytes, Mapping)) or not isinstance(listed, Iterable):
        raise InvalidOption(option, given, "a text, or a list of texts")
    found = list(cast("Iterable[object]", listed))
    for number, key in enumerate(found):
        if not isinstance(key, str) or not key.strip():
            raise InvalidOption(f"{option}[{number}]", key, "a text that is not empty")
    return tuple(dict.fromkeys(str.__str__(key) for key in cast("list[str]", found)))


def budget_of(option: str, given: object) -> tuple[Allowance, ...]:
    """What a goal may use up, from a mapping or a list of allowances; None gives none.

    Raises:
        InvalidOption: As `amounts_of`; an amount may also be a `Budget`.
    """
    if given is None:
        return ()
    found: list[Allowance] = []
    for name, value in _named(option, given, Allowance):
        where = f"{option}.{name}"
        budget = value if isinstance(value, (Budget, Allowance)) else Budget(cast("float", value))
        amount = _amount(where, budget.amount, least=0.0)
        found.append(Allowance(resource=name, amount=amount, then=_then(where, budget.then)))
    return tuple(found)


def supplies_of(option: str, given: object) -> dict[str, Supply]:
    """How the runtime limits each resource, by `normal` name; a number is a pool.

    Raises:
        InvalidOption: It is no mapping, a name is empty or comes twice, or a number makes
            no sense.
    """
    if not isinstance(given, Mapping):
        raise InvalidOption(option, given, "a mapping from resources to their supplies")
    named = _named(option, cast("object", given), Amount)
    return {normal(name): _supply(f"{option}.{name}", value) for name, value in named}


def concurrency_of(option: str, given: object) -> dict[str, int]:
    """How many may run at once with a key, by key or pattern.

    Raises:
        InvalidOption: It is no mapping from texts to whole numbers above 0.
    """
    if not isinstance(given, Mapping):
        raise InvalidOption(option, given, "a mapping from keys or patterns to numbers")
    found: dict[str, int] = {}
    for key, most in cast("Mapping[object, object]", given).items():
        if not isinstance(key, str) or not key.strip():
            raise InvalidOption(option, key, "a mapping with keys that are texts, not empty")
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise InvalidOption(f"{option}.{key}", most, "a whole number above 0")
        found[key] = most
    return found


def _named(option: str, given: object, kind: type[Amount | Allowance]) -> list[tuple[str, object]]:
    """Names and what is said of each; every name is a text and stands there once."""
    if isinstance(given, Mapping):
        pairs = list(cast("Mapping[object, object]", given).items())
    elif isinstance(given, Iterable) and not isinstance(given, (str, bytes)):
        pairs = [_pair(option, one, kind) for one in cast("Iterable[object]", given)]
    else:
        raise InvalidOption(option, given, "a mapping from resources to numbers")
    seen: set[str] = set()
    for name, _ in pairs:
        if not isinstance(name, str) or not normal(name):
            raise InvalidOption(option, name, "a mapping from names that are not empty")
        if normal(name) in seen:
            raise InvalidOption(f"{option}.{name}", name, "stated only once")
        seen.add(normal(name))
    return cast("list[tuple[str, object]]", pairs)


def _pair(option: str, one: object, kind: type[Amount | Allowance]) -> tuple[object, object]:
    if not isinstance(one, kind):
        raise InvalidOption(option, one, "a mapping from resources to numbers")
    return one.resource, one.amount if isinstance(one, Amount) else one


def _amount(where: str, given: object, *, least: float | None = None) -> float:
    least_said = "above 0" if least is None else f"of at least {least:g}"
    if isinstance(given, bool) or not isinstance(given, numbers.Real):
        raise InvalidOption(where, given, f"a number {least_said}")
    try:
        amount = float(given)
    except OverflowError:
        amount = math.inf
    small = amount <= 0 if least is None else amount < least
    if small or not math.isfinite(amount):
        raise InvalidOption(where, given, f"a finite number {least_said}")
    return amount


def _supply(where: str, given: object) -> Supply:
    match given:
        case Rate():
            amount, per = _amount(where, given.amount), _amount(f"{where}.per", given.per)
            return Rate(amount, per)
        case Budget():
            amount = _amount(where, given.amount, least=0.0)
            return Budget(amount, _then(where, given.then))
        case Pool():
            return Pool(_amount(where, given.amount))
        case _:
            return Pool(_amount(where, given))


def _then(where: str, given: object) -> Then:
    for then in _THEN:
        if then == given:
            return then
    raise InvalidOption(f"{where}.then", given, "'wait' or 'fail'")
