"""Serve a runtime over HTTP, until it is told to end.

It prints one line with its address once it answers. Without --tokens it is
open to everybody on this machine, and to nobody else; on another address than
this machine's own it needs tokens (see `callboard token`), and a certificate
or --no-tls.

Ctrl-C or SIGTERM end it: it accepts no goal any more (503), waits for those
that are open, as long as --drain says, and stops. A second one ends the
waiting, a third one everything at once. What is in the journal goes on when
it is served again.

The exit status is 0 where nothing was lost, also after Ctrl-C, and 1 where
the runtime failed, or goals that were open are in no journal.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.gateways.cli.parsing import add_json, add_planner, add_verbose, span
from callboard.runtime.gateways.cli.screen import Screen

EXAMPLES = """\
  callboard serve --journal work.db
  callboard serve --journal work.db --agents company.py --port 9000
  callboard serve --journal work.db --host 0.0.0.0 --tokens tokens.json \\
      --tls-cert cert.pem --tls-key key.pem
"""

MOST = 2**16


def configure(parser: ArgumentParser) -> None:
    """Say where, of what, and for whom."""
    parser.add_argument(
        "--journal", metavar="FILE", help="keep goals in this file; otherwise in memory only"
    )
    parser.add_argument("--host", default="127.0.0.1", help="listen there (default: %(default)s)")
    parser.add_argument(
        "--port", type=port, default=8000, help="0 takes a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--agents",
        metavar="MODULE[:NAME,...]",
        action="append",
        default=[],
        help="agents that work here: all of a module, or those named; may be repeated",
    )
    add_planner(parser)
    parser.add_argument(
        "--skills",
        metavar="FILE",
        help="which skills stand in for which (TOML), beside Callboard's table",
    )
    _add_security(parser)
    parser.add_argument(
        "--drain",
        metavar="TIME",
        type=span,
        default=30.0,
        help="how long to wait for open goals at the end: 0, 90s, 15m (default: 30s)",
    )
    add_json(parser, "the line with the address")
    add_verbose(parser)


def _add_security(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("who may ask")
    group.add_argument("--tokens", metavar="FILE", help="only whoever has one of these tokens")
    group.add_argument("--tls-cert", metavar="FILE", help="certificate of the server (PEM)")
    group.add_argument("--tls-key", metavar="FILE", help="its key, unless it is in the same file")
    group.add_argument(
        "--tls-client-ca", metavar="FILE", help="clients need a certificate of one of these (PEM)"
    )
    group.add_argument(
        "--no-tls",
        action="store_true",
        help="other machines may ask without TLS: a proxy does it, or the network is trusted",
    )
    group.add_argument(
        "--name",
        metavar="HOST",
        action="append",
        default=[],
        help="without tokens: a name of this machine by which it is asked; may be repeated",
    )
    group.add_argument(
        "--rate",
        metavar="NUMBER",
        type=number,
        help="requests a second of each token, or address (default: 1000 with tokens)",
    )
    group.add_argument(
        "--max-body", metavar="MIB", type=number, default=16.0, help="of a request (default: 16)"
    )


def port(text: str) -> int:
    """A port.

    >>> port("8000")
    8000
    """
    if not text.isdecimal() or int(text) >= MOST:
        raise ArgumentTypeError(f"{text!r} is no port: 0 to {MOST - 1} are")
    return int(text)


def number(text: str) -> float:
    """A number above 0.

    >>> number("2.5")
    2.5
    """
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise ArgumentTypeError(f"{text!r} is no number above 0")
    return found


def run(options: Namespace, screen: Screen) -> int:
    """Serve."""
    if options.tls_cert is None and (options.tls_key or options.tls_client_ca):
        raise Complaint("--tls-key and --tls-client-ca go with --tls-cert")
    if options.tls_cert is not None and options.no_tls:
        raise Complaint("--tls-cert and --no-tls: which of them?")
    from callboard.runtime.gateways.cli.serving import serve  # noqa: PLC0415 - loads the runtime

    return serve(options, screen)
