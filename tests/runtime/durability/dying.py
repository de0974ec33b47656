"""A process kills itself at a moment that somebody has chosen, with SIGKILL.

From outside nobody could hit the middle of a commit, which takes less than a
millisecond, nor know how far the job is.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from callboard.messages.facts import SubtaskCompleted
from callboard.runtime.journal.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.messages.facts import Fact

WHERE = ("opening", "commit", "written")


class Moment(NamedTuple):
    """When a process dies.

    Attributes:
        where: "opening": after it has begun to open its journal; "commit": after the
            writer has begun with the commit of a completion; "written": after that
            commit is safe.
        completions: That this process has handed to the writer by then; 0 means any
            commit. Of no meaning for "opening".
        delay: Seconds that pass between that and the death.
    """

    where: str
    completions: int
    delay: float

    @classmethod
    def read(cls, words: Sequence[str]) -> Moment:
        """From a command line."""
        where, completions, delay = words
        return cls(where, int(completions), float(delay))

    def words(self) -> list[str]:
        """For a command line."""
        return [self.where, f"{self.completions}", f"{self.delay}"]


class Death:
    """Waits for its moment."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._left = moment.completions
        self._now = threading.Event()
        threading.Thread(target=self._strike, daemon=True).start()
        if moment.where == "opening":
            self._now.set()
        else:
            self._watch_commits()

    def _strike(self) -> None:
        self._now.wait()
        time.sleep(self._moment.delay)
        os.kill(os.getpid(), signal.SIGKILL)

    def _watch_commits(self) -> None:
        write, after = Store.write, self._moment.where == "written"

        def watched(store: Store, facts: Sequence[Fact]) -> None:
            self._left -= sum(isinstance(fact, SubtaskCompleted) for fact in facts)
            if self._left <= 0 and not after:
                self._now.set()
            write(store, facts)
            if self._left <= 0:
                self._now.set()

        Store.write = watched  # type: ignore[assignment, method-assign]
