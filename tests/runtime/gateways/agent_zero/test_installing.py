"""Files come into a tree of Agent Zero, and go again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

import pytest

from callboard.runtime.gateways.agent_zero import contents, manifest
from callboard.runtime.gateways.agent_zero.installer import (
    NotOurs,
    NotWritable,
    Step,
    install,
    status,
    uninstall,
)
from callboard.runtime.gateways.agent_zero.layouts import NoAgentZero, TwoLayouts
from callboard.runtime.gateways.agent_zero.manifest import DamagedManifest
from callboard.runtime.gateways.agent_zero.verbs import VERBS
from callboard.runtime.gateways.cli.main import main
from tests.runtime.gateways.agent_zero.planting import plant

PLUGIN = "usr/plugins/distributed_orchestration"
ENDED = "_functions/agent/AgentContext/remove/end/_50_callboard_context_ended.py"
FILES = {
    "legacy": [
        "prompts/default/agent.system.tool.distributed_orchestration.md",
        "python/api/orchestration.py",
        "python/extensions/message_loop_start/_50_callboard_heartbeat.py",
        "python/helpers/distributed_orchestrator.py",
        "python/tools/distributed_orchestration.py",
    ],
    "current": [
        *(f"{PLUGIN}/api/{verb}.py" for verb in sorted(VERBS)),
        f"{PLUGIN}/default_config.yaml",
        f"{PLUGIN}/extensions/python/{ENDED}",
        f"{PLUGIN}/extensions/python/message_loop_start/_50_callboard_heartbeat.py",
        f"{PLUGIN}/plugin.yaml",
        f"{PLUGIN}/prompts/agent.system.tool.distributed_orchestration.md",
        f"{PLUGIN}/tools/distributed_orchestration.py",
    ],
}
TOOL = {"legacy": FILES["legacy"][-1], "current": FILES["current"][-1]}
TOOLS = "prompts/default/agent.system.tools.md"


class Ground(NamedTuple):
    """A tree without Callboard."""

    layout: str
    path: Path

    def everything(self) -> dict[str, bytes]:
        files = (p for p in self.path.rglob("*") if p.is_file())
        return {p.relative_to(self.path).as_posix(): p.read_bytes() for p in files}

    def folders(self) -> set[str]:
        return {p.relative_to(self.path).as_posix() for p in self.path.rglob("*") if p.is_dir()}


@pytest.fixture
def ground(layout: str, tmp_path: Path) -> Ground:
    plant(layout, tmp_path)
    return Ground(layout, tmp_path)


def test_what_is_written_goes_again_to_the_last_byte(ground: Ground) -> None:
    before, folders = ground.everything(), ground.folders()

    outcome = install(ground.path)
    assert (outcome.layout, outcome.installed, outcome.changed) == (ground.layout, True, True)
    new = sorted(set(ground.everything()) - set(before))
    assert [path for path in new if ".callboard" not in path] == FILES[ground.layout]
    (ground.path / TOOL[ground.layout]).parent.joinpath("__pycache__").mkdir(exist_ok=True)
    compiled = Path(TOOL[ground.layout]).parent / "__pycache__/distributed_orchestration.x.pyc"
    (ground.path / compiled).write_bytes(b"")
    assert uninstall(ground.path).changed

    assert ground.everything() == before
    assert ground.folders() == folders
    assert not uninstall(ground.path).changed


def test_installing_again_changes_nothing(ground: Ground) -> None:
    install(ground.path)
    before = ground.everything()
    again = install(ground.path)
    assert not again.changed
    assert ground.everything() == before


def test_status_says_what_is_there(ground: Ground) -> None:
    assert status(ground.path).installed is False
    install(ground.path)
    found = status(ground.path)
    assert found.installed
    assert {step.what for step in found.steps} == {"unchanged"}
    (ground.path / TOOL[ground.layout]).write_text("mine")
    (ground.path / FILES[ground.layout][0]).unlink()
    stand = {step.path: step.what for step in status(ground.path).steps}
    assert stand[TOOL[ground.layout]] == "changed"
    assert stand[FILES[ground.layout][0]] == "missing"


def test_what_the_user_has_changed_is_kept_and_named(ground: Ground) -> None:
    install(ground.path)
    tool = ground.path / TOOL[ground.layout]
    tool.write_text("mine")
    assert [s.path for s in install(ground.path).steps if s.what == "kept"] == [TOOL[ground.layout]]
    assert [s.path for s in uninstall(ground.path).steps if s.what == "kept"] == [
        TOOL[ground.layout]
    ]
    assert tool.read_text() == "mine"
    assert not status(ground.path).installed
    with pytest.raises(NotOurs, match="distributed_orchestration"):
        install(ground.path)


def test_what_was_lost_is_written_again(ground: Ground) -> None:
    install(ground.path)
    before = ground.everything()
    (ground.path / TOOL[ground.layout]).unlink()
    assert [s.path for s in install(ground.path).steps if s.what == "written"] == [
        TOOL[ground.layout]
    ]
    assert ground.everything() == before


def test_what_somebody_else_has_written_is_replaced_by_force_alone_and_restored(
    ground: Ground,
) -> None:
    tool = ground.path / TOOL[ground.layout]
    tool.parent.mkdir(parents=True, exist_ok=True)
    tool.write_text("the original")
    before = ground.everything()

    with pytest.raises(NotOurs, match="--force replaces them"):
        install(ground.path)
    assert ground.everything() == before  # not one file was written
    install(ground.path, force=True)
    assert "callboard" in tool.read_text()
    assert not install(ground.path).changed
    uninstall(ground.path)
    assert ground.everything() == before


def test_pretending_changes_nothing(ground: Ground) -> None:
    before = ground.everything()
    assert install(ground.path, pretend=True).changed
    assert ground.everything() == before
    install(ground.path)
    before = ground.everything()
    assert uninstall(ground.path, pretend=True).changed
    assert ground.everything() == before


@pytest.mark.parametrize("layout", ["legacy"])
def test_a_tree_that_lists_its_tools_by_hand_gets_a_line(ground: Ground) -> None:
    tools = ground.path / TOOLS
    before = tools.read_text()
    install(ground.path)
    line = "{{ include './agent.system.tool.distributed_orchestration.md' }}"
    assert tools.read_text() == f"{before}{line}\n"
    tools.write_text(f"{tools.read_text()}\nmore\n")
    assert not install(ground.path).changed
    uninstall(ground.path)
    assert tools.read_text() == f"{before}\nmore\n"


@pytest.mark.parametrize("layout", ["legacy"])
def test_a_later_legacy_tree_has_its_prompts_elsewhere(ground: Ground) -> None:
    (ground.path / "prompts/default").rename(ground.path / "elsewhere")
    install(ground.path)
    assert (ground.path / "prompts/agent.system.tool.distributed_orchestration.md").is_file()
    assert "distributed" not in (ground.path / "elsewhere/agent.system.tools.md").read_text()


def test_a_folder_that_is_no_agent_zero_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoAgentZero) as refused:
        install(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path} is no Agent Zero: it does not have python/helpers/tool.py (legacy);"
        " helpers/tool.py, helpers/plugins.py, plugins/*/plugin.yaml (current)"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_might_be_both_wants_to_be_told(tmp_path: Path) -> None:
    plant("legacy", tmp_path)
    plant("current", tmp_path)
    with pytest.raises(TwoLayouts, match="say --layout legacy or --layout current"):
        install(tmp_path)
    assert install(tmp_path, "current").layout == "current"
    assert install(tmp_path, "legacy").layout == "legacy"


def test_another_layout_than_the_wanted_one_is_refused(ground: Ground) -> None:
    other = {"legacy": "current", "current": "legacy"}[ground.layout]
    with pytest.raises(NoAgentZero, match=other):
        install(ground.path, other)


def test_a_damaged_manifest_is_told_of(ground: Ground) -> None:
    install(ground.path)
    [manifest] = ground.path.rglob("manifest.json")
    manifest.write_text("{")
    with pytest.raises(DamagedManifest, match=r"manifest\.json cannot be read"):
        uninstall(ground.path)


# Trees that are not as one hopes


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
    monkeypatch.setattr(os, "access", lambda *_: False)  # for root everything can be written
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
    write = contents._made

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


# The command


def test_the_command_installs_says_and_removes(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(ground.path)
    assert main(["agent-zero", "status", path]) == 1
    assert capsys.readouterr().out == (
        f"Callboard is not installed in {path} ({ground.layout} layout)\n"
    )
    assert main(["agent-zero", "install", path, "--dry-run"]) == 0
    assert "Callboard would be installed in" in capsys.readouterr().out
    assert main(["agent-zero", "install", path]) == 0
    said = capsys.readouterr().out
    assert f"written      {TOOL[ground.layout]}\n" in said
    assert said.endswith(f"Callboard installed in {path} ({ground.layout} layout)\n")
    assert main(["agent-zero", "install", path]) == 0
    assert "nothing to change in" in capsys.readouterr().out
    assert main(["agent-zero", "status", path, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["layout"], found["installed"]) == (ground.layout, True)
    assert main(["agent-zero", "uninstall", path, "--layout", ground.layout]) == 0
    assert "Callboard removed from" in capsys.readouterr().out


def test_the_command_refuses_what_is_no_agent_zero(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["agent-zero", "install", str(tmp_path)]) == 2
    assert "is no Agent Zero: it does not have" in capsys.readouterr().err
    assert main(["agent-zero", "dance", str(tmp_path)]) == 2
