"""Files come into a tree of Agent Zero, and go again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callboard.runtime.gateways.agent_zero.installer import (
    NotOurs,
    install,
    status,
    uninstall,
)
from callboard.runtime.gateways.agent_zero.layouts import NoAgentZero, TwoLayouts
from callboard.runtime.gateways.agent_zero.manifest import DamagedManifest
from callboard.runtime.gateways.cli.main import main
from tests.runtime.gateways.agent_zero.grounds import FILES, TOOL, TOOLS, Ground
from tests.runtime.gateways.agent_zero.planting import plant


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
