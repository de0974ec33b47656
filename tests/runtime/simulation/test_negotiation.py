"""Subtasks that are negotiated keep every promise, whatever agents answer and links do."""

from __future__ import annotations

import msgspec
import pytest

from callboard.actors.logic.effects import Effect
from callboard.actors.logic.negotiating import Negotiating
from callboard.messages import facts, notices
from callboard.messages.bids import BidDeclined, BidSent
from callboard.runtime.simulation.bidding import Answer
from callboard.runtime.simulation.scenario import Commission, Job, Scenario, Worker
from callboard.runtime.simulation.trial import Trial, replay, trial

WORKERS = tuple(Worker(id=name, skills=("sql",), bids=True) for name in "ab")
SCENARIO = Scenario(
    workers=WORKERS,
    commissions=(Commission(name="goal 0", jobs=(Job(id="s", needs=("sql",), negotiate=True),)),),
)


# 48: an agent leaves and the others decline; 77: what is put aside for want of a resource
# had the number of a place in a queue, and was promoted there.
@pytest.mark.parametrize("seed", [0, 1, 2, 3, 48, 77])
def test_seeds_with_liars_refusals_silence_and_lost_letters(seed: int) -> None:
    assert trial(seed, bids=True).violations == ()


def test_all_that_can_happen_to_a_negotiation_does() -> None:
    seen: set[type] = set()
    for seed in range(3):
        played = Trial.of_seed(seed, bids=True, keep_story=True)
        played.play()
        seen.update(map(type, played.story))
    assert seen >= {
        notices.BidsInvited,
        notices.BidSeen,
        notices.BidRefused,
        notices.NegotiationFellBack,
        facts.BidAwarded,
        facts.HonestyLearnt,
    }


@pytest.mark.parametrize("ends", ["bids", "declines", "fails"])
@pytest.mark.parametrize("after", [0.0, 0.1, 100.0])
def test_a_negotiated_subtask_ends_whatever_is_answered(ends: str, after: float) -> None:
    answer = msgspec.convert({"ends": ends, "after": after, "factor": 3.0}, Answer)
    answers = {"a/s/1": answer, "b/s/1": answer}
    report = replay(msgspec.structs.replace(SCENARIO, answers=answers))
    assert (report.violations, report.ends) == ((), {"completed": 1})


def test_a_seed_can_be_noted_and_played_again() -> None:
    played = Trial.of_seed(3, bids=True, record=True, subtasks=10)
    report = played.play()
    again = replay(played.noted())
    assert (again.violations, again.events) == (report.violations, report.events)


def test_it_is_found_out_where_nobody_looks_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def sleep(*_: object) -> None:
        """Nobody looks."""

    monkeypatch.setattr(Negotiating, "wake", sleep)
    answers = {"a/s/1": Answer(after=10_000_000.0)}
    assert replay(msgspec.structs.replace(SCENARIO, answers=answers)).violations


def test_it_is_found_out_where_somebody_is_awarded_who_has_not_bid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard = Negotiating.answered

    def believe(self: Negotiating, said: BidSent | BidDeclined, now: float) -> list[Effect]:
        if isinstance(said, BidSent):
            return heard(self, said, now)
        for tender in self._leasing.tenders.calls.values():  # pyright: ignore[reportPrivateUsage]
            work = tender.work
            for asked in tender.asked.values():
                offer = self._calling.learnt(work, asked.member)  # pyright: ignore[reportPrivateUsage]
                tender.bids[offer.agent] = msgspec.structs.replace(offer, learnt=False)
        return []

    monkeypatch.setattr(Negotiating, "answered", believe)
    answers = {"a/s/1": Answer(ends="declines"), "b/s/1": Answer(after=1.0)}
    broken = replay(msgspec.structs.replace(SCENARIO, answers=answers)).violations
    assert any("has not bid" in text for text in broken)
