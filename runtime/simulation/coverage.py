"""What a trial has taken the actors through: which message in which state, which change.

    with Coverage() as coverage:
        trial(7)
    for line in coverage.lines():
        print(line)

It watches the classes while it is open, so it slows them; nobody else need know of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

from callboard.actors.logic import attempts, breaker, children, lifecycle
from callboard.actors.logic.agency import AgencyLogic
from callboard.actors.logic.decomposition import DecompositionLogic
from callboard.actors.logic.orchestration import OrchestrationLogic
from callboard.actors.logic.scheduling import SchedulingLogic
from callboard.actors.logic.supervision import SupervisionLogic
from callboard.messages import unions
from callboard.messages.base import agent_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Self

    from callboard.messages.base import Message

K = TypeVar("K")
V = TypeVar("V")

_TABLES: dict[str, Any] = {
    "subtasks": lifecycle,
    "attempts": attempts,
    "actors": children,
    "skills": breaker,
}
"""Where each table of transitions is looked up."""

_UNIONS: dict[str, tuple[type, ...]] = {
    "orchestrator": get_args(unions.OrchestratorMessage),
    "scheduler": get_args(unions.SchedulerMessage),
    "decomposer": get_args(unions.DecomposerMessage),
    "supervisor": get_args(unions.SupervisorMessage),
    "agent": get_args(unions.AgentMessage),
}


class Coverage:
    """Counts while it is open.

    Attributes:
        pairs: How often each actor took each message in each state of what it is about:
            (actor, state, message).
        steps: How often each change of a table was made: (table, from, by what or to).
    """

    def __init__(self) -> None:
        self.pairs = Counter[tuple[str, str, str]]()
        self.steps = Counter[tuple[str, str, str]]()
        self._restore: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        """Watch from now on; actors that live already are not watched."""
        self._watch(OrchestrationLogic, "take", "orchestrator", _of_goal)
        self._watch(SchedulingLogic, "take", "scheduler", _of_work)
        self._watch(DecompositionLogic, "handle", "decomposer", _of_nothing)
        self._watch(SupervisionLogic, "handle", "supervisor", _of_child)
        self._watch(AgencyLogic, "take", "agent", _of_attempt)
        for table, module in _TABLES.items():
            watched = _watched(module.TRANSITIONS, table, self.steps)
            self._set(module, "TRANSITIONS", watched)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Watch no longer."""
        for restore in reversed(self._restore):
            restore()
        self._restore.clear()

    # What came of it

    @property
    def never_made(self) -> list[str]:
        """Changes that the tables have and nobody made."""
        made = set(self.steps)
        every = (key for table, module in _TABLES.items() for key in _keys(table, module))
        return [" ".join(key) for key in every if key not in made]

    @property
    def never_taken(self) -> list[str]:
        """Messages that an actor could be told and was not."""
        taken = {(actor, message) for actor, _, message in self.pairs}
        every = ((actor, kind.__name__) for actor, kinds in _UNIONS.items() for kind in kinds)
        return [" ".join(pair) for pair in every if pair not in taken]

    @property
    def changes(self) -> tuple[int, int]:
        """How many changes of the tables were made, and how many there are."""
        there = sum(len(module.TRANSITIONS) for module in _TABLES.values())
        return there - len(self.never_made), there

    @property
    def messages(self) -> tuple[int, int]:
        """How many messages of the unions were taken, and how many there are."""
        there = sum(map(len, _UNIONS.values()))
        return there - len(self.never_taken), there

    def lines(self) -> Iterator[str]:
        """For people: figures, and what was never reached."""
        (made, changes), (taken, messages) = self.changes, self.messages
        yield f"coverage: {len(self.pairs)} pairs of state and message"
        yield f"coverage: {taken} of {messages} messages, {made} of {changes} changes"
        for what, missing in (("message", self.never_taken), ("change", self.never_made)):
            for name in missing:
                yield f"coverage: no {what} {name}"

    # Watching

    def _watch(
        self, kind: type, door: str, actor: str, state_of: Callable[[Any, Message], str]
    ) -> None:
        inner, pairs = getattr(kind, door), self.pairs

        def noting(logic: object, message: Message, now: float) -> object:
            pairs[actor, state_of(logic, message), type(message).__name__] += 1
            return inner(logic, message, now)

        self._set(kind, door, noting)

    def _set(self, owner: Any, name: str, value: object) -> None:  # noqa: ANN401 - class or module
        before = getattr(owner, name)
        self._restore.append(lambda: setattr(owner, name, before))
        setattr(owner, name, value)


