"""Well, slow, stuck, dead: against a model, and against the table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.board import Board
from callboard.actors.logic.liveness import TRANSITIONS, Change, Health, Liveness
from callboard.messages import facts, notices
from callboard.messages.base import SCHEDULER
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.values import Agent, Problem, Token
from tests.actors.logic.happenings import lease

CHANGES = st.lists(st.tuples(st.sampled_from(Change), st.integers(0, 2)), max_size=30)
HELD = lease("s1", "a1")
WRONG = Problem(error="AgentLost", text="lost")
SLOW = notices.AgentSlow(at=1.0, lease=HELD, limit="run", seconds=5.0)
STUCK = notices.ThreadAbandoned(at=2.0, lease=HELD, problem=WRONG)
BACK = notices.AgentRecovered(at=3.0, lease=HELD, was="stuck")
DIED = facts.AgentCrashed(at=4.0, agent="a1", incarnation=1, problem=WRONG)
STARTED = facts.AgentStarted(at=5.0, agent="a1", incarnation=2)


def token(number: int) -> Token:
    return Token(boot=1, incarnation=1, counter=number)


def taken(steps: list[tuple[Change, int]]) -> set[tuple[Health, Change, Health]]:
    """Every change of health on the way, with what each has left in the model."""
    alive, found = Liveness(), set[tuple[Health, Change, Health]]()
    model: dict[int, Health] = {}
    dead = False
    for change, number in steps:
        before = alive.health
        after = alive.note(change, token(number))
        match change:
            case Change.OVERRAN:
                if model.get(number) is not Health.STUCK:
                    model[number] = Health.SLOW
            case Change.GIVEN_UP:
                model[number] = Health.STUCK
            case Change.ENDED:
                model.pop(number, None)
            case Change.DIED | Change.STARTED:
                model.clear()
                dead = change is Change.DIED
        worst = Health.DEAD if dead else Health.WELL
        for each in (Health.SLOW, Health.STUCK):
            worst = each if each in model.values() and not dead else worst
        assert after is alive.health is worst
        if before is not after:
            found.add((before, change, after))
    return found


@given(CHANGES)
def test_no_change_of_health_is_missing_in_the_table(steps: list[tuple[Change, int]]) -> None:
    assert taken(steps) <= TRANSITIONS


def test_each_change_of_the_table_happens() -> None:
    over, given_up, ended = Change.OVERRAN, Change.GIVEN_UP, Change.ENDED
    died, started = Change.DIED, Change.STARTED
    ways = [
        [(over, 1), (ended, 1), (given_up, 1), (ended, 1), (died, 0), (started, 0)],
        [(over, 1), (given_up, 1), (died, 0)],
        [(over, 1), (given_up, 2), (ended, 2), (started, 0)],
        [(over, 1), (died, 0)],
        [(given_up, 1), (started, 0)],
    ]
    assert set().union(*(taken(way) for way in ways)) == TRANSITIONS


def healths(*events: Fact | Notice, pull: bool = False) -> list[str]:
    """How the board sees the agent after each event."""
    board = Board()
    board.apply(facts.AgentRegistered(at=0.0, agent=Agent(id="a1", pull=pull)))
    seen: list[str] = []
    for event in events:
        board.apply(event)
        seen.append(board.agents["a1"].health.value)
    return seen


def test_the_board_shows_how_alive_an_agent_is() -> None:
    assert healths(SLOW, STUCK, BACK) == ["slow", "stuck", "well"]
    assert healths(SLOW, STUCK, DIED, STARTED) == ["slow", "stuck", "dead", "well"]
    assert healths(STUCK, DIED, BACK, STARTED) == ["stuck", "dead", "dead", "well"]


def test_an_agent_in_pull_mode_lives_again_when_it_beats_or_registers_again() -> None:
    doubted = notices.AgentDoubted(at=1.0, agent="a1", seconds=30.0)
    beat = notices.HeartbeatSeen(at=2.0, agent="a1")
    again = facts.AgentRegistered(at=3.0, agent=Agent(id="a1", pull=True))
    assert healths(doubted, beat, doubted, again, pull=True) == ["dead", "well", "dead", "well"]


def test_a_new_scheduler_does_not_know_whom_the_old_one_told_to_stop() -> None:
    restarted = facts.ActorRestarted(at=2.0, address=SCHEDULER, incarnation=2)
    assert healths(SLOW, restarted) == ["slow", "well"]
    assert healths(STUCK, restarted) == ["stuck", "stuck"]


def test_who_has_left_or_is_unknown_harms_nobody() -> None:
    board = Board()
    for event in (SLOW, STUCK, BACK, DIED):
        board.apply(event)
    assert board.agents == {}
