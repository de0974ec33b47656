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


def seen_at(
    kinds: int, speeds: dict[str, float], seed: int, sigma: float = 0.4
) -> tuple[Learnt, Learning]:
    """Each agent has tried a third of so many kinds, once each."""
    random, learning = Random(seed), Learning()  # noqa: S311 - only numbers
    paces = Learnt(learning)
    for kind in range(kinds):
        work = Subtask(uuid="u", name="work", kind=f"kind {kind}.", estimated_duration=1.0)
        for agent in random.sample(list(speeds), len(speeds) // 3):
            off = random.gauss(0.0, sigma)
            learning.completed(work, agent, 60.0 * speeds[agent] * math.exp(off))
            paces.hear(work, agent)
    return paces, learning


def test_who_is_slower_at_most_kinds_is_so_at_one_that_it_has_hardly_tried() -> None:
    speeds = {"slow": 2.5, "fast": 0.4, **{f"a{n}": 1.0 for n in range(7)}}
    paces, _ = seen_at(60, speeds, seed=3)
    kind = next(iter(paces.uneven))
    assert paces.factor(kind, "slow") / paces.factor(kind, "fast") == pytest.approx(6.25, rel=0.4)
    assert paces.factor("unheard of", "slow") == 1.0


def test_who_is_as_fast_as_the_others_at_many_kinds_is_hardly_ever_told_apart() -> None:
    speeds = {f"a{n}": 1.0 for n in range(9)}
    found = [seen_at(60, speeds, seed)[1] for seed in range(20)]
    apart = sum(learning.general(agent).is_believed() for learning in found for agent in speeds)
    assert apart / (20 * len(speeds)) < 0.02


def test_one_kind_alone_says_nothing_of_the_others() -> None:
    learning = Learning()
    for _ in range(40):
        for agent, seconds in (("slow", 600.0), ("fast", 60.0)):
            learning.completed(WORK, agent, seconds)
    assert not learning.general("slow").is_believed()
    assert not learning.general("nobody").is_believed()


def test_a_successor_knows_who_is_slower_in_general() -> None:
    speeds = {"slow": 2.5, "fast": 0.4, **{f"a{n}": 1.0 for n in range(7)}}
    first, _ = seen_at(60, speeds, seed=3)
    before = {kind: first.factor(kind, "slow") for kind in first.uneven}
    first.anew()
    both = [kind for kind in before if kind in first.uneven]
    assert len(both) > 15
    for kind in both:
        assert first.factor(kind, "slow") == pytest.approx(before[kind], rel=0.4)
