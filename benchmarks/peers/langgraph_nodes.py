"""LangGraph: a graph for each workload, its nodes on up to 8 threads, no checkpoints."""

from __future__ import annotations

import operator
import os
import time
from itertools import pairwise
from math import isqrt
from typing import Annotated, Any, Self, TypedDict

from contestants import SLOTS, Results, parents_of

from peers import needed

os.environ["LANGSMITH_TRACING"] = "false"  # whatever the environment says: nothing goes out
_graph: Any = needed("langgraph.graph")
_Send: Any = needed("langgraph.types").Send
START, END = _graph.START, _graph.END


class _State(TypedDict):
    """What all nodes share."""

    done: Annotated[list[object], operator.add]


class Peer:
    """Timed is building the graph, compiling it, and one call of it."""

    name = "LangGraph"
    most = 500  # a graph of more nodes costs ever more for each

    def __enter__(self) -> Self:
        """Have a graph at hand that tells the time."""
        clock = _graph.StateGraph(_State).add_node("clock", _time)
        self._clock = clock.add_edge(START, "clock").add_edge("clock", END).compile()
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is left between calls."""

    def independent(self, count: int) -> Results:
        """One node, sent to as often."""
        graph = _graph.StateGraph(_State).add_node("do", _nothing)
        return _run(graph.add_conditional_edges(START, _sends(count), ["do"]), count)

    def chain(self, count: int) -> Results:
        """A sequence of nodes."""
        graph = _graph.StateGraph(_State)
        graph.add_sequence([(f"n{number}", _nothing) for number in range(count)])
        return _run(graph.add_edge(START, "n0"), count)

    def layers(self, count: int) -> Results:
        """Each node but those of the first layer has edges from three."""
        width = isqrt(count)
        layers = [[f"n{layer}-{n}" for n in range(width)] for layer in range(width)]
        graph = _graph.StateGraph(_State)
        for name in (name for layer in layers for name in layer):
            graph.add_node(name, _nothing)
        for name in layers[0]:
            graph.add_edge(START, name)
        for above, below in pairwise(layers):
            for number, name in enumerate(below):
                graph.add_edge(list(parents_of(number, above)), name)
        return _run(graph, count)

    def fan(self, count: int) -> Results:
        """A node, then one that is sent to as often, then another one."""
        graph = _graph.StateGraph(_State)
        for name in ("first", "do", "last"):
            graph.add_node(name, _nothing)
        graph.add_edge(START, "first").add_edge("do", "last")
        return _run(graph.add_conditional_edges("first", _sends(count - 2), ["do"]), count)

    def start_delay(self) -> float:
        """Seconds from calling a compiled graph until its node runs."""
        called = time.perf_counter()
        return float(_called(self._clock, 1)[0]) - called


def _run(graph: Any, count: int) -> Results:  # noqa: ANN401 - its graphs
    return _called(graph.compile(), count)


def _called(graph: Any, count: int) -> list[Any]:  # noqa: ANN401 - its graphs
    """A call may take no more steps than it says beforehand: those of a chain, and the end."""
    limits = {"max_concurrency": SLOTS, "recursion_limit": count + 2}
    found: list[Any] = graph.invoke({"done": []}, limits)["done"]
    return found


def _sends(count: int) -> Any:  # noqa: ANN401 - what it calls a path
    def path(_: _State) -> list[Any]:
        return [_Send("do", {}) for _ in range(count)]

    return path


def _nothing(_: _State) -> dict[str, list[object]]:
    return {"done": [None]}


def _time(_: _State) -> dict[str, list[object]]:
    return {"done": [time.perf_counter()]}
