"""The settings of a runtime, each with its unit and the reason for its default."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias, cast, get_args

import msgspec

from callboard.actors.logic.ahead_options import AheadOptions
from callboard.actors.logic.breaker_options import BreakerOptions
from callboard.actors.logic.given import retry_of
from callboard.actors.logic.given_resources import concurrency_of, supplies_of
from callboard.actors.logic.negotiation_options import Manner, NegotiationOptions
from callboard.actors.logic.overload_options import OverloadOptions
from callboard.actors.logic.places import AGEING
from callboard.actors.logic.repeats import AUDIT
from callboard.actors.logic.resource_options import ResourceOptions
from callboard.actors.logic.rows import LARGEST as LARGEST_TENSOR
from callboard.actors.logic.speculation_options import SpeculationOptions
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages.errors.running import InvalidCall
from callboard.messages.resources import Budget, Pool, Rate
from callboard.messages.values import DAY, Approval, Planning, Retry, Timeouts
from callboard.runtime.methods import APPROVALS, PLANNINGS, has_planning


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """How a runtime behaves; every field has a default that suits most.

    Attributes:
        call_timeout: Seconds until a call into the runtime gives up; no call hangs.
        close_timeout: Seconds that `close` takes at the most; a disk that does not answer
            may take one of its own.
        largest_goal: Bytes of a goal with its context.
        largest_plan: Subtasks of a plan.
        keep_goals: Ended goals whose subtasks, results and stories are remembered;
            None keeps everything.
        retention: Seconds after its end for which a goal stays in the journal's file with
            all that happened to it; then a summary is kept. None keeps everything.
        heartbeat_timeout: Seconds of silence after which an agent that once gave a
            heartbeat is doubted.
        audit: Seconds after which scheduler and agents say again to each other what was not
            answered, as if it had been lost; infinity for never.
        ageing: Seconds of waiting that promote a subtask by one priority class;
            infinity keeps priorities strict.
        breaker: When a skill is given a rest because attempts that need it only fail;
            None never gives it one.
        ahead: What brief work agents are given before they have a slot for it; None for none.
        speculation: Which attempts that take long get a copy beside them; None makes none.
        negotiate: Which subtasks agents are asked for bids for: "asked", those that say
            `negotiate=True`; "uncertain", also those where what is learnt does not tell who
            would be fastest; "never", none.
        negotiation: How long that may take, who is asked, and what money is worth.
        poison: How many agents have gone down with a subtask or failed at it, the one that
            goes down now included, when it is parked.
        timeouts: Limits for attempts that state none of their own.
        retry: What follows a failed attempt that states no policy of its own.
        stop_grace: Seconds that a handler has to end once it was told to; then its
            thread is given up.
        switch_interval: Seconds after which Python lets another thread run, for the
            whole process (`sys.setswitchinterval`), put back when the runtime is
            closed; of several runtimes the shortest counts. None leaves it alone.
            Shorter turns (0.001) make control answer sooner where many threads compute.
        supervision: Budgets and waits of restarts.
        planning: How it is found what goes first: "online" decides at each event by the
            rule; "rollout" tries many orders beside it, in a process of its own, and
            follows the best one; "optimal" looks for the best that there is, with OR-Tools.
            A goal may say otherwise.
        planning_seconds: Seconds that each search takes; as long is paused after it.
        approve: What of every goal somebody has to approve before it is carried out, sub-goals
            included: "plan", its plan; "changes", those that mend its plan; "all", both; None
            leaves it to each goal. A goal may ask for more, and not for less.
        correct_plans: Whether plans that a planner makes are corrected by what is learnt of
            durations and skills. A goal may say otherwise.
        repairs: How often the plan of a goal may be mended when a subtask has failed for
            good, by a planner that can (`repair_at`). A goal may say otherwise.
        mailbox_limit: Messages that may wait for the orchestrator or the scheduler before
            calls from outside find no room there; commands that control always do.
        open_goals: Goals that may be open at once before `submit` finds no room, without
            their sub-goals; None for any number.
        open_subtasks: Subtasks that may be open at once before `submit` finds no room;
            None for any number. A large plan may go beyond.
        overflow: What calls do where there is no room: "wait" for their turn, each no
            longer than its timeout, or "refuse"; both end in `Overloaded`.
        tensor_limit: Bytes that the dense task tensor may take; a larger one is an error that
            says so, and can be had in sparse form.
        resources: What the runtime limits, by name: a number or a `Pool` is renewable, a
            `Budget` is used up, a `Rate` is so much in any period.
        overload: How much load an agent may report before it gets nothing new; None for
            any. With it the runtime reports the load of its own machine.
        concurrency: How many subtasks may run at once with a concurrency key, by key or
            by a pattern with `*`; with a key that none of them fits, one.
        dispatcher: "pool" runs all actors on a few threads, and on those that have just
            run a handler or are to run the next one; "threads" each on its own.
        pool_size: Threads of the pool; no user code runs there.
        own_threads: Actors with a thread of their own beside the pool, by address
            (`scheduler`, `agent/analyst`) or by a pattern (`agent/db-*`).

    Raises:
        InvalidCall: A setting has a value that makes no sense.
        InvalidOption: So have `resources`, `concurrency` or `retry`.
    """

    call_timeout: float = 30.0
    close_timeout: float = 10.0
    largest_goal: int = 100_000
    largest_plan: int = 100_000
    keep_goals: int | None = 10_000
    retention: float | None = 30 * DAY
    heartbeat_timeout: float = 30.0
    audit: float = AUDIT
    ageing: float = AGEING
    breaker: BreakerOptions | None = BreakerOptions()
    speculation: SpeculationOptions | None = SpeculationOptions()
    ahead: AheadOptions | None = AheadOptions()
    negotiate: Manner = "asked"
    negotiation: NegotiationOptions = NegotiationOptions()
    poison: int = 3
    timeouts: Timeouts = Timeouts()
    retry: Retry = Retry()
    stop_grace: float = 2.0
    switch_interval: float | None = None
    supervision: SupervisionOptions = SupervisionOptions()
    planning: Planning = "online"
    planning_seconds: float = 2.0
    approve: Approval | None = None
    correct_plans: bool = True
    repairs: int = 1
    mailbox_limit: int = 10_000
    open_goals: int | None = None
    open_subtasks: int | None = None
    overflow: Literal["wait", "refuse"] = "wait"
    tensor_limit: int = LARGEST_TENSOR
    resources: Mapping[str, float | Pool | Budget | Rate] = {}
    concurrency: Mapping[str, int] = {}
    overload: OverloadOptions | None = None
    dispatcher: Literal["pool", "threads"] = "pool"
    pool_size: int = 2
    own_threads: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check every setting."""
        _check_all(_EXPECTED, self)
        retry_of(self.retry)
        if self.breaker is not None:
            _check_all(_BREAKER, self.breaker, "breaker.")
        if self.speculation is not None:
            _check_all(_SPECULATION, self.speculation, "speculation.")
        if self.ahead is not None:
            _check_all(_AHEAD, self.ahead, "ahead.")
        _check_all(_NEGOTIATION, self.negotiation, "negotiation.")
        if self.overload is not None:
            _check_all(_OVERLOAD, self.overload, "overload.")
        supplies_of("resources", self.resources)
        concurrency_of("concurrency", self.concurrency)

    @property
    def resource_options(self) -> ResourceOptions:
        """What the runtime limits, as the scheduler goes by it."""
        supplies = supplies_of("resources", self.resources)
        return ResourceOptions(supplies, concurrency_of("concurrency", self.concurrency))


