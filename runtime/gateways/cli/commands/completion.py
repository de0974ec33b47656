"""Print what lets bash or zsh complete the commands, their options and files.

Once, and again after an update:

    callboard completion bash > ~/.callboard.bash

and in ~/.bashrc `source ~/.callboard.bash`. For zsh alike, after compinit in
~/.zshrc; or name the file _callboard and put it into a folder of $fpath.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.screen import Screen


def configure(parser: ArgumentParser) -> None:
    """Take the name of a shell."""
    parser.add_argument("shell", choices=("bash", "zsh"))


def run(options: Namespace, screen: Screen) -> int:
    """Print it."""
    from callboard.runtime.gateways.cli.completion import bash, words_of, zsh  # noqa: PLC0415

    write = {"bash": bash, "zsh": zsh}[options.shell]
    screen.out.write(write(words_of()))
    return 0
