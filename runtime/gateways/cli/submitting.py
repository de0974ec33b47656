"""What `callboard submit` does: hands in a goal, and perhaps waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.data import data_of
from callboard.runtime.gateways.cli.doors import serving, writing

if TYPE_CHECKING:
    from argparse import Namespace

    from callboard.runtime.gateways.cli.screen import Screen


def submit(options: Namespace, screen: Screen) -> int:
    """Hand it in, and wait for it where that is wanted; the exit status.

    Raises:
        Complaint: It cannot be handed in.
    """
    asked = _asked(options)
    if options.wait:
        # Here, as all that can happen is slow to load, and who does not wait need not know it.
        from callboard.runtime.gateways.cli.attending import attend  # noqa: PLC0415

        with serving(options) as client:
            return attend(client, asked, options, screen)
    with writing(options, new=True) as door:
        answer = door.call("submit_goal", **asked)
    if options.json:
        screen.json(data_of(answer))
    else:
        screen.out.line(answer.goal.id)
    return DONE


def _asked(options: Namespace) -> dict[str, Any]:
    """What is handed in; a plan is checked here, before anything is sent."""
    asked = {name: getattr(options, name) for name in ("context", "priority", "deadline", "key")}
    asked |= {
        name: getattr(options, name) for name in ("planning", "repairs", "approve", "correct")
    }
    asked["budget"] = dict(options.budget)
    if options.plan is not None:
        # Here, as a plan brings all that is known of plans with it.
        from callboard.runtime.gateways.cli.planning import planned  # noqa: PLC0415
        from callboard.runtime.gateways.operations.stating import stated_again  # noqa: PLC0415

        asked["plan"] = [stated_again(subtask) for subtask in planned(options).subtasks]
    return {"goal": options.goal or "", **{n: v for n, v in asked.items() if v is not None}}
