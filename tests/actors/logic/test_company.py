"""Who takes what, against a look at everybody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.company import Company
from callboard.actors.logic.members import Member
from callboard.actors.logic.outlook import Needs
from callboard.actors.logic.skills import Fit, fit
from callboard.messages.values import Agent, Skill
from tests.actors.logic.desk import EQUIVALENT, agent, lease

SKILLS = ("coding", "development", "law", "general")
SETS: list[Needs] = [
    frozenset(),
    frozenset({Skill(name="coding")}),
    frozenset({Skill(name="coding"), Skill(name="law")}),
    frozenset({Skill(name="law", level=2)}),
]


def naive(company: Company, needs: Needs) -> Member | None:
    """Whom a look at every member would choose."""
    able = [
        (how, member.load, member.number, member)
        for member in company.members.values()
        if member.free and (how := _fit(member.agent, needs)) is not None
    ]
    return min(able, key=lambda place: place[:3])[3] if able else None


def _fit(who: Agent, needs: Needs) -> Fit | None:
    return fit(who.skills, sorted(needs, key=lambda s: s.name), EQUIVALENT)


@st.composite
def agents(draw: st.DrawFn) -> Agent:
    named = draw(st.sets(st.sampled_from(SKILLS)))
    skills = tuple(Skill(name=s, level=draw(st.sampled_from([None, 1, 3]))) for s in sorted(named))
    name = draw(st.sampled_from("abcd"))
    return Agent(id=name, skills=skills, max_load=draw(st.integers(0, 3)))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["join", "join", "leave", "up", "up", "down", "drain", "take", "free"]),
        agents(),
        st.sampled_from(SETS),
    ),
    max_size=50,
)


@given(STEPS)
def test_the_choice_is_the_one_that_a_look_at_everybody_gives(
    steps: list[tuple[str, Agent, Needs]],
) -> None:
    company = Company(EQUIVALENT)
    for number, (what, who, needs) in enumerate(steps):
        if what == "join":
            company.join(who)
        elif what == "leave":
            company.leave(who.id)
        elif who.id in company.members:
            _change(company.members[who.id], what, number)
            company.changed(company.members[who.id])
        assert company.choose(needs) is naive(company, needs)
        someone = any(_fit(m.agent, needs) is not None for m in company.members.values())
        assert company.could(needs) is someone


def _change(member: Member, what: str, number: int) -> None:
    if what in ("up", "down"):
        member.up = what == "up"
    elif what == "drain":
        member.draining = not member.draining
    elif what == "take":
        held = lease("s", member.agent.id, number)
        member.leases[held.token] = held
    elif member.leases:
        member.leases.popitem()


def up(company: Company, who: Agent) -> Member:
    member = company.join(who)
    member.up = True
    company.changed(member)
    return member


def chosen(company: Company, *skills: str) -> list[str]:
    """Who gets one subtask after the other, each keeping what it gets."""
    needs = frozenset(Skill(name=skill) for skill in skills)
    names: list[str] = []
    while (member := company.choose(needs)) is not None:
        names.append(member.agent.id)
        held = lease("s", member.agent.id, len(names))
        member.leases[held.token] = held
        company.changed(member)
    return names


def test_who_has_the_skill_goes_before_who_has_an_equivalent_before_who_can_do_anything() -> None:
    company = Company(EQUIVALENT)
    for who in (agent("any", "general"), agent("dev", "development"), agent("coder", "Coding")):
        up(company, who)
    assert chosen(company, "coding") == ["coder", "dev", "any"]


def test_of_equals_the_least_loaded_goes_first_then_who_came_first() -> None:
    company = Company(EQUIVALENT)
    for name in ("b", "a", "c"):
        up(company, agent(name, max_load=2))
    assert chosen(company) == ["b", "a", "c", "b", "a", "c"]


def test_who_is_down_drains_or_is_full_gets_nothing() -> None:
    company = Company(EQUIVALENT)
    company.join(agent("down"))
    up(company, agent("full", max_load=0))
    up(company, agent("draining")).draining = True
    assert chosen(company) == []
    assert company.could(frozenset())


def test_who_joins_anew_with_other_skills_is_chosen_for_these() -> None:
    company = Company(EQUIVALENT)
    first = up(company, agent("a", "law"))
    assert chosen(company, "law") == ["a"]
    first.leases.clear()
    assert company.join(agent("a", "coding")) is first
    assert chosen(company, "law") == []
    assert chosen(company, "coding") == ["a"]


def test_who_has_left_and_come_back_comes_last() -> None:
    company = Company(EQUIVALENT)
    for name in ("a", "b"):
        up(company, agent(name))
    company.leave("a")
    assert company.leave("a") is None
    up(company, agent("a"))
    assert chosen(company) == ["b", "a"]


def test_it_names_the_skills_that_nobody_covers() -> None:
    company = Company(EQUIVALENT)
    up(company, agent("a", "development"))
    needs = frozenset({Skill(name="coding"), Skill(name="law"), Skill(name="sql", level=2)})
    assert company.missing(needs) == ("law", "sql >= 2")


def test_an_agent_whose_load_changes_again_and_again_takes_no_more_room() -> None:
    company = Company(EQUIVALENT)
    member = up(company, agent("a"))
    assert company.choose(frozenset()) is member
    for _ in range(5_000):
        company.changed(member)
    [group] = company._groups.values()  # pyright: ignore[reportPrivateUsage]
    assert len(group.free) < 100
    assert company.choose(frozenset()) is member
