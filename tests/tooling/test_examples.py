"""Every example in a docstring does what it says."""

from __future__ import annotations

import doctest
import importlib

import pytest

from tests.tooling.project import modules


@pytest.mark.parametrize("name", [name for name in modules() if not name.endswith(".__main__")])
def test_the_examples_of(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name))

    assert outcome.failed == 0
