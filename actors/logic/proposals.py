"""What a model proposes becomes a plan, or a complaint that says what to mend.

A proposal is data: it is decoded strictly, and whatever it says it can only become a plan
that has been checked. Subtasks name each other by their names, which models get right
more often than uuids.

>>> text = '{"subtasks": [{"name": "Dig", "description": "", "priority": "HIGH",'
>>> text += ' "minutes": 30, "skills": [], "after": [], "demands": []}]}'
>>> [proposal.name for proposal in read_proposals(text)]
['Dig']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from callboard.actors.logic.demands import is_resource
from callboard.actors.logic.given import priority_of, skills_of
from callboard.actors.logic.given_resources import amounts_of
from callboard.messages.complaints import complaint
from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.goals import MalformedPlan
from callboard.messages.resources import Amount
from callboard.messages.values import Subtask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Skill

T = TypeVar("T")


class Demand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a proposed subtask takes of a resource."""

    resource: str
    amount: float


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A subtask as a model proposes it.

    Attributes:
        name: By which other subtasks of the answer name it.
        minutes: Estimated duration.
        skills: That an agent must have, as `sql` or `sql>=2`.
        after: Names of subtasks whose results it needs.
        demands: Of resources that the goal's budget has.
    """

    name: Annotated[str, Meta(description="Short and unique.")]
    description: Annotated[str, Meta(description="All that its agent must know.")]
    priority: Literal["CRITICAL", "HIGH", "MEDIUM", "LOW"]
    minutes: Annotated[float, Meta(description="Estimated, above 0.")]
    skills: Annotated[tuple[str, ...], Meta(description="As sql, or sql>=2.")]
    after: Annotated[tuple[str, ...], Meta(description="Names of what must be done before.")]
    demands: Annotated[tuple[Demand, ...], Meta(description="Of resources in the budget.")]


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a model answers."""

    subtasks: tuple[Proposal, ...]


class Caps(msgspec.Struct, frozen=True, kw_only=True):
    """How large a plan may be that somebody thought up.

    Attributes:
        subtasks: That it may have.
        depth: Subtasks that may wait for each other in a row.
        minutes: That one subtask may be estimated to take.
        name: Characters of a name.
        description: Characters of a description.
        listed: Skills, and demands, of one subtask.
    """

    subtasks: int = 50
    depth: int = 12
    minutes: float = 7 * 24 * 60.0
    name: int = 200
    description: int = 4_000
    listed: int = 16


_read_answer = msgspec.json.Decoder(Answer).decode
_read_proposal = msgspec.json.Decoder(Proposal).decode


def read_proposals(text: str | bytes) -> tuple[Proposal, ...]:
    """The subtasks of an answer.

    Raises:
        MalformedPlan: It is no JSON, or a field is missing, unknown or of a wrong type.
    """
    return decoded(_read_answer, text, "$").subtasks


def read_proposal(text: str | bytes, path: str) -> Proposal:
    """One subtask of an answer.

    Args:
        text: Of the subtask alone.
        path: Where it stands, as `$.subtasks[2]`.

    Raises:
        MalformedPlan: As `read_proposals`.
    """
    return decoded(_read_proposal, text, path)


def subtask_of(
    proposal: Proposal, path: str, caps: Caps, uuid: SubtaskId, needs: Sequence[SubtaskId]
) -> Subtask:
    """The subtask that is proposed.

    Args:
        proposal: What was decoded.
        path: Where it stands, as `$.subtasks[2]`.
        caps: How large it may be.
        uuid: Of it.
        needs: The uuids of what it is to wait for.

    Raises:
        MalformedPlan: A field is empty, too long, or says what cannot be; it names the
            field's path.
    """
    return Subtask(
        uuid=uuid,
        name=name_of(proposal, path, caps),
        description=_described(proposal, path, caps),
        priority=priority_of(proposal.priority),
        estimated_duration=_minutes(proposal, path, caps),
        required_skills=_skills(proposal, f"{path}.skills", caps),
        dependencies=tuple(dict.fromkeys(needs)),
        demands=_demands(proposal, f"{path}.demands", caps),
    )


def name_of(proposal: Proposal, path: str, caps: Caps) -> str:
    """Its name, which others name it by.

    Raises:
        MalformedPlan: It is none.
    """
    name = proposal.name.strip()
    at_most(f"{path}.name", len(name), caps.name, "characters")
    if not name or not name.isprintable():
        raise MalformedPlan(f"{path}.name", "is no line of printable characters")
    return name


def _described(proposal: Proposal, path: str, caps: Caps) -> str:
    at_most(f"{path}.description", len(proposal.description), caps.description, "characters")
    return proposal.description


def _minutes(proposal: Proposal, path: str, caps: Caps) -> float:
    if not 0.0 < proposal.minutes <= caps.minutes:
        what = f"{proposal.minutes:g} is not above 0 and at most {caps.minutes:g}"
        raise MalformedPlan(f"{path}.minutes", what)
    return proposal.minutes


def _skills(proposal: Proposal, path: str, caps: Caps) -> tuple[Skill, ...]:
    at_most(path, len(proposal.skills), caps.listed, "skills")
    try:
        skills = skills_of(proposal.skills)
    except CallboardError as error:
        raise MalformedPlan(path, str(error)) from None
    for skill in skills:
        # What agents offer of resources stands among their skills: only demands name it.
        if is_resource(skill.name.strip()) or len(skill.name) > caps.name:
            raise MalformedPlan(path, f"{skill.name:.80} is the name of no skill")
    return skills


def _demands(proposal: Proposal, path: str, caps: Caps) -> tuple[Amount, ...]:
    at_most(path, len(proposal.demands), caps.listed, "demands")
    listed = [Amount(resource=one.resource, amount=one.amount) for one in proposal.demands]
    try:
        return amounts_of("demands", listed)
    except CallboardError as error:
        raise MalformedPlan(path, str(error)) from None


def at_most(path: str, size: int, limit: int, what: str) -> None:
    """Make sure that there is no more of something.

    Args:
        path: Of the field, as `$.subtasks[2].name`.
        size: How much it has.
        limit: That it may have.
        what: Of which.

    Raises:
        MalformedPlan: It has more.
    """
    if size > limit:
        raise MalformedPlan(path, f"has {size:,} {what}, at most {limit:,} are taken")


def decoded(read: Callable[[str | bytes], T], text: str | bytes, path: str) -> T:
    """What *read* makes of a text.

    Raises:
        MalformedPlan: It is no JSON, or a field is missing, unknown or of a wrong type.
    """
    try:
        return read(text)
    except msgspec.ValidationError as error:
        raise MalformedPlan(*complaint(error, path)) from None
    except (ValueError, RecursionError) as error:
        raise MalformedPlan(path, f"is no JSON: {error}") from None
