"""The page on agents elsewhere names every frame and question, and its examples are real."""

from __future__ import annotations

import re
from typing import Any, get_args

import msgspec
import pytest

from callboard.messages.errors.data import UnknownMessage
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.codec import JSON
from callboard.runtime.gateways.link.lease import LeaseDoor
from tests.tooling.project import ROOT

PAGE = (ROOT / "docs" / "how-to" / "remote-agents.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```json\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("kind", [*get_args(frames.FromWorker), *get_args(frames.ToWorker)])
def test_it_names(kind: Any) -> None:
    assert f"`{kind.__struct_config__.tag}`" in PAGE


def test_it_names_every_question() -> None:
    nobody: Any = None  # no question is asked
    for endpoint in LeaseDoor(nobody).endpoints:
        operation = endpoint.operation
        last = operation.path.rpartition("/")[2]
        assert f"`{operation.method} {last}" in PAGE


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_frame_on_it_can_be_read(example: str) -> None:
    data = example.encode()
    try:
        read: Any = JSON.read(data)
    except UnknownMessage:
        read = JSON.hear(data)
    said = JSON.write(read)

    assert read
    assert msgspec.json.decode(said) == msgspec.json.decode(data)
