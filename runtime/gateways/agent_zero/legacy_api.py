"""The endpoints in a legacy tree: /orchestration/..., as rules of its Flask application.

The tree's own wrappers do not guard such rules, so what they ask for is asked for here:
the login where there is one, and the token against forged requests.
"""

from __future__ import annotations

import asyncio
import hmac
import importlib
import os
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast

from callboard.runtime.gateways.agent_zero.door import Answered, refused, respond
from callboard.runtime.gateways.agent_zero.verbs import VERBS, methods_of
from callboard.runtime.logs import log


def add_rules(app: Any) -> None:  # noqa: ANN401 - a Flask application
    """Serve /orchestration/VERB; harmless a second time."""
    for verb in VERBS:
        endpoint = f"callboard_orchestration_{verb}"
        if endpoint in app.view_functions:
            continue
        try:
            app.add_url_rule(
                f"/orchestration/{verb}", endpoint, _view(verb), methods=list(methods_of(verb))
            )
        except AssertionError as error:  # it answers requests already
            log.warning("orchestration_rule_not_added", verb=verb, error=str(error))


async def respond_to_action(given: Mapping[str, Any], method: str) -> Answered:
    """The same by one endpoint, /orchestration, with the verb in the body as `action`."""
    action = given.get("action") if isinstance(cast("object", given), Mapping) else None
    if not isinstance(action, str) or action not in VERBS:
        error = f"action is required: one of {', '.join(VERBS)}"
        return refused(HTTPStatus.BAD_REQUEST, error, "MalformedRequest")
    rest = {name: value for name, value in given.items() if name != "action"}
    return await respond(action, rest, "POST" if method == "POST" else method)


def _view(verb: str) -> Callable[[], Any]:
    def view() -> Any:  # noqa: ANN401 - a response of Flask's
        flask: Any = importlib.import_module("flask")
        answered = _not_let_in(flask) or _asked(flask, verb)
        headers = {"WWW-Authenticate": 'Basic realm="Login Required"'}
        return flask.Response(
            answered.text,
            status=answered.status,
            mimetype="application/json",
            headers=headers if answered.status == HTTPStatus.UNAUTHORIZED else None,
        )

    return view


def _asked(flask: Any, verb: str) -> Answered:  # noqa: ANN401 - the module
    request = flask.request
    try:
        given = request.args.to_dict() if request.method == "GET" else request.get_json(silent=True)
    except RecursionError:
        error = "body is nested too deeply"
        return refused(HTTPStatus.BAD_REQUEST, error, "MalformedRequest")
    with asyncio.Runner() as runner:
        return runner.run(respond(verb, {} if given is None else given, request.method))


def _not_let_in(flask: Any) -> Answered | None:  # noqa: ANN401 - the module
    """Why that request is not let in; None where it is."""
    user, password = _value("AUTH_LOGIN"), _value("AUTH_PASSWORD")
    if user and password:
        given = flask.request.authorization
        said = (getattr(given, "username", None) or "", getattr(given, "password", None) or "")
        if not (_same(said[0], user) and _same(said[1], password)):
            return refused(HTTPStatus.UNAUTHORIZED, "a login is required", "NotLetIn")
    token = flask.session.get("csrf_token") or ""
    if not token or not _same(flask.request.headers.get("X-CSRF-Token") or "", token):
        error = "the header X-CSRF-Token is missing or wrong; GET /csrf_token gives one"
        return refused(HTTPStatus.FORBIDDEN, error, "NotLetIn")
    return None


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _value(name: str) -> str:
    """A setting of the tree: of its .env, or of the environment."""
    try:
        dotenv: Any = importlib.import_module("python.helpers.dotenv")
    except ModuleNotFoundError:
        return os.environ.get(name, "")
    return str(dotenv.get_dotenv_value(name) or "")
