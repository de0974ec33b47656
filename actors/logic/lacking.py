"""Which skill work of a kind takes besides those that a planner named, if history shows it.

What is compared is agents: those that have something more, and those that have only what
was asked for. An agent that fails at a kind of work ten times is one figure, not ten: it
may be broken. The test is Fisher's exact one (R. A. Fisher, Statistical methods for
research workers, 1934), one-sided, its level divided by how many skills are tried
(Bonferroni), so that of a hundred kinds at which skills do not matter one is misjudged.

>>> plain, better = (Skill(name="sql"),), (Skill(name="sql"), Skill(name="law"))
>>> tried = [Tried(plain, manages=False)] * 5 + [Tried(better, manages=True)] * 5
>>> lacking(plain, tried, Equivalences())
LearntSkill(skill=Skill(name='law', level=None), having=5, managing=5, lacking=5, failing=5)
>>> print(lacking(plain, tried[1:-1], Equivalences()))
None
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import comb
from typing import NamedTuple

from callboard.actors.logic.demands import is_resource
from callboard.actors.logic.skills import (
    GENERAL,
    VERIFICATION,
    Equivalences,
    can_do,
    covers,
    is_mark,
    normal,
)
from callboard.messages.values import LearntSkill, Skill

LEVEL = 0.01
"""How likely chance alone may be to look like that."""

MOST = 0.75
"""Part of the agents on either side that must be as the skill would have them."""

CANDIDATES = 100
"""Skills that are tried; of more, none could be told from chance."""


class Tried(NamedTuple):
    """An agent that has tried such work.

    Attributes:
        skills: That it has; with the resources that it offers.
        manages: More than half of its attempts succeed.
    """

    skills: tuple[Skill, ...]
    manages: bool


def lacking(
    required: Sequence[Skill], tried: Sequence[Tried], equivalences: Equivalences
) -> LearntSkill | None:
    """The skill, or the higher level of one, without which such work is not managed.

    Where history shows none, or shows two equally well, there is none: of skills that the
    same agents have nobody knows which matters.

    Args:
        required: What a planner has named.
        tried: Agents that are registered and have tried such work.
        equivalences: Which skills stand in for which.
    """
    able = Counter(one for one in tried if can_do(one.skills, required, equivalences))
    failing = sum(count for one, count in able.items() if not one.manages)
    managing = able.total() - failing
    if not failing or not managing or 1 / comb(failing + managing, failing) > LEVEL:
        return None  # as mostly: no skill could part them that well
    wanted = list(dict.fromkeys(_candidates(required, able)))
    if len(wanted) > CANDIDATES:
        return None
    found = [_parted(skill, able, equivalences) for skill in wanted]
    tests = [(_chance(one), n) for n, one in enumerate(found) if _shows(one)]
    tests = sorted(test for test in tests if test[0] * len(wanted) <= LEVEL)
    if not tests or (len(tests) > 1 and tests[0][0] == tests[1][0]):
        return None
    return found[tests[0][1]]


def with_skill(required: Sequence[Skill], skill: Skill) -> tuple[Skill, ...]:
    """What is required, and that skill; a higher level of the same takes the lower one's place.

    >>> sql = Skill(name="SQL", level=1)
    >>> [s.level for s in with_skill([sql], Skill(name="sql", level=3))]
    [3]
    """
    name, level = normal(skill.name), skill.level or 0.0
    kept = (s for s in required if normal(s.name) != name or (s.level or 0.0) > level)
    return (*kept, skill)


def _candidates(required: Sequence[Skill], able: Counter[Tried]) -> Iterator[Skill]:
    """What somebody has who manages it, and what was not asked for."""
    named: dict[str, float | None] = {normal(skill.name): skill.level for skill in required}
    for one in able:
        for skill in one.skills if one.manages else ():
            name = normal(skill.name)
            if name in (GENERAL, VERIFICATION) or is_mark(skill.name) or is_resource(skill.name):
                continue
            if name not in named:
                yield Skill(name=name)
            elif skill.level is not None and skill.level > (named[name] or 0.0):
                yield Skill(name=name, level=skill.level)


def _parted(skill: Skill, able: Counter[Tried], equivalences: Equivalences) -> LearntSkill:
    counts = Counter[tuple[bool, bool]]()
    for one, count in able.items():
        counts[covers(one.skills, skill, equivalences), one.manages] += count
    return LearntSkill(
        skill=skill,
        having=counts[True, True] + counts[True, False],
        managing=counts[True, True],
        lacking=counts[False, True] + counts[False, False],
        failing=counts[False, False],
    )


def _shows(one: LearntSkill) -> bool:
    """Whether those that have it mostly manage, and those that lack it mostly do not."""
    return (
        one.having > 0
        and one.lacking > 0
        and one.managing >= MOST * one.having
        and one.failing >= MOST * one.lacking
    )


def _chance(one: LearntSkill) -> float:
    """How likely as many of those that have it manage, or more, if it did not matter."""
    agents = one.having + one.lacking
    managing = one.managing + one.lacking - one.failing
    most = min(one.having, managing)
    ways = sum(
        comb(one.having, k) * comb(one.lacking, managing - k) for k in range(one.managing, most + 1)
    )
    return ways / comb(agents, managing)
