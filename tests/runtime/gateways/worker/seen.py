"""What a worker has told, for tests to wait for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from tests.live import LONG

if TYPE_CHECKING:
    from callboard.runtime.gateways.worker.news import News


class Seen:
    """Watches a worker."""

    def __init__(self) -> None:
        self.all: list[News] = []
        self._more = threading.Condition()

    def __call__(self, what: News) -> None:
        with self._more:
            self.all.append(what)
            self._more.notify_all()

    def wait(self, kind: type[Any], count: int = 1) -> Any:
        with self._more:
            assert self._more.wait_for(lambda: len(self.of(kind)) >= count, LONG)
        return self.of(kind)[count - 1]

    def of(self, kind: type[Any]) -> list[Any]:
        return [what for what in self.all if isinstance(what, kind)]
