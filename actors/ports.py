"""What actors need of the outer world, as Protocols; `runtime/` has the real ones.

Everything that decides is behind one of these, so the same actors run on threads, in
the simulator, and in a replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future
    from threading import Lock
    from typing import TypeAlias

    from callboard.actors.logic.correcting import Records
    from callboard.actors.logic.effects import Effect
    from callboard.actors.logic.histogram import Histogram
    from callboard.actors.logic.pages import Place, Wanted
    from callboard.actors.logic.records import GoalRecord
    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.logic.stretch import Stretch
    from callboard.messages.base import Address, AgentId, GoalId, Message, SubtaskId
    from callboard.messages.errors.base import CallboardError
    from callboard.messages.facts import Fact
    from callboard.messages.learnt import UsualDuration
    from callboard.messages.notices import Notice
    from callboard.messages.values import Damage, Goal, Plan, PlanChange, Skill, Token

    Follower: TypeAlias = Callable[[int, Sequence[Fact]], None]
    """Takes facts that are safe now, and the position of the first of them; never waits."""

T = TypeVar("T")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> float:
        """Seconds since the epoch; never goes back."""
        ...


class Timers(Protocol):
    """Calls back later."""

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call once, in *seconds*; the callee is quick and never raises."""
        ...

    def close(self) -> None:
        """Call nobody any more."""
        ...


class Ids(Protocol):
    """Makes names that are unique."""

    def new(self) -> str:
        """A name that was never given out before."""
        ...

    def several(self, count: int) -> list[str]:
        """So many of them."""
        ...


class Runnable(Protocol):
    """An actor as its dispatcher sees it."""

    @property
    def name(self) -> str:
        """For thread names and error messages."""
        ...

    def has_messages(self) -> bool:
        """Whether a turn would find something to do."""
        ...

    def turn(self) -> None:
        """Take one bounded batch of messages; never raises."""
        ...


class Bell(Protocol):
    """Tells a dispatcher that an actor has messages."""

    def wake(self) -> None:
        """It has some."""
        ...

    def nudge(self) -> None:
        """It has some that may wait until nobody else has any."""
        ...


class Help(Protocol):
    """Lets a thread that has woken actors run them, so that nobody else must be woken.

    Not for a thread that runs code of a user's while it is offered.
    """

    def offer(self) -> None:
        """From now on the calling thread will run whom it wakes; `help` or `leave` must follow."""
        ...

    def help(self, wanted: Callable[[], object]) -> None:
        """Run who is ready, and end the offer; never raises.

        Args:
            wanted: Whether the thread has something else to do; asked between two turns.
        """
        ...

    def leave(self) -> None:
        """End the offer: others run whom the thread has woken."""
        ...

    def borrow(self, lend: Callable[[], Lock | None]) -> None:
        """Wake threads of somebody else's for actors, rather than those that do nothing else.

        What actors bring a thread of that kind to do, it does without being woken for it.

        Args:
            lend: The bell of a thread that has nothing to do, and calls `come` when it is
                rung; None where there is none. Quick, and never raises.
        """
        ...

    def come(self, wanted: Callable[[], object]) -> None:
        """The calling thread was lent and rung: as `offer` and `help`."""
        ...


class Dispatcher(Protocol):
    """Decides who runs a mailbox; one thread at a time for each actor."""

    @property
    def help(self) -> Help | None:
        """What other threads run actors by; None where none shall."""
        ...

    def batch(self) -> int:
        """How many messages an actor may take in one turn."""
        ...

    def attach(self, actor: Runnable) -> Bell:
        """Run *actor* from now on; the answer is to be rung when it has messages."""
        ...

    def detach(self, actor: Runnable) -> None:
        """The actor has ended; forget it."""
        ...

    def later(self, call: Callable[[], None]) -> None:
        """Call once, where it is in nobody's way; the callee is quick and never raises."""
        ...

    def wait(self, future: Future[T], timeout: float | None) -> T:
        """The future's result, for a caller outside.

        Raises:
            TimeoutError: It has none within *timeout* seconds.
        """
        ...

    def close(self, timeout: float) -> Sequence[str]:
        """Stop running anything; the answer names what would not stop in time."""
        ...


