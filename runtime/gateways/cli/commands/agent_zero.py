"""Put Callboard into an Agent Zero, take it out again, or say what of it is there.

The folder is that of an Agent Zero, of the legacy layout (python/...) or of the
current one, where a plugin is written (usr/plugins/distributed_orchestration).
What is written are small files that import Callboard, so it must be installed
where Agent Zero runs. What you change in them is yours: it is kept, and named.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from callboard.runtime.gateways.cli.complaints import DONE, FAILED
from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen

if TYPE_CHECKING:
    from callboard.runtime.gateways.agent_zero.installer import Outcome

EXAMPLES = """\
  callboard agent-zero install ~/agent-zero
  callboard agent-zero status ~/agent-zero --json
  callboard agent-zero uninstall ~/agent-zero
"""

_ACTIONS = ("install", "uninstall", "status")


def configure(parser: ArgumentParser) -> None:
    """Say what is to be done, and where."""
    parser.add_argument("action", choices=_ACTIONS, metavar="ACTION", help=", ".join(_ACTIONS))
    parser.add_argument("path", metavar="FOLDER", type=Path, help="where the Agent Zero is")
    parser.add_argument(
        "--layout", choices=("legacy", "current"), default="", help="which one it must have"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="install: replace files that you have changed, or somebody else has written",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="change nothing, but say what would be"
    )
    add_json(parser, "what was done file by file")


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    from callboard.runtime.gateways.agent_zero import installer  # noqa: PLC0415 - loads msgspec

    tree: Path = options.path
    match options.action:
        case "install":
            outcome = installer.install(
                tree, options.layout, force=options.force, pretend=options.dry_run
            )
        case "uninstall":
            outcome = installer.uninstall(tree, options.layout, pretend=options.dry_run)
        case _:
            outcome = installer.status(tree, options.layout)
    _show(options, outcome, screen)
    return DONE if options.action != "status" or outcome.whole else FAILED


def _show(options: Namespace, outcome: Outcome, screen: Screen) -> None:
    if options.json:
        files = [step._asdict() for step in outcome.steps]
        found = {"layout": outcome.layout, "installed": outcome.installed, "files": files}
        screen.json({**found, "dry_run": options.dry_run})
        return
    for step in outcome.steps:
        screen.out.line(f"{step.what:12} {step.path}")
    screen.out.line(_summary(options, outcome))


def _summary(options: Namespace, outcome: Outcome) -> str:
    where = f"{options.path} ({outcome.layout} layout)"
    kept = sum(step.what == "kept" for step in outcome.steps)
    yours = f"; {kept} that you have changed are kept" if kept else ""
    if options.action == "status":
        how = "Callboard is installed in" if outcome.installed else "Callboard is not installed in"
        lacking = any(step.what in {"missing", "outdated"} for step in outcome.steps)
        mend = "; install writes what is missing or outdated" if lacking else ""
        return f"{how} {where}{mend}"
    if not outcome.changed:
        return f"nothing to change in {where}{yours}"
    word = {"install": "installed in", "uninstall": "removed from"}[options.action]
    would = "would be " if options.dry_run else ""
    return f"Callboard {would}{word} {where}{yours}"
