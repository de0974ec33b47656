"""Strategy x restart type x kind of exit x nth failure, from OTP's documentation."""

from __future__ import annotations

import pytest

from callboard.actors.logic.family.exits import Exit, Restart
from callboard.actors.logic.family.phases import Phase
from callboard.actors.logic.family.specs import ChildSpec
from callboard.actors.logic.family.strategies import Strategy
from tests.actors.logic.family.world import World, options

BACK = {
    (Restart.PERMANENT, Exit.NORMAL): True,
    (Restart.PERMANENT, Exit.SHUTDOWN): True,
    (Restart.PERMANENT, Exit.FAILED): True,
    (Restart.TRANSIENT, Exit.NORMAL): False,
    (Restart.TRANSIENT, Exit.SHUTDOWN): False,
    (Restart.TRANSIENT, Exit.FAILED): True,
    (Restart.TEMPORARY, Exit.NORMAL): False,
    (Restart.TEMPORARY, Exit.SHUTDOWN): False,
    (Restart.TEMPORARY, Exit.FAILED): False,
}
"""Whether b comes back; a, b and c are started in this order."""
ALONG = {
    Strategy.ONE_FOR_ONE: "b",
    Strategy.ONE_FOR_ALL: "abc",
    Strategy.REST_FOR_ONE: "bc",
}
"""Who is restarted when b comes back."""


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("end", Exit)
@pytest.mark.parametrize("restart", Restart)
@pytest.mark.parametrize("strategy", Strategy)
def test_the_nth_exit_of_a_child(strategy: Strategy, restart: Restart, end: Exit, nth: int) -> None:
    children = [ChildSpec("a", None), ChildSpec("b", None, restart=restart), ChildSpec("c", None)]
    world = World(children, options(strategy=strategy)).start()

    for _ in range(nth):
        if "b" in world.alive:
            world.exit("b", end)
            world.advance(2.5)

    if not BACK[restart, end]:
        kept = {} if restart is Restart.TEMPORARY else {"b": Phase.STOPPED}
        assert world.phases() == {"a": Phase.RUNNING, **kept, "c": Phase.RUNNING}
        assert world.alive == {"a": 1, "c": 1}
    elif nth <= 2:
        assert world.alive == {c: nth + 1 if c in ALONG[strategy] else 1 for c in "abc"}
    else:
        assert world.left is not None
        assert world.left.end is Exit.SHUTDOWN
        assert world.left.problem is not None
        last = {c: 3 if c in ALONG[strategy] else 1 for c in "abc"}
        assert world.log[-2:] == [f"-c{last['c']}", f"-a{last['a']}"]
    assert world.left is None or nth == 3


@pytest.mark.parametrize("restart", Restart)
@pytest.mark.parametrize("strategy", Strategy)
def test_a_bystander_goes_and_comes_with_its_group_unless_it_is_temporary(
    strategy: Strategy, restart: Restart
) -> None:
    children = [ChildSpec("a", None), ChildSpec("b", None), ChildSpec("c", None, restart=restart)]
    world = World(children, options(strategy=strategy)).start()

    world.exit("b")
    world.advance(1.0)

    if strategy is Strategy.ONE_FOR_ONE:
        assert world.alive["c"] == 1
    elif restart is Restart.TEMPORARY:
        assert "c" not in world.phases()
    else:
        assert world.alive["c"] == 2
