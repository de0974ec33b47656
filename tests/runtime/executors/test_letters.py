"""Several threads may read the first message of a type at the same time."""

from __future__ import annotations

import subprocess
import sys

FIRST_READS = """
import sys, threading, types
sys.setswitchinterval(1e-6)
from callboard.messages.user import pack_message
from callboard.runtime.executors.letters import read_letter

FIELDS = "; ".join(f"f{n}: int = 0" for n in range(30))
for number in range(60):
    part, whole = f"Part{number}", f"Whole{number}"
    parts = "; ".join(f"g{n}: list[{part}] = []" for n in range(30))
    sys.modules[f"m{number}"] = module = types.ModuleType(f"m{number}")
    lines = [
        "from __future__ import annotations",
        "from callboard import UserMessage",
        f"class {part}(UserMessage, frozen=True): {FIELDS}",
        f"class {whole}(UserMessage, frozen=True): first: {part}; {parts}",
    ]
    exec("\\n".join(lines), vars(module))
    some = getattr(module, part)(f1=1)
    message = getattr(module, whole)(first=some, g7=[some])
    body, gate, read = pack_message(message), threading.Barrier(4), []
    def first():
        gate.wait()
        read.append(read_letter(whole, body))
    threads = [threading.Thread(target=first) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [message] * 4, read
"""

ALL_KNOWN = """
import msgspec
from callboard.actors.logic.graph import well_formed
from callboard.messages.execution import Deliver
from callboard.messages.values import Input, Plan, Problem, Retry, Subtask, Timeouts
from callboard.runtime.executors.processes.wire import DoWork
from callboard.runtime.executors.processes import outside
from callboard.runtime.timetables.process import Answer

kinds = Plan, Subtask, Problem, Input, Retry, Timeouts, Deliver, DoWork, Answer
for kind in kinds:
    kind.__annotations__.clear()  # who finds out only now finds nothing
for kind in kinds:
    try:
        msgspec.convert({}, kind)
    except msgspec.ValidationError:
        pass
"""


def ran(code: str) -> tuple[int, str]:
    """What becomes of a process that does that, and what it says last."""
    command = (sys.executable, "-c", code)
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.returncode, run.stderr[-500:]


def test_threads_may_read_the_first_message_of_a_type_at_the_same_time() -> None:
    assert ran(FIRST_READS) == (0, "")


def test_what_our_own_types_are_made_of_is_known_before_threads_read_them() -> None:
    assert ran(ALL_KNOWN) == (0, "")
