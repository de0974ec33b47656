"""How long what a worker says may be: a server ends the link of who says more.

It would be said again on the next one, and so on for ever. So what is too long is left out
before, and whose it was is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.errors.base import problem_of
from callboard.messages.errors.data import NotEncodable
from callboard.runtime.executors.processes.wire import Answered
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.worker.actions import Action, Answer, Tell, Words
from callboard.runtime.gateways.worker.news import InVain
from callboard.runtime.gateways.worker.translation import (
    CODEC,
    SLACK,
    size_of,
    without_checkpoint,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Raw

    from callboard.messages.base import AgentId
    from callboard.messages.values import Problem
    from callboard.runtime.gateways.worker.work import Work


class Room:
    """What there is room for.

    Args:
        agent: Whose words they are.

    Attributes:
        longest: Bytes that a message may have.
    """

    def __init__(self, agent: AgentId) -> None:
        self.longest = frames.LONGEST
        self._agent = agent

    def less_than(self, said: Sequence[Words]) -> None:
        """There is not even room for the longest of these."""
        largest = max((len(CODEC.write([frame])) for frame in said), default=self.longest)
        self.longest = min(self.longest, largest - 1)

    def fitting(self, end: frames.End) -> frames.End:
        """How an end is told so that there is room for it."""
        if size_of(end) <= self.longest:
            return end
        return frames.Failed(token=end.token, problem=_too_long("the result", size_of(end)))

    def shortened(self, said: frames.Progress, work: Work) -> tuple[frames.Progress, list[Action]]:
        """The same, without a checkpoint where that is too long: it is lost."""
        length = memoryview(said.checkpoint).nbytes + SLACK
        if length <= self.longest:
            return said, []
        problem = _too_long(f"the checkpoint of {work.ready.subtask.name!r}", length)
        vain = InVain(agent=self._agent, token=said.token, why=problem.text)
        return without_checkpoint(said), [Tell(vain)]

    def refused(self, call: int, written: Raw) -> list[Action]:
        """The answer to what is too long to be asked; nothing where it is not."""
        length = memoryview(written).nbytes
        if length <= self.longest:
            return []
        problem = _too_long("what is asked of the server", length)
        return [Answer(Answered(call=call, problem=problem))]


def _too_long(what: str, length: int) -> Problem:
    why = f"it takes {length:,} bytes, more than the server accepts in one message"
    return problem_of(NotEncodable(what, why))
