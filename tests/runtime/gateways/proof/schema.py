"""Asks a server everything that its description allows, and much that it does not.

    python -m tests.runtime.gateways.proof.schema --examples 300

Each operation of `/openapi.json` is asked by schemathesis: half of it as the description
wants it, and of that half again about what is there; the rest otherwise. No answer may be a
5xx, have a status or a media type that the description does not know, or differ from its
schema; and what contradicts the description may not be taken. Exit status: 0 if it did well.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# What schemathesis says of its own types is not complete.

from __future__ import annotations

import argparse
import contextlib
import logging
import random
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import hypothesis
import hypothesis.errors
import hypothesis.strategies as st
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from callboard import Runtime
from tests.runtime.gateways.proof.scene import Scene, hurry
from tests.runtime.gateways.proof.watching import Complaints
from tests.runtime.settings import QUICK

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemathesis import APIOperation, Case

CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)

PATIENCE = 60.0
"""Seconds until an answer must be there."""


class Outcome(NamedTuple):
    """How it went.

    Attributes:
        asked: How often each operation was asked.
        statuses: How often each was answered, by operation.
        broken: What should not be, each once.
    """

    asked: Counter[str]
    statuses: dict[str, Counter[int]]
    broken: list[str]


class Trial:
    """Asks one server.

    Args:
        scene: What is there.
        url: Of the server.
        session: Asks it.
    """

    def __init__(self, scene: Scene, url: str, session: requests.Session) -> None:
        self.found = Outcome(Counter(), {}, [])
        self._scene = scene
        self._url = url
        self._session = session
        load_all_checks()
        self._checks: list[Any] = CHECKS.get_by_names(list(CHECKED))

    def all_of(self, operation: APIOperation[Any, Any, Any, Any], examples: int, seed: int) -> None:
        """Ask for one thing so many times."""
        name = operation.definition.raw["operationId"]
        with contextlib.suppress(hypothesis.errors.Unsatisfiable):  # nothing can be wrong with it
            self._ask(operation, GenerationMode.NEGATIVE, examples // 2, seed)
        left = examples - self.found.asked[name]
        self._ask(operation, GenerationMode.POSITIVE, left, seed)

    def _ask(
        self,
        operation: APIOperation[Any, Any, Any, Any],
        mode: GenerationMode,
        examples: int,
        seed: int,
    ) -> None:
        name = operation.definition.raw["operationId"]

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        )
        @hypothesis.given(
            case=operation.as_strategy(generation_mode=mode), lot=st.integers(0, 2**32)
        )
        def ask(case: Case[Any], lot: int) -> None:
            draw = random.Random(lot)  # noqa: S311 - reproducible, no secret
            self._scene.set()
            if mode is GenerationMode.POSITIVE and self.found.asked[name] % 2:
                self._scene.place(case, draw)
            hurry(case)
            self._say(case)

        ask()

    def _say(self, case: Case[Any]) -> None:
        name = case.operation.definition.raw["operationId"]
        self.found.asked[name] += 1
        try:
            answer = case.call(base_url=self._url, session=self._session, timeout=PATIENCE)
            self.found.statuses.setdefault(name, Counter())[answer.status_code] += 1
            case.validate_response(answer, checks=self._checks)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                self._note(f"{name}: {failure}\n{case.as_curl_command()}\n")
        except requests.RequestException as error:
            self._note(f"{name}: {error!r}\n{case.as_curl_command()}\n")

    def _note(self, what: str) -> None:
        if what not in self.found.broken:
            self.found.broken.append(what)


def play(
    examples: int,
    seed: int,
    wanted: Callable[[str], bool] = bool,
    told: Callable[[str], object] = str,
) -> Outcome:
    """Ask for everything so many times.

    Args:
        examples: Of each operation, at the least.
        seed: Of all lots.
        wanted: Whether an operation is asked for, by its name.
        told: Hears how often each was asked, and how it was answered.
    """
    complaints = Complaints()
    logger = logging.getLogger("callboard")
    logger.addHandler(complaints)
    try:
        with Runtime(QUICK) as runtime, requests.Session() as session:
            url = runtime.serve(0).url
            trial = Trial(Scene(runtime, url, session), url, session)
            answer = session.get(f"{url}/openapi.json", timeout=PATIENCE)
            for found in schemathesis.openapi.from_dict(answer.json()).get_all_operations():
                assert isinstance(found, Ok)
                operation = found.ok()
                name = operation.definition.raw["operationId"]
                if wanted(name):
                    trial.all_of(operation, examples, seed)
                    statuses = dict(sorted(trial.found.statuses[name].items()))
                    told(f"{name:24} {trial.found.asked[name]:6}  {statuses}")
            runtime.resume()
            restarts = runtime.status()["actor_restarts"]
    finally:
        logger.removeHandler(complaints)
    broken = [*trial.found.broken, *dict.fromkeys(complaints.found)]
    if restarts:
        broken.append(f"actors were restarted: {restarts}")
    return trial.found._replace(broken=broken)


def main() -> int:
    """Play once."""
    parser = argparse.ArgumentParser(description="Ask a server all that it says it can be asked.")
    parser.add_argument("--examples", type=int, default=300, help="of each operation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", help="names of operations")
    options = parser.parse_args()
    begin = time.monotonic()
    only = options.only
    found = play(
        options.examples,
        options.seed,
        lambda name: not only or name in only,
        lambda line: print(line, flush=True),
    )
    print(f"{found.asked.total()} requests, {time.monotonic() - begin:.0f} s")
    print("\n".join(found.broken) or "all as it is described")
    return 1 if found.broken else 0


if __name__ == "__main__":
    sys.exit(main())
