"""Which status an error has outside, and what is said of it.

>>> from callboard.messages.errors import Overloaded, UnknownAgent
>>> status_of(UnknownAgent("ann")), refusal_of(UnknownAgent("ann")).error
(404, "unknown agent 'ann'")
>>> status_of(Overloaded("goals are open", 5, 5)), retry_after(Overloaded("", 5, 5))
(429, 1)
>>> status_of(KeyError("secret")), refusal_of(KeyError("secret")).error
(500, 'something went wrong within Callboard; its log says what')
"""

from __future__ import annotations

import math
from http import HTTPStatus

from callboard.messages import errors
from callboard.messages.errors.base import CallboardError
from callboard.runtime.gateways.operations.operation import Refusal

WRONG = "something went wrong within Callboard; its log says what"
"""What is said of an error that nobody foresaw: the rest is nobody's business outside."""

SHORTLY = 1.0
"""Seconds until another try makes sense, where an error does not say it."""

_STATUSES: dict[type[CallboardError], HTTPStatus] = {
    # Of the closest class of an error that is here.
    errors.UnknownAgent: HTTPStatus.NOT_FOUND,
    errors.UnknownBudget: HTTPStatus.NOT_FOUND,
    errors.UnknownGoal: HTTPStatus.NOT_FOUND,
    errors.UnknownSubtask: HTTPStatus.NOT_FOUND,
    errors.UnknownPath: HTTPStatus.NOT_FOUND,
    errors.NotLinked: HTTPStatus.NOT_FOUND,
    errors.WrongMethod: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.AgentIdTaken: HTTPStatus.CONFLICT,
    errors.AlreadyEnded: HTTPStatus.CONFLICT,
    errors.AwaitsApproval: HTTPStatus.CONFLICT,
    errors.NothingProposed: HTTPStatus.CONFLICT,
    errors.ProposalChanged: HTTPStatus.CONFLICT,
    errors.NotApproved: HTTPStatus.CONFLICT,
    errors.Rejected: HTTPStatus.CONFLICT,
    errors.Blocked: HTTPStatus.CONFLICT,
    errors.GoalAlreadyEnded: HTTPStatus.CONFLICT,
    errors.GoalCancelled: HTTPStatus.CONFLICT,
    errors.GoalFailed: HTTPStatus.CONFLICT,
    errors.NotAssigned: HTTPStatus.CONFLICT,
    errors.NotParked: HTTPStatus.CONFLICT,
    errors.StaleLease: HTTPStatus.CONFLICT,
    errors.StillRunning: HTTPStatus.CONFLICT,
    errors.LeaseRefused: HTTPStatus.CONFLICT,
    errors.LinkTaken: HTTPStatus.CONFLICT,
    errors.DeadlinePassed: HTTPStatus.CONFLICT,
    errors.GoalTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.MessageTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.PlanTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.TensorTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.WrongMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.ResultRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidPlan: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.MalformedPlan: HTTPStatus.BAD_REQUEST,
    errors.InvalidDuration: HTTPStatus.BAD_REQUEST,
    errors.NotEncodable: HTTPStatus.BAD_REQUEST,
    errors.InboxFull: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Overloaded: HTTPStatus.TOO_MANY_REQUESTS,
    errors.JournalError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.RuntimeBroken: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.RuntimeClosed: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.NotReady: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.RuntimeDraining: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.CallTimedOut: HTTPStatus.GATEWAY_TIMEOUT,
    errors.NotLetIn: HTTPStatus.UNAUTHORIZED,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.ForeignOrigin: HTTPStatus.FORBIDDEN,
    errors.BodyTooSlow: HTTPStatus.REQUEST_TIMEOUT,
    errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.TooFast: HTTPStatus.TOO_MANY_REQUESTS,
    errors.ServerFull: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ServerStops: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.TokensUnusable: HTTPStatus.SERVICE_UNAVAILABLE,
}

_FAULTS = {
    "caller": HTTPStatus.BAD_REQUEST,
    "agent": HTTPStatus.BAD_GATEWAY,
    "callboard": HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Of what is not in the table: whose fault it is."""

_PASSING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


def status_of(error: BaseException) -> int:
    """The status of HTTP that tells of an error."""
    if not isinstance(error, CallboardError):
        return int(HTTPStatus.INTERNAL_SERVER_ERROR)
    for kind in type(error).__mro__:
        status = _STATUSES.get(kind)
        if status is not None:
            return int(status)
    return int(_FAULTS[error.fault])


def refusal_of(error: BaseException) -> Refusal:
    """What is said of an error: never where in our code it happened."""
    if not isinstance(error, CallboardError):
        return Refusal(error=WRONG, kind="InternalError")
    return Refusal(error=str(error), kind=type(error).__name__, field=_field(error))


def retry_after(error: BaseException) -> int | None:
    """Whole seconds after which another try makes sense; None where it makes none."""
    if not isinstance(error, CallboardError) or status_of(error) not in _PASSING:
        return None
    return math.ceil(SHORTLY if error.retry_after is None else error.retry_after)


def _field(error: CallboardError) -> str:
    match error:
        case errors.MalformedRequest():
            return error.field
        case errors.InvalidMessage():
            return error.path.removeprefix("$").removeprefix(".")
        case errors.MalformedPlan():
            return error.where.removeprefix("$").removeprefix(".")
        case errors.InvalidOption():
            return error.option
        case errors.InvalidCall():
            return error.argument
        case errors.InvalidSkills():
            return "skills"
        case _:
            return ""
