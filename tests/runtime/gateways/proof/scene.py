"""A server with something in it: what is asked of it by chance may be there."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from callboard import Runtime, subtask
from callboard.messages.values import Agent, Skill
from tests.runtime.settings import says

if TYPE_CHECKING:
    import requests
    from schemathesis import Case

    from callboard import GoalHandle

FEW = 4
"""Goals of ours that are open at any time."""

MANY = 20
"""Goals of others that are left open."""

SHORT = 0.01
"""Seconds that are waited for where somebody may say how long."""

LONGEST = 60.0
"""Seconds that may be said; what is longer is refused, and stays as it is."""

CLERK = "clerk"
"""An agent elsewhere, over HTTP."""

_WAITS = {
    "goal_result": "wait",
    "next_assignments": "wait",
    "drain_agent": "timeout",
    "drain_runtime": "timeout",
    "quit": "seconds",
}


class Scene:
    """What is there, and how a request comes to mean it.

    Args:
        runtime: Stands behind the server.
        url: Of the server.
        session: Asks it.
    """

    def __init__(self, runtime: Runtime, url: str, session: requests.Session) -> None:
        self._runtime = runtime
        self._url = url
        self._session = session
        self._life = ""
        self._tokens: list[str] = []
        self._goals: list[GoalHandle] = []

    def set(self) -> None:
        """See to it that all is there that may have gone."""
        runtime = self._runtime
        runtime.resume()
        known = runtime.agents()
        if "painter" not in known:
            runtime.register(says("red"), id="painter", skills=["general"])
        if "ann" not in known:
            skills = (Skill(name="pull"),)
            runtime.enrol(Agent(id="ann", skills=skills, max_load=5))
        if CLERK not in known:
            self._enter()
        self._goals = [goal for goal in self._goals if not goal.done]
        while len(self._goals) < FEW:
            self._goals.append(self._goal())
        ours = {goal.id for goal in self._goals}
        others = runtime.goals(("accepted", "running"), limit=100).goals
        for record in [one for one in others if one.goal.id not in ours][MANY:]:
            runtime.goal(record.goal.id).cancel("there are enough")
        runtime.assign()
        self._fetch()

    def place(self, case: Case[Any], draw: random.Random) -> None:
        """Have a request mean something that is there."""
        found = self._real(draw)
        for holder in (case.path_parameters, case.query, case.body):
            if not isinstance(holder, dict):
                continue
            for name in holder.keys() & found.keys():
                holder[name] = found[name]

    def _real(self, draw: random.Random) -> dict[str, str]:
        goal = draw.choice(self._goals).id
        if draw.random() < 0.25:  # a goal of others, or one that has ended
            goal = draw.choice(self._runtime.goals(limit=MANY).goals).goal.id
        subtasks = [*self._runtime.hub.goal(goal).subtasks] or ["none"]
        agent = draw.choice(["painter", "ann", CLERK, CLERK])
        chosen = draw.choice(subtasks)
        return {
            "goal_id": goal,
            "subtask_id": chosen,
            "subtask_uuid": chosen,
            "agent_id": agent,
            "context_id": agent,
            "life": self._life,
            "token": draw.choice(self._tokens or ["1.1.1"]),
        }

    def _goal(self) -> GoalHandle:
        plan = [
            subtask("a", required_skills=["general"]),
            subtask("b", required_skills=["pull"], dependencies=["a"]),
            subtask("c", required_skills=["lease"]),
            subtask("d", required_skills=["nobody has that"], dependencies=["c"]),
        ]
        return self._runtime.submit(plan)

    def _enter(self) -> None:
        body: dict[str, Any] = {"skills": ["lease"], "max_load": 5, "replace": True}
        answer = self._session.post(f"{self._url}/agents/{CLERK}/register", json=body, timeout=60)
        self._life = answer.json()["life"] if answer.ok else ""

    def _fetch(self) -> None:
        query = {"life": self._life, "wait": "0"}
        url = f"{self._url}/agents/{CLERK}/assignments"
        answer = self._session.get(url, params=query, timeout=60)
        if answer.ok:
            self._tokens = [one["token"] for one in answer.json()["assignments"]] or self._tokens
        else:
            self._enter()


def hurry(case: Case[Any]) -> None:
    """Have a request wait for a moment at the most, and no stream go on for ever."""
    name = case.operation.definition.raw["operationId"]
    if name == "follow_events":
        case.query["follow"] = "false"
    field = _WAITS.get(name)
    if field is None:
        return
    holder: Any = case.query if case.method == "GET" else case.body
    if not isinstance(holder, dict):
        if case.method == "POST":
            case.body = {field: SHORT}
    elif field not in holder or _long(holder[field]):
        holder[field] = SHORT


def _long(given: Any) -> bool:
    try:
        return SHORT < float(given) <= LONGEST
    except (TypeError, ValueError, OverflowError):
        return False
