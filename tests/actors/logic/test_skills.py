from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.given import skills_of
from callboard.actors.logic.skills import (
    Equivalences,
    all_of,
    can_do,
    covers,
    fit,
    is_specialist,
    missing,
    normal,
)
from callboard.messages.values import Agent, Skill
from callboard.runtime.planners.skills import load_equivalences

OURS = load_equivalences()
NONE = Equivalences()


def skill(name: str, level: float | None = None) -> Skill:
    return Skill(name=name, level=level)


@pytest.mark.parametrize(
    "written",
    ["data analysis", "Data_Analysis", "DATA-ANALYSIS", " data  _- analysis ", "data\tanalysis"],
)
def test_case_and_separators_do_not_matter_in_names(written: str) -> None:
    assert normal(written) == "data analysis"


@given(st.text())
def test_a_normal_name_is_normal(name: str) -> None:
    assert normal(normal(name)) == normal(name)


def test_a_skill_is_covered_by_itself_and_by_nothing_unrelated() -> None:
    assert covers([skill("law"), skill("Data_Analysis")], skill("data-analysis"), NONE)
    assert not covers([skill("data")], skill("data analysis"), NONE)
    assert not covers([], skill("data analysis"), NONE)


@pytest.mark.parametrize(
    ("offered", "required", "covered"),
    [(3, 2, True), (2, 2, True), (1.9, 2, False), (None, 2, False), (1, None, True), (0, -1, True)],
)
def test_a_required_level_is_reached_by_a_level_at_least_as_high(
    offered: float | None, required: float | None, *, covered: bool
) -> None:
    assert covers([skill("sql", offered)], skill("SQL", required), OURS) is covered


def test_the_best_of_several_levels_counts() -> None:
    assert covers([skill("sql", 1), skill("sql", 3)], skill("sql", 2), NONE)


def test_equivalents_cover_in_one_direction_and_one_step() -> None:
    few = Equivalences.of({"a": ["b"], "b": ["c"]})
    assert covers([skill("B")], skill("a"), few)
    assert not covers([skill("a")], skill("b"), few)
    assert not covers([skill("c")], skill("a"), few)


def test_no_level_is_required_of_an_equivalent() -> None:
    assert covers([skill("statistics", 1)], skill("data analysis", 5), OURS)
    assert covers([skill("data analysis", 1), skill("statistics")], skill("data analysis", 5), OURS)


def test_general_covers_any_skill_of_which_no_level_is_required() -> None:
    assert covers([skill("General")], skill("juggling"), NONE)
    assert covers([skill("general", 9)], skill("juggling"), NONE)
    assert not covers([skill("general", 9)], skill("juggling", 1), NONE)


def test_where_general_is_required_its_equivalents_cover_it() -> None:
    required = skill("general")
    assert [covers([skill(s)], required, OURS) for s in ("management", "planning", "coding")] == [
        True,
        True,
        False,
    ]


def test_an_agent_must_cover_every_required_skill() -> None:
    required = skills_of(["coding", "testing"])
    assert can_do(skills_of(["programming", "qa"]), required, OURS)
    assert not can_do(skills_of(["programming"]), required, OURS)
    assert can_do((), (), OURS)


def test_a_specialist_does_without_general() -> None:
    required = skills_of(["coding", "testing"])
    assert is_specialist(skills_of(["general", "coding", "testing"]), required, OURS)
    assert not is_specialist(skills_of(["general", "coding"]), required, OURS)
    assert is_specialist(skills_of(["general"]), skills_of(["general"]), OURS)
    assert is_specialist((), (), OURS)


def test_what_is_missing_is_named_with_its_level() -> None:
    required = (skill("sql", 2), skill("law"), skill("coding"))
    assert missing([skill("sql", 1), skill("development")], required, OURS) == ("sql >= 2", "law")
    assert missing(skills_of(["general"]), required, OURS) == ("sql >= 2",)


@pytest.mark.parametrize(
    ("skills", "can"),
    [
        (["verification"], False),
        (["Verification", "verification"], False),
        (["verification", "general"], True),
        (["verification", "sql"], True),
        (["sql"], True),
        ([], True),
    ],
)
def test_what_requires_no_skill_is_for_whoever_does_not_only_verify(
    skills: list[str], *, can: bool
) -> None:
    offered = all_of(Agent(id="ann", skills=skills_of(skills)))
    gpu = skill("resource:gpu", 1)
    assert can_do(offered, (), NONE) is can
    assert can_do([*offered, gpu], [gpu], NONE) is can
    assert (fit(offered, (), NONE) is None) is not can


NAMES = st.sampled_from(["a", "b", "c", "general"])
SKILLS = st.lists(st.builds(skill, NAMES, st.sampled_from([None, 1.0, 2.0])), max_size=4)


@given(SKILLS, SKILLS, SKILLS)
def test_more_skills_never_cover_less(
    few: list[Skill], more: list[Skill], need: list[Skill]
) -> None:
    known = Equivalences.of({"a": ["b"], "general": ["c"]})
    for test in (can_do, is_specialist):
        assert not test(few, need, known) or test([*few, *more], need, known)
    assert not is_specialist(few, need, known) or can_do(few, need, known)
    assert (missing(few, need, known) == ()) is can_do(few, need, known)