_Check: TypeAlias = tuple[Callable[[object], bool], str]


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and _number(value) and 0 <= value < math.inf


def _above_zero(value: object) -> bool:
    return isinstance(value, (int, float)) and _number(value) and value > 0


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _from_zero(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _texts(value: object) -> bool:
    if not isinstance(value, (list, tuple)):
        return False
    return all(isinstance(each, str) for each in cast("Sequence[object]", value))


def _limits(value: object) -> bool:
    limits = msgspec.structs.astuple(value) if isinstance(value, Timeouts) else (0.0,)
    return all(limit is None or _above_zero(limit) for limit in limits)


def _share(value: object) -> bool:
    return isinstance(value, (int, float)) and _number(value) and 0 <= value <= 1


def _check_all(expected: Mapping[str, _Check], settings: object, within: str = "") -> None:
    for name, (fits, what) in expected.items():
        value: object = getattr(settings, name)
        if not fits(value):
            raise InvalidCall(within + name, value, what)


_BREAKER: dict[str, _Check] = {
    "failures": (_count, "a whole number above 0"),
    "subtasks": (_count, "a whole number above 0"),
    "first": (_seconds, "a number of seconds, not negative"),
    "longest": (_seconds, "a number of seconds, not negative"),
    "jitter": (_share, "a number from 0 to 1"),
}

_SPECULATION: dict[str, _Check] = {
    "default": (lambda v: isinstance(v, bool), "True or False"),
    "copies": (_count, "a whole number above 0"),
    "share": (_share, "a number from 0 to 1"),
    "least": (_count, "a whole number above 0"),
}

_AHEAD: dict[str, _Check] = {
    "most": (_count, "a whole number above 0"),
    "brief": (_above_zero, "a number of seconds above 0, or infinity"),
    "patience": (_above_zero, "a number of seconds above 0, or infinity"),
    "least": (_from_zero, "a whole number, not negative"),
    "chain": (_from_zero, "a whole number, not negative"),
}

_NEGOTIATION: dict[str, _Check] = {
    "seconds": (_seconds, "a number of seconds, not negative"),
    "invitations": (_count, "a whole number above 0"),
    "price": (_seconds, "a number of seconds, not negative"),
}

_OVERLOAD: dict[str, _Check] = {
    "cpu": (lambda v: v is None or _share(v), "None, or a number from 0 to 1"),
    "memory": (lambda v: v is None or _share(v), "None, or a number from 0 to 1"),
    "margin": (_share, "a number from 0 to 1"),
    "every": (lambda v: _seconds(v) and _above_zero(v), "a number of seconds above 0"),
}

_EXPECTED: dict[str, _Check] = {
    "overload": (lambda v: v is None or isinstance(v, OverloadOptions), "OverloadOptions, or None"),
    "call_timeout": (_seconds, "a number of seconds, not negative"),
    "close_timeout": (_seconds, "a number of seconds, not negative"),
    "largest_goal": (_count, "a whole number above 0"),
    "largest_plan": (_count, "a whole number above 0"),
    "keep_goals": (lambda v: v is None or v == 0 or _count(v), "None or a number of goals"),
    "retention": (
        lambda v: v is None or _seconds(v),
        "None or a number of seconds, not negative",
    ),
    "heartbeat_timeout": (
        lambda v: _seconds(v) and _above_zero(v),
        "a number of seconds above 0",
    ),
    "audit": (_above_zero, "a number of seconds above 0, or infinity"),
    "ageing": (_above_zero, "a number of seconds above 0, or infinity"),
    "breaker": (
        lambda v: v is None or isinstance(v, BreakerOptions),
        "BreakerOptions, or None",
    ),
    "speculation": (
        lambda v: v is None or isinstance(v, SpeculationOptions),
        "SpeculationOptions, or None",
    ),
    "ahead": (lambda v: v is None or isinstance(v, AheadOptions), "AheadOptions, or None"),
    "negotiate": (
        lambda v: v in ("never", "asked", "uncertain"),
        "'never', 'asked' or 'uncertain'",
    ),
    "negotiation": (lambda v: isinstance(v, NegotiationOptions), "of type NegotiationOptions"),
    "poison": (_count, "a whole number above 0"),
    "timeouts": (_limits, "Timeouts with seconds above 0, or infinity"),
    "retry": (lambda v: isinstance(v, Retry), "of type Retry"),
    "switch_interval": (
        lambda v: v is None or (_seconds(v) and _above_zero(v)),
        "None, or a number of seconds above 0",
    ),
    "stop_grace": (_seconds, "a number of seconds, not negative"),
    "supervision": (lambda v: isinstance(v, SupervisionOptions), "of type SupervisionOptions"),
    "planning": (has_planning, PLANNINGS),
    "planning_seconds": (
        lambda v: _seconds(v) and _above_zero(v),
        "a number of seconds above 0",
    ),
    "approve": (lambda v: v is None or v in get_args(Approval), APPROVALS),
    "correct_plans": (lambda v: isinstance(v, bool), "True or False"),
    "repairs": (_from_zero, "a whole number, not negative"),
    "mailbox_limit": (_count, "a whole number above 0"),
    "open_goals": (lambda v: v is None or _count(v), "None or a whole number above 0"),
    "open_subtasks": (lambda v: v is None or _count(v), "None or a whole number above 0"),
    "overflow": (lambda v: v in ("wait", "refuse"), "'wait' or 'refuse'"),
    "tensor_limit": (_count, "a whole number of bytes above 0"),
    "dispatcher": (lambda v: v in ("pool", "threads"), "'pool' or 'threads'"),
    "pool_size": (_count, "a whole number above 0"),
    "own_threads": (_texts, "a list of addresses or patterns"),
}
