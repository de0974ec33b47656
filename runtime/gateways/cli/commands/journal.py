"""Look into the journal of a runtime, and look after it.

  inspect   what stands in it; with --goal or --subtask the story of one
  verify    read it to its end, and say what cannot be read
  at        goals, agents and subtasks as they stood at TIME
  export    every fact as JSON, one a line
  compact   turn old goals into summaries
  repair    save what can be read of a damaged one; the old file is kept
  counterfactual
            play it again in the simulator, with other --agents or settings
            (--set), and say what would have changed; no code of agents runs

All but compact and repair change nothing, and may be used while a runtime
writes. TIME is as 2026-05-04T13:30, in local time unless it says otherwise,
or seconds since the epoch.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.gateways.cli.parsing import add_json, days
from callboard.runtime.gateways.cli.screen import Screen

EXAMPLES = """\
  callboard journal inspect work.db
  callboard journal inspect work.db --goal "invoice 7"
  callboard journal at work.db 2026-05-04T13:30 --json
  callboard journal compact work.db --older-than 30d
  callboard journal counterfactual work.db --agents +1:maths --set poison=2
"""

ACTIONS = ("inspect", "verify", "at", "export", "compact", "repair", "counterfactual")
_ASKED = ("agents", "set", "was")
_WHO = (
    "+1:SKILL,SKILL for more of them, NAME=2 for so many subtasks at once (0: not there), "
    "NAME:SKILL,SKILL for other skills"
)


def configure(parser: ArgumentParser) -> None:
    """Say what is to be done with which file."""
    parser.add_argument("action", choices=ACTIONS, metavar="ACTION", help=", ".join(ACTIONS))
    parser.add_argument("file", metavar="FILE", help="the journal")
    parser.add_argument("time", nargs="?", metavar="TIME", help="for `at`")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--goal", metavar="ID", help="inspect: this goal, by its id or key")
    only.add_argument("--subtask", metavar="UUID", help="inspect: this subtask")
    parser.add_argument(
        "--older-than",
        metavar="TIME",
        type=days,
        default=30 * 24 * 3600.0,
        help="compact: goals that ended so long ago: 12h, 30d (default: 30d)",
    )
    parser.add_argument("--tensor", action="store_true", help="at: with T_task")
    parser.add_argument("--output", metavar="FILE", help="export: write to this file")
    asked = "counterfactual: "
    lists = (
        ("--agents", "WHO", _WHO),
        ("--set", "NAME=VALUE", "another setting of `Config`, as ageing=60 or retry.attempts=1"),
        ("--was", "NAME=VALUE", "a setting of then that was not the default"),
    )
    for option, value, about in lists:
        more = f"{asked}{about}; may be repeated"
        parser.add_argument(option, action="append", default=[], metavar=value, help=more)
    add_json(parser, "the answer")


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    if (options.action == "at") is not (options.time is not None):
        raise Complaint("`at` takes a TIME, and nothing else does")
    for name in ("goal", "subtask"):
        if getattr(options, name) is not None and options.action != "inspect":
            raise Complaint(f"--{name} goes with `inspect`")
    if options.action == "counterfactual":
        from callboard.runtime.gateways.cli.counterfactuals import ask  # noqa: PLC0415 - likewise

        return ask(options, screen)
    if any(getattr(options, name) for name in _ASKED):
        raise Complaint("--agents, --set and --was go with `counterfactual`")
    from callboard.runtime.gateways.cli.journals import perform  # noqa: PLC0415 - loads sqlite

    return perform(options, screen)
