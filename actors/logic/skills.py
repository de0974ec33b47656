"""Which agents may do what: skills, their levels, their equivalents, and `general`.

A required skill is covered by

- the same skill, at a level at least as high where the subtask requires one: an agent
  that does not say how well it can do it, does not cover a required level;
- an equivalent skill, whatever its level: levels are the scale of one skill, so they
  are required of the skill itself and never of an equivalent;
- `general`, if no level is required.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from callboard.messages.values import Agent, Skill

GENERAL = "general"
"""Who has this skill covers any skill of which no level is required."""

VERIFICATION = "verification"
"""Who has this skill may say whether results of others are good; nothing stands in for it."""

_ITSELF, _OTHERS = "agent:", "other than agent:"
"""Before agents where they stand among skills: whoever verifies is known by itself."""

RESOURCE = "resource:"
"""Before the names of resources where they stand among skills; see `demands`."""

_BLANKS = re.compile(r"[\s_-]+")


@lru_cache(maxsize=4096)
def normal(name: str) -> str:
    """The name as it is compared: case and `_`, `-` and blanks do not matter.

    >>> normal("Data_Analysis") == normal(" data -  analysis")
    True
    """
    return _BLANKS.sub(" ", name.casefold()).strip()


@dataclass(frozen=True)
class Equivalences:
    """Which other skills cover a required one; one step, neither mutual nor transitive.

    Attributes:
        covered_by: From required skills to those that cover them, as `normal` names.
    """

    covered_by: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    @classmethod
    def of(cls, table: Mapping[str, Iterable[str]]) -> Equivalences:
        """From names as people write them.

        >>> Equivalences.of({"QA": ["quality-assurance"]}).instead_of("qa")
        frozenset({'quality assurance'})
        """
        covered_by: dict[str, frozenset[str]] = {}
        for required, offered in table.items():
            name = normal(required)
            covered_by[name] = covered_by.get(name, frozenset()) | {normal(o) for o in offered}
        return cls(covered_by)

    def instead_of(self, required: str) -> frozenset[str]:
        """The `normal` names of the skills that cover *required*, itself not included."""
        return self.covered_by.get(normal(required), frozenset())


def itself(agent: str) -> Skill:
    """What only that agent has, if it verifies: it can be required as a skill is.

    >>> stated(itself("Ann"))
    'to be Ann'
    """
    return Skill(name=_ITSELF + agent.encode().hex())


def all_of(agent: Agent) -> tuple[Skill, ...]:
    """Its skills, and who it is where that matters: it verifies."""
    verifies = any(normal(skill.name) == VERIFICATION for skill in agent.skills)
    return (*agent.skills, itself(agent.id)) if verifies else agent.skills


def others(agent: str) -> Skill:
    """What everybody else has who verifies.

    >>> ann = [Skill(name="verification"), itself("ann")]
    >>> covers(ann, others("ann"), Equivalences()), covers(ann, others("bob"), Equivalences())
    (False, True)
    >>> covers([Skill(name="general")], others("bob"), Equivalences())
    False
    """
    return Skill(name=_OTHERS + agent.encode().hex())


def is_mark(name: str) -> bool:
    """Whether it is no skill, but says who somebody is; nobody can have it by saying so."""
    return name.startswith((_ITSELF, _OTHERS))


def covers(offered: Sequence[Skill], required: Skill, equivalences: Equivalences) -> bool:
    """Whether somebody with the skills *offered* may do what requires *required*.

    >>> few = Equivalences.of({"coding": ["development"]})
    >>> covers([Skill(name="Development")], Skill(name="coding"), few)
    True
    >>> covers([Skill(name="coding", level=1)], Skill(name="coding", level=2), few)
    False
    >>> covers([Skill(name="general")], Skill(name="law"), few)
    True
    """
    if required in offered:  # as it is in most cases
        return True
    if required.name.startswith(_OTHERS):
        return _is_other(offered, required)
    if (
        required.level is None
        and _stands_in(required.name)
        and any(normal(o.name) == GENERAL for o in offered)
    ):
        return True
    return _covers_by_trade(offered, required, equivalences)


def can_do(
    agent_skills: Sequence[Skill], required_skills: Sequence[Skill], equivalences: Equivalences
) -> bool:
    """Whether *agent_skills* cover every one of *required_skills*; no load is considered.

    Who only verifies is given nothing that requires no skill: there is no result in it.

    >>> can_do([], [], Equivalences()), can_do([Skill(name="verification")], [], Equivalences())
    (True, False)
    """
    skilled = False
    for required in required_skills:
        if not covers(agent_skills, required, equivalences):
            return False
        skilled = skilled or not required.name.startswith(RESOURCE)
    return skilled or not _only_verifies(agent_skills)


def is_specialist(
    agent_skills: Sequence[Skill], required_skills: Sequence[Skill], equivalences: Equivalences
) -> bool:
    """Whether the same holds without what `general` stands in for.

    Where `general` itself is required, who has it is a specialist. Nothing required:
    everybody is one.
    """
    return all(_covers_by_trade(agent_skills, r, equivalences) for r in required_skills)


class Fit(enum.IntEnum):
    """How somebody covers what is required; the least is the best."""

    EXACT = 0
    EQUIVALENT = 1
    GENERAL = 2


def fit(
    agent_skills: Sequence[Skill], required_skills: Sequence[Skill], equivalences: Equivalences
) -> Fit | None:
    """How well the skills fit; None where they do not cover what is required.

    >>> fit([Skill(name="SQL")], [Skill(name="sql")], Equivalences())
    <Fit.EXACT: 0>
    """
    if not can_do(agent_skills, required_skills, equivalences):
        return None
    if is_specialist(agent_skills, required_skills, Equivalences()):
        return Fit.EXACT
    by_trade = is_specialist(agent_skills, required_skills, equivalences)
    return Fit.EQUIVALENT if by_trade else Fit.GENERAL


def missing(
    offered: Sequence[Skill], required_skills: Sequence[Skill], equivalences: Equivalences
) -> tuple[str, ...]:
    """What *offered* does not cover, for reports; give it all agents' skills for "nobody".

    >>> missing([], [Skill(name="sql", level=2), Skill(name="law")], Equivalences())
    ('sql >= 2', 'law')
    """
    return tuple(stated(r) for r in required_skills if not covers(offered, r, equivalences))


def stated(skill: Skill) -> str:
    """The skill as people write it, with its level if there is one; a resource likewise.

    >>> stated(Skill(name="sql")), stated(Skill(name="resource:gpu", level=2))
    ('sql', 'gpu >= 2 of its own')
    """
    for mark, words in ((_OTHERS, "to be another one than"), (_ITSELF, "to be")):
        if skill.name.startswith(mark):
            who = bytes.fromhex(skill.name.removeprefix(mark)).decode()
            return f"{words} {who}" if who else "to be somebody"
    if skill.level is None:
        return skill.name
    name = skill.name.removeprefix(RESOURCE)
    own = "" if name == skill.name else " of its own"
    return f"{name} >= {skill.level:g}{own}"


def _only_verifies(skills: Sequence[Skill]) -> bool:
    """Whether that is all that somebody is there for, whatever it offers beside."""
    trades = [s.name for s in skills if not s.name.startswith((RESOURCE, _ITSELF))]
    return bool(trades) and all(normal(name) == VERIFICATION for name in trades)


def _stands_in(name: str) -> bool:
    """Whether others may stand in for that skill."""
    return name != VERIFICATION and not name.startswith(_ITSELF)


def _is_other(offered: Sequence[Skill], required: Skill) -> bool:
    """Whether somebody verifies, and is not the one that must not."""
    known = [skill.name for skill in offered if skill.name.startswith(_ITSELF)]
    return bool(known) and _ITSELF + required.name.removeprefix(_OTHERS) not in known


def _covers_by_trade(offered: Sequence[Skill], required: Skill, equivalences: Equivalences) -> bool:
    if required.name.startswith(_OTHERS):
        return _is_other(offered, required)
    name = normal(required.name)
    others = equivalences.covered_by.get(name, frozenset[str]())
    for skill in offered:
        own = normal(skill.name)
        if own in others or (own == name and _high_enough(skill.level, required.level)):
            return True
    return False


def _high_enough(offered: float | None, required: float | None) -> bool:
    return required is None or (offered is not None and offered >= required)