class Journal(Protocol):
    """Keeps facts in one total order."""

    @property
    def boot(self) -> int:
        """How many times this journal has been opened, this one included."""
        ...

    def append(self, facts: Sequence[Fact], kept: Callable[[], None] | None) -> None:
        """Keep *facts*; call *kept* once they are safe, perhaps before returning."""
        ...

    @property
    def lasting(self) -> bool:
        """Whether it survives the process."""
        ...

    @property
    def trouble(self) -> CallboardError | None:
        """Why nothing can be kept now, if so; whoever accepts work refuses it then."""
        ...

    def watch(
        self,
        blocked: Callable[[CallboardError | None], None],
        lost: Callable[[CallboardError], None],
    ) -> None:
        """Call these from now on; neither raises.

        Args:
            blocked: With why nothing can be kept now, and with None when it can be again.
            lost: When nothing ever will be.
        """
        ...

    def tidy(self, before: float) -> None:
        """Keep no more than a summary of old goals; soon, and in between.

        Args:
            before: Those that ended before then, seconds since the epoch.
        """
        ...

    def goal_of(self, key: str) -> GoalId | None:
        """The goal with that idempotency key that the runtime may have forgotten."""
        ...

    def goal(self, goal: GoalId) -> GoalRecord | None:
        """A goal that the runtime may have forgotten, as it stands."""
        ...

    def goals(self, wanted: Wanted, before: Place, limit: int) -> Sequence[GoalRecord]:
        """Goals that the runtime may have forgotten, without their subtasks.

        Args:
            wanted: Which ones.
            before: Only those that were accepted earlier; the latest of them goes first.
            limit: How many, at the most.
        """
        ...

    def story(self, goal: GoalId) -> Sequence[Fact]:
        """All facts that are kept about a goal, in order."""
        ...

    def subtask_story(self, subtask: SubtaskId) -> Sequence[Fact]:
        """All facts that are kept about a subtask, in order; reads everything."""
        ...

    def mentions(self, subtask: SubtaskId) -> bool:
        """Whether any fact that is kept may name a subtask; quicker than to read them."""
        ...

    def history(self) -> Iterable[Fact]:
        """All facts that are kept, in order, of whatever run."""
        ...

    def replay(self) -> Iterable[Fact]:
        """The facts that the state of now follows from, in order.

        Those that are not safe yet are among them; those of goals that had ended when
        the journal was opened are not. An orchestrator that is restarted must miss none
        that its predecessor has decided.
        """
        ...

    @property
    def count(self) -> int:
        """Position of the latest fact that is safe; they count from 1."""
        ...

    @property
    def commits(self) -> Histogram | None:
        """Seconds that each commit took; None where nothing is written."""
        ...

    def follow(self, follower: Follower) -> Callable[[], None]:
        """Show it all that is safe from now on, in order; the answer ends that.

        What is being written at this moment is shown. *follower* is called by whoever
        writes, who waits for it meanwhile: it must be quick, not raise, and ask the journal
        nothing.
        """
        ...

    def stretch(self, since: int) -> Stretch | None:
        """Some of the facts that are safe, from that position on; None where there is none.

        It may begin before *since*. All of them are had by asking again from `last + 1` on.
        """
        ...

    def close(self, timeout: float | None = None) -> int:
        """Write what is left, and end; how many facts could not be written any more.

        Args:
            timeout: Seconds after which a disk that does not answer is given up; `trouble`
                says so then. None waits for as long as it takes.
        """
        ...


class Planner(Protocol):
    """Makes a plan of a goal."""

    def plan(self, goal: Goal) -> Plan:
        """The goal's subtasks; whatever it raises becomes the reason of a refusal."""
        ...


class Company(Protocol):
    """Who could do what, as it is now."""

    @property
    def equivalences(self) -> Equivalences:
        """Which skills stand in for which."""
        ...

    def trades(self) -> Sequence[Sequence[Skill]]:
        """The skills of each agent that is registered, and the resources that it offers."""
        ...


class Archive(Company, Protocol):
    """Who could do what, and how such work went."""

    def records(self) -> Records:
        """What is learnt, and who is registered, as it is now; both may change meanwhile."""
        ...


