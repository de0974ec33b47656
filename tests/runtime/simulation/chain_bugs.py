"""Classic bugs of chains, to be put back: what the prover must find where agents go on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from callboard.actors.logic import membership, settling
from callboard.actors.logic.chaining import Chaining
from callboard.actors.logic.effects import Effect, StartWork
from callboard.actors.logic.leasing import Leasing
from callboard.actors.logic.links import Link
from callboard.actors.logic.settling import Settling
from callboard.messages.values import Lease, Payload, Ready, Token
from callboard.runtime.executors import standby
from callboard.runtime.executors.standby import Standby

Put = Callable[[pytest.MonkeyPatch], None]


def _nobody(*_: object) -> list[Effect]:
    return []


def what_follows_begins_though_nothing_has_succeeded(patch: pytest.MonkeyPatch) -> None:
    ended = Standby.ended

    def hasty(
        self: Standby, token: Token, result: Payload | None = None, *, goes_on: bool
    ) -> StartWork | None:
        return ended(self, token, result or Payload(), goes_on=goes_on)

    patch.setattr(Standby, "ended", hasty)


def what_follows_begins_without_a_result(patch: pytest.MonkeyPatch) -> None:
    def bare(before: StartWork, _: Payload) -> StartWork:
        follower = before.then[0]
        return StartWork(follower.lease, follower.ready, then=before.then[1:])

    patch.setattr(standby, "_following", bare)


def who_went_on_is_not_recorded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settling, "_begun", _nobody)


def what_is_verified_is_followed_before(patch: pytest.MonkeyPatch) -> None:
    def plain(*_: object) -> bool:
        return True

    patch.setattr(Chaining, "_is_plain", plain)


def what_follows_counts_whatever_came_between(patch: pytest.MonkeyPatch) -> None:
    def at_any_rate(*_: object) -> bool:
        return True

    patch.setattr(Settling, "_follows", at_any_rate)


def a_chain_outlives_its_agent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(membership, "break_all_of", _nobody)


def the_slot_of_a_chain_is_given_away(patch: pytest.MonkeyPatch) -> None:
    adopt = Chaining.adopt

    def generous(self: Leasing, lease: Lease, _: float) -> list[Effect]:
        link = self.links.behind.get(lease.token)
        if link is not None:
            self.links.advance(link)
        return []

    def late(self: Chaining, link: Link, ready: Ready, now: float) -> list[Effect]:
        link.member.leases[link.lease.token] = link.lease
        return adopt(self, link, ready, now)

    patch.setattr(Leasing, "go_on", generous)
    patch.setattr(Chaining, "adopt", late)


BUGS: dict[str, Put] = {
    put.__name__: put
    for put in (
        what_follows_begins_though_nothing_has_succeeded,
        what_follows_begins_without_a_result,
        who_went_on_is_not_recorded,
        what_is_verified_is_followed_before,
        what_follows_counts_whatever_came_between,
        a_chain_outlives_its_agent,
        the_slot_of_a_chain_is_given_away,
    )
}

FIRST = {
    "a_chain_outlives_its_agent": 209,
    "the_slot_of_a_chain_is_given_away": 437,
    "what_follows_counts_whatever_came_between": 685,
}
"""The first seeds that find those for which it takes many: one seed of seven has chains."""
