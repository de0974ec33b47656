"""The self-check: three live agents reach three goals, and every step is looked at.

    from callboard.runtime.self_check import main

    status = main()  # prints what it tries, and what failed

`callboard self-check` and tests/test_simple_orchestration.py take the same steps.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from callboard.runtime.facade import AtomicSubtask, DistributedOrchestrator

Say: TypeAlias = Callable[[str], object]

PASSED = "ALL TESTS PASSED! Distributed orchestration system working correctly."

GOALS = {
    "analyze customer data trends": ["Data Collection", "Data Analysis", "Report Generation"],
    "develop a web application": [
        "Requirements Analysis",
        "Design Phase",
        "Implementation",
        "Testing",
    ],
    "organize the office party": ["Goal Execution"],
}
AGENTS = {
    "analyst": ["data_collection", "data_analysis", "report_writing"],
    "developer": ["requirements_analysis", "design", "planning", "coding", "testing"],
    "generalist": ["general"],
}


class Failed(Exception):
    """Something is not as it should be."""


class Worker:
    """An agent that does what it is told, and remembers it."""

    def __init__(self, name: str) -> None:
        self.id = name
        self.told: list[str] = []

    async def communicate(self, message: str) -> str:
        """Do it."""
        await asyncio.sleep(0)
        self.told.append(message)
        return f"{self.id} did {message.splitlines()[0]}"


class Check:
    """The steps; each builds on those before it."""

    def __init__(self, orchestrator: DistributedOrchestrator, say: Say) -> None:
        self._say = say
        self.orchestrator = orchestrator
        self.workers = {name: Worker(name) for name in AGENTS}
        self.subtasks: list[AtomicSubtask] = []
        self.running: list[tuple[AtomicSubtask, str]] = []

    def decomposition(self) -> None:
        """Goals become subtasks, each waiting for the one before it."""
        for goal, expected in GOALS.items():
            found = self.orchestrator.decompose_goal(goal)
            self._say(f"  {goal!r}: {len(found)} subtasks")
            same("subtasks", [subtask.name for subtask in found], expected)
            needs: list[list[str]] = [[], *([subtask.uuid] for subtask in found[:-1])]
            same("dependencies", [subtask.dependencies for subtask in found], needs)
            self.subtasks += found
        same("subtasks in all", len(self.subtasks), 8)

    def registration(self) -> None:
        """Three agents sign in."""
        for name, skills in AGENTS.items():
            agent = self.orchestrator.register_agent(self.workers[name], skills)
            self._say(f"  {agent}: {', '.join(skills)}")
            same("the agent's id", agent, name)
        found = self.orchestrator.registered_agents
        same("agents", {a: set(found[a].skills) for a in found}, {
            name: set(skills) for name, skills in AGENTS.items()})  # fmt: skip

    def tensor(self) -> None:
        """The tensor has an entry for each subtask, agent and priority."""
        tensor = self.orchestrator.get_task_tensor()
        self._say(f"  shape {tensor.shape}")
        same("the tensor's shape", tensor.shape, (8, 3, 4))
        same("the sums of its tasks", tensor.sum(axis=(1, 2)).round(9).tolist(), [1.0] * 8)

    def assignment(self) -> None:
        """What waits for nothing is assigned to whoever can do it best."""
        self.running = self.orchestrator.assign_subtasks()
        for subtask, agent in self.running:
            self._say(f"  {subtask.name} -> {agent}")
        expected = {
            "Data Collection": "analyst",
            "Requirements Analysis": "developer",
            "Goal Execution": "generalist",
        }
        same("assignments", {s.name: agent for s, agent in self.running}, expected)
        same("states", [s.state.value for s, _ in self.running], ["running"] * 3)
        same("what else there is to assign", self.orchestrator.assign_subtasks(), [])

    def dependency_resolution(self) -> None:
        """Each completion frees what waited for it, until all is done."""
        collection, analysis = self.subtasks[:2]
        can_run = self.orchestrator.can_execute_subtask
        same("can run before", can_run(analysis), expected=False)
        rounds = 0
        while self.running:
            rounds += 1
            asyncio.run(self.work())
            if rounds == 1:
                same(
                    "can run after", self.orchestrator.can_execute_subtask(analysis), expected=True
                )
            self.running = self.orchestrator.assign_subtasks()
        same("rounds", rounds, 4)
        same("the first result", collection.result, "analyst did Data Collection")
        same("states", {s.status.value for s in self.subtasks}, {"completed"})

    async def work(self) -> None:
        """The agents do what they hold, side by side."""
        work = (self.orchestrator.execute_subtask_on_agent(s, agent) for s, agent in self.running)
        results = await asyncio.gather(*work)
        for (subtask, agent), result in zip(self.running, results, strict=True):
            self.orchestrator.mark_subtask_completed(subtask.uuid, result)
            self._say(f"  {agent} has done {subtask.name}")

    def status(self) -> None:
        """In the end everything is done, by everybody, and nobody is busy."""
        status = self.orchestrator.get_orchestration_status()
        figures = {key: value for key, value in status.items() if key != "agent_status"}
        self._say(f"  {figures}")
        loads = {name: agent["current_load"] for name, agent in status["agent_status"].items()}
        same("loads", loads, dict.fromkeys(AGENTS, 0))
        expected = {
            "total_subtasks": 8,
            "completed_subtasks": 8,
            "running_subtasks": 0,
            "pending_subtasks": 0,
            "registered_agents": 3,
            "task_tensor_shape": (8, 3, 4),
        }
        same("status", figures, expected)
        shares = Counter({name: len(worker.told) for name, worker in self.workers.items()})
        same("who was told", shares, Counter(developer=4, analyst=3, generalist=1))

    def steps(self) -> list[Callable[[], None]]:
        """All of them, in order."""
        return [
            self.decomposition,
            self.registration,
            self.tensor,
            self.assignment,
            self.dependency_resolution,
            self.status,
        ]


def same(what: str, found: object, expected: object) -> None:
    """Fail, naming *what*, unless the two are equal."""
    if found != expected:
        raise Failed(f"{what}: expected {expected!r}, found {found!r}")


class Step(NamedTuple):
    """A step that was taken.

    Attributes:
        title: What it is called.
        what: What should hold.
        problem: What does not; "" for nothing.
    """

    title: str
    what: str
    problem: str


def check(say: Say = print) -> list[Step]:
    """Take the steps up to the first one that fails, and say so."""
    taken: list[Step] = []
    with DistributedOrchestrator() as orchestrator:
        for number, step in enumerate(Check(orchestrator, say).steps(), 1):
            title = step.__name__.replace("_", " ").capitalize()
            say(f"{number}. {title}: {step.__doc__}")
            problem = _problem(step)
            taken.append(Step(title, str(step.__doc__), problem))
            if problem:
                say(f"FAILED: {title}: {problem}")
                return taken
    say(PASSED)
    return taken


def main(say: Say = print) -> int:
    """Try everything; the exit status."""
    return 1 if any(step.problem for step in check(say)) else 0


def _problem(step: Callable[[], None]) -> str:
    try:
        step()
    except Exception as error:  # noqa: BLE001 - whatever it is, say it
        return f"{type(error).__name__}: {error}"
    return ""
