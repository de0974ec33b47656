"""Trees of people's own pykka actors, on real threads: what no virtual clock can show."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pykka
import pytest

from callboard.actors.shell import HardActor
from callboard.messages.errors import (
    ChildIdTaken,
    ChildNotRunning,
    ChildNotStarted,
    ChildNotStopped,
    SupervisorEnds,
    UnknownChild,
)
from callboard.messages.facts import ActorRestarted, Fact, RestartScheduled
from callboard.messages.notices import ActorAbandoned, Notice
from callboard.runtime.supervision import (
    Budget,
    ChildSpec,
    Exit,
    FamilyOptions,
    Pace,
    Phase,
    Restart,
    Strategy,
    Supervisor,
    SupervisorSpec,
)
from tests.live import LONG, eventually

QUICK = Pace(first=0.001, longest=0.01)
PATIENT = FamilyOptions(budget=Budget(20, 60.0), pace=QUICK)


class Diary:
    """What the actors did, in order, and what was seen of them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.events: list[Fact | Notice] = []
        self.go_on = threading.Event()

    def see(self, event: Fact | Notice) -> None:
        self.events.append(event)

    def kinds(self) -> list[type]:
        return [type(event) for event in self.events]


@pytest.fixture
def diary() -> Generator[Diary]:
    before = set(pykka.ActorRegistry.get_all())
    made = Diary()
    yield made
    made.go_on.set()
    assert set(pykka.ActorRegistry.get_all()) == before, "nothing process-wide learns of it"


class Player(pykka.ThreadingActor):
    """Says what it does, and dies as it is told."""

    def __init__(self, diary: Diary, name: str, *, cannot: str = "") -> None:
        super().__init__()
        self.diary, self.name, self.cannot = diary, name, cannot
        if cannot == "be made":
            raise OSError("no paper")

    def on_start(self) -> None:
        if self.cannot == "start":
            raise SystemExit("no ink")
        self.diary.lines.append(f"+{self.name}")

    def on_stop(self) -> None:
        self.diary.lines.append(f"-{self.name}")

    def on_receive(self, message: object) -> object:
        if isinstance(message, BaseException):
            raise message
        if message == "hang":
            self.diary.go_on.wait(LONG)
        if message == "leave":
            self.stop()
        return message


class Stubborn(Player):
    """Has names of its own that ours might have as well."""

    def _failed(self) -> str:
        return "mine"

    def halt(self) -> str:
        return self._failed()

    def watch(self) -> str:
        return "my watch"


class HardPlayer(HardActor, Player):
    """One that is hardened already."""


def spec(diary: Diary, name: str, **options: object) -> ChildSpec:
    return ChildSpec(name, Player, (diary, name), **options)  # type: ignore[arg-type]


def again(tree: Supervisor, child: str, incarnation: int) -> bool:
    """Whether that incarnation of a child runs."""
    info = next(i for i in tree.which_children() if i.id == child)
    return info.phase is Phase.RUNNING and info.incarnation == incarnation


def test_a_tree_starts_in_order_answers_and_stops_in_reverse(diary: Diary) -> None:
    with Supervisor([spec(diary, name) for name in "abc"]) as tree:
        assert tree.ref("b").ask("hello", timeout=LONG) == "hello"
        assert [info.id for info in tree.which_children()] == ["a", "b", "c"]
        assert tree.count_children().running == 3

    assert diary.lines == ["+a", "+b", "+c", "-c", "-b", "-a"]
    assert tree.wait(timeout=LONG).end is Exit.SHUTDOWN


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
@pytest.mark.parametrize("kind", [Player, HardPlayer])
def test_whatever_an_actor_dies_of_is_noticed_and_hurts_nobody_else(
    diary: Diary, kind: type[Player], error: BaseException
) -> None:
    bystander = pykka.ThreadingActor.start()
    child = ChildSpec("a", kind, (diary, "a"))
    with Supervisor([child, spec(diary, "b")], PATIENT, watcher=diary) as tree:
        tree.ref("a").tell(error)
        eventually(lambda: again(tree, "a", 2))
        assert again(tree, "b", 1)

    [plan] = [e for e in diary.events if isinstance(e, RestartScheduled)]
    assert plan.address == "tree/a"
    assert plan.problem.text == f"tree/a died: {type(error).__name__}: {error}".rstrip(": ")
    assert "on_receive" in plan.problem.traceback
    assert ActorRestarted in diary.kinds()
    assert bystander.is_alive()
    bystander.stop()


@pytest.mark.parametrize(("cannot", "why"), [("be made", "no paper"), ("start", "no ink")])
def test_one_that_cannot_start_is_the_end_of_the_tree(diary: Diary, cannot: str, why: str) -> None:
    bad = ChildSpec("b", Player, (diary, "b"), {"cannot": cannot})
    tree = Supervisor([spec(diary, "a"), bad, spec(diary, "c")])

    with pytest.raises(ChildNotStarted, match=why):
        tree.start(timeout=LONG)

    assert diary.lines == ["+a", "-a"]
    assert tree.wait(timeout=LONG).end is Exit.FAILED
    with pytest.raises(SupervisorEnds):
        tree.which_children()
    with pytest.raises(SupervisorEnds):
        tree.start_child(spec(diary, "d"))


