"""The server's application (ASGI): the table of operations over a runtime.

    app = build(runtime)

What is not in the table (streams, texts, sockets) comes as endpoints and routes; an
endpoint is guarded and documented like an operation, a route sees to that itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Sequence
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from callboard.messages.errors.requests import UnknownPath
from callboard.runtime.gateways.link.lease import LeaseDoor
from callboard.runtime.gateways.link.links import Links
from callboard.runtime.gateways.link.options import LinkOptions
from callboard.runtime.gateways.link.websocket import LinkDoor
from callboard.runtime.gateways.operations.table import TABLE
from callboard.runtime.gateways.rest import openapi, page
from callboard.runtime.gateways.rest.answers import refused
from callboard.runtime.gateways.rest.events import Events
from callboard.runtime.gateways.rest.metrics import Metrics
from callboard.runtime.gateways.rest.routes import LARGEST, Doorway, endpoint_of, routes

if TYPE_CHECKING:
    from starlette.middleware import Middleware
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from callboard.runtime.gateways.rest.guarding import Guard
    from callboard.runtime.gateways.rest.routes import Endpoint
    from callboard.runtime.runtime import Runtime


def build(  # noqa: PLR0913 - what it is made of
    runtime: Runtime,
    *,
    guard: Guard | None = None,
    endpoints: Sequence[Endpoint] = (),
    more: Sequence[BaseRoute] = (),
    middleware: Sequence[Middleware] = (),
    largest_body: int = LARGEST,
    link: LinkOptions | None = None,
) -> Starlette:
    """The application that serves a runtime.

    Args:
        runtime: Is asked.
        guard: Decides who may ask what; None lets everybody.
        endpoints: What is served beside the table of operations.
        more: Routes as they are, as of WebSockets.
        middleware: Around everything, the outermost first.
        largest_body: Bytes of a request's body that are read at the most.
        link: How patient it is with agents elsewhere.

    Returns:
        It; `state.watching` is what is open for those who watch, `state.links` are the agents
        elsewhere.
    """
    doorway, watching = Doorway(runtime, guard, largest_body), Watching(runtime)
    links = Links(runtime, replace(link or LinkOptions(), longest=largest_body))
    table = [endpoint_of(operation, runtime) for operation in TABLE]
    served = [*table, *LeaseDoor(links).endpoints, *watching.endpoints, *endpoints]
    served += [openapi.endpoint(lambda: served), page.ENDPOINT]
    app = Starlette(
        routes=[LinkDoor(links, guard).route, *routes(doorway, served), *more],
        middleware=list(middleware),
        exception_handlers={HTTPException: _unserved, Exception: _unforeseen},
        lifespan=partial(_life, watching),
    )
    app.router.redirect_slashes = False  # a path is there or not, and nothing redirects
    app.state.watching, app.state.links = watching, links
    return app


@contextlib.asynccontextmanager
async def _life(watching: Watching, _: Starlette) -> AsyncGenerator[None]:
    """From its server's start to its end."""
    watching.open()
    yield
    watching.close()


async def _unserved(request: Request, error: Exception) -> Response:
    """What no route has taken."""
    known = isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_FOUND
    return refused(request, UnknownPath(request.url.path) if known else error)


async def _unforeseen(request: Request, error: Exception) -> Response:
    """What went wrong around the routes."""
    return refused(request, error)


class Watching:
    """What an application has open for those who watch: events and figures go on between requests.

    Args:
        runtime: Is watched.

    Attributes:
        events: Who follows what happens.
        metrics: What was measured.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.events = Events(runtime)
        self.metrics = Metrics(runtime, lambda: self.events.feed.readers)

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """To be served."""
        return (self.events.endpoint, self.metrics.endpoint)

    def open(self) -> None:
        """Go on after `close`; it is open when it is made."""
        self.events.open()
        self.metrics.open()

    def close(self) -> None:
        """End all streams and measure no longer, from whatever thread."""
        self.events.close_soon()
        self.metrics.close()
