"""How a worker process finds what it is to run: by its name, as the program does.

A function or class at the top of a module is imported there anew; one of the program
itself is found by running its file under another name, so the program's own start has
to stand under `if __name__ == "__main__":`, as with multiprocessing.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import runpy
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from callboard.messages.errors.agents import InvalidOption
from callboard.messages.errors.endings import NotReachable
from callboard.runtime.executors.processes.wire import Place

MAIN = "__main__"
AGAIN = "__mp_main__"
"""What the program is called in a worker, so that it does not start itself again."""

LEAST_MEMORY = 32 * 1024 * 1024
"""Bytes that Python itself and what every worker loads need, with something to spare."""

_loading = False


@dataclass(frozen=True, slots=True)
class Isolation:
    """How the work of an agent runs in processes of its own.

    Attributes:
        place: Where they find it.
        memory: Bytes that the data of each may take, or None.
        bid: Where they find a function for bids that the agent does not name itself.
    """

    place: Place
    memory: int | None = None
    bid: Place | None = None


def isolation_of(obj: object, memory: object = None, bid: object = None) -> Isolation:
    """How *obj* is run in processes of its own.

    Raises:
        InvalidOption: It cannot be, or the memory is no number of bytes that this system
            can keep a process to.
    """
    found_bid = None if bid is None else place_of(bid)
    return Isolation(place_of(obj), _bytes(memory), found_bid)


def place_of(obj: object) -> Place:
    """Where another process finds *obj*.

    Raises:
        InvalidOption: It would not: it is a lambda, nested, an instance, or of a module
            that cannot be imported.
    """
    if _loading:
        _refuse("it was registered while a worker loads the program", _GUARD)
    name: str = getattr(obj, "__qualname__", "")
    if not (inspect.isfunction(obj) or inspect.isclass(obj)) or not name:
        _refuse("it is neither a function nor a class", _TOP)
    module: str = obj.__module__
    if "<" in name:
        _refuse(f"{name} is made inside of a function", _TOP)
    if _looked_up(sys.modules.get(module), name) is not obj:
        _refuse(f"{module}.{name} is something else, or nothing", _TOP)
    if module in {MAIN, AGAIN}:
        return _of_main(name)
    if not _can_be_imported(module):
        _refuse(f"no module {module!r} can be imported", _TOP)
    return Place(module=module, name=name)


def found(place: Place) -> Any:  # noqa: ANN401 - the user's
    """What is at that place; runs the code of its module.

    Raises:
        NotReachable: There is nothing of that name.
        Exception: Its module raised.
    """
    global _loading  # noqa: PLW0603 - for a registration that the module's code makes
    _loading = True
    try:
        module = _loaded(place)
    finally:
        _loading = False
    thing = _looked_up(module, place.name)
    if thing is None:
        raise NotReachable(str(place), f"{module.__name__} has no {place.name}")
    return thing


_TOP = "a function or class at the top of a module or of the program's file"
_GUARD = "under `if __name__ == '__main__':` where a worker does not come by"


def _refuse(why: str, expected: str) -> None:
    raise InvalidOption("isolation='process'", why, expected)


def _of_main(name: str) -> Place:
    main = sys.modules[MAIN]
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return Place(module=MAIN, name=name, main=spec.name, as_module=True)
    file = getattr(main, "__file__", None)
    if not isinstance(file, str):
        why = "the program is no file (a notebook, a prompt, python -c)"
        _refuse(why, "a function or class of a module: write it into a file and import it")
    return Place(module=MAIN, name=name, main=str(file))


def _bytes(given: object) -> int | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or given < LEAST_MEMORY:
        raise InvalidOption("memory", given, f"a whole number of bytes, {LEAST_MEMORY:,} or more")
    if sys.platform != "linux":
        raise InvalidOption("memory", given, "None: this system keeps no process to a limit")
    return given


def _can_be_imported(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _looked_up(module: ModuleType | None, name: str) -> object:
    thing: object = module
    for part in name.split("."):
        thing = getattr(thing, part, None)
    return thing


def _loaded(place: Place) -> ModuleType:
    if place.module != MAIN:
        return importlib.import_module(place.module)
    run: Callable[..., dict[str, Any]] = runpy.run_module if place.as_module else runpy.run_path
    module = ModuleType(AGAIN)
    module.__dict__.update(run(place.main, run_name=AGAIN))
    # What the program's own functions are told to be of.
    sys.modules[AGAIN] = sys.modules[MAIN] = module
    return module
