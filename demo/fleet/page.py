"""A run of the fleet as a page."""

from __future__ import annotations

from typing import Final

from callboard.demo.fleet import charts
from callboard.demo.fleet.figures import Figures
from callboard.demo.fleet.run import Fleet
from callboard.demo.fleet.table import (
    LABELS,
    bounds_of,
    command,
    span,
    table,
    title,
    version,
)
from callboard.demo.page.document import document, figure, folded, items, paragraph, section
from callboard.demo.page.html import Child, Html, tag
from callboard.demo.page.tables import Tile, tiles
from callboard.demo.page.tables import table as html_table
from callboard.demo.words import count, percent

_FAILED: Final = 12
_REASONS: Final = 3


def page(fleet: Fleet, figures: Figures) -> str:
    """The whole page; the same run gives the same page, byte for byte."""
    setting = figures.setting
    return document(
        f"Callboard: a fleet of {setting.agents}, seed {setting.seed}",
        tag("h1", title(figures)),
        paragraph(_lead(figures)),
        tiles(_tiles(figures)),
        section(
            "Who did what",
            *charts.timelines(fleet),
        ),
        section("How busy they were", *charts.courses(fleet)),
        section("How long work waited", charts.waiting(figures)),
        section("How far from the best", charts.floor(figures), _floor(figures)),
        section("Who could do what: the tensor", *charts.tensor(fleet)),
        *_failed(fleet),
        section("All figures", tag("pre", table(fleet, figures))),
        section("Once more", *_again(figures)),
    )


def _lead(figures: Figures) -> Html:
    kept = "Every one of them ended exactly once." if figures.kept else "A PROMISE WAS BROKEN."
    return tag(
        "span",
        "A simulated run: the actors are the real ones, time and the agents' work are not. ",
        f"With a chance of {percent(figures.setting.crash_rate)} an attempt took its agent down. ",
        f"{count(figures.subtasks['all'], 'subtask')} were accepted. ",
        tag("b", kept, class_="good" if figures.kept else "bad"),
        class_="lead",
    )


def _tiles(figures: Figures) -> list[Tile]:
    goals, attempts, floor = figures.goals, figures.attempts, figures.floor
    return [
        Tile(
            f"{goals['finished']:,}",
            "goals finished",
            f"{goals['failed'] + goals['cancelled']:,} failed",
        ),
        Tile(
            f"{figures.subtasks['finished']:,}",
            "subtasks finished",
            f"of {figures.subtasks['all']:,}, in {attempts['all']:,} attempts",
        ),
        Tile(
            f"{figures.crashes:,}",
            "agents crashed",
            f"{figures.restarts:,} restarted, {figures.given_up:,} given up",
        ),
        Tile(f"{figures.requeued:,}", "requeued", "their agent went down"),
        Tile(f"{figures.retried:,}", "retried", "the attempt failed or hung"),
        Tile(f"{figures.refused:,}", "late words refused", "of agents whose lease was over"),
        Tile(
            percent(figures.use.busy),
            "utilisation",
            f"{percent(figures.use.useful)} useful, {percent(figures.use.lost)} lost",
        ),
        Tile(
            span(figures.makespan),
            "makespan",
            f"{percent(floor.gap)} above its lower bound" if floor.seconds else "nothing was done",
        ),
    ]


def _floor(figures: Figures) -> Html:
    rows = [
        [LABELS[name], about, span(seconds)] for name, seconds, about in bounds_of(figures.floor)
    ]
    return figure(
        "The lower bound is the largest of three; no schedule could beat any of them, not even"
        " one that knew in advance how long everything takes. It knows of no crash and no hang,"
        " so the gap is the price of both, of priorities, and of what the scheduler could not"
        " know.",
        html_table(["bound", "of what", "time"], rows, numbers=1),
    )


def _failed(fleet: Fleet) -> list[Html]:
    failed = [goal for goal in fleet.ledger.goals.values() if goal.reasons]
    if not failed:
        return []
    shown: list[Child] = []
    for goal in failed[:_FAILED]:
        more = len(goal.reasons) - _REASONS
        reasons = "; ".join(goal.reasons[:_REASONS]) + (f"; and {more} more" if more > 0 else "")
        shown.append([tag("b", goal.text), f": {reasons}"])
    rest = len(failed) - _FAILED
    after = [paragraph(f"{rest} more failed.")] if rest > 0 else []
    return [section("Goals that failed, and why", items(shown), *after)]


def _again(figures: Figures) -> list[Html]:
    return [
        paragraph(
            "Nothing here depends on the clock or on the machine: the same command gives the same"
            " run and this same page."
        ),
        tag("pre", tag("code", f"{command(figures)} --html fleet.html")),
        paragraph(f"Made by {version()}."),
        folded(
            "What was simulated",
            items(
                [
                    (
                        "Goals: nearly half are there at once, the others come by and by. Each has"
                        " a random plan of a few layers; its subtasks need one skill or two, some"
                        " of them at a level."
                    ),
                    (
                        "Attempts: most take about as long as was estimated. Some take their agent"
                        " down, some raise, some hang until their time is over; a few subtasks"
                        " always raise, so their goals fail."
                    ),
                    "The runtime: its scheduler is crashed once, and its orchestrator once.",
                    (
                        "A person: looks after what was put aside five minutes later, and puts it"
                        " back once."
                    ),
                ]
            ),
        ),
    ]
