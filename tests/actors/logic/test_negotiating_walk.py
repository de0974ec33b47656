"""Whatever happens, slots are kept for negotiations only, and all work is given away."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.negotiation_options import NegotiationOptions
from callboard.messages.bids import Bid, BidDeclined, BidSent, CallForBids
from callboard.messages.supervision import Wake
from callboard.messages.values import Lease, Token
from callboard.messages.work import (
    Amended,
    Assign,
    Completed,
    Declined,
    Hold,
    NotHeld,
    Release,
    Revoke,
    Settled,
    SubtasksReady,
    Withdraw,
    Withdrawn,
)
from tests.actors.logic.bidders import (
    LATER,
    SECONDS,
    asking,
    bidder,
)
from tests.actors.logic.desk import (
    RESULT,
    Desk,
    down,
    ready,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.messages.unions import SchedulerMessage


@pytest.mark.parametrize("seed", range(40))
def test_slots_are_kept_for_negotiations_only_and_everything_is_given_away(seed: int) -> None:
    walk = _Walk(Random(seed))  # noqa: S311 - a walk that can be repeated
    for _ in range(60):
        walk.step()
        walk.check()
    walk.finish()


class _Walk:
    """A scheduler to which things happen by lot."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.members = {
            name: bidder(name, *random.sample(("sql", "law"), 2 if name == "a" else 1),
                         max_load=random.randint(1, 2))
            for name in "abcd"
        }  # fmt: skip
        options = NegotiationOptions(seconds=SECONDS, invitations=random.randint(1, 4))
        self.desk = Desk(*self.members.values(), negotiation=options)
        self.now = 0.0
        self.calls: list[tuple[str, CallForBids]] = []
        self.held: dict[Token, Lease] = {}
        self.incarnations = dict.fromkeys(self.members, 1)
        self.down: set[str] = set()
        self.count = 0
        self.deeds: list[Callable[[], None]] = [
            self._come, self._come, self._bid, self._bid, self._bid, self._decline, self._end,
            self._end, self._die, self._back, self._wait, self._pause, self._edit,
        ]  # fmt: skip

    def step(self) -> None:
        self.now += 0.02
        self.random.choice(self.deeds)()
        self.say(Wake())

    def check(self) -> None:
        leasing = self.desk.logic._leasing  # pyright: ignore[reportPrivateUsage]
        kept = sum(member.kept for member in leasing.slots.members())
        assert kept == len(leasing.tenders.calls)
        for member in leasing.slots.members():
            assert member.load <= member.agent.max_load or member.stopping
        for tender in leasing.tenders.calls.values():
            assert tender.work.place is None
            assert tender.until > self.now
            assert tender.silent

    def finish(self) -> None:
        """Everybody comes back, and nobody bids: all work is done."""
        for name in list(self.down):
            self._return(name)
        for _ in range(200):
            self.now += 1.0
            self.say(Wake())
            for held in list(self.held.values()):
                self._complete(held)
        leasing = self.desk.logic._leasing  # pyright: ignore[reportPrivateUsage]
        assert not leasing.works
        assert not leasing.tenders.calls
        assert not leasing.tenders.ruled
        assert not leasing.tenders.awarded
        self.check()

    def say(self, message: SchedulerMessage) -> None:
        self.take(self.desk.say(self.now, message))

    def take(self, effects: list[Effect]) -> None:
        for effect in effects:
            if not isinstance(effect, Tell):
                continue
            who = effect.to.removeprefix("agent/")
            if isinstance(effect.message, CallForBids):
                self.calls.append((who, effect.message))
            elif isinstance(effect.message, Assign) and who not in self.down:
                self.held[effect.message.lease.token] = effect.message.lease
            elif isinstance(effect.message, Revoke):
                self.held.pop(effect.message.token, None)
                self.say(NotHeld(agent=who, token=effect.message.token))

    def _come(self) -> None:
        self.count += 1
        needs = self.random.sample(("sql", "law"), self.random.randint(0, 1))
        work = ready(f"s{self.count}", *needs, negotiate=self.random.random() < 0.8)
        self.say(SubtasksReady(subtasks=(work,)))

    def _bid(self) -> None:
        if self.calls:
            who, asked = self.random.choice(self.calls)
            bid = Bid(seconds=self.random.random(), confidence=self.random.random())
            uuid = asked.ready.subtask.uuid
            self.say(BidSent(call=asked.call, goal="g", subtask=uuid, agent=who, bid=bid))

    def _decline(self) -> None:
        if self.calls:
            who, asked = self.random.choice(self.calls)
            uuid = asked.ready.subtask.uuid
            self.say(BidDeclined(call=asked.call, goal="g", subtask=uuid, agent=who, reason="no"))

    def _end(self) -> None:
        if self.held:
            held = self.random.choice(list(self.held.values()))
            if self.random.random() < 0.3:
                del self.held[held.token]
                self.say(Declined(lease=held, reason="not now"))
            else:
                self._complete(held)

    def _complete(self, held: Lease) -> None:
        self.held.pop(held.token, None)
        self.say(Completed(lease=held, result=RESULT, seconds=1.0))
        self.say(NotHeld(agent=held.agent, token=held.token))
        self.say(Settled(subtasks=(held.subtask,)))

    def _die(self) -> None:
        name = self.random.choice(list(self.members))
        if name not in self.down:
            self.down.add(name)
            self.held = {t: held for t, held in self.held.items() if held.agent != name}
            self.say(down(name, self.incarnations[name]))

    def _back(self) -> None:
        for name in list(self.down)[:1]:
            self._return(name)

    def _return(self, name: str) -> None:
        self.down.discard(name)
        self.incarnations[name] += 1
        self.take(self.desk.join(self.members[name], self.now, self.incarnations[name]))

    def _wait(self) -> None:
        self.now += self.random.choice((0.1, SECONDS, LATER))
        self.say(Wake())

    def _pause(self) -> None:
        self.say(Hold(runtime=True, reason="a moment"))
        self.say(Release(runtime=True))

    def _edit(self) -> None:
        if self.count:
            uuid = f"s{self.random.randint(1, self.count)}"
            self.say(Amended(subtasks=(asking(uuid, "law"),)))
            if self.random.random() < 0.2:
                self.say(Withdraw(subtasks=(uuid,), reason="no"))
                self.say(Withdrawn(subtasks=(uuid,)))
