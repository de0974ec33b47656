"""What users import of the simulator, and what that costs who does not use it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from callboard.runtime import simulation


@pytest.mark.parametrize("name", simulation.__all__)
def test_a_public_name_is_what_it_is_called(name: str) -> None:
    assert getattr(simulation, name).__name__ == name


def test_nothing_is_loaded_before_it_is_used() -> None:
    code = (
        "import sys, callboard.runtime.simulation as simulation\n"
        "print([m for m in sys.modules if m.startswith(simulation.__name__ + '.')])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_like_that"):
        _ = simulation.nothing_like_that
