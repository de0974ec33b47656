"""What is not ready yet, and what will be as soon as the orchestrator has written it down.

A completion frees its agent at once; what it makes ready comes a moment later, when the
orchestrator has recorded it. Whoever hands out work in between would give the agent away
to something less urgent. So the scheduler is told of what is to come, and knows itself
what is about to be ready.

>>> from callboard.messages.values import Priority, Subtask
>>> def ahead(uuid: str, *needs: str) -> Ready:
...     subtask = Subtask(uuid=uuid, name=uuid, dependencies=needs)
...     return Ready(goal="g", goal_text="", subtask=subtask, urgency=Priority.LOW, rank=1, since=0)
>>> foresight = Foresight()
>>> foresight.learn([ahead("c", "a", "b")], {"a", "b"}.__contains__)
>>> foresight.done("a")
>>> foresight.done("b")
>>> [ready.subtask.uuid for ready in foresight.imminent()]
['c']
>>> foresight.forget("c"), len(foresight)
(True, 0)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from callboard.messages.base import SubtaskId
from callboard.messages.values import Ready, Subtask


class Foresight:
    """Subtasks that wait for others, as far as the scheduler was told of them.

    Attributes:
        ahead: What it was told of.
        waiting: What waits for each subtask.
        changes: Grows when there is less to wait for than was thought.
    """

    def __init__(self) -> None:
        self.ahead: dict[SubtaskId, Ready] = {}
        self._missing: dict[SubtaskId, int] = {}
        self.waiting: dict[SubtaskId, list[SubtaskId]] = {}
        self._imminent: dict[SubtaskId, None] = {}
        self.changes = 0

    def __len__(self) -> int:
        """How many there are."""
        return len(self.ahead)

    def __contains__(self, uuid: object) -> bool:
        """Whether it is one of them."""
        return uuid in self.ahead

    def learn(self, ahead: Sequence[Ready], is_open: Callable[[SubtaskId], bool]) -> None:
        """These will be ready one day.

        Args:
            ahead: Each replaces what was known of it.
            is_open: Whether something else has not ended; asked of dependencies only.
        """
        known, waiting, new = self.ahead, self.waiting, list[Subtask]()
        for ready in ahead:
            subtask = ready.subtask
            before = known.get(subtask.uuid)
            known[subtask.uuid] = ready
            if before is None:
                new.append(subtask)
            elif before.subtask.dependencies != subtask.dependencies:
                new.append(subtask)
                self._unlearn(before)
        for subtask in new:
            uuid, needs, missing = subtask.uuid, subtask.dependencies, 0
            for one in needs if len(needs) == 1 else dict.fromkeys(needs):
                if one in known or is_open(one):
                    missing += 1
                    if one in waiting:
                        waiting[one].append(uuid)
                    else:
                        waiting[one] = [uuid]
            self._missing[uuid] = missing

    def _unlearn(self, before: Ready) -> None:
        """It waits for others than was said."""
        uuid = before.subtask.uuid
        if self._imminent.pop(uuid, uuid) is None:
            self.changes += 1
        for needed in before.subtask.dependencies:
            waiters = self.waiting.get(needed, [])
            if uuid in waiters:
                waiters.remove(uuid)

    def done(self, uuid: SubtaskId) -> None:
        """It is done, which the orchestrator does not know yet."""
        missing = self._missing  # has what is ahead, as long as it is
        for waiter in self.waiting.pop(uuid, ()):
            if (left := missing.get(waiter)) is not None:
                missing[waiter] = left = left - 1
                if not left:
                    self._imminent[waiter] = None

    def forget(self, uuid: SubtaskId) -> bool:
        """It is ready, or has ended; harmless where it was not known.

        Returns:
            Whether it was known.
        """
        if self.ahead.pop(uuid, None) is None:
            return False
        del self._missing[uuid]
        if uuid in self._imminent:
            del self._imminent[uuid]
            self.changes += 1
        return True

    def settled(self, uuid: SubtaskId) -> None:
        """How it ended is known everywhere: nothing is expected to follow any more."""
        self.waiting.pop(uuid, None)

    def clear(self) -> None:
        """Nothing is known any more."""
        self.ahead.clear()
        self._missing.clear()
        self.waiting.clear()
        self._imminent.clear()
        self.changes += 1

    def ready(self, uuid: SubtaskId) -> Ready | None:
        """What is known of it; None where it is not among them."""
        return self.ahead.get(uuid)

    def all(self) -> list[Ready]:
        """Everything that is not ready yet."""
        return list(self.ahead.values())

    def imminent(self) -> list[Ready]:
        """What is about to be ready."""
        return [self.ahead[uuid] for uuid in self._imminent]
