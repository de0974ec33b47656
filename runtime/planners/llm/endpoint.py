"""An OpenAI-compatible endpoint: one question, one answer, in time or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import importlib.util
import ssl
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from callboard.actors.logic.backoff import retry_delay
from callboard.messages.errors.agents import InvalidOption
from callboard.messages.errors.base import described
from callboard.messages.errors.planning import AnswerUnusable, ModelRefused, ModelUnreachable
from callboard.messages.errors.serving import ExtraMissing
from callboard.runtime.planners.llm.keys import hidden
from callboard.runtime.planners.llm.wire import SAID, Pieces, complaint_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    import httpx

    from callboard.messages.errors.goals import PlanningError
    from callboard.runtime.planners.llm.options import Limits

_PATH = "/chat/completions"
_PASSING = frozenset({408, 409, 425, 429})
_ERRORS = 500
_COMPLAINT = 64 * 1024
"""Bytes of an error's answer that are read."""


def need_extra() -> None:
    """Make sure that there is something to ask with.

    Raises:
        ExtraMissing: There is not.
    """
    if importlib.util.find_spec("httpx") is None:
        raise ExtraMissing("a planner that asks a model", "llm")


def address_of(url: object) -> str:
    """Where questions go.

    Raises:
        InvalidOption: It is no address of an endpoint.

    >>> address_of("http://127.0.0.1:11434/v1/")
    'http://127.0.0.1:11434/v1/chat/completions'
    """
    expected = "an address as https://api.example/v1, without a name or a password in it"
    if not isinstance(url, str) or not url.isprintable():
        raise InvalidOption("url", url, expected)
    try:
        parts = urlsplit(url.strip())
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        raise InvalidOption("url", url, expected) from None
    if not known or parts.username is not None or parts.query or parts.fragment:
        # Where it has a password, that is not repeated.
        shown = url if parts.username is None else "one with a name in it"
        raise InvalidOption("url", shown, expected)
    given = url.strip().rstrip("/")
    return given if given.endswith(_PATH) else given + _PATH


def trust_for(url: str) -> SSLContext:
    """Whose certificates are believed; nobody's where none is shown: to load them takes long."""
    if not url.startswith("https"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    import httpx  # noqa: PLC0415 - an extra

    return httpx.create_ssl_context()


class Endpoint:
    """Asks, patiently but not for ever.

    Args:
        url: Where questions go; see `address_of`.
        limits: How much it may take, and say.
        key: Of this plan, or "".
        headers: Of the user's, beside ours.
        tls: See `trust_for`.
    """

    def __init__(
        self, url: str, limits: Limits, key: str, headers: dict[str, str], tls: SSLContext
    ) -> None:
        self._url = url
        self._tls = tls
        self._limits = limits
        self._key = key
        self._headers = {
            **headers,
            **({"Authorization": f"Bearer {key}"} if key else {}),
            "Content-Type": "application/json",
            "Accept": "text/event-stream, application/json",
            # What is packed could be a thousand times as long as it looks.
            "Accept-Encoding": "identity",
        }

    async def ask(
        self,
        body: dict[str, Any],
        seconds: Callable[[], float],
        heard: Callable[[Pieces], None],
        failed: Callable[[PlanningError, float], None],
    ) -> str:
        """The model's answer.

        Args:
            body: Of the request.
            seconds: That are left.
            heard: Told of every piece.
            failed: Told of a try that is repeated, and after how many seconds.

        Raises:
            ModelUnreachable: There is no connection, whatever was tried.
            ModelRefused: The endpoint answers with an error, or the model will not.
            AnswerUnusable: It was cut off, is too long, or no chat completion.
        """
        attempt = 1
        while True:
            try:
                return await self._try(body, heard)
            except _Passing as passing:
                wait = self._wait(passing, attempt)
                if wait is None or wait >= seconds():
                    raise passing.error from None
                failed(passing.error, wait)
            await asyncio.sleep(wait)
            attempt += 1

    def _wait(self, passing: _Passing, attempt: int) -> float | None:
        wait = retry_delay(self._limits.retry, attempt, f"{self._url} {time.monotonic_ns()}")
        return None if wait is None else max(wait, passing.after)

    async def _try(self, body: dict[str, Any], heard: Callable[[Pieces], None]) -> str:
        import httpx  # noqa: PLC0415 - an extra

        limits, pieces = self._limits, None
        timeout = httpx.Timeout(limits.silence, connect=limits.connect)
        try:
            async with (
                httpx.AsyncClient(timeout=timeout, verify=self._tls) as client,
                client.stream(
                    "POST", self._url, content=msgspec.json.encode(body), headers=self._headers
                ) as response,
            ):
                await self._check(response)
                events = "event-stream" in response.headers.get("content-type", "")
                pieces = Pieces(limits.answer, events=events)
                async for data in response.aiter_raw():
                    pieces.feed(data)
                    heard(pieces)
                    if events and pieces.over:
                        break
                return pieces.end()
        except (httpx.TransportError, OSError) as error:
            what = self.shown(described(error))
            if pieces is not None:
                why = f"the answer was cut off after {len(pieces.text):,} characters: {what}"
                raise AnswerUnusable(why) from None
            raise _Passing(ModelUnreachable(f"{self._url} cannot be asked: {what}")) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelUnreachable(self.shown(described(error))) from None
        except ModelRefused as error:
            raise ModelRefused(self.shown(error.why), error.status) from None
        except AnswerUnusable as error:
            raise AnswerUnusable(self.shown(error.why)) from None

    async def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        if response.headers.get("content-encoding", "identity") != "identity":
            raise AnswerUnusable("the endpoint packs its answer, unasked")
        if status == 200:  # noqa: PLR2004
            return
        said = await _beginning(response)
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            said = complaint_of(msgspec.json.decode(said))
        why = self.shown(f"the endpoint answers {status}: {' '.join(said.split())[:SAID]}")
        refused = ModelRefused(why.rstrip(": "), status)
        if status in _PASSING or status >= _ERRORS:
            raise _Passing(refused, _after(response.headers.get("retry-after", "")))
        raise refused

    def shown(self, text: str) -> str:
        """The text without the key, whoever has put it there."""
        return hidden(text, self._key)


class _Passing(Exception):
    """A failure that may pass; after so many seconds at the soonest."""

    def __init__(self, error: PlanningError, after: float = 0.0) -> None:
        super().__init__(error)
        self.error, self.after = error, after


async def _beginning(response: httpx.Response) -> str:
    found = bytearray()
    async for data in response.aiter_raw():
        found += data
        if len(found) > _COMPLAINT:
            break
    return bytes(found[:_COMPLAINT]).decode("utf-8", "replace")


def _after(header: str) -> float:
    """The seconds that a `Retry-After` asks for: a number, or a date (RFC 9110, 10.2.3).

    >>> _after("2"), _after("soon"), _after("Wed, 21 Oct 2015 07:28:00 GMT")
    (2.0, 0.0, 0.0)
    """
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return 0.0
