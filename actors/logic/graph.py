"""A plan as a graph: is it sound, what is urgent in it, what lies on its longest way.

Everything takes time linear in subtasks and dependencies, and no recursion.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from callboard.actors.logic.cycles import short_cycle
from callboard.actors.logic.schemas import BadSchema, look_over
from callboard.actors.logic.skills import is_mark, normal
from callboard.messages.base import SubtaskId
from callboard.messages.complaints import complaint
from callboard.messages.errors.goals import (
    DuplicateSubtask,
    InvalidDuration,
    MalformedPlan,
    PlanEmpty,
    PlanHasCycle,
    PlanTooLarge,
    UnknownDependency,
)
from callboard.messages.values import (
    MINUTE,
    Correction,
    Payload,
    Plan,
    Priority,
    Subtask,
    Verification,
    unpack,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

_read = msgspec.msgpack.Decoder(Plan).decode
_needs_of = attrgetter("dependencies")

T = TypeVar("T")


def well_formed(plan: object) -> Plan:
    """The plan, if every field has its type; a dependency named twice counts once.

    A planner is somebody else's code and may answer with anything.

    Raises:
        MalformedPlan: It is no plan, or a field is of a wrong type.
    """
    sound = redecoded(plan, Plan, _read)
    if len(sound.subtasks) > 1:
        _share(sound)
    if any(map(_needs_of, sound.subtasks)):
        put = msgspec.structs.force_setattr  # it was just decoded, and nobody else has it
        for one in sound.subtasks:
            if len(one.dependencies) > 1:
                put(one, "dependencies", once(one.dependencies))
    return sound


def redecoded(given: object, kind: type[T], read: Callable[[bytes], T]) -> T:
    """What somebody else's code has made, if it is of that kind and every field has its type.

    Args:
        given: That.
        kind: What it should be.
        read: Decodes it.

    Raises:
        MalformedPlan: It is not, or a field is of a wrong type.
    """
    if not isinstance(given, kind):
        raise MalformedPlan("$", f"expected a {kind.__name__}, got {type(given).__name__}")
    try:
        # Structs are not validated when they are made, but when they are decoded.
        return read(msgspec.msgpack.encode(given))
    except msgspec.ValidationError as error:
        raise MalformedPlan(*complaint(error)) from None
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise MalformedPlan("$", str(error)) from None


def check(plan: Plan, limit: int) -> None:
    """Make sure that the plan can be carried out.

    Args:
        plan: Its fields have their types; see `well_formed`.
        limit: Subtasks that a plan may have.

    Raises:
        PlanEmpty: It has no subtasks.
        PlanTooLarge: It has more than *limit*.
        MalformedPlan: A subtask has no uuid or no name, or its result's schema is none.
        DuplicateSubtask: Two subtasks have the same uuid.
        InvalidDuration: A duration is negative, infinite or no number.
        UnknownDependency: A subtask depends on one that is not in the plan.
        PlanHasCycle: Subtasks wait for each other; it names a shortest cycle.
    """
    if not plan.subtasks:
        raise PlanEmpty
    if len(plan.subtasks) > limit:
        raise PlanTooLarge(len(plan.subtasks), limit)
    known: set[SubtaskId] = set()
    for subtask in plan.subtasks:
        minutes, named = subtask.estimated_duration, subtask.uuid and subtask.name
        if type(minutes) is not float or not (named and 0.0 <= minutes <= _LONGEST):
            _check_alone(subtask)
        if subtask.result_schema is not None:
            _check_schema(subtask.name, subtask.result_schema)
        if subtask.correction is not None:
            _check_correction(subtask.name, subtask.correction)
        if subtask.verify is not None:
            _check_verification(subtask.name, subtask.verify)
        if subtask.uuid in known:
            raise DuplicateSubtask(subtask.uuid)
        known.add(subtask.uuid)
    if plan.compounds:
        _check_compounds(plan, known, limit)
    if is_in_order(plan):
        return  # nothing is unknown, and nothing waits for itself
    for subtask in plan.subtasks:
        for dependency in subtask.dependencies:
            if dependency not in known:
                raise UnknownDependency(subtask.name, dependency)
    check_cycles(plan)


def check_part(part: Plan, known: Container[SubtaskId], limit: int) -> None:
    """Make sure that a plan can grow by that.

    Args:
        part: What is new; its fields have their types, see `well_formed`.
        known: The subtasks that there are already.
        limit: Subtasks that the part may have.

    Raises:
        InvalidPlan: As `check`; a part without subtasks is none.
    """
    own: list[Subtask] = []
    for subtask in part.subtasks:
        if subtask.uuid in known:
            raise DuplicateSubtask(subtask.uuid)
        left = tuple([uuid for uuid in subtask.dependencies if uuid not in known])
        if len(left) != len(subtask.dependencies):
            subtask = msgspec.structs.replace(subtask, dependencies=left)  # noqa: PLW2901
        own.append(subtask)
    check(msgspec.structs.replace(part, subtasks=tuple(own)), limit)


def dependents(plan: Plan) -> dict[SubtaskId, tuple[SubtaskId, ...]]:
    """Who waits for each subtask, in the order of the plan; each one once."""
    found: dict[SubtaskId, list[SubtaskId]] = {}
    for subtask in plan.subtasks:
        uuid = subtask.uuid
        for dependency in subtask.dependencies:
            waiters = found.get(dependency)
            if waiters is None:
                found[dependency] = [uuid]
            elif waiters[-1] != uuid:  # it may name one twice
                waiters.append(uuid)
    return {s.uuid: tuple(found.get(s.uuid, ())) for s in plan.subtasks}


def is_in_order(plan: Plan) -> bool:
    """Whether each subtask is stated after all that it depends on, as mostly."""
    if not any(map(_needs_of, plan.subtasks)):
        return True
    before: set[SubtaskId] = set()
    for subtask in plan.subtasks:
        if not before.issuperset(subtask.dependencies):
            return False
        before.add(subtask.uuid)
    return True


def in_order(plan: Plan) -> list[Subtask]:
    """The subtasks, each after all that it depends on; those of a cycle are left out.

    Source: Kahn, Topological sorting of large networks, CACM 5(11), 1962.
    """
    waiting: dict[SubtaskId, list[Subtask]] = {}
    open_needs: dict[SubtaskId, int] = {}
    order: list[Subtask] = []
    for subtask in plan.subtasks:
        if not subtask.dependencies:
            order.append(subtask)
            continue
        needs = set(subtask.dependencies)
        open_needs[subtask.uuid] = len(needs)
        for dependency in needs:
            waiting.setdefault(dependency, []).append(subtask)
    for subtask in order:  # it grows while it is read
        for waiter in waiting.get(subtask.uuid, ()):
            open_needs[waiter.uuid] -= 1
            if not open_needs[waiter.uuid]:
                order.append(waiter)
    return order


def upward_ranks(plan: Plan, order: Sequence[Subtask] | None = None) -> dict[SubtaskId, float]:
    """Seconds from the start of each subtask to the end of the longest way from it.

    That is its own estimated duration plus the largest rank among its dependents.

    Args:
        plan: A checked one.
        order: They in an order as that of `in_order`, where one is known.

    Source: Topcuoglu, Hariri, Wu, Performance-effective and low-complexity task
    scheduling for heterogeneous computing, IEEE TPDS 13(3), 2002, equation 5, with
    communication free of cost.

    >>> first = Subtask(uuid="a", name="A", estimated_duration=1)
    >>> second = Subtask(uuid="b", name="B", estimated_duration=2, dependencies=("a",))
    >>> upward_ranks(Plan(subtasks=(first, second)))
    {'a': 180.0, 'b': 120.0}
    """
    ranks = {s.uuid: 0.0 for s in plan.subtasks}
    share = dict[float, float]()  # each is kept for as long as its subtask is remembered
    for subtask in reversed(in_order(plan) if order is None else order):
        rank = ranks[subtask.uuid] + subtask.estimated_duration * MINUTE
        ranks[subtask.uuid] = rank = share.setdefault(rank, rank)
        for uuid in subtask.dependencies:
            if ranks[uuid] < rank:  # noqa: PLR1730 - a call for each dependency
                ranks[uuid] = rank
    return ranks


def urgencies(
    plan: Plan, goal_priority: Priority | None = None, order: Sequence[Subtask] | None = None
) -> dict[SubtaskId, Priority]:
    """How urgent each subtask is: as its own priority, or as whatever waits for it.

    A priority is inherited upstream, so that nothing CRITICAL waits behind a LOW
    dependency.

    Args:
        plan: A checked one.
        goal_priority: What the caller said of the goal as a whole. If given, it stands
            in place of every subtask's own priority: who submits with HIGH wants the
            last report hurried as well, and who submits with LOW wants none of it to
            go before other goals. None leaves each subtask the one its plan gives it.
        order: As for `upward_ranks`.

    >>> low = Subtask(uuid="a", name="A", priority=Priority.LOW)
    >>> top = Subtask(uuid="b", name="B", priority=Priority.CRITICAL, dependencies=("a",))
    >>> urgencies(Plan(subtasks=(low, top)))["a"].name
    'CRITICAL'
    """
    if goal_priority is not None:
        return {s.uuid: goal_priority for s in plan.subtasks}
    found = {s.uuid: s.priority for s in plan.subtasks}
    if len(set(found.values())) <= 1:
        return found  # as mostly: there is nothing to inherit
    for subtask in reversed(in_order(plan) if order is None else order):
        if subtask.dependencies:
            urgency = found[subtask.uuid]
            for uuid in subtask.dependencies:
                found[uuid] = min(found[uuid], urgency)
    return found


def _share(plan: Plan) -> None:
    """Have the subtasks of a plan that was just decoded share equal parts.

    Each was decoded by itself, and is kept for as long as its goal is remembered.
    """
    first = dict[Any, Any]().setdefault  # of all that are equal
    put = msgspec.structs.force_setattr
    for one in plan.subtasks:
        minutes, skills = one.estimated_duration, one.required_skills
        put(one, "estimated_duration", first(minutes, minutes))
        put(one, "timeouts", first(one.timeouts, one.timeouts))
        if skills:
            put(one, "required_skills", first(skills, skills))
        if one.description:
            put(one, "description", first(one.description, one.description))
        if one.retry is not None:
            put(one, "retry", first(one.retry, one.retry))


def once(uuids: tuple[SubtaskId, ...]) -> tuple[SubtaskId, ...]:
    """Each of them once, in order; the same tuple where it is so already."""
    return uuids if len(set(uuids)) == len(uuids) else tuple(dict.fromkeys(uuids))


def _check_compounds(plan: Plan, atomic: set[SubtaskId], limit: int) -> None:
    """What was decomposed has uuids of its own, parts, and is no part of itself."""
    if len(plan.compounds) > limit:
        raise PlanTooLarge(len(plan.compounds), limit, "compounds")
    above: dict[SubtaskId, SubtaskId] = {}
    for compound in plan.compounds:
        whole = compound.subtask
        _check_alone(whole)
        if whole.uuid in atomic or whole.uuid in above:
            raise DuplicateSubtask(whole.uuid)
        above[whole.uuid] = whole.parent_task_uuid
    parents = {s.parent_task_uuid for s in plan.subtasks}.union(above.values())
    for compound in plan.compounds:
        where, one = f"compound {compound.subtask.name!r}", compound.subtask.uuid
        if one not in parents:
            raise MalformedPlan(where, "nothing is a part of it")
        seen = {one}
        while (one := above.get(one, "")) in above:
            if one in seen:
                raise MalformedPlan(where, "it is a part of itself")
            seen.add(one)


_LONGEST = sys.float_info.max / MINUTE
"""Minutes that are a number of seconds, too."""


def _check_alone(subtask: Subtask) -> None:
    if not subtask.uuid:
        raise MalformedPlan(f"subtask {subtask.name!r}", "it has no uuid")
    if not subtask.name:
        raise MalformedPlan(f"subtask {subtask.uuid!r}", "it has no name")
    if not is_duration(subtask.estimated_duration):
        raise InvalidDuration(subtask.name, subtask.estimated_duration)


def _check_schema(name: str, schema: Payload) -> None:
    where = f"subtask {name!r}, result_schema"
    try:
        look_over(unpack(schema))
    except BadSchema as error:
        raise MalformedPlan(f"{where}, {error.path}", error.what) from None
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise MalformedPlan(where, f"it cannot be read: {error}") from None


def _check_verification(name: str, wanted: Verification) -> None:
    if not is_duration(wanted.estimated_duration):
        raise InvalidDuration(f"{name}, verify", wanted.estimated_duration)
    for skill in wanted.skills:
        if is_mark(normal(skill.name)) or not normal(skill.name):
            raise MalformedPlan(f"subtask {name!r}, verify.skills", f"{skill.name!r} is no skill")


def _check_correction(name: str, correction: Correction) -> None:
    """What is learnt is relative to what was stated, so that must be a duration."""
    stated = None if correction.duration is None else correction.duration.stated
    if stated is not None and not is_duration(stated):
        raise InvalidDuration(f"{name}, correction", stated)


def is_duration(minutes: object) -> bool:
    """Whether that is a number of minutes: finite, not negative, and no bool.

    >>> [is_duration(given) for given in (0, 2.5, -1, float("nan"), True, "1")]
    [True, True, False, False, False, False]
    """
    if isinstance(minutes, bool) or not isinstance(minutes, (int, float)):
        return False
    try:
        return minutes >= 0 and math.isfinite(minutes * MINUTE)
    except OverflowError:
        return False


def check_cycles(plan: Plan) -> None:
    """Make sure that nothing waits for itself.

    Args:
        plan: Nothing of it depends on what it does not have.

    Raises:
        PlanHasCycle: Subtasks wait for each other; it names a shortest cycle.
    """
    done = {s.uuid for s in in_order(plan)}
    if len(done) == len(plan.subtasks):
        return
    stuck = {s.uuid: s for s in plan.subtasks if s.uuid not in done}
    needs = {u: [d for d in s.dependencies if d in stuck] for u, s in stuck.items()}
    often = Counter(s.name for s in plan.subtasks)
    cycle = [stuck[uuid] for uuid in short_cycle(needs)]
    raise PlanHasCycle([s.name if often[s.name] == 1 else f"{s.name} ({s.uuid})" for s in cycle])