def test_one_that_leaves_by_itself_comes_back_only_if_it_is_permanent(diary: Diary) -> None:
    transient = spec(diary, "b", restart=Restart.TRANSIENT)
    with Supervisor([spec(diary, "a"), transient], PATIENT) as tree:
        for name in "ab":
            tree.ref(name).tell("leave")
        eventually(lambda: again(tree, "a", 2))
        eventually(lambda: tree.count_children().stopped == 1)
        with pytest.raises(ChildNotRunning, match="it is stopped"):
            tree.ref("b")


def test_one_for_all_on_real_threads(diary: Diary) -> None:
    together = FamilyOptions(strategy=Strategy.ONE_FOR_ALL, budget=Budget(5, 60.0), pace=QUICK)
    with Supervisor([spec(diary, name) for name in "abc"], together) as tree:
        del diary.lines[:]
        tree.ref("b").tell(ValueError())
        eventually(lambda: again(tree, "c", 2))
        assert diary.lines == ["-c", "-a", "+a", "+b", "+c"]


def test_one_that_does_not_stop_is_abandoned_and_counted(diary: Diary) -> None:
    stuck = spec(diary, "b", shutdown=0.02)
    tree = Supervisor([spec(diary, "a"), stuck], watcher=diary).start(timeout=LONG)
    tree.ref("b").tell("hang")

    ended = tree.stop(timeout=LONG)

    assert ended.abandoned == ("tree/b",)
    assert diary.lines[-1] == "-a"
    assert [e.seconds for e in diary.events if isinstance(e, ActorAbandoned)] == [0.02]


def test_one_that_was_abandoned_and_ends_after_all_is_not_counted_any_more(diary: Diary) -> None:
    with Supervisor([spec(diary, "a", shutdown=0)]) as tree:
        tree.ref("a").tell("hang")
        tree.terminate_child("a")
        assert tree.count_children().abandoned == 1
        diary.go_on.set()
        eventually(lambda: tree.count_children().abandoned == 0)


def test_what_an_actor_calls_its_own_stays_its_own(diary: Diary) -> None:
    with Supervisor([ChildSpec("a", Stubborn, (diary, "a"))]) as tree:
        proxy = tree.ref("a").proxy()
        assert (proxy.halt().get(timeout=LONG), proxy.watch().get(timeout=LONG)) == (
            "mine",
            "my watch",
        )
    assert diary.lines == ["+a", "-a"]


def test_children_come_and_go_as_is_asked(diary: Diary) -> None:
    with Supervisor(options=PATIENT) as tree:
        tree.start_child(spec(diary, "a"))
        with pytest.raises(ChildIdTaken):
            tree.start_child(spec(diary, "a"))
        with pytest.raises(ChildNotStopped, match="running"):
            tree.delete_child("a")
        tree.terminate_child("a")
        tree.restart_child("a")
        assert again(tree, "a", 2)
        tree.terminate_child("a")
        tree.delete_child("a")
        with pytest.raises(UnknownChild):
            tree.ref("a")
        assert tree.which_children() == ()


def test_a_supervisor_that_gives_up_is_restarted_by_its_own(diary: Diary) -> None:
    hopeless = SupervisorSpec(
        (spec(diary, "x"), spec(diary, "y")), FamilyOptions(budget=Budget(0, 1))
    )
    pool = ChildSpec("pool", hopeless, shutdown=None)
    with Supervisor([spec(diary, "a"), pool], PATIENT) as tree:
        branch = tree.supervisor("pool")
        assert branch.count_children().running == 2
        branch.ref("x").tell(ValueError())
        eventually(lambda: again(tree, "pool", 2))
        assert branch.count_children().running == 2
        assert again(tree, "a", 1)
        with pytest.raises(UnknownChild):
            tree.supervisor("a").count_children()

    assert diary.lines == ["+a", "+x", "+y", "-y", "+x", "+y", "-y", "-x", "-a"]


def test_a_tree_that_gives_up_says_why(diary: Diary) -> None:
    tree = Supervisor([spec(diary, "a")], FamilyOptions(budget=Budget(0, 60.0)))
    tree.start(timeout=LONG).ref("a").tell(ValueError("no"))

    ended = tree.wait(timeout=LONG)

    assert ended.end is Exit.SHUTDOWN
    assert ended.problem is not None
    assert "tree is given up" in ended.problem.text
    assert "ValueError: no" in ended.problem.text


def test_it_answers_while_a_constructor_hangs_and_can_be_stopped(diary: Diary) -> None:
    class Slow(Player):
        def __init__(self) -> None:
            super().__init__(diary, "slow")
            diary.go_on.wait(LONG)

    tree = Supervisor([ChildSpec("slow", Slow, shutdown=0.01)])
    with pytest.raises(TimeoutError):
        tree.start(timeout=0.05)
    assert [i.phase for i in tree.which_children()] == [Phase.STARTING]
    assert tree.stop(timeout=LONG).abandoned == ("tree/slow",)
    diary.go_on.set()
    assert diary.lines == []


def test_what_never_began_can_be_stopped_and_twice(diary: Diary) -> None:
    tree = Supervisor([spec(diary, "a")])
    assert tree.stop(timeout=LONG) == tree.stop(timeout=LONG)
    assert diary.lines == []
