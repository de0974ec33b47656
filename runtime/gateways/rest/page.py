"""`GET /docs`: a page that shows `/openapi.json`, and lets everything be tried.

One file, from this server alone: its policy (CSP) lets exactly its own style and script run,
by their hashes, and lets it talk to nobody else.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from callboard.runtime.gateways.operations.operation import Operation, Request, Scope
from callboard.runtime.gateways.rest.routes import Endpoint

if TYPE_CHECKING:
    from starlette.requests import Request as Http

MEDIA_TYPE: Final = "text/html"

_HERE: Final = Path(__file__).parent
_POLICY: Final = (
    "default-src 'none'; style-src {style}; script-src {script}; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class ShowPage(Request):
    """The page."""


async def _never(_runtime: object, _asked: ShowPage) -> str:
    """It is a page: nobody calls this."""
    raise NotImplementedError


OPERATION = Operation(
    name="show_docs",
    method="GET",
    path="/docs",
    summary="This description as a page, on which everything can be tried",
    tag="documentation",
    scope=Scope.READER,
    request=ShowPage,
    answer=str,
    do=_never,
)
"""What guard and documentation know of it."""


async def _serve(_http: Http, _asked: ShowPage) -> Response:
    body, policy = page()
    headers = {
        "content-security-policy": policy,
        "cache-control": "no-cache",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


ENDPOINT = Endpoint(operation=OPERATION, serve=_serve, media_type=MEDIA_TYPE)
"""To be served."""


@functools.cache
def page() -> tuple[str, str]:
    """The page, and the policy that its browser is to enforce."""
    style, script = _file("docs.css"), _file("docs.js")
    body = _file("docs.html").replace("{{style}}", style).replace("{{script}}", script)
    return body, _POLICY.format(style=_hash(style), script=_hash(script))


def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a policy names what may run (CSP, level 3, section 2.3.1).

    >>> _hash("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
