"""What bash and zsh offer, asked of the shells themselves."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from callboard.runtime.gateways.cli.catalogue import COMMANDS
from tests.runtime.gateways.cli.conftest import Run
from tests.runtime.gateways.cli.terminal import at_a_terminal

BASH, ZSH = shutil.which("bash"), shutil.which("zsh")

RUN_OPTIONS = {
    "-h", "--help", "--context", "--plan", "--rules", "--planner", "--llm-url",
    "--llm-model", "--skills", "--agents", "--priority",
    "--deadline", "--planning", "--repairs", "--approve", "--budget", "-q", "--quiet",
    "--json", "-v", "--verbose",
}  # fmt: skip

OFFERS = [
    ("", {*COMMANDS, "--help", "--version"}),
    ("ru", {"run"}),
    ("run -", RUN_OPTIONS),
    ("run x --pl", {"--plan", "--planner", "--planning"}),
    ("run x --planning o", {"online", "optimal"}),
    ("run x --priority ", {"CRITICAL", "HIGH", "MEDIUM", "LOW"}),
    ("run x --priority = H", {"HIGH"}),
    ("run x --priority = ", {"CRITICAL", "HIGH", "MEDIUM", "LOW"}),
    ("run x --plan pl", {"plan.json"}),
    ("run x --agents co", {"company.py"}),
    ("run x --context ", set[str]()),
    ("run x --json ", set[str]()),
    ("agents with", {"with space.py"}),
    ("agents --json co", {"company.py"}),
    ("completion ", {"bash", "zsh"}),
    ("pause ", {"goal", "subtask", "agent", "all"}),
    ("requeue ", {"subtask"}),
    ("goals --state c", {"completed", "cancelled"}),
    ("goals --state = f", {"failed"}),
    ("submit x --t", {"--timeout", "--token-file", "--tls-ca"}),
    ("submit x --plan pl", {"plan.json"}),
    ("submit x --priority ", {"CRITICAL", "HIGH", "MEDIUM", "LOW"}),
    ("tensor --npz pl", {"plan.json"}),
    ("explain pl", {"plan.json"}),
    ("status --journal pl", {"plan.json"}),
    ("status --server ", set[str]()),
    ("demo pl", {"plan.json"}),
    ("demo f", {"fleet"}),
    ("journal insp", {"inspect"}),
    ("journal inspect pl", {"plan.json"}),
    ("agent-zero ins", {"install"}),
    ("agent-zero install ze", {"zero"}),
    ("demo --he", {"--help"}),
    ("demo fleet --se", {"--seed"}),
    ("demo --report pl", {"plan.json"}),
    ("xyzzy ", set[str]()),
]


WRITTEN: dict[str, str] = {}
"""By shell; it takes a while, and is always the same."""


@pytest.fixture
def script(callboard: Run, folder: Path) -> Callable[[str], Path]:
    """The completion of a shell, as a file."""
    (folder / "with space.py").touch()
    (folder / "zero").mkdir(exist_ok=True)

    def written(shell: str) -> Path:
        path = folder / f"completion.{shell}"
        if shell not in WRITTEN:
            WRITTEN[shell] = callboard("completion", shell).out
        path.write_text(WRITTEN[shell])
        return path

    return written


@pytest.mark.skipif(BASH is None, reason="there is no bash")
@pytest.mark.parametrize(("typed", "offered"), OFFERS)
def test_bash_offers(typed: str, offered: set[str], script: Callable[[str], Path]) -> None:
    words = ["callboard", *typed.split(" ")]
    ask = """
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
        _callboard
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    ran = subprocess.run(
        (str(BASH), "--norc", "-u", "-c", ask, "bash", script("bash"), *words),
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stderr == ""
    assert set(filter(None, ran.stdout.split("\n"))) == offered


@pytest.mark.skipif(BASH is None, reason="there is no bash")
def test_bash_knows_whose_completion_it_is(script: Callable[[str], Path]) -> None:
    ran = subprocess.run(
        (str(BASH), "--norc", "-c", 'source "$1"; complete -p callboard', "bash", script("bash")),
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == "complete -F _callboard callboard\n"


@pytest.mark.skipif(ZSH is None, reason="there is no zsh")
@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("callboard ru\t", "callboard run "),
        ("callboard \t", "self-check  -- try the installation out"),
        ("callboard run x --pri\t", "callboard run x --priority"),
        ("callboard run x --priority H\t", "--priority HIGH "),
        ("callboard run x --priority=L\t", "--priority=LOW "),
        ("callboard run x --agents comp\t", "--agents company.py "),
        ("callboard plan --plan pl\t", "--plan plan.json "),
        ("callboard completion z\t", "callboard completion zsh "),
        ("callboard run --ru\t", "callboard run --rules"),
        ("callboard pause ag\t", "callboard pause agent "),
        ("callboard journal inspect pl\t", "callboard journal inspect plan.json "),
        ("callboard agent-zero install ze\t", "callboard agent-zero install zero/"),
        ("callboard demo pl\t", "callboard demo plan.json "),
        ("callboard demo fl\t", "callboard demo fleet "),
        ("callboard demo fleet --see\t", "callboard demo fleet --seed"),
    ],
)
def test_zsh_offers(typed: str, shown: str, script: Callable[[str], Path], folder: Path) -> None:
    setup = f"autoload -Uz compinit; compinit -u -D; source {script('zsh')}; print REA''DY\n"
    steps = [("", setup), ("READY", typed), (shown, "\x15exit\n")]

    def type_when(so_far: str) -> bytes:
        plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", so_far)
        if steps and steps[0][0] in plain[plain.find("READY") :]:
            return steps.pop(0)[1].encode()
        return b""

    at_a_terminal((str(ZSH), "-f", "-i"), folder, type_when=type_when, seconds=20)

    assert steps == []  # each was answered
