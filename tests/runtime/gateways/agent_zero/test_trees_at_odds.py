"""Trees of Agent Zero that are not as one hopes: half written, read-only, changed, old."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from callboard.runtime.gateways.agent_zero import contents, manifest
from callboard.runtime.gateways.agent_zero.installer import (
    NotWritable,
    Step,
    install,
    status,
    uninstall,
)
from callboard.runtime.gateways.cli.main import main
from tests.runtime.gateways.agent_zero.grounds import FILES, PLUGIN, TOOL, TOOLS, Ground
from tests.runtime.gateways.agent_zero.planting import plant

LINE = "{{ include './agent.system.tool.distributed_orchestration.md' }}"


@pytest.mark.parametrize("layout", ["legacy"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"{{ include './agent.system.tool.a.md' }}", f"\n{LINE}\n"),
        (b"{{ include './agent.system.tool.a.md' }}\r\n", f"{LINE}\r\n"),
        (b"{{ include './agent.system.tool.a.md' }}\r\nmore", f"\r\n{LINE}\r\n"),
        (b"", f"{LINE}\n"),
    ],
)
def test_the_line_goes_again_to_the_last_byte(ground: Ground, before: bytes, after: str) -> None:
    tools = ground.path / TOOLS
    tools.write_bytes(before)
    install(ground.path)
    assert tools.read_bytes() == before + after.encode()
    assert status(ground.path).whole
    assert not install(ground.path).changed
    uninstall(ground.path)
    assert tools.read_bytes() == before


@pytest.mark.parametrize("layout", ["legacy"])
def test_prompts_of_a_user_do_not_make_a_tree_older_than_it_is(ground: Ground) -> None:
    (ground.path / "prompts/agent.system.main.md").write_text("")
    install(ground.path)
    assert (ground.path / "prompts/agent.system.tool.distributed_orchestration.md").is_file()
    assert "distributed" not in (ground.path / TOOLS).read_text()


def test_what_was_replaced_comes_back_where_ours_is_lost(ground: Ground) -> None:
    tool = ground.path / TOOL[ground.layout]
    tool.parent.mkdir(parents=True, exist_ok=True)
    tool.write_text("the original")
    before = ground.everything()
    install(ground.path, force=True)
    tool.unlink()
    assert Step(TOOL[ground.layout], "restored") in uninstall(ground.path).steps
    assert ground.everything() == before


def test_what_was_replaced_is_kept_where_ours_was_changed(ground: Ground) -> None:
    tool = ground.path / TOOL[ground.layout]
    tool.parent.mkdir(parents=True, exist_ok=True)
    tool.write_text("the original")
    install(ground.path, force=True)
    tool.write_text("mine")
    kept = [step.path for step in uninstall(ground.path).steps if step.what == "kept"]
    assert kept[0] == TOOL[ground.layout]
    assert [(ground.path / path).read_text() for path in kept] == ["mine", "the original"]


class Crash(BaseException):
    """As if the process had been killed."""


@pytest.mark.parametrize("writes", [0, 1, 3])
@pytest.mark.parametrize("force", [False, True])
def test_what_was_left_half_written_goes_again(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, writes: int, *, force: bool
) -> None:
    if force:
        tool = ground.path / TOOL[ground.layout]
        tool.parent.mkdir(parents=True, exist_ok=True)
        tool.write_text("the original")
    before, folders = ground.everything(), ground.folders()
    write, left = manifest.write, iter(range(writes))

    def write_some(path: Path, data: bytes) -> None:
        if next(left, None) is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            manifest.unfinished(path).write_bytes(data[:3])
            raise Crash
        write(path, data)

    with monkeypatch.context() as patched:
        patched.setattr(manifest, "write", write_some)
        with pytest.raises(Crash):
            install(ground.path, force=force)
    uninstall(ground.path)
    assert ground.everything() == before
    assert ground.folders() == folders

    with monkeypatch.context() as patched:
        left = iter(range(writes))
        patched.setattr(manifest, "write", write_some)
        with pytest.raises(Crash):
            install(ground.path, force=force)
    assert install(ground.path, force=True).changed
    assert status(ground.path).whole
    uninstall(ground.path)
    assert ground.everything() == before
    assert ground.folders() == folders


@pytest.mark.parametrize("writes", [0, 1, 3])
def test_what_cannot_be_written_to_its_end_is_taken_back(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    tool = ground.path / TOOL[ground.layout]
    tool.parent.mkdir(parents=True, exist_ok=True)
    tool.write_text("the original")
    before, folders = ground.everything(), ground.folders()
    write, left = manifest.write, iter(range(writes))
    full = [OSError(28, "No space left on device")]

    def write_some(path: Path, data: bytes) -> None:
        if next(left, None) is None and full:
            path.parent.mkdir(parents=True, exist_ok=True)
            raise full.pop()
        write(path, data)

    monkeypatch.setattr(manifest, "write", write_some)
    with pytest.raises(NotWritable, match="No space left on device"):
        install(ground.path, force=True)
    assert ground.everything() == before
    assert ground.folders() == folders


def test_a_folder_that_is_read_only_is_named_before_anything_is_written(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, folders = ground.everything(), ground.folders()

    def refuse(*_: object) -> bool:  # as for root everything can be written
        return False

    monkeypatch.setattr(os, "access", refuse)
    with pytest.raises(NotWritable, match="is read-only"):
        install(ground.path)
    assert (ground.everything(), ground.folders()) == (before, folders)


def test_what_stands_in_the_way_is_named(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    tool = ground.path / TOOL[ground.layout]
    tool.mkdir(parents=True)
    assert main(["agent-zero", "install", str(ground.path)]) == 2
    assert f"{TOOL[ground.layout]} cannot be written: Is a directory" in capsys.readouterr().err
    tool.rmdir()
    if ground.layout == "current":
        (ground.path / PLUGIN / "tools").rmdir()
        (ground.path / PLUGIN).rmdir()
        (ground.path / PLUGIN).write_text("")
        with pytest.raises(NotWritable, match=f"{PLUGIN}.* cannot be written: Not a directory"):
            install(ground.path)


def test_what_an_earlier_version_wrote_is_outdated_until_it_is_installed_anew(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module: Any = contents
    write: Callable[..., str] = module._made

    def made_earlier(template: str, **values: str) -> str:
        return write(template, **values) + ("# earlier\n" if template == "tool" else "")

    with monkeypatch.context() as patched:
        patched.setattr(contents, "_made", made_earlier)
        install(ground.path)
        assert status(ground.path).whole
    assert Step(TOOL[ground.layout], "outdated") in status(ground.path).steps
    assert main(["agent-zero", "status", str(ground.path)]) == 1
    assert "; install writes what is missing or outdated\n" in capsys.readouterr().out
    assert Step(TOOL[ground.layout], "updated") in install(ground.path).steps
    assert status(ground.path).whole


@pytest.mark.parametrize("layout", ["legacy"])
def test_what_was_installed_goes_also_when_the_tree_has_become_another(ground: Ground) -> None:
    before = ground.everything()
    install(ground.path)
    (ground.path / "python/helpers/tool.py").unlink()
    plant("current", ground.path)
    new = {path for path in ground.everything() if path not in before}

    assert status(ground.path).layout == "legacy"
    assert uninstall(ground.path).changed
    left = set(ground.everything()) - set(before)
    assert left == {path for path in new if ".callboard" not in path} - set(FILES["legacy"])
    assert install(ground.path).layout == "current"
