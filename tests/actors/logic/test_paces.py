"""Who is faster is found out, and nobody is who is not."""

from __future__ import annotations

import math
from random import Random

import pytest

from callboard.actors.logic.learning import Learning
from callboard.actors.logic.paces import Learnt, Stated
from callboard.messages.values import Subtask

WORK = Subtask(uuid="u", name="work", estimated_duration=1.0)


def attempts(speeds: dict[str, float], rounds: int, seed: int, sigma: float = 0.4) -> Learnt:
    random, learning = Random(seed), Learning()  # noqa: S311 - only numbers
    paces = Learnt(learning)
    for _ in range(rounds):
        for agent, factor in speeds.items():
            seconds = 60.0 * factor * math.exp(random.gauss(0.0, sigma))
            learning.completed(WORK, agent, seconds)
            paces.hear(WORK, agent)
    return paces


def test_those_who_are_equally_fast_are_hardly_ever_told_apart() -> None:
    agents = {f"a{number}": 1.0 for number in range(8)}
    apart = 0
    for seed in range(40):
        paces = attempts(agents, 25, seed)
        apart += sum(paces.factor("work", agent) != 1.0 for agent in agents)
    assert apart / (40 * len(agents)) < 0.01


def test_who_is_much_faster_is_found_out_soon_and_to_what_degree() -> None:
    paces = attempts({"slow": 2.0, "fast": 0.5, "usual": 1.0}, 20, seed=1)
    assert paces.uneven == {"work"}
    ratio = paces.factor("work", "slow") / paces.factor("work", "fast")
    assert ratio == pytest.approx(4.0, rel=0.3)
    assert paces.expect(WORK, "slow").seconds > 2 * paces.expect(WORK, "fast").seconds


def test_who_becomes_like_the_others_is_taken_for_one_of_them() -> None:
    learning = Learning()
    paces = Learnt(learning)
    for times in (3.0, 1.0):
        for number in range(120):
            for agent, factor in (("a", times), ("b", 1.0), ("c", 1.0)):
                learning.completed(WORK, agent, 60.0 * factor * (1.1 if number % 2 else 0.9))
                paces.hear(WORK, agent)
        assert paces.uneven == ({"work"} if times > 1.0 else set())


def test_what_is_stated_is_so_whatever_happens() -> None:
    paces = Stated({"work": {"a": 30.0, "b": 90.0}, "rest": {"a": 5.0, "b": 5.0}})
    assert paces.uneven == {"work"}
    assert (paces.factor("work", "a"), paces.usual(WORK)) == (0.5, 60.0)
    assert paces.expect(WORK, "b") == (90.0, 90.0, 90.0)
    assert not paces.hear(WORK, "a")


def test_a_successor_tells_the_same_apart_and_nobody_does_once_all_is_forgotten() -> None:
    learning = Learning()
    for number in range(20):
        for agent, factor in (("slow", 2.0), ("fast", 0.5), ("usual", 1.0)):
            learning.completed(WORK, agent, 60.0 * factor * (1.1 if number % 2 else 0.9))
    paces = Learnt(learning)
    assert paces.uneven == {"work"}
    assert paces.factor("work", "slow") > 1.5 > paces.factor("work", "fast")

    learning.forget(agent="slow")
    learning.forget(agent="fast")
    paces.anew()
    assert paces.uneven == set()


def test_an_agent_alone_is_faster_than_nobody() -> None:
    learning = Learning()
    paces = Learnt(learning)
    for _ in range(20):
        learning.completed(WORK, "only", 1000.0 * WORK.seconds)
        assert not paces.hear(WORK, "only")
    assert not paces.uneven
