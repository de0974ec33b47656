"""Two things to look at: a real job, and a simulated fleet.

python -m callboard.demo          agents analyse data while one crashes and one hangs
python -m callboard.demo fleet    hundreds of agents under a virtual clock, with faults
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from callboard.demo.output import STOPPED
from callboard.runtime.gateways.cli.screen import though_unread


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; answer with the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Each is loaded by itself: neither needs what the other one is made of.
    if given[:1] == ["fleet"]:
        from callboard.demo.fleet.command import main as fleet  # noqa: PLC0415

        return fleet(given[1:])
    from callboard.demo.job import main as job  # noqa: PLC0415

    return job(given)


def entry() -> int:
    """The same for a process: what it was started with, and an exit status for every end."""
    try:
        return though_unread(main)
    except KeyboardInterrupt:
        # Before the demo itself was there to take notice.
        sys.stderr.write("callboard.demo: stopped\n")
        return STOPPED


if __name__ == "__main__":
    sys.exit(entry())
