"""What is learnt comes close to what is true, and says how close."""

from __future__ import annotations

import math
from random import Random

import pytest

from callboard.actors.logic.experience import Whole
from callboard.actors.logic.learning import Learning, Sample
from callboard.messages.values import Subtask

AGENTS = {f"agent {n}": 2.0 ** (n / 2 - 2) for n in range(8)}
KINDS = {f"kind {n}": 3.0 ** (n - 2) for n in range(5)}


def attempts(count: int, sigma: float) -> list[tuple[Sample, float]]:
    random = Random(7)  # noqa: S311 - only numbers
    found: list[tuple[Sample, float]] = []
    for _ in range(count):
        agent, kind = random.choice(list(AGENTS)), random.choice(list(KINDS))
        seconds = 60.0 * KINDS[kind] * AGENTS[agent] * math.exp(random.gauss(0.0, sigma))
        found.append((Sample(kind, "any", agent), seconds))
    return found


def test_who_has_learnt_nothing_believes_the_estimate() -> None:
    learning, sample = Learning(), Sample("k", "s", "a")
    found = learning.expect(sample, 60.0)

    assert found.seconds == 60.0
    assert found.low < 60.0 < found.high
    assert (learning.success(sample), learning.calibration) == (1.0, None)


def test_errors_come_down_to_the_noise_and_intervals_hold_what_they_promise() -> None:
    learning, sigma = Learning(), 0.3
    errors: list[float] = []
    for number, (sample, seconds) in enumerate(attempts(2000, sigma)):
        if number >= 200:
            expected = learning.expect(sample, 60.0).seconds
            errors.append((math.log(seconds / expected)) ** 2)
        learning.finished(sample, 60.0, seconds)

    assert math.sqrt(sum(errors) / len(errors)) < 1.1 * sigma
    assert learning.calibration == pytest.approx(0.9, abs=0.02)


def test_a_pair_that_was_never_seen_is_known_from_its_like() -> None:
    learning = Learning()
    for sample, seconds in attempts(800, 0.1):
        if sample[::2] != ("kind 4", "agent 7"):
            learning.finished(sample, 60.0, seconds)
    found = learning.expect(Sample("kind 4", "any", "agent 7"), 60.0)

    assert found.seconds == pytest.approx(60.0 * KINDS["kind 4"] * AGENTS["agent 7"], rel=0.4)


def test_what_changes_is_learnt_anew() -> None:
    learning, sample = Learning(), Sample("k", "s", "a")
    for _ in range(100):
        learning.finished(sample, 60.0, 60.0)
    for _ in range(100):
        learning.finished(sample, 60.0, 240.0)

    assert learning.expect(sample, 60.0).seconds == pytest.approx(240.0, rel=0.1)


def test_success_is_learnt_for_each_agent() -> None:
    learning = Learning()
    good, bad, new = (Sample("k", "s", who) for who in ("good", "bad", "new"))
    for _ in range(20):
        learning.finished(good, 1.0, 1.0)
        learning.failed(bad)

    assert learning.success(bad) < 0.2
    assert 0.4 < learning.success(new) < 0.7
    assert learning.success(good) > 0.9


def test_what_takes_no_time_says_nothing_of_durations() -> None:
    learning, sample = Learning(), Sample("k", "s", "a")
    learning.finished(sample, 0.0, 5.0)
    learning.finished(sample, 5.0, 0.0)

    assert learning.expect(sample, 60.0).seconds == 60.0


def test_nothing_is_left_of_what_was_forgotten_altogether() -> None:
    learning = Learning()
    for agent in "abc":
        for _ in range(10):
            learning.finished(Sample("work", "skill", agent), 60.0, 600.0)
    learning.forget()
    assert (learning.whole.weight, learning.whole.total) == (Whole().weight, Whole().total)
    assert learning.expect(Sample("other", "skill", "a"), 60.0).seconds == pytest.approx(60.0)


def test_an_answer_holds_until_more_is_learnt_or_something_is_forgotten() -> None:
    """Whoever has asked before is told the same as whoever asks for the first time."""
    asking, silent = Learning(most=20), Learning(most=20)
    probes = [Sample(kind, "any", agent) for kind in (*KINDS, "new") for agent in (*AGENTS, "new")]

    def same() -> bool:
        fresh = [silent.expect(probe, 60.0) for probe in probes]
        silent._answers.clear()  # pyright: ignore[reportPrivateUsage]
        twice = [[asking.expect(probe, 60.0) for probe in probes] for _ in range(2)]
        return twice == [fresh, fresh]

    for number, (sample, seconds) in enumerate(attempts(120, 0.3)):
        for learning in (asking, silent):
            if number % 50 == 49:
                learning.forget(agent=sample.agent)
            elif number % 7 == 6:
                learning.failed(sample)
            else:
                spec = Subtask(uuid="u", name="N", kind=sample.kind, estimated_duration=1.0)
                learning.completed(spec, sample.agent, seconds)
        assert same()
    asking.forget()
    silent.forget()
    assert same()


def test_answers_about_kinds_that_nobody_has_tried_take_no_end_of_room() -> None:
    learning = Learning()
    for number in range(3_000):
        assert learning.expect(Sample(f"kind {number}", "any", "a"), 60.0).seconds == 60.0
    assert len(learning._answers) <= 1_000  # pyright: ignore[reportPrivateUsage]
