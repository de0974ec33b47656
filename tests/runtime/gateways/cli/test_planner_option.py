"""`--planner llm`: a model makes the plans that the command line shows, runs and serves."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.runtime.gateways.cli.conftest import Run
from tests.runtime.planners.llm.scripted import Server, answers, plan, serving, step


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Generator[Server]:
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as made:
        yield made


def test_a_model_makes_the_plan_for_the_agents_that_there_will_be(
    server: Server, callboard: Run
) -> None:
    server.script = [answers(plan(step("Ask", skills=["interviews"]), step("Sum up", "Ask")))]
    shown = callboard(
        "plan", "ask around", "--planner", "llm", "--llm-url", server.url, "--llm-model", "m"
    )  # fmt: skip
    assert shown.out == (
        "ask around\n"
        "model m: 2 subtasks, 20 min of work\n"
        "\n"
        "1 └─ Ask        MEDIUM        10 min  interviews\n"
        "2    └─ Sum up  MEDIUM        10 min\n"
    )
    assert shown.err == ""


def test_that_rules_have_made_it_is_said(server: Server, callboard: Run) -> None:
    server.script = [answers("No."), answers("Still no.")]
    shown = callboard(
        "plan", "analyze sales", "--planner", "llm", "--llm-url", server.url, "--llm-model", "m"
    )  # fmt: skip
    assert "analysis: 3 subtasks" in shown.out
    first, second = shown.err.splitlines()
    assert first.startswith("callboard: planning: $: is no JSON")
    assert first.endswith("; it asks the model once more")
    assert second.endswith("; it leaves the plan to its fallback")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--planner", "llm"), "--planner llm needs --llm-url URL and --llm-model NAME"),
        (("--llm-model", "m"), "--llm-url and --llm-model are for --planner llm"),
        (("--planner", "llm", "--llm-url", "x", "--llm-model", "m"), "an address as"),
    ],
)
def test_what_is_missing_is_said(callboard: Run, options: tuple[str, ...], said: str) -> None:
    shown = callboard("plan", "tidy up", *options)
    assert shown.status == 2
    assert said in shown.err
