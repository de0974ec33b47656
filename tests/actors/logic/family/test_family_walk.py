"""The real supervisor and a naive model of OTP's go the same way, whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from callboard.actors.logic.family.exits import Exit, Restart
from callboard.actors.logic.family.phases import Phase
from callboard.actors.logic.family.specs import ChildSpec
from callboard.actors.logic.family.strategies import AutoShutdown, Strategy
from callboard.actors.logic.family.words import (
    DeleteChild,
    RestartChild,
    StartChild,
    Stop,
    TerminateChild,
)
from tests.actors.logic.family.model import Model
from tests.actors.logic.family.world import World, options

pytestmark = pytest.mark.no_cover  # the same code thousands of times

NAMES = st.sampled_from("abcd")


class Together(RuleBasedStateMachine):
    """Both are told the same."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    @initialize(
        strategy=st.sampled_from(Strategy),
        auto=st.sampled_from(AutoShutdown),
        together=st.booleans(),
    )
    def open(self, strategy: Strategy, auto: AutoShutdown, *, together: bool) -> None:
        self.options = options(strategy=strategy, auto_shutdown=auto, together=together)
        self.world = World([], self.options).start()
        self.model = Model(self.options, self.world.broken)

    def ask(self, command: type[TerminateChild | RestartChild | DeleteChild], child: str) -> bool:
        self.calls += 1
        self.world.say(command(child, self.calls))
        return self.world.answers[self.calls] is None

    def living(self) -> list[str]:
        return sorted(self.world.alive)

    @precondition(lambda self: not self.model.ended)
    @rule(name=NAMES, restart=st.sampled_from(Restart), significant=st.booleans())
    def start(self, name: str, restart: Restart, *, significant: bool) -> None:
        auto = self.options.auto_shutdown is not AutoShutdown.NEVER
        significant = significant and auto and restart is not Restart.PERMANENT
        spec = ChildSpec(name, None, restart=restart, significant=significant)
        taken = name in self.model.state
        if "" in self.model.due or (self.grouped() and self.coming()):
            return  # the model does not know a start that waits for a group
        self.calls += 1
        self.world.say(StartChild(spec, self.calls))
        if not taken:
            self.model.add(spec, self.world.now)
        assert (self.world.answers[self.calls] is None) == (
            not taken and name not in self.world.broken
        )

    def grouped(self) -> bool:
        return self.options.strategy is not Strategy.ONE_FOR_ONE

    def coming(self) -> bool:
        return "restarting" in self.model.state.values()

    @precondition(lambda self: self.world.alive)
    @rule(data=st.data(), end=st.sampled_from([Exit.FAILED, *Exit]))
    def kill(self, data: st.DataObject, end: Exit) -> None:
        child = data.draw(st.sampled_from(self.living()))
        self.world.exit(child, end)
        self.model.exit(child, end, self.world.now)

    @rule(name=NAMES)
    def break_or_mend(self, name: str) -> None:
        self.world.broken ^= {name}

    @rule(name=NAMES)
    def terminate(self, name: str) -> None:
        known = name in self.model.state
        assert self.ask(TerminateChild, name) is known
        if known:
            self.model.wished.add(name)
            self.model.drop(name)

    @precondition(lambda self: not self.model.ended and not self.model.due)
    @rule(name=NAMES)
    def restart(self, name: str) -> None:
        down = self.model.state.get(name) == "stopped"
        done = self.ask(RestartChild, name)
        assert done is (down and name not in self.world.broken)
        if done:
            self.model.run(name, self.world.now)
        elif down:
            self.model.wished.add(name)
            self.model.drop(name)

    @precondition(lambda self: not self.model.ended)
    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        down = self.model.state.get(name) == "stopped"
        assert self.ask(DeleteChild, name) is down
        if down:
            self.model.forget(name)

    @rule(seconds=st.sampled_from([0.0, 0.5, 1.0, 2.0, 4.0, 12.0]))
    def pass_time(self, seconds: float) -> None:
        end = self.world.now + seconds
        while (due := min(self.model.due.values(), default=end + 1)) <= end:
            self.world.advance(due - self.world.now)
            self.model.tick(self.world.now)
        self.world.advance(end - self.world.now)

    @precondition(lambda self: self.calls > 20)
    @rule()
    def stop(self) -> None:
        self.world.say(Stop())
        if not self.model.ended:
            self.model.end()

    @invariant()
    def they_agree(self) -> None:
        assert {c: p.value for c, p in self.world.phases().items()} == self.model.state
        assert (self.world.left is not None) is self.model.ended
        assert self.living() == sorted(c for c, s in self.model.state.items() if s == "running")

    @invariant()
    def the_counts_are_right(self) -> None:
        counts = self.world.logic.count()
        states = list(self.model.state.values())
        assert (counts.specs, counts.running) == (len(states), states.count("running"))
        assert (counts.restarting, counts.stopped) == (
            states.count("restarting"),
            states.count("stopped"),
        )

    @invariant()
    def nobody_waits_for_an_answer(self) -> None:
        assert len(self.world.answers) == self.calls

    @invariant()
    def none_is_between_two_phases(self) -> None:
        between = {Phase.WAITING, Phase.STARTING, Phase.STOPPING}
        assert not between & set(self.world.phases().values())


Together.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=60,
    suppress_health_check=[HealthCheck.too_slow],
)
TestTogether = Together.TestCase
