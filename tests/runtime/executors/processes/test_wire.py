"""Frames between a runtime and its worker processes."""

from __future__ import annotations

from callboard.messages.execution import WorkProgressed
from callboard.messages.values import Payload, Problem
from callboard.runtime.executors.processes import wire
from tests.runtime.executors.lab import token

FRAMES: list[wire.FromWorker] = [
    wire.Loaded(),
    wire.Said(job=1, message=WorkProgressed(token=token(), fraction=0.5)),
    wire.Raised(job=1, problem=Problem(error="E", text="no")),
    wire.Called(call=7, wish=wire.TakeLetter()),
    wire.Returned(job=1, result=Payload(data=bytes(1000))),
]


def test_frames_come_as_they_went_however_the_bytes_are_cut() -> None:
    sent = b"".join(map(wire.framed, FRAMES))
    for width in (1, 2, 7, 64, len(sent)):
        frames: wire.Frames[wire.FromWorker] = wire.Frames(wire.FromWorker)
        pieces = (sent[at : at + width] for at in range(0, len(sent), width))
        assert [frame for piece in pieces for frame in frames.feed(piece)] == FRAMES
