"""Who knocks: a worker's own words of itself, made into an agent or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.errors.agents import AgentWithoutId, InvalidOption
from callboard.messages.errors.linking import OtherProtocol
from callboard.messages.values import replace
from callboard.runtime.executors.definition import AgentOptions, check_options
from callboard.runtime.gateways.link.frames import PROTOCOL

if TYPE_CHECKING:
    from callboard.messages.values import Agent
    from callboard.runtime.gateways.link.frames import Hello, Worker

LONGEST = 200
"""Characters of a name."""


def check(hello: Hello) -> None:
    """Whether it can be understood at all.

    Raises:
        OtherProtocol: Its worker speaks another version.
        InvalidOption: Its life has no name, or one that is none.
    """
    if hello.protocol != PROTOCOL:
        raise OtherProtocol(hello.protocol, PROTOCOL)
    if not 0 < len(hello.life) <= LONGEST or not hello.life.isprintable():
        raise InvalidOption("life", hello.life[:LONGEST], f"1 to {LONGEST} printable characters")


def agent_of(worker: Worker) -> Agent:
    """The agent that a worker says that it is.

    Raises:
        AgentWithoutId: Its id is empty.
        InvalidAgent: Something of it makes no sense.
    """
    if not worker.id.strip():
        raise AgentWithoutId("a worker")
    if len(worker.id) > LONGEST or not worker.id.isprintable():
        expected = f"at most {LONGEST} printable characters"
        raise InvalidOption("id", worker.id[:LONGEST], expected)
    if (worker.timeouts.queue, worker.timeouts.total) != (None, None):
        raise InvalidOption("timeouts", "queue or total", "of a subtask, not of an agent")
    options: AgentOptions = {
        "skills": worker.skills,
        "max_load": worker.max_load,
        "timeout": worker.timeouts.run,
        "silence": worker.timeouts.silence,
        "stall": worker.timeouts.stall,
        "retry": worker.retry,
        "mailbox_limit": worker.mailbox_limit,
        "speculate": worker.speculate,
        "offers": worker.offers,
        "concurrent_messages": worker.concurrent_messages,
    }
    return replace(
        check_options(options),
        id=worker.id,
        stateful=worker.stateful,
        handles=worker.handles,
        bids=worker.bids,
        # It has started when its worker is there.
        hooks=True,
        elsewhere=True,
    )
