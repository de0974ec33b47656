"""Runs one agent's work in processes of its own, and reports to its actor.

Each attempt has a process to itself while it runs; processes are kept and used again.
One that dies in the midst of an attempt takes the agent down, as a thread that exits
does; one that will not stop is killed, and the next attempt gets a new one.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable

from callboard.actors.logic.effects import (
    AskForBid,
    Effect,
    HandleMessage,
    ResumeWork,
    RunHook,
    StartWork,
    StopWork,
)
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.data import InboxFull
from callboard.messages.errors.endings import AgentLost, ProcessDied
from callboard.messages.execution import (
    Deliver,
    Handled,
    HookDone,
    HookFailed,
    WorkKilled,
)
from callboard.messages.unions import AgentMessage
from callboard.messages.values import Agent, Lease, Problem, Ready, Token, unpack
from callboard.runtime.executors.endings import told
from callboard.runtime.executors.inbox import Inbox
from callboard.runtime.executors.problems import as_cause
from callboard.runtime.executors.processes import wire
from callboard.runtime.executors.processes.bids import Bids
from callboard.runtime.executors.processes.looking import Looks
from callboard.runtime.executors.processes.mate import Job, Mate
from callboard.runtime.executors.processes.place import Isolation
from callboard.runtime.executors.processes.serving import Serving
from callboard.runtime.executors.processes.worker import KILL_SECONDS, Death
from callboard.runtime.executors.runs import (
    Answer,
    Carrier,
    Crashed,
    Killed,
    Outcome,
    Raised,
    Returned,
    Run,
    Stopped,
    ToldRun,
)
from callboard.runtime.executors.services import Equipment
from callboard.runtime.executors.task import deadline_of


class ProcessExecutor(Carrier):
    """The executor of one incarnation of an agent.

    Args:
        agent: Whose work it runs.
        isolation: Where a process finds the code, and what it may take.
        report: Tells its actor; only enqueues, and never raises.
        equipment: What all executors of the runtime share.
    """

    def __init__(
        self,
        agent: Agent,
        isolation: Isolation,
        report: Callable[[AgentMessage], None],
        equipment: Equipment,
    ) -> None:
        self._agent = agent
        self._isolation = isolation
        self._tell = report
        self._equipment = equipment
        self._log = equipment.log.bind(agent=agent.id)
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._jobs: dict[Token, Job] = {}
        self._mates: dict[Mate, None] = {}
        self._inbox = Inbox(agent.mailbox_limit)
        self._looks = Looks(equipment.timers)
        self._bids = Bids(agent.id, isolation.bid, equipment.timers, self._say)
        self._hook = ""
        self._bad_end: Problem | None = None
        self._closed = False

    @property
    def signs(self) -> dict[Token, float]:
        """When each running attempt gave its last sign of life, by `time.monotonic`."""
        with self._lock:
            return {token: job.run.pulse.last for token, job in self._jobs.items()}

    @property
    def memory(self) -> int | None:
        """Bytes that each of its processes may take; None for any number."""
        return self._isolation.memory

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of its processes."""
        with self._lock:
            return tuple(mate.worker.pid for mate in self._mates)

    def perform(self, effect: Effect) -> None:
        """Carry out one of the effects for agents; never blocks."""
        with self._lock:
            match effect:
                case StartWork():
                    self._start(effect.lease, effect.ready)
                case StopWork():
                    self._stop(effect.token, effect.reason)
                case ResumeWork():
                    self._resume(effect.token)
                case RunHook():
                    self._run_hook(effect.hook)
                case HandleMessage():
                    self._handle(effect.delivery)
                case AskForBid():
                    self._bids.ask(list(self._mates), effect.call)
                case _:
                    raise TypeError(effect)

    def look(self, token: Token | None, answer: Answer) -> None:
        """See `callboard.actors.ports.Executor.look`."""
        with self._lock:
            pairs = [(mate, mate.job) for mate in self._mates if mate.job is not None]
        wanted = [pair for pair in pairs if token in {None, pair[1].lease.token}]
        self._looks.look_at_all(wanted, answer)

    def close(self, seconds: float) -> int:
        """Stop everything; what has not ended within the grace is killed: 0 are given up."""
        with self._lock:
            self._closed = True
            mates = list(self._mates)
        for mate in mates:
            self._dismiss(mate)
        deadline = time.monotonic() + seconds
        for mate in mates:
            mate.worker.wait(max(0.0, deadline - time.monotonic()))
        if len(self._inbox):
            self._log.warning("messages_unread", count=len(self._inbox))
        return 0

    def _dismiss(self, mate: Mate) -> None:
        if mate.job is None or not mate.loaded:
            mate.worker.close()
        else:
            mate.job.run.stop("the agent has ended")
        # Timers that are closed with the runtime call nobody: it ends its processes itself.
        self._equipment.timers.after(self._equipment.grace, mate.worker.kill)

    # Attempts

    def _start(self, lease: Lease, ready: Ready) -> None:
        token, began = lease.token, self._equipment.clock.now()
        run = ToldRun(
            agent=self._agent.id,
            what=f"{self._agent.id} on {ready.subtask.name!r}",
            settle=lambda outcome: self._settle(token, began, outcome),
            log=self._log,
        )
        job = self._jobs[token] = Job(next(self._numbers), lease, ready, run)
        if self._closed:
            run.leave(Stopped())
            return
        idle = next((mate for mate in self._mates if mate.idle), None)
        mate = idle or self._new_mate()
        mate.job = job
        run.carrier = self
        if mate.loaded:
            self._give(mate, job)

    def _give(self, mate: Mate, job: Job) -> None:
        now = self._equipment.clock.now()
        ends = deadline_of(self._agent, job.ready, now)
        job.run.pulse.beat()
        mate.worker.say(
            wire.DoWork(
                job=job.number,
                lease=job.lease,
                ready=job.ready,
                seconds=None if ends is None else ends - now,
            )
        )

    def interrupt(self, run: Run) -> None:
        """Tell the process that has it; what none has begun is over."""
        with self._lock:
            mate = next((m for m in self._mates if m.job is not None and m.job.run is run), None)
            job = None if mate is None else mate.job
            if mate is None or job is None:
                return
            if mate.loaded:
                mate.worker.say(wire.StopJob(job=job.number, reason=job.run.cancellation.reason))
                return
            mate.job = None  # it has not begun
        job.run.leave(Stopped())

    def _stop(self, token: Token, reason: str) -> None:
        job = self._jobs.get(token)
        if job is None:  # it has just ended, and its report is on the way
            return
        job.run.stop(reason)
        grace = self._equipment.grace
        job.why = f"did not stop within {grace:g} s of being told to: {reason}"
        self._equipment.timers.after(grace, lambda: self._end(job))

    def _end(self, job: Job) -> None:
        """It was told to stop and has not: its process goes."""
        with self._lock:
            mate = next((mate for mate in self._mates if mate.job is job), None)
        if mate is not None:
            mate.worker.terminate()
            self._equipment.timers.after(KILL_SECONDS, mate.worker.kill)

    def _resume(self, token: Token) -> None:
        job = self._jobs.get(token)
        mate = next((mate for mate in self._mates if job and mate.job is job), None)
        if mate is not None and job is not None:
            mate.worker.say(wire.Granted(job=job.number))

    def _settle(self, token: Token, began: float, outcome: Outcome) -> None:
        with self._lock:
            self._jobs.pop(token, None)
        seconds = self._equipment.clock.now() - began
        self._say(told(token, self._agent.id, outcome, seconds))

    # Processes

    def _new_mate(self) -> Mate:
        mate = Mate()
        mate.worker = self._equipment.processes.start(
            self._agent.id,
            self._isolation.place,
            self._isolation.memory,
            clock=self._equipment.clock.now() - time.monotonic(),
            hear=lambda frame: self._hear(mate, frame),
            ended=lambda death: self._ended(mate, death),
        )
        mate.serving = Serving(self._equipment.services, self._inbox, mate.worker.say)
        self._mates[mate] = None
        return mate

    def _hear(self, mate: Mate, frame: wire.FromWorker) -> None:
        """On the thread of its process."""
        match frame:
            case wire.Said():
                self._report(mate, frame)
            case wire.Called():
                self._alive(mate)
                mate.serving.take(frame.call, frame.wish)
            case wire.Returned():
                self._job_ended(mate, Returned(frame.result))
            case wire.Raised():
                self._job_ended(mate, Raised(frame.problem))
            case wire.Crashed():
                self._job_ended(mate, Crashed(frame.problem), reuse=False)
            case wire.Stopped():
                self._job_ended(mate, Stopped())
            case wire.Loaded():
                self._loaded(mate)
            case wire.NotLoaded():
                self._not_loaded(mate, frame.problem)
            case wire.BidMade():
                self._bids.heard(frame)
            case wire.Looked():
                self._looks.looked(frame)
            case wire.Logged():
                getattr(self._log, frame.level)(frame.event, **unpack(frame.fields))
            case wire.Left():
                self._left(frame.problem)

    def _left(self, problem: Problem | None) -> None:
        if problem is None:
            return
        if self._hook == "on_stop":
            self._bad_end = self._bad_end or problem
        else:  # one that was not needed any more
            self._log.warning("on_stop_failed", problem=problem.text)

    def _report(self, mate: Mate, said: wire.Said) -> None:
        job = mate.job
        if job is None or job.number != said.job or job.run.cancellation:
            self._log.debug("late_report", what=type(said.message).__name__)
        else:
            job.run.pulse.beat()
            self._say(said.message)

    def _alive(self, mate: Mate) -> None:
        if mate.job is not None:
            mate.job.run.pulse.beat()

    def _loaded(self, mate: Mate) -> None:
        with self._lock:
            mate.loaded = True
            hook, self._hook = self._hook, ""
            if mate.job is not None:
                self._give(mate, mate.job)
        if hook == "on_start":
            self._say(HookDone(hook=hook))

    def _not_loaded(self, mate: Mate, problem: Problem) -> None:
        mate.over = True  # its end is no news
        self._failed_to_start(mate, problem)

    def _failed_to_start(self, mate: Mate, problem: Problem) -> None:
        with self._lock:
            hook, self._hook = self._hook, ""
            job, mate.job = mate.job, None
        if hook:
            self._say(HookFailed(hook=hook, problem=self._bad_end or problem))
        elif job is not None:
            job.run.leave(Crashed(problem))

    def _job_ended(self, mate: Mate, outcome: Outcome, *, reuse: bool = True) -> None:
        out_of_memory = isinstance(outcome, Raised) and outcome.problem.error == "MemoryError"
        with self._lock:
            job, mate.job = mate.job, None
            spare = sum(other.idle for other in self._mates) > self._agent.max_load
            mate.over = not reuse or out_of_memory or spare or self._closed
        if mate.over and reuse and not self._closed:  # not needed, or short of memory
            mate.worker.say(wire.Leave())
        elif mate.over:  # not to be trusted any more
            mate.worker.close()
        if job is not None:
            job.run.leave(outcome)

    def _ended(self, mate: Mate, death: Death) -> None:
        """On the thread of its process, last of all."""
        mate.serving.close()
        with self._lock:
            self._mates.pop(mate, None)
            job = mate.job
            last = not self._mates
        problem = self._problem(job, death)
        self._bids.lost(mate, problem.text)
        if self._hook == "on_stop":
            if last:
                self._all_left()
        elif job is not None and mate.loaded:
            told = bool(job.run.cancellation)
            job.run.leave(Killed(problem) if told else Crashed(problem))
        elif not mate.loaded and not mate.over:
            self._failed_to_start(mate, problem)
        elif not mate.over and not self._closed:
            self._say(WorkKilled(token=None, problem=problem))

    def _problem(self, job: Job | None, death: Death) -> Problem:
        where = Problem(error="", text="", traceback=death.traceback)
        if job is not None and job.why and job.run.cancellation:
            return as_cause(AgentLost(self._agent.id, job.why), where)
        return as_cause(ProcessDied(self._agent.id, death.status, death.signal), where)

    # Hooks

    def _run_hook(self, hook: str) -> None:
        self._hook = hook
        if hook == "on_start":
            mates = [self._new_mate()]
        else:
            mates = list(self._mates)
            for mate in mates:
                mate.worker.say(wire.Leave())
            if not mates:
                self._all_left()
        seconds = self._equipment.hook_seconds
        self._equipment.timers.after(seconds, lambda: self._overtime(hook, mates))

    def _overtime(self, hook: str, mates: list[Mate]) -> None:
        if self._hook != hook:
            return
        seconds = self._equipment.hook_seconds
        late = AgentLost(self._agent.id, f"took more than {seconds:g} s in {hook}")
        self._bad_end = problem_of(late)
        for mate in mates:
            mate.worker.terminate()
            self._equipment.timers.after(KILL_SECONDS, mate.worker.kill)

    def _all_left(self) -> None:
        self._hook, problem = "", self._bad_end
        if problem is None:
            self._say(HookDone(hook="on_stop"))
        else:
            self._say(HookFailed(hook="on_stop", problem=problem))

    # Messages

    def _handle(self, delivery: Deliver) -> None:
        """There are no handlers for them: they are for the work to read."""
        if not self._inbox.put(delivery):
            full = problem_of(InboxFull(self._agent.id, self._inbox.limit))
            self._say(Handled(tag=delivery.tag, problem=full))

    def _say(self, message: AgentMessage) -> None:
        if not self._closed:
            self._tell(message)
