"""What follows from what a server says to a worker's agent: data, carried out by its life."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import Raw

from callboard.actors.logic.effects import (
    AskForBid,
    HandleMessage,
    ResumeWork,
    StartWork,
    StopWork,
)
from callboard.messages.values import Token
from callboard.runtime.executors.processes.wire import Answered, Frame
from callboard.runtime.gateways.worker.news import News

Words: TypeAlias = Frame | Raw
"""A frame, or one that is written already."""


class Say(msgspec.Struct, frozen=True):
    """Say it to the server; where there is no link any more, say nothing."""

    frame: Words


class Do(msgspec.Struct, frozen=True):
    """Have it done by what runs the agent's code."""

    effect: StartWork | StopWork | ResumeWork | HandleMessage | AskForBid


class LookAt(msgspec.Struct, frozen=True):
    """Look at an attempt's signs of life, and say `Looked`."""

    look: int
    token: Token


class Settle(msgspec.Struct, frozen=True):
    """Say `letter_lies`, after all that was reported by now."""

    letter: int


class Tell(msgspec.Struct, frozen=True):
    """Tell who watches."""

    news: News


class Answer(msgspec.Struct, frozen=True):
    """Give it to the handler that waits for it."""

    answered: Answered


class Renew(msgspec.Struct, frozen=True):
    """End the code that runs, and have new code begin; then say `renewed`."""

    why: str


class Leave(msgspec.Struct, frozen=True):
    """End it for good."""

    why: str


Action: TypeAlias = Say | Do | LookAt | Settle | Tell | Answer | Renew | Leave
