"""Classic bugs of durability, to be put back: what the prover must find when processes die."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.leasing import Leasing
from callboard.actors.post import Post
from callboard.messages import facts
from callboard.messages.base import Message
from callboard.messages.commands import GoalTaken
from callboard.messages.facts import Fact
from callboard.messages.work import Acknowledged
from callboard.runtime.keeping import Keeping
from callboard.runtime.simulation.disk import DiskJournal

Put = Callable[[pytest.MonkeyPatch], None]


def _split(effects: list[Effect]) -> tuple[dict[str, list[Message]], list[Effect]]:
    letters: dict[str, list[Message]] = {}
    for effect in effects:
        if isinstance(effect, Tell):
            letters.setdefault(effect.to, []).append(effect.message)
    return letters, [effect for effect in effects if not isinstance(effect, Tell)]


def effects_come_before_the_record_is_safe(patch: pytest.MonkeyPatch) -> None:
    def hasty(self: Post, actor: Any, effects: list[Effect]) -> None:
        kept = [effect.fact for effect in effects if isinstance(effect, Record)]
        if kept:
            self._journal.append(kept, None)  # pyright: ignore[reportPrivateUsage]
        self._carry_out(actor, *_split(effects))  # pyright: ignore[reportPrivateUsage]

    patch.setattr(Post, "perform", hasty)


def _told_early(patch: pytest.MonkeyPatch, kind: type[Message]) -> None:
    perform = Post.perform

    def hasty(self: Post, actor: Any, effects: list[Effect]) -> None:
        early = [e for e in effects if isinstance(e, Tell) and isinstance(e.message, kind)]
        self._carry_out(actor, *_split(list(early)))  # pyright: ignore[reportPrivateUsage]
        perform(self, actor, [e for e in effects if e not in early])

    patch.setattr(Post, "perform", hasty)


def a_completion_is_acknowledged_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    _told_early(patch, Acknowledged)


def a_goal_is_acknowledged_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    _told_early(patch, GoalTaken)


def the_boot_is_not_in_the_token(patch: pytest.MonkeyPatch) -> None:
    begin = Leasing.__init__

    def bootless(self: Leasing, *told: Any, **named: Any) -> None:
        begin(self, *told, **named)
        self._boot = 1  # pyright: ignore[reportPrivateUsage]

    patch.setattr(Leasing, "__init__", bootless)


def a_key_is_forgotten_with_the_process(patch: pytest.MonkeyPatch) -> None:
    def forgetful(self: Keeping, key: str) -> None:
        del self, key

    patch.setattr(Keeping, "known", forgetful)


def finished_work_is_not_replayed(patch: pytest.MonkeyPatch) -> None:
    replay = DiskJournal.replay

    def forgetful(self: DiskJournal) -> Iterator[Fact]:
        return (fact for fact in replay(self) if not isinstance(fact, facts.SubtaskCompleted))

    patch.setattr(DiskJournal, "replay", forgetful)


BUGS: dict[str, Put] = {
    put.__name__: put
    for put in (
        effects_come_before_the_record_is_safe,
        a_completion_is_acknowledged_before_the_commit,
        a_goal_is_acknowledged_before_the_commit,
        the_boot_is_not_in_the_token,
        a_key_is_forgotten_with_the_process,
        finished_work_is_not_replayed,
    )
}

FIRST = {"a_goal_is_acknowledged_before_the_commit": 1125}
"""The seed to begin with, to save time; it is 0 for all others."""
