"""What the description of the server says in words: what no type can say."""

from __future__ import annotations

from typing import Any, Final

from callboard.runtime.gateways.link.frames import PATH

ABOUT: Final = """\
Goals, subtasks and agents of one Callboard runtime.

Every answer is a JSON object: with `success` where it was done, else with `error` in words,
`kind` (the error's class) and `field` where one is to blame. A body is `application/json`; a
field that is not known is refused, so that a slip of the pen is seen. Times are ISO 8601 in
UTC and durations are seconds, but for `estimated_duration`, which is minutes.

A server without tokens answers whoever reaches it, and listens on its own machine only. One
with tokens wants `Authorization: Bearer TOKEN`; each operation says which scope it needs:
`reader`, `agent` or `operator`, each of which may all that those before it may.

What was promised is kept: an answer comes when its facts are in the journal."""

TAGS: Final = {
    "orchestration": "The specification's eight: agents that ask for their work, and who "
    "answers for them.",
    "goals": "Handed in, looked at, held up and ended.",
    "subtasks": "Looked at, explained, held up, ended and tried again.",
    "agents": "Who is there.",
    "runtime": "How everything stands, what happens, and holding all of it up.",
    "agents elsewhere": "How a program in any language is an agent, by questions over HTTP: "
    "register, ask for assignments again and again, say how each ended. The same over a "
    "WebSocket is at `/agents/link`.",
    "documentation": "What there is.",
}

LETS_IN: Final = (
    "Needed wherever the server was started with tokens; `callboard token create` makes one."
)

KEY: Final = (
    "The same key gives the same goal, also after a restart of the server; with another "
    "request it is refused."
)

LINK: Final[dict[str, Any]] = {
    PATH: {
        "summary": "The WebSocket of agents elsewhere",
        "description": "Opened by a worker, which then says frames and hears some, each a "
        "JSON object (text) or msgpack (binary) with its `type`: `hello` first, answered by "
        "`welcome` or `refused`; then `assign` and `stop` come, and `heartbeat`, `progress`, "
        "`done`, `failed` and `stopped` go, each end until there is an `ack` of it. The page "
        "on agents elsewhere has all of them. OpenAPI has no words for it, so there is no "
        "operation here.",
    }
}

WHY: Final = {
    400: "A field is missing, unknown or malformed, and is named.",
    401: "A token is needed, or another one.",
    403: "The token may not do that, or a page of another site asks.",
    404: "It is not there, and is named.",
    408: "Head or body came too slowly.",
    409: "It stands otherwise: ended already, blocked, taken, or the lease is stale.",
    413: "It is too large.",
    415: "The body is not application/json.",
    422: "The plan cannot be, or the idempotency key was used for something else.",
    429: "Too much at once; `Retry-After` says when to come again.",
    431: "The head is too large.",
    503: "The runtime drains, has ended, or cannot write; `Retry-After` says when to come again.",
    504: "The runtime did not answer in time; what was asked may still happen.",
}
