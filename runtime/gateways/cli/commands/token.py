"""Make, list and revoke the tokens by which a server knows who asks.

  create    print a new one; it is shown this once, and kept as a hash only
  list      what there is, without the tokens themselves
  revoke    let it open the door no longer: NAME is its name, or its id

The scope says what its bearer may do: a `reader` looks, an `agent` also does
subtasks, an `operator` also hands in goals and decides about everything. A
token for an agent is bound to those that --agent names, and touches no other
agent's leases.

A server that runs sees each change at once.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.gateways.cli.parsing import add_json, days
from callboard.runtime.gateways.cli.screen import Screen

EXAMPLES = """\
  callboard token create ann --scope operator --tokens tokens.json
  callboard token create robot --scope agent --agent r1 --tokens tokens.json
  callboard token create board --scope reader --expires 30d --tokens tokens.json
  callboard token list --tokens tokens.json
  callboard token revoke ann --tokens tokens.json
"""

ACTIONS = ("create", "list", "revoke")
SCOPES = ("reader", "agent", "operator")
ANY = "*"


def configure(parser: ArgumentParser) -> None:
    """Say what is to be done with which token."""
    parser.add_argument("action", choices=ACTIONS, metavar="ACTION", help=", ".join(ACTIONS))
    parser.add_argument("name", nargs="?", metavar="NAME", help="for `create` and `revoke`")
    parser.add_argument(
        "--tokens", metavar="FILE", required=True, help="where they are kept; made by `create`"
    )
    parser.add_argument("--scope", choices=SCOPES, help="create: what its bearer may do")
    parser.add_argument(
        "--agent",
        metavar="ID",
        action="append",
        default=[],
        help=f"create: as whom its bearer may work, {ANY} for anybody; may be repeated",
    )
    parser.add_argument(
        "--expires", metavar="TIME", type=days, help="create: after 12h, 30d (default: never)"
    )
    add_json(parser, "the answer")


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    _check(options)
    from callboard.runtime.gateways.cli.tokens import perform  # noqa: PLC0415 - loads msgspec

    return perform(options, screen)


def _check(options: Namespace) -> None:
    creates = options.action == "create"
    if (options.name is None) is not (options.action == "list"):
        raise Complaint("`create` and `revoke` take a NAME, `list` does not")
    if options.name is not None and not options.name.strip():
        raise Complaint("the NAME is empty")
    if creates is not (options.scope is not None):
        raise Complaint("`create` needs a --scope, and nothing else has one")
    if not creates and (options.agent or options.expires is not None):
        raise Complaint("--agent and --expires go with `create`")
    if creates and (options.scope == "agent") is not bool(options.agent):
        raise Complaint(
            f"a token for an agent says for which (--agent ID, or --agent '{ANY}'), others do not"
        )
    if options.expires == 0:
        raise Complaint("a token that expires at once is of no use")
