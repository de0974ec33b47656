"""What a scheduler's actor does beside its logic: it looks at many at once."""

from __future__ import annotations

import threading

from callboard.actors.scheduler import Round
from callboard.messages.base import Message
from callboard.messages.supervision import AllSignsSeen, SignsSeen


class Postbag:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, Message]] = []

    def tell(self, to: str, message: Message) -> None:
        self.letters.append((to, message))


def test_what_is_seen_at_once_is_told_together_and_all_else_by_itself() -> None:
    bag = Postbag()
    look = Round("heartbeat", bag)
    look.answer("a", 1.0)
    look.answer("b", None)
    assert bag.letters == []
    look.close()
    late = threading.Thread(target=look.answer, args=("c", 2.0))
    late.start()
    late.join()

    together = AllSignsSeen(limit="heartbeat", seen=(("a", 1.0), ("b", None)))
    alone = SignsSeen(agent="c", limit="heartbeat", quiet=2.0)
    assert bag.letters == [("scheduler", together), ("scheduler", alone)]


def test_nothing_is_told_where_nothing_was_seen_yet() -> None:
    bag = Postbag()
    Round("heartbeat", bag).close()
    assert bag.letters == []
