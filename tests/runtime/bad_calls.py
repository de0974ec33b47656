"""Calls about agents, messages and subtasks that make no sense, and what is raised for each."""

from __future__ import annotations

import math

from callboard import Note, Task, handles
from callboard.messages.errors import (
    AgentIdTaken,
    AgentWithoutId,
    AlreadyEnded,
    Blocked,
    InvalidOption,
    InvalidSkills,
    NotAnAgent,
    NotEncodable,
    UnknownAgent,
    UnknownSubtask,
    UnregisteredMessage,
)
from callboard.messages.errors.lookups import NotParked
from callboard.messages.errors.running import InvalidCall
from callboard.messages.values import Agent
from tests.runtime.bad_plans import Case
from tests.runtime.settings import says


def work(task: Task) -> str:
    return task.name


NAMELESS = says(1)
NAMELESS.__name__ = "<lambda>"


class NoWork:
    pass


class NeedsArguments:
    def __init__(self, connection: object) -> None:
        self.connection = connection

    def work(self, task: Task) -> str:
        return task.name


class Unencodable:
    def __repr__(self) -> str:
        return "<unencodable>"


class Unregistered:
    pass


CALLS: dict[str, Case] = {
    # Agents
    "no agent": (lambda r: r.register(5), NotAnAgent, "int is no agent"),
    "not decorated": (lambda r: r.register(work), NotAnAgent, "work is no agent"),
    "no work": (lambda r: r.register(NoWork, skills=["a"]), NotAnAgent, "NoWork is no agent"),
    "class with arguments": (
        lambda r: r.register(NeedsArguments, skills=["a"]),
        InvalidOption,
        "the class NeedsArguments must be one that can be made without arguments",
    ),
    "no id": (
        lambda r: r.register(NAMELESS, skills=["a"]),
        AgentWithoutId,
        "has no id: an agent's id is a non-empty text",
    ),
    "empty id": (
        lambda r: r.register(work, id="", skills=["a"]),
        AgentWithoutId,
        "work has no id: an agent's id is a non-empty text",
    ),
    "id of a wrong type": (lambda r: r.register(work, id=5), InvalidOption, "id must be a"),
    "taken id": (
        lambda r: r.register(work, id="helper", skills=["a"]),
        AgentIdTaken,
        "the agent id 'helper' is taken",
    ),
    "id taken by one far away": (
        lambda r: r.register(work, id="far", skills=["a"]),
        AgentIdTaken,
        "the agent id 'far' is taken",
    ),
    "taken id far away": (
        lambda r: r.register_remote(Agent(id="helper", pull=True)),
        AgentIdTaken,
        "the agent id 'helper' is taken",
    ),
    "id far away of a wrong type": (
        lambda r: r.register_remote(Agent(id=5)),  # type: ignore[arg-type]
        InvalidCall,
        "agent.id must be a text, not 5",
    ),
    "skills as a text": (
        lambda r: r.register(work, skills="sql"),
        InvalidSkills,
        "skills are a list of names, or a mapping from names to levels, not the text 'sql' alone",
    ),
    "skills as numbers": (lambda r: r.register(work, skills=[5]), InvalidSkills, "not 5 (int)"),
    "max_load": (
        lambda r: r.register(work, max_load=0),
        InvalidOption,
        "max_load must be a whole number above 0, not 0",
    ),
    "unknown agent option": (lambda r: r.register(work, skill=["a"]), InvalidOption, "skill"),
    "timeout": (lambda r: r.register(work, timeout=-1), InvalidOption, "timeout"),
    "unregister nobody": (
        lambda r: r.unregister("nobody"),
        UnknownAgent,
        "unknown agent 'nobody'",
    ),
    "unregister a list": (
        lambda r: r.unregister(["helper"]),
        InvalidCall,
        "agent must be a text, not ['helper']",
    ),
    "unregister in no time": (
        lambda r: r.unregister("helper", timeout=math.nan),
        InvalidCall,
        "timeout must be a number of seconds, not negative, not nan",
    ),
    "heartbeat of nobody": (lambda r: r.heartbeat("nobody"), UnknownAgent, "'nobody'"),
    "heartbeat of a list": (lambda r: r.heartbeat([]), InvalidCall, "agent must be a text"),
    "resize nobody": (lambda r: r.resize("nobody", 2), UnknownAgent, "'nobody'"),
    "resize to nothing": (
        lambda r: r.resize("helper", 0),
        InvalidOption,
        "max_load must be a whole number above 0, not 0",
    ),
    "resize to a text": (
        lambda r: r.resize("helper", "2"),
        InvalidOption,
        "max_load must be a whole number above 0, not '2'",
    ),
    # Messages
    "unregistered message": (
        lambda r: r.send("helper", Unregistered()),
        UnregisteredMessage,
        "Unregistered is no registered message type: derive it from UserMessage",
    ),
    "message of no type": (
        lambda r: r.ask("helper", "hello"),
        UnregisteredMessage,
        "str is no registered message type",
    ),
    "handler of an unregistered message": (
        lambda _: handles(Unregistered),  # type: ignore[arg-type]
        UnregisteredMessage,
        "Unregistered is no registered message type",
    ),
    "message that cannot be encoded": (
        lambda r: r.send("helper", Note(Unencodable())),  # type: ignore[arg-type]
        NotEncodable,
        "the message Note cannot be encoded",
    ),
    "message to nobody": (lambda r: r.send("nobody", Note("")), UnknownAgent, "'nobody'"),
    "message to a number": (lambda r: r.send(5, Note("")), InvalidCall, "agent must be a text"),
    "question without time": (
        lambda r: r.ask("helper", Note(""), timeout=-1),
        InvalidCall,
        "timeout must be a number of seconds, not negative, not -1",
    ),
    # Subtasks
    "cancel an unknown subtask": (
        lambda r: r.cancel_subtask("u"),
        UnknownSubtask,
        "unknown subtask 'u'",
    ),
    "cancel a list": (lambda r: r.cancel_subtask(["u"]), InvalidCall, "subtask must be a text"),
    "cancel for a number": (
        lambda r: r.cancel_subtask("first", 5),
        InvalidCall,
        "reason must be a text, not 5",
    ),
    "cancel what is done": (
        lambda r: r.cancel_subtask("first"),
        AlreadyEnded,
        "subtask 'first' has ended already: completed",
    ),
    "complete an unknown subtask": (lambda r: r.complete("u"), UnknownSubtask, "'u'"),
    "complete a list": (lambda r: r.complete(["u"]), InvalidCall, "subtask must be a text"),
    "complete with what cannot be encoded": (
        lambda r: r.complete("first", Unencodable()),
        NotEncodable,
        "the result of subtask first cannot be encoded",
    ),
    "complete once more": (
        lambda r: r.complete("first", "something else"),
        AlreadyEnded,
        "subtask 'first' has ended already: completed with another result",
    ),
    "complete what is blocked": (
        lambda r: r.complete("blocked"),
        Blocked,
        "subtask 'blocked' waits for 'Waits'",
    ),
    "requeue an unknown subtask": (lambda r: r.requeue("u"), UnknownSubtask, "'u'"),
    "requeue what is done": (
        lambda r: r.requeue("first"),
        AlreadyEnded,
        "subtask 'first' has ended already: completed",
    ),
    "requeue what is done, changed": (
        lambda r: r.requeue("first", description="again"),
        AlreadyEnded,
        "subtask 'first' has ended already: completed",
    ),
    "requeue a list": (lambda r: r.requeue([]), InvalidCall, "subtask must be a text"),
    "requeue what is not parked": (
        lambda r: r.requeue("waits"),
        NotParked,
        "subtask 'waits' is not parked",
    ),
    "story of a list": (lambda r: r.story([]), InvalidCall, "subtask must be a text"),
    "crash nobody": (lambda r: r.crash("nobody", ""), UnknownAgent, "'nobody'"),
    "health in no time": (lambda r: r.health(timeout="1"), InvalidCall, "timeout must be"),
}
