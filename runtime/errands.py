"""What handlers may ask of the runtime that runs them (see `Services`); nothing blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from callboard.messages.execution import Deliver
    from callboard.messages.values import Lease, Parent
    from callboard.runtime.calls import Call
    from callboard.runtime.handle import GoalHandle


class Errands(NamedTuple):
    """The services of a runtime, by those of its calls that carry them out.

    Attributes:
        deliver: Delivers a message that wants no answer.
        answer: Delivers a message that wants one.
        hand_in: Submits a goal.
        check: Asks the scheduler whether a lease is current.
    """

    deliver: Callable[[Deliver], None]
    answer: Callable[[Deliver], Call[Any]]
    hand_in: Callable[..., Call[GoalHandle]]
    check: Callable[[Lease], Call[None]]

    def send(self, delivery: Deliver) -> None:
        """Deliver a message that wants no answer."""
        self.deliver(delivery)

    def ask(self, delivery: Deliver) -> Future[Any]:
        """Deliver a message; the future has the answer."""
        return self.answer(delivery).future

    def check_lease(self, lease: Lease) -> Future[None]:
        """Ask whether the lease is current; the future is done if it is."""
        return self.check(lease).future

    def submit(self, goal: object, *, parent: Parent | None, **options: object) -> Future[Any]:
        """Hand in a goal, or a plan in any form; the future has its handle."""
        return self.hand_in(goal, parent=parent, **options).future
