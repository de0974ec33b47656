"""The same runtime under a virtual clock: for tests, trials and what-if questions.

Each name is loaded when it is first used, so that the pytest plugin costs nothing where
nobody uses it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callboard.runtime.simulation.executor import Fate
    from callboard.runtime.simulation.forecast import Forecast, simulate
    from callboard.runtime.simulation.hindsight import Counterfactual, Fidelity, counterfactual
    from callboard.runtime.simulation.replay import replayed
    from callboard.runtime.simulation.simulated import SimulatedRuntime
    from callboard.runtime.simulation.simulation import Simulation, simulated_runtime

__all__ = [
    "Counterfactual",
    "Fate",
    "Fidelity",
    "Forecast",
    "SimulatedRuntime",
    "Simulation",
    "counterfactual",
    "replayed",
    "simulate",
    "simulated_runtime",
]

_HOMES = {
    "Counterfactual": "hindsight",
    "Fate": "executor",
    "Fidelity": "hindsight",
    "Forecast": "forecast",
    "SimulatedRuntime": "simulated",
    "Simulation": "simulation",
    "counterfactual": "hindsight",
    "replayed": "replay",
    "simulate": "forecast",
    "simulated_runtime": "simulation",
}


def __getattr__(name: str) -> object:
    """Load a public name on its first use."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
