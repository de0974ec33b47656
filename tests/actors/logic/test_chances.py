"""What nobody has yet: who is faster has the better chance, and how much better."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.board import Board
from callboard.actors.logic.chances import chances, speeds
from callboard.actors.logic.learning import Learning
from callboard.actors.logic.paces import Learnt
from callboard.actors.logic.skills import Equivalences
from callboard.actors.logic.tensor import Keeper, task_tensor
from callboard.messages.facts import SubtaskEdited
from callboard.messages.values import Priority, Subtask, replace
from tests.actors.logic.happenings import (
    accepted,
    adopted,
    assigned,
    lease,
    registered,
    removed,
    revoked,
    subtask,
)

NONE = Equivalences()
MINUTES = {"fast": 0.5, "usual": 1.0, "slow": 2.0}


def learnt(kind: str = "sum", rounds: int = 30, minutes: dict[str, float] = MINUTES) -> Learnt:
    paces = Learnt(Learning())
    teach(paces, kind, rounds, minutes)
    return paces


def teach(paces: Learnt, kind: str, rounds: int, minutes: dict[str, float]) -> None:
    done = Subtask(uuid="u", name=kind, estimated_duration=1.0)
    for _ in range(rounds):
        for agent, taken in minutes.items():
            paces._learning.completed(done, agent, 60.0 * taken)  # pyright: ignore[reportPrivateUsage]
            paces.hear(done, agent)


def hired(*more: str) -> Board:
    board = Board()
    for agent in (*MINUTES, *more):
        board.apply(registered(agent, "maths"))
    board.apply(accepted())
    return board


def stated(uuid: str, kind: str, *skills: str) -> Subtask:
    return replace(subtask(uuid, skills=list(skills)), kind=kind)


def rows(board: Board, paces: Learnt) -> list[dict[str, float]]:
    tensor = task_tensor(board, NONE, paces=lambda: paces)
    return [tensor.row(uuid) for uuid in tensor.subtasks]


def test_who_is_twice_as_fast_has_twice_the_chance() -> None:
    board, paces = hired(), learnt()
    board.apply(adopted(stated("s1", "sum", "maths")))
    [row] = rows(board, paces)
    assert sum(row.values()) == pytest.approx(1.0)
    assert list(row) == ["fast", "usual", "slow"]
    assert row["fast"] > row["usual"] > row["slow"]
    by_speed = {agent: row[agent] * paces.factor("sum", agent) for agent in row}
    assert len({round(share, 12) for share in by_speed.values()}) == 1
    assert row["fast"] / row["slow"] == pytest.approx(4.0, rel=0.2)


@pytest.mark.parametrize("rounds", [0, 1, 30])
def test_where_all_are_equally_fast_all_have_exactly_the_same(rounds: int) -> None:
    board, same = hired(), dict.fromkeys(MINUTES, 3.0)
    board.apply(adopted(stated("s1", "sum")))
    assert rows(board, learnt(rounds=rounds, minutes=same)) == [dict.fromkeys(MINUTES, 1 / 3)]


def test_only_at_work_of_that_kind_and_of_whom_skills_allow() -> None:
    board, paces = hired("lawyer"), learnt()
    board.apply(registered("lawyer", "law"))
    board.apply(
        adopted(
            *(stated("s1", "other", "maths"), stated("s2", "sum", "law"), stated("s3", "sum")),
            stated("s4", "sum", "cooking"),
        )
    )
    other, law, anybody, nobody = rows(board, paces)
    assert other == dict.fromkeys(MINUTES, 1 / 3)
    assert law == {"lawyer": 1.0}
    assert sum(anybody.values()) == pytest.approx(1.0)
    assert anybody["fast"] > anybody["lawyer"] > anybody["slow"] > 0.0
    assert nobody == {}


def test_who_has_it_has_all_of_it_and_then_it_is_shared_again() -> None:
    board, paces, held = hired(), learnt(), lease("s1", "slow")
    board.apply(adopted(stated("s1", "sum"), stated("s2", "sum")))
    keeper = Keeper(board, NONE, lambda: paces)
    before = keeper.look().row("s1")
    board.apply(assigned(held))
    assert [keeper.look().row(uuid) for uuid in ("s1", "s2")] == [{"slow": 1.0}, before]
    board.apply(revoked(held))
    assert keeper.look().row("s1") == before


def test_a_kept_tensor_follows_what_is_learnt_forgotten_and_edited() -> None:
    board, paces = hired(), Learnt(Learning())
    keeper = Keeper(board, NONE, lambda: paces)

    def seen(uuid: str) -> dict[str, float]:
        row = keeper.look().row(uuid)
        assert row == task_tensor(board, NONE, paces=lambda: paces).row(uuid)
        return row

    board.apply(adopted(stated("s1", "sum"), stated("s2", "dig")))
    even = dict.fromkeys(MINUTES, 1 / 3)
    assert seen("s1") == even
    teach(paces, "sum", 30, MINUTES)
    assert seen("s1")["fast"] > 0.5
    assert seen("s2") == even
    teach(paces, "sum", 60, {"slow": 0.1})
    assert seen("s1")["slow"] > seen("s1")["usual"]
    board.apply(SubtaskEdited(at=9.0, goal="g1", subtask="s1", spec=stated("s1", "dig")))
    board.apply(SubtaskEdited(at=9.0, goal="g1", subtask="s2", spec=stated("s2", "sum")))
    assert seen("s1") == even
    assert seen("s2")["slow"] > seen("s2")["usual"]
    board.apply(removed("slow"))
    board.apply(registered("late", "maths"))  # as many as before, with the same skills
    assert seen("s2")["fast"] > seen("s2")["late"]
    paces._learning.forget()  # pyright: ignore[reportPrivateUsage]
    paces.anew()
    assert seen("s2") == {"fast": 1 / 3, "usual": 1 / 3, "late": 1 / 3}


def test_all_forms_say_the_same_where_speeds_differ() -> None:
    board, paces = hired("sue"), learnt()
    wanted: list[tuple[str, list[str]]] = [
        ("sum", ["maths"]), ("dig", ["maths"]), ("sum", []), ("sum", ["law"]), ("dig", [])
    ]  # fmt: skip
    mine = [
        replace(stated(f"s{n}", kind, *skills), priority=Priority(n % 4))
        for n, (kind, skills) in enumerate(wanted * 3)
    ]
    board.apply(adopted(*mine))
    board.apply(assigned(lease("s4", "sue")))
    tensor = task_tensor(board, NONE, paces=lambda: paces)
    sparse = tensor.sparse()
    assert np.array_equal(sparse.dense(tensor.nbytes), tensor.values)
    assert len(sparse.data) == np.count_nonzero(tensor.values)
    for record, values in zip(board.subtasks.values(), tensor.values, strict=True):
        row = values[:, record.subtask.priority].tolist()
        own = tensor.row(record.subtask.uuid)
        assert own == {a: p for a, p in zip(tensor.agents, row, strict=True) if p}
        assert values.sum() == pytest.approx(float("law" not in str(record.subtask)))


@given(
    st.lists(st.lists(st.booleans(), min_size=3, max_size=3), max_size=4),
    st.lists(st.floats(1e-3, 1e3), min_size=3, max_size=3),
)
def test_rows_sum_to_one_and_who_is_faster_never_has_less(
    may: list[list[bool]], factors: list[float]
) -> None:
    agents = ["a", "b", "c"]
    fast = speeds([dict(zip(agents, factors, strict=True))] * len(may), agents)
    found = chances(np.array(may, dtype=np.bool_).reshape(len(may), 3), fast)
    for row, able in zip(found, may, strict=True):
        assert row.sum() == pytest.approx(float(any(able)))
        assert (row > 0.0).tolist() == able
        order = sorted((f, -p) for f, p, is_able in zip(factors, row, able, strict=True) if is_able)
        falling = [share for _, share in order]
        assert all(a <= b + 1e-12 for a, b in pairwise(falling))
