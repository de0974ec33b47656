"""What can be said to who takes the pictures, without taking one."""

from __future__ import annotations

import pytest

from docs import pictures


def test_help_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        pictures.main(["--help"])

    assert left.value.code == 0
    assert "job-page" in capsys.readouterr().out


def test_a_picture_that_there_is_not_is_named_before_any_is_taken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(pictures, "take")
    with pytest.raises(SystemExit) as left:
        pictures.main(["job-page", "jobpage", "fleet"])

    assert left.value.code == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.endswith(
        "there is no picture jobpage, fleet: "
        "there are job-terminal, fleet-terminal, job-page, fleet-page"
    )