# The state of what a message is about


def _of_work(logic: Any, message: Any) -> str:  # noqa: ANN401 - the scheduler's own
    works = logic._leasing.works  # noqa: SLF001 - only looked at
    lease = getattr(message, "lease", None)
    if lease is not None:
        work = works.get(lease.subtask)
        held = work is not None and work.lease is not None and work.lease.token == lease.token
        state = "unknown" if work is None else work.state.value
        return state if held else f"{state}, stale"
    subtask = getattr(message, "subtask", None)
    if isinstance(subtask, str):
        return works[subtask].state.value if subtask in works else "unknown"
    agent = getattr(message, "agent", None)
    if isinstance(agent, str):
        member = logic._leasing.slots.member(agent)  # noqa: SLF001
        return "unknown" if member is None else "up" if member.up else "down"
    return "recovering" if logic._leasing.recovering else ""  # noqa: SLF001


def _of_goal(logic: Any, message: Any) -> str:  # noqa: ANN401 - the orchestrator's own
    goals = logic._books.goals  # noqa: SLF001 - only looked at
    lease = getattr(message, "lease", None)
    subtask = getattr(message, "subtask", None) or getattr(lease, "subtask", None)
    if isinstance(subtask, str):
        state = goals.subtasks.get(subtask)
        return "unknown" if state is None else state.status.value
    goal = goals.by_id.get(getattr(message, "goal", None))
    if goal is None:
        return ""
    return "ended" if goal.ended else "open" if goal.plan else "unplanned"


def _of_nothing(logic: object, message: object) -> str:  # noqa: ARG001 - as the others
    return ""


def _of_child(logic: Any, message: Any) -> str:  # noqa: ANN401 - the supervisor's own
    agent = getattr(message, "agent", None)
    address = getattr(message, "address", None)
    if address is None and agent is not None:
        address = agent_address(agent if isinstance(agent, str) else agent.id)
    if address is None:
        return ""
    known = {child.address: child for child in logic._children.all()}  # noqa: SLF001
    return str(known[address].life) if address in known else "unknown"


def _of_attempt(logic: Any, message: Any) -> str:  # noqa: ANN401 - the agent's own
    life = str(logic._life.name).lower()  # noqa: SLF001 - only looked at
    token = getattr(message, "token", None) or getattr(
        getattr(message, "lease", None), "token", None
    )
    if token is None:
        return life
    attempt = logic._work.attempts.get(token)  # noqa: SLF001
    return f"{life}, {'no attempt' if attempt is None else attempt.state.name.lower()}"


# Tables


def _keys(table: str, module: Any) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401 - a module
    yield from sorted((table, _word(a), _word(b)) for a, b in module.TRANSITIONS)


def _word(state: object) -> str:
    return str(getattr(state, "value", state))


def _watched(table: Any, name: str, steps: Counter[tuple[str, str, str]]) -> object:  # noqa: ANN401
    if isinstance(table, Mapping):
        return _WatchedMapping(cast("Mapping[tuple[object, object], object]", table), name, steps)
    return _WatchedSet(table, name, steps)


class _WatchedMapping(Mapping[tuple[object, object], V]):
    """A table that notes what is looked up; only to ask whether it is there is no change."""

    def __init__(
        self,
        table: Mapping[tuple[object, object], V],
        name: str,
        steps: Counter[tuple[str, str, str]],
    ) -> None:
        self._table, self._name, self._steps = table, name, steps

    def __getitem__(self, key: tuple[object, object]) -> V:
        found = self._table[key]
        self._steps[self._name, _word(key[0]), _word(key[1])] += 1
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._table

    def __iter__(self) -> Iterator[tuple[object, object]]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


class _WatchedSet(frozenset[K]):
    """A table of pairs that notes what is asked for: whoever asks goes that way."""

    _name: str
    _steps: Counter[tuple[str, str, str]]

    def __new__(cls, table: Iterable[K], name: str, steps: Counter[tuple[str, str, str]]) -> Self:
        watched = super().__new__(cls, table)
        watched._name, watched._steps = name, steps
        return watched

    def __contains__(self, key: object) -> bool:
        there = super().__contains__(key)
        if there and isinstance(key, tuple):
            before, after = cast("tuple[object, object]", key)
            self._steps[self._name, _word(before), _word(after)] += 1
        return there
