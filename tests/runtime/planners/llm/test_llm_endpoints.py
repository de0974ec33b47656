"""Endpoints that are busy, silent or not there, and what they are asked with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from callboard.messages.errors import (
    AnswerUnusable,
    InvalidOption,
    ModelRefused,
    ModelTooSlow,
    ModelUnreachable,
    PlanningError,
)
from callboard.runtime.planners.llm.planner import Limits, LLMPlanner
from tests.runtime.planners.llm.asking import GOAL, GOOD, SOON, Desk, planner
from tests.runtime.planners.llm.scripted import KEY, Server, answers, event, raw, status, whole


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_busy_endpoint_is_asked_again(server: Server, code: int) -> None:
    server.script = [status(code, retry_after="0"), status(code), answers(GOOD)]
    desk = Desk()
    assert len(planner(server).plan_at(GOAL, desk).subtasks) == 2
    assert [error for error, _ in desk.said] == [ModelRefused, ModelRefused]
    assert server.asked[0] == server.asked[2]


def test_one_that_stays_busy_is_given_up(server: Server) -> None:
    server.script = [status(503, '{"error": {"message": "all slots are taken"}}')] * 3
    with pytest.raises(ModelRefused, match="503: all slots are taken"):
        planner(server, fallback=None).plan_at(GOAL, Desk())
    assert len(server.asked) == 3


def test_nobody_waits_for_longer_than_there_is_time(server: Server) -> None:
    server.script = [status(429, retry_after="3600")]
    with pytest.raises(ModelRefused, match="429"):
        planner(server, fallback=None).plan_at(GOAL, Desk())


def test_what_was_asked_wrongly_is_not_asked_again(server: Server) -> None:
    server.script = [status(401, json.dumps({"error": {"message": f"bad key {KEY}"}}))]
    desk = Desk()
    made = planner(server).plan_at(GOAL, desk)
    assert "model" not in made.source
    assert len(server.asked) == 1
    ((error, then),) = desk.said
    assert (error, then) == (ModelRefused, "leaves the plan to its fallback")
    assert desk.texts == ["no plan could be made: the endpoint answers 401: bad key [key]"]


def test_a_model_that_will_not_is_believed(server: Server) -> None:
    server.script = [whole("", message={"refusal": "I cannot help with that"})]
    with pytest.raises(ModelRefused, match="I cannot help with that"):
        planner(server, fallback=None).plan_at(GOAL, Desk())


def test_an_endpoint_that_is_not_there_cannot_be_asked(server: Server) -> None:
    server.server_close()
    with pytest.raises(ModelUnreachable):
        planner(server, fallback=None).plan_at(GOAL, Desk())


def test_one_that_falls_silent_is_left_in_time(server: Server) -> None:
    server.script = [raw(event({"choices": [{"delta": {"content": "{"}}]}), hang=True)]
    desk = Desk(seconds=0.4)
    made = planner(server).plan_at(GOAL, desk)
    assert desk.said == [(ModelTooSlow, "leaves the plan to its fallback")]
    assert made.subtasks


def test_silence_ends_a_try(server: Server) -> None:
    server.script = [raw(hang=True)] * 10
    limits = Limits(silence=0.1, retry=SOON)
    # Where the machine is busy, it may be silent before it has begun.
    with pytest.raises((AnswerUnusable, ModelUnreachable), match="ReadTimeout"):
        planner(server, limits=limits, fallback=None).plan_at(GOAL, Desk())


def test_a_key_comes_from_whom_it_is_asked_of(server: Server) -> None:
    server.script = [answers(GOOD), answers(GOOD)]
    planner(server, key=lambda: "other").plan_at(GOAL, Desk())
    planner(server, key_variable="UNSET_HERE").plan_at(GOAL, Desk())
    assert [h.get("Authorization") for h in server.headers] == ["Bearer other", None]


def test_a_key_that_cannot_be_had_is_a_reason_and_no_more(server: Server) -> None:
    def key() -> str:
        raise ValueError(KEY)

    with pytest.raises(PlanningError) as caught:
        planner(server, key=key, fallback=None).plan_at(GOAL, Desk())
    assert str(caught.value) == "no plan could be made: the model's key cannot be had (ValueError)"


@pytest.mark.parametrize("url", ["", "ftp://x", "api.openai.com", "http://", "http://a:b@c", 5])
def test_an_address_that_is_none_is_refused(url: Any) -> None:
    with pytest.raises(InvalidOption) as caught:
        LLMPlanner(url, "small")
    assert "a:b" not in str(caught.value)
