"""Who is on stage: actors are made, ended and replaced, and their mail is kept apart."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any

import pytest

from callboard import Config
from callboard.actors.logic.effects import Effect, RunHook
from callboard.actors.logic.skills import Equivalences
from callboard.actors.post import Post
from callboard.messages.base import agent_address
from callboard.messages.commands import Done, Ping, Pong, Refused, RegisterAgent
from callboard.messages.errors import UnknownAgent
from callboard.messages.execution import HookDone
from callboard.messages.facts import (
    ActorRestarted,
    AgentCrashed,
    AgentStarted,
    Escalated,
    Fact,
    RestartScheduled,
)
from callboard.messages.notices import DeadLetter, Notice, RuntimeFailed
from callboard.messages.supervision import Shutdown
from callboard.messages.values import Agent, Token
from callboard.runtime.cast import Cast
from callboard.runtime.planners.rules import RulesPlanner
from callboard.runtime.world import real_world
from tests.live import LONG, eventually, together
from tests.runtime.settings import QUICK, with_settings


class Blind:
    """Sees no signs of life."""

    def look(self, agent: str, token: Token | None, answer: Callable[[float | None], None]) -> None:
        del agent, token
        answer(None)

    def expect(self, agent: str, *, expected: bool) -> None:
        """Nobody beats here."""

    def forget(self) -> None:
        """There is nothing to forget."""


class Hand:
    """Runs the code of an agent that has none but hooks, which do nothing."""

    def __init__(self, post: Post, address: str) -> None:
        self._post = post
        self._address = address

    def perform(self, effect: Effect) -> None:
        assert isinstance(effect, RunHook)
        self._post.tell(self._address, HookDone(hook=effect.hook))

    def look(self, token: Token | None, answer: Callable[[float | None], None]) -> None:
        raise NotImplementedError(token)

    def close(self, seconds: float) -> int:
        del seconds
        return 0


class Company:
    """A cast whose agents do nothing, and what is seen of it."""

    def __init__(self, config: Config) -> None:
        self.events: list[Fact | Notice] = []
        self.hired: list[tuple[str, int]] = []
        self.cannot_start = 0
        self.world = real_world(config)
        self.post = Post(
            clock=self.world.clock,
            timers=self.world.timers,
            journal=self.world.journal,
            watcher=self,
        )
        self.cast = Cast(
            config=config,
            world=self.world,
            post=self.post,
            watcher=self,
            planner=RulesPlanner(self.world.ids),
            equivalences=Equivalences(),
            hire=self.hire,
            background=lambda work: work(),
            signs=Blind(),
            left=lambda goal: goal.budget,
        )
        self.cast.open()

    def see(self, event: Fact | Notice) -> None:
        self.events.append(event)

    def see_all(self, events: Sequence[Fact | Notice]) -> None:
        self.events.extend(events)

    def hire(self, agent: Agent, incarnation: int) -> Hand:
        self.hired.append((agent.id, incarnation))
        if self.cannot_start:
            self.cannot_start -= 1
            raise OSError("no paper")
        return Hand(self.post, agent_address(agent.id))

    def seen(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if type(event) is kind]

    def register(self, agent: Agent) -> object:
        assert self.cast.engage(agent)
        here, answer = self.post.expect()
        self.post.tell("supervisor", RegisterAgent(agent=agent, reply_to=here))
        return answer.result(LONG)

    def ask(self, address: str) -> object:
        here, answer = self.post.expect()
        self.post.tell(address, Ping(reply_to=here))
        return answer.result(LONG)


@pytest.fixture
def company(config: Config) -> Generator[Company]:
    made = Company(with_settings(config, supervision=QUICK.supervision))
    yield made
    made.cast.dissolve().result(LONG)
    made.cast.close()
    made.world.timers.close()
    made.world.dispatcher.close(LONG)


A = Agent(id="a")
HOOKED = Agent(id="a", hooks=True)
"""Has something to do at its start, so it does not wait until somebody speaks to it."""


def test_an_agent_with_hooks_comes_on_stage_when_it_is_registered(company: Company) -> None:
    assert company.register(HOOKED) == Done()

    assert [e.agent for e in eventually(lambda: company.seen(AgentStarted))] == ["a"]
    assert company.hired == [("a", 1)]


# One that has nothing to do until somebody speaks to it.


def test_nothing_is_made_of_an_agent_before_somebody_speaks_to_it(company: Company) -> None:
    assert company.register(A) == Done()
    assert [e.agent for e in eventually(lambda: company.seen(AgentStarted))] == ["a"]
    hired_before = list(company.hired)

    assert isinstance(company.ask("agent/a"), Pong)

    assert (hired_before, company.hired) == ([], [("a", 1)])
    company.ask("supervisor")  # the actor says that it has started, once more
    assert len(company.seen(AgentStarted)) == 1


def test_of_all_that_speak_to_it_at_once_each_is_heard_and_one_actor_is_made(
    company: Company,
) -> None:
    company.register(A)
    eventually(lambda: company.seen(AgentStarted))

    together(8, lambda _: asks(company))

    assert company.hired == [("a", 1)]


def asks(company: Company) -> None:
    for _ in range(5):
        assert isinstance(company.ask("agent/a"), Pong)


def test_what_a_predecessor_has_left_unread_wakes_its_successor(company: Company) -> None:
    assert company.cast.engage(A)
    here, answer = company.post.expect()
    company.post.tell("agent/a", Ping(reply_to=here))

    company.post.tell("supervisor", RegisterAgent(agent=A))

    assert isinstance(answer.result(LONG), Pong)


def test_whoever_leaves_before_anybody_spoke_to_it_takes_its_mailbox_along(
    company: Company,
) -> None:
    company.register(A)
    eventually(lambda: company.seen(AgentStarted))

    company.cast.dismiss("a")
    company.cast._stop_actor("agent/a")  # pyright: ignore[reportPrivateUsage]
    refused = company.ask("agent/a")

    assert isinstance(refused, Refused)
    assert company.hired == []


def test_nothing_is_made_of_who_sleeps_when_all_are_sent_home(company: Company) -> None:
    company.register(A)
    eventually(lambda: company.seen(AgentStarted))

    company.cast.dissolve().result(LONG)

    assert company.hired == []


def test_an_id_is_given_once(company: Company) -> None:
    assert company.cast.engage(A)

    assert not company.cast.engage(A)
    assert company.cast.engage(Agent(id="a", max_load=2), replace=True)
    assert company.cast.member("a").max_load == 2


def test_a_name_is_found_in_any_case_where_it_is_clear(company: Company) -> None:
    for name in ("Alpha", "beta", "BETA"):
        company.cast.engage(Agent(id=name))

    assert [company.cast.member(n).id for n in ("Alpha", "ALPHA", "beta", "BETA")] == [
        "Alpha",
        "Alpha",
        "beta",
        "BETA",
    ]
    for name in ("Beta", "gamma"):
        with pytest.raises(UnknownAgent, match=f"unknown agent {name!r}"):
            company.cast.member(name)


def test_an_agent_that_cannot_be_made_is_tried_again(company: Company) -> None:
    company.cannot_start = 2

    company.register(HOOKED)

    eventually(lambda: company.seen(AgentStarted))
    assert company.hired == [("a", 1), ("a", 2), ("a", 3)]
    assert [e.problem.text for e in company.seen(AgentCrashed)] == [
        "agent/a died: OSError: no paper"
    ] * 2


def test_a_crash_is_for_who_is_there(company: Company) -> None:
    company.register(A)
    eventually(lambda: company.seen(AgentStarted))

    company.cast.crash("agent/a", "on purpose")

    eventually(lambda: len(company.seen(AgentStarted)) == 2)
    with pytest.raises(UnknownAgent, match="'agent/b'"):
        company.cast.crash("agent/b", "on purpose")


def test_mail_to_who_has_left_does_not_reach_who_comes_under_the_same_name(
    company: Company,
) -> None:
    """A farewell that was not read yet would send the newcomer away."""
    company.register(A)
    eventually(lambda: company.seen(AgentStarted))
    company.cast._shells["agent/a"].end()  # pyright: ignore[reportPrivateUsage] - reads no more
    company.post.tell("agent/a", Shutdown())
    company.cast.dismiss("a")

    assert company.cast.engage(A)

    (letter,) = company.seen(DeadLetter)
    assert (letter.what, letter.reason) == ("Shutdown", "its receiver has gone")
    assert company.post.open_box("agent/a").empty()


def test_mail_to_who_is_dismissed_is_answered(company: Company) -> None:
    company.cast.engage(A)
    here, answer = company.post.expect()
    company.post.tell("agent/a", Ping(reply_to=here))

    company.cast.dismiss("a")

    refused = answer.result(LONG)
    assert isinstance(refused, Refused)
    assert refused.problem.text == "unknown agent 'a'"


def test_nobody_comes_on_stage_once_it_is_being_dissolved(company: Company) -> None:
    company.register(HOOKED)
    eventually(lambda: company.seen(AgentStarted))
    assert company.cast.engage(Agent(id="b"))

    company.cast.dissolve().result(LONG)
    company.post.tell("supervisor", RegisterAgent(agent=Agent(id="b")))
    here, answer = company.post.expect()
    company.post.tell("supervisor", Ping(reply_to=here))

    assert isinstance(answer.result(LONG), Pong)
    assert company.hired == [("a", 1)]


def test_a_supervisor_that_dies_is_built_again_and_knows_the_company(company: Company) -> None:
    company.register(HOOKED)
    eventually(lambda: company.seen(AgentStarted))

    company.cast.crash("supervisor", "on purpose")
    company.register(Agent(id="b", hooks=True))
    company.cast.crash("agent/a", "on purpose")

    eventually(lambda: len(company.seen(AgentStarted)) == 3)
    assert [e.address for e in company.seen(ActorRestarted)] == ["supervisor"]
    assert company.hired == [("a", 1), ("b", 1), ("a", 2)]
    assert {(e.address, e.attempt) for e in company.seen(RestartScheduled)} == {
        ("supervisor", 1),
        ("agent/a", 1),
    }


def test_who_dies_while_there_is_no_supervisor_is_restarted(company: Company) -> None:
    company.register(A)
    eventually(lambda: company.seen(AgentStarted))

    company.cast.crash("supervisor", "on purpose")
    company.cast.crash("agent/a", "on purpose")

    eventually(lambda: len(company.seen(AgentStarted)) == 2)
    assert [e.problem.text for e in company.seen(AgentCrashed)] == [
        "agent/a died: RuntimeError: on purpose"
    ]


def test_a_supervisor_that_dies_too_often_is_the_end_of_all(company: Company) -> None:
    for restarts in range(6):
        eventually(partial(_restarted, company, restarts))
        company.cast.crash("supervisor", "on purpose")

    (failed,) = eventually(lambda: company.seen(RuntimeFailed))

    assert failed.problem.text.startswith("the runtime has failed: supervisor is given up: ")
    assert failed.problem.text.endswith("supervisor died: RuntimeError: on purpose")
    assert [e.address for e in company.seen(Escalated)] == ["supervisor"]


def test_a_supervisor_that_cannot_be_built_again_is_the_end_of_all(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable() -> list[Fact]:
        raise OSError("the journal is unreadable")

    monkeypatch.setattr(company.world.journal, "replay", unreadable)

    company.cast.crash("supervisor", "on purpose")

    (failed,) = eventually(lambda: company.seen(RuntimeFailed))
    assert failed.problem.text.endswith("OSError: the journal is unreadable")


def test_that_the_supervisor_died_is_told_even_where_nothing_can_be_written(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(facts: list[Fact], kept: object) -> None:
        raise OSError("the disk is full", facts, kept)

    monkeypatch.setattr(company.world.journal, "append", full)

    company.cast.crash("supervisor", "on purpose")

    (failed,) = eventually(lambda: company.seen(RuntimeFailed))
    assert "the disk is full" in failed.problem.text


def _restarted(company: Company, times: int) -> bool:
    built = [e for e in company.seen(ActorRestarted) if e.address == "supervisor"]
    return len(built) == times
