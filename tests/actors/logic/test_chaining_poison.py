"""What takes its agent down in a chain is to blame, though nobody has recorded that it ran."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Effect, Record
from callboard.messages import facts
from callboard.messages.base import AgentId, SubtaskId
from callboard.messages.values import Ready, Setback, replace
from callboard.messages.work import AgentUp, HadStarted, Started, SubtasksReady, Withdraw
from tests.actors.logic.desk import (
    CRASHED,
    Desk,
    completed,
    down,
    leases_in,
    requeued,
    revoked,
)
from tests.actors.logic.test_chaining import (
    FIRST,
    OPTIONS,
    S2,
    S3,
    SECOND,
    THIRD,
    begun,
    quick,
    then_in,
)


class Chain:
    """Two agents, and a chain that the first one has been given."""

    def __init__(self, poison: int = 3) -> None:
        self.desk = Desk(quick("a"), quick("b"), ahead=OPTIONS, poison=poison)
        begun(S2, S3, at=self.desk)
        self.lives = dict.fromkeys("ab", 1)
        self.now = 1.0

    @property
    def downs(self) -> dict[SubtaskId, list[Setback]]:
        """What is known of what is not ready yet."""
        return self.desk.logic._leasing.links.downs  # pyright: ignore[reportPrivateUsage]

    def fall(self, who: AgentId = "a") -> list[Effect]:
        """It goes down, and comes again."""
        self.now += 1.0
        effects = self.desk.say(self.now, down(who, self.lives[who]))
        self.lives[who] += 1
        up = AgentUp(agent=who, incarnation=self.lives[who])
        return [*effects, *self.desk.say(self.now, up)]

    def run(self, effects: list[Effect]) -> AgentId:
        """Whoever was given something begins it."""
        [lease] = leases_in(effects)
        self.desk.start(lease, self.now)
        return lease.agent

    def kept_aside(self, ready: Ready, downs: int) -> None:
        """It takes so many agents more down once it is ready, and is parked by that."""
        effects = self.desk.say(self.now, SubtasksReady(subtasks=(ready,)))
        for _ in range(downs):
            assert self.desk.state().get("parked", 0) == 0
            effects = self.fall(self.run(effects))
        assert self.desk.state()["parked"] == 1


@pytest.mark.parametrize("poison", [2, 3, 5])
def test_what_ran_unrecorded_counts_when_it_is_ready(poison: int) -> None:
    chain = Chain(poison)
    chain.desk.say(1.0, completed(FIRST))
    chain.desk.say(1.0, Started(lease=SECOND))
    chain.fall()
    chain.kept_aside(replace(S2, goal_text="a goal"), poison - 1)


def test_its_tracebacks_are_shown_with_those_that_came_after() -> None:
    chain = Chain(poison=2)
    chain.desk.say(1.0, completed(FIRST))
    chain.desk.say(1.0, HadStarted(lease=SECOND))
    chain.fall()
    effects = chain.desk.say(2.0, SubtasksReady(subtasks=(S2,)))
    who = chain.run(effects)
    [parked] = [
        effect.fact
        for effect in chain.fall(who)
        if isinstance(effect, Record) and isinstance(effect.fact, facts.SubtaskParked)
    ]
    assert [(setback.agent, setback.at) for setback in parked.setbacks] == [("a", 2.0), (who, 3.0)]


def test_what_had_not_begun_is_not_to_blame() -> None:
    chain = Chain(poison=2)
    chain.desk.say(1.0, completed(FIRST))
    chain.fall()
    chain.kept_aside(S2, 2)


def test_what_had_been_done_before_is_not_to_blame() -> None:
    """News of the agent's end has overtaken that of its completion."""
    chain = Chain()
    chain.desk.start(FIRST, 1.0)
    chain.desk.say(1.0, HadStarted(lease=SECOND))
    effects = chain.fall()
    assert effects[:2] == [
        revoked(FIRST, CRASHED.text, 2.0, blamed=False),
        requeued("s1", CRASHED.text, 2.0),
    ]


def test_nor_is_anything_else_that_came_before_what_ran() -> None:
    chain = Chain(poison=2)
    chain.desk.start(FIRST, 1.0)
    chain.desk.say(1.0, Started(lease=SECOND))
    chain.desk.say(1.0, completed(SECOND))
    chain.desk.say(1.0, HadStarted(lease=THIRD))
    assert chain.fall()[0] == revoked(FIRST, CRASHED.text, 2.0, blamed=False)
    assert list(chain.downs) == ["s3"]


def test_nobody_goes_on_by_itself_with_what_took_somebody_down() -> None:
    chain = Chain()
    chain.desk.start(FIRST, 1.0)
    chain.desk.say(1.0, HadStarted(lease=SECOND))
    effects = chain.fall()
    assert [lease.subtask for lease in leases_in(effects)] == ["s1"]
    assert then_in(effects) == []


def test_where_one_is_enough_there_are_no_chains() -> None:
    """It would be known only when it is ready, and parked when the next one is down."""
    at = Desk(quick("a"), ahead=OPTIONS, poison=1)
    assert then_in(begun(S2, S3, at=at)[1]) == []


def test_of_what_never_becomes_ready_nothing_is_kept() -> None:
    chain = Chain()
    chain.desk.say(1.0, completed(FIRST))
    chain.desk.say(1.0, Started(lease=SECOND))
    chain.fall()
    assert list(chain.downs) == ["s2"]
    chain.desk.say(3.0, Withdraw(subtasks=("s2",), reason="no more"))
    assert chain.downs == {}