class Desk(Company, Protocol):
    """What a planner may know and say while it makes one plan; thread-safe."""

    @property
    def seconds(self) -> float:
        """That are left until the plan must be there; 0.0 when it is too late."""
        ...

    @property
    def dropped(self) -> bool:
        """Whether nobody waits for this plan any more."""
        ...

    @property
    def parts(self) -> int:
        """How many subtasks were handed in by `put`."""
        ...

    def usual(self) -> Sequence[UsualDuration]:
        """What kinds of work usually take, those known best first; not all that are known.

        Their names are from earlier plans, and no more to be trusted than those.
        """
        ...

    def on_drop(self, call: Callable[[], None]) -> None:
        """Have *call* called once nobody waits any more, at once if that is so already.

        It is quick, and never raises; it may be called by any thread.
        """
        ...

    def put(self, plan: Plan) -> None:
        """Hand in more of the plan, which is carried out from now on.

        What is handed in depends only on itself and on what was handed in before. What
        the planner answers in the end begins with all of it, in that order.
        """
        ...

    def stumbled(self, error: CallboardError, then: str) -> None:
        """Record what went wrong, and what the planner does now, as "asks once more"."""
        ...


class DeskPlanner(Planner, Protocol):
    """A planner that wants to know more than the goal, or takes long.

    Whoever has `plan_at` is asked by that.
    """

    def plan_at(self, goal: Goal, desk: Desk) -> Plan:
        """As `Planner.plan`; what *desk* says holds for this plan only."""
        ...


class MendingPlanner(Planner, Protocol):
    """A planner that can also mend a plan of which a subtask has failed for good."""

    def repair_at(self, goal: Goal, damage: Damage, desk: Desk) -> PlanChange:
        """What is to be changed; whatever it raises is the reason why nothing is.

        Args:
            goal: That is being carried out.
            damage: What is broken of its plan, and what there is to mend it with.
            desk: As of `DeskPlanner.plan_at`; nothing can be handed in by parts.
        """
        ...


class Watcher(Protocol):
    """Is shown every fact and notice."""

    def see(self, event: Fact | Notice) -> None:
        """Take note; quick, and never raises."""
        ...


class BatchWatcher(Watcher, Protocol):
    """A watcher that is shown many at once, as one turn of an actor brings them."""

    def see_all(self, events: Sequence[Fact | Notice]) -> None:
        """As `see` of each, in order."""
        ...


class Executor(Protocol):
    """Runs an agent's code beside its mailbox, and reports to that mailbox."""

    def perform(self, effect: Effect) -> None:
        """Carry out one of the effects for agents; never blocks."""
        ...

    def look(self, token: Token | None, answer: Callable[[float | None], None]) -> None:
        """Tell for how many seconds an attempt has given no sign of life; never blocks.

        Args:
            token: The attempt; None for whichever of all that runs was heard last.
            answer: Called once, soon, on any thread; with None where nothing like that
                runs here. It is quick and never raises.
        """
        ...

    def close(self, seconds: float) -> int:
        """Stop everything within *seconds*; how many handlers had to be given up."""
        ...


class Route(Protocol):
    """Carries letters between actors: a network, or a simulated one that loses some."""

    def __call__(
        self,
        sender: Address,
        to: Address,
        messages: Sequence[Message],
        deliver: Callable[[Sequence[Message]], None],
    ) -> None:
        """Carry *messages*; quick, and never raises.

        Args:
            sender: Who tells.
            to: Who is told; whoever lived there when it was said.
            messages: All that one turn of the sender says to it, in order.
            deliver: Called with what arrives: never, at once, later, or several times.
        """
        ...


class Signs(Protocol):
    """Looks at the signs of life that attempts give."""

    def look(
        self, agent: AgentId, token: Token | None, answer: Callable[[float | None], None]
    ) -> None:
        """As `Executor.look`, of that agent's executor, or of its heartbeats."""
        ...

    def expect(self, agent: AgentId, *, expected: bool) -> None:
        """Take note of its heartbeats from now on; or have the next one told, by a message."""
        ...

    def forget(self) -> None:
        """Nobody's are expected any more."""
        ...


class Teller(Protocol):
    """Sends messages; what the world outside of actors needs of the post."""

    def tell(self, to: str, message: Message) -> None:
        """Deliver, or make it a dead letter."""
        ...
