"""A worker as the protocol wants it, without code that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.runtime.gateways.link import frames

if TYPE_CHECKING:
    from callboard.runtime.executors.processes.wire import Frame


class Program:
    """A worker that does what the protocol says, and never begins anything twice.

    Attributes:
        life: Its name.
        running: What runs, with the number of its wait; 0 where it has not waited.
        ended: Word of what has ended, until it is acknowledged.
        begun: All that it ever began.
        counted: Ends that were acknowledged, and not refused.
        outbox: What it says; lost with the link.
    """

    def __init__(self, life: str) -> None:
        self.life = life
        self.running: dict[str, int] = {}
        self.waits: set[str] = set()
        self.wants: set[str] = set()
        self.ended: dict[str, frames.Done | frames.Stopped] = {}
        self.begun: list[str] = []
        self.counted: set[str] = set()
        self.outbox: list[frames.FromWorker] = []
        self.epoch = 0

    @property
    def held(self) -> tuple[frames.Held, ...]:
        running = [frames.Held(token=name) for name in self.running]
        ended = [frames.Held(token=name, ended=True) for name in self.ended]
        return (*running, *ended)

    def connected(self) -> None:
        self.outbox.extend(self.ended.values())
        for name in self.waits | self.wants:
            self.outbox.append(frames.Waiting(token=name, number=self.running[name]))
        for name in self.wants:
            self.outbox.append(frames.WaitOver(token=name, number=self.running[name]))

    def hear(self, frame: Frame) -> None:
        match frame:
            case frames.Assign():
                self.assigned(frame.token)
            case frames.Stop():
                self.running.pop(frame.token, None)
                self.waits.discard(frame.token)
                self.wants.discard(frame.token)
                stopped = self.ended.setdefault(frame.token, frames.Stopped(token=frame.token))
                self.outbox.append(stopped)
            case frames.Granted():
                if self.running.get(frame.token) == frame.number:
                    self.wants.discard(frame.token)
            case frames.Ack():
                end = self.ended.pop(frame.token, None)
                if isinstance(end, frames.Done) and not frame.refused:
                    self.counted.add(frame.token)
            case frames.Reconcile():
                self.outbox.append(frames.Running(epoch=frame.epoch, held=self.held))
                self.connected()
            case frames.Welcome():
                for name in frame.acknowledged:
                    self.hear(frames.Ack(token=name))
            case _:
                raise AssertionError(frame)

    def assigned(self, name: str) -> None:
        if name in self.ended:
            self.outbox.append(self.ended[name])
        elif name not in self.begun:
            self.begun.append(name)
            self.running[name] = 0

    def finish(self, name: str) -> None:
        del self.running[name]
        self.waits.discard(name)
        self.wants.discard(name)
        self.ended[name] = done = frames.Done(token=name)
        self.outbox.append(done)
