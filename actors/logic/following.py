"""How the scheduler follows turns that somebody has worked out (`advising`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.advising import is_sound
from callboard.actors.logic.effects import Effect, Show
from callboard.actors.logic.lifecycle import State
from callboard.actors.logic.outlook import needs_of
from callboard.actors.logic.places import has_risen
from callboard.messages.notices import OrderAdvised

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.company import Company
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.outlook import Needs
    from callboard.messages.work import Advise, Turn

_LOOK = ("turn", "")


class Following:
    """Takes turns, and says who takes what by them."""

    def __init__(self, leasing: Leasing) -> None:
        self._leasing = leasing

    def advise(self, message: Advise, now: float) -> list[Effect]:
        """These turns take the place of all others."""
        leasing = self._leasing
        taken = [turn for turn in message.turns if self._makes_sense(turn)]
        before = leasing.advice.clear()
        leasing.advice.take(taken, now)
        leasing.alarms.clear(_LOOK)
        for uuid in dict.fromkeys([*before, *(turn.subtask for turn in taken)]):
            work = leasing.works.get(uuid)
            if work is not None:
                leasing.stand_anew(work)
        strangers = len(message.turns) - len(leasing.advice)
        count, gain = len(leasing.advice), message.gain
        return [Show(OrderAdvised(at=now, subtasks=count, strangers=strangers, gain=gain))]

    def _makes_sense(self, turn: Turn) -> bool:
        """It is there to be begun, and its agent could do it."""
        leasing = self._leasing
        work = leasing.works.get(turn.subtask)
        if work is not None:
            begun = work.lease is not None or work.state is State.SETTLING
            needs = None if begun else work.needs
        else:
            ready = leasing.foresight.ready(turn.subtask)
            needs = None if ready is None else needs_of(ready.subtask.required_skills)
        member = leasing.slots.member(turn.agent)
        if needs is None or member is None or not is_sound(turn):
            return False
        return leasing.slots.company(member.agent).fits(needs, member)

    def chooser(
        self, company: Company, choose: Callable[[Needs], Member | None], now: float
    ) -> Callable[[Work], Member | None]:
        """Who takes what has a turn: its agent, in its turn, or who takes it by the rule."""
        advice, breakers = self._leasing.advice, self._leasing.breakers

        def follow(work: Work) -> Member | None:
            turn = advice.turn(work.uuid)
            member = None if turn is None else company.members.get(turn.agent)
            if member is None or not member.takes or not company.fits(work.needs, member):
                return choose(work.needs)
            if company.crowded(work.needs, member):
                return choose(work.needs)
            if has_risen(work):  # nobody asks it to wait any longer
                return choose(work.needs)
            if breakers.resting and breakers.bar(work.needs) is not None:
                return None
            free = member.agent.max_load - member.due
            until = advice.kept(work.uuid, free, now) if free > 0 else advice.overdue(work.uuid)
            if until is None:
                return member
            if free <= 0 and until <= now:
                return choose(work.needs)
            self._look_again(until)
            return None

        return follow

    def _look_again(self, when: float) -> None:
        known = self._leasing.alarms.when(_LOOK)
        if known is None or when < known:
            self._leasing.alarms.set(_LOOK, when)
