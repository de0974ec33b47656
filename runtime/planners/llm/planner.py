"""The planner that asks a language model, checks what it says, and has somebody behind it.

A model proposes, and nothing more: its answer is decoded strictly and checked as every
plan is. What cannot be used is told to the model once; then the fallback makes the plan.
Both are recorded (`callboard.messages.facts.PlanningSetback`).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from callboard.actors.desk import planned_by
from callboard.actors.logic.drafting import Frame
from callboard.actors.logic.given import skills_of
from callboard.messages.errors.agents import InvalidOption
from callboard.messages.errors.goals import InvalidPlan, PlanningError
from callboard.messages.errors.planning import ModelTooSlow
from callboard.runtime.planners.llm.alone import Alone
from callboard.runtime.planners.llm.calling import run
from callboard.runtime.planners.llm.endpoint import Endpoint, address_of, need_extra, trust_for
from callboard.runtime.planners.llm.keys import Key
from callboard.runtime.planners.llm.mending import Mending
from callboard.runtime.planners.llm.options import Limits
from callboard.runtime.planners.llm.session import Session
from callboard.runtime.planners.llm.talk import Talk
from callboard.runtime.planners.llm.turns import Turns
from callboard.runtime.planners.rules import RulesPlanner, Uuids

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from callboard.actors.logic.given import GivenSkills
    from callboard.actors.ports import Desk, Ids, Planner
    from callboard.messages.resources import Allowance
    from callboard.messages.values import Damage, Goal, Plan, PlanChange

__all__ = ["KEY", "LLMPlanner", "Limits"]

T = TypeVar("T")

Fallback: TypeAlias = "Planner | Literal['rules'] | None"

KEY = "CALLBOARD_LLM_KEY"
"""Variable of the environment that has the endpoint's key, unless told otherwise."""

_PART = 0.8
"""Of the time that there is, for the model; the rest is for the fallback, and the work."""


class LLMPlanner:
    """A planner that asks a language model at an OpenAI-compatible endpoint.

    Give it to a runtime: `Runtime(planner=LLMPlanner("http://127.0.0.1:11434/v1", "qwen3"))`.
    It may be asked by several threads at once.

    Args:
        url: Of the endpoint, as `https://api.openai.com/v1`.
        model: Its name there.
        key: Tells the endpoint's key, anew for each plan; None takes it from the
            environment. It is neither logged nor journalled.
        key_variable: Of the environment; where it is not set, no key is sent.
        fallback: Makes the plan where the model cannot: "rules", or a planner. None has
            the goal fail with the reason. What was begun cannot be begun otherwise, so it
            is not asked once subtasks of a streamed plan are there.
        stream: Subtasks begin as soon as they have come whole, and what they depend on is
            done, before the rest of the plan is there.
        limits: How much the model may take, and say.
        company: Skills of each agent that there will be; None asks the runtime who is
            registered when a goal comes.
        options: More fields of the request, as `{"temperature": 0}`; `max_completion_tokens`
            as None leaves that field out, where an endpoint wants `max_tokens`.
        headers: More headers of the request.
        ids: Names subtasks; None has random ones.

    Raises:
        InvalidOption: The address is none, or the model has no name.
        ExtraMissing: The extra `llm` is not installed.
    """

    def __init__(  # noqa: PLR0913 - all but two by keyword
        self,
        url: str,
        model: str,
        *,
        key: Callable[[], str] | None = None,
        key_variable: str = KEY,
        fallback: Fallback = "rules",
        stream: bool = True,
        limits: Limits | None = None,
        company: Iterable[GivenSkills] | None = None,
        options: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        ids: Ids | None = None,
    ) -> None:
        need_extra()
        self._url = address_of(url)
        self._tls = trust_for(self._url)
        self._model = _name_of(model)
        self._key = Key(key, key_variable)
        self._ids = ids = ids or Uuids()
        self._fallback = RulesPlanner(ids) if fallback == "rules" else fallback
        self._limits = limits or Limits()
        self._company = None if company is None else tuple(map(skills_of, company))
        self._turns = Turns(self._limits.together)
        self._stream = stream
        self._body = _body(model, self._limits, options or {}, stream=stream)
        self._headers = dict(headers or {})

    def plan(self, goal: Goal) -> Plan:
        """As `plan_at`, outside of a runtime.

        Raises:
            InvalidPlan: As `plan_at`; so does what else that raises.
        """
        return self.plan_at(goal, Alone(self._limits.seconds / _PART))

    def plan_at(self, goal: Goal, desk: Desk) -> Plan:
        """The plan that the model proposes, or that of the fallback.

        Args:
            goal: That is to be planned.
            desk: What is known now, and who is told what goes wrong.

        Raises:
            InvalidPlan: What the model proposes cannot be, and there is no fallback.
            PlanningError: The model gives no answer that can be used, and there is none.
        """

        def session(talk: Talk) -> Coroutine[None, None, Plan]:
            frame, new = self._frame(desk, goal.budget), self._ids.new
            return Session(
                goal, desk, talk, frame, new=new, source=self._source, stream=self._stream
            ).plan()

        try:
            return self._asked(goal, desk, session)
        except (InvalidPlan, PlanningError) as error:
            if desk.dropped or desk.parts or self._fallback is None:
                raise  # what was begun cannot be begun otherwise
            desk.stumbled(error, "leaves the plan to its fallback")
        return planned_by(self._fallback, goal, desk)

    def repair_at(self, goal: Goal, damage: Damage, desk: Desk) -> PlanChange:
        """The change that the model proposes; nobody stands in for it.

        Args:
            goal: That is being carried out.
            damage: What is broken of its plan.
            desk: As of `plan_at`.

        Raises:
            InvalidPlan: What the model proposes cannot be.
            PlanningError: The model gives no answer that can be used.
        """
        frame = self._frame(desk, damage.left)

        def mending(talk: Talk) -> Coroutine[None, None, PlanChange]:
            new, source = self._ids.new, self._source
            return Mending(goal, damage, talk, frame, new, source=source).change()

        return self._asked(goal, desk, mending)

    def _asked(self, goal: Goal, desk: Desk, make: Callable[[Talk], Coroutine[None, None, T]]) -> T:
        seconds = min(self._limits.seconds, _PART * desk.seconds)
        if seconds <= 0:
            raise ModelTooSlow("there was no time left to ask the model")
        end = time.monotonic() + seconds
        endpoint = Endpoint(self._url, self._limits, self._key.now(), self._headers, self._tls)
        talk = Talk(goal, desk, endpoint, body=self._body, limits=self._limits, end=end)
        with self._turns.turn(desk, end):
            return run(make(talk), end - time.monotonic(), desk.on_drop)

    @property
    def _source(self) -> str:
        return f"model {self._model}"

    def _frame(self, desk: Desk, budget: tuple[Allowance, ...]) -> Frame:
        """What must be fitted into, where that budget is left."""
        trades = desk.trades() if self._company is None else self._company
        return Frame(
            caps=self._limits.caps,
            trades=tuple(map(tuple, trades)),
            equivalences=desk.equivalences,
            budget=budget,
            usual=tuple(desk.usual()),
        )


def _name_of(model: object) -> str:
    if not isinstance(model, str) or not model.strip():
        raise InvalidOption("model", model, "the name of a model")
    return model


def _body(
    model: str, limits: Limits, options: Mapping[str, Any], *, stream: bool
) -> dict[str, Any]:
    given: dict[str, Any] = {
        "model": model,
        "stream": stream,
        "max_completion_tokens": limits.tokens,
        **options,
    }
    return {name: value for name, value in given.items() if value is not None}
