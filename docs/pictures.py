"""Takes the pictures of the demo, from the demo itself: `python -m docs.pictures`.

Terminals become SVG; pages become PNG, by way of a headless Chromium. Names of pictures
as arguments take these alone. Exit status 1 where one could not be taken, 2 where there is
none of that name.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from docs import terminal

PICTURES = Path(__file__).parent / "images"
LARGEST = 300_000
"""Bytes of all pictures together."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEMO = ("-m", "callboard.demo")
FLEET = ("fleet", "--agents", "200", "--goals", "300", "--crash-rate", "0.1", "--seed", "7")


class Page(NamedTuple):
    """A page that the demo writes, and how much of it is shown.

    Attributes:
        options: Of the demo.
        name: Of the file that it writes.
        size: Pixels, width and height.
    """

    options: tuple[str, ...]
    name: str
    size: tuple[int, int]


# What is typed, and how the first line begins that is left out.
TERMINALS = {
    "job-terminal": ((*DEMO, "--report", "report.md"), "- "),
    "fleet-terminal": ((*DEMO, *FLEET), ""),
}
PAGES = {
    "job-page": Page(("--html", "job.html"), "job.html", (840, 545)),
    "fleet-page": Page((*FLEET, "--html", "fleet.html"), "fleet.html", (840, 1000)),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; the exit status."""
    failed = False
    for name in _named(arguments):
        with tempfile.TemporaryDirectory() as folder:
            try:
                file = take(name, Path(folder))
            except (OSError, RuntimeError, subprocess.SubprocessError) as error:
                print(f"{name}: {error}", file=sys.stderr)  # noqa: T201
                failed = True
            else:
                print(f"{file.name}: {file.stat().st_size:,} bytes")  # noqa: T201
    size = sum(file.stat().st_size for file in PICTURES.iterdir())
    print(f"all pictures: {size:,} of {LARGEST:,} bytes")  # noqa: T201
    return 1 if failed or size > LARGEST else 0


def _named(arguments: Sequence[str] | None) -> Sequence[str]:
    """The names of the pictures that are wanted."""
    every = (*TERMINALS, *PAGES)
    parser = argparse.ArgumentParser(prog="python -m docs.pictures", description=__doc__)
    parser.add_argument("name", nargs="*", default=every, help=", ".join(every))
    names: Sequence[str] = parser.parse_args(arguments).name
    unknown = [name for name in names if name not in every]
    if unknown:
        parser.error(f"there is no picture {', '.join(unknown)}: there are {', '.join(every)}")
    return names


def take(name: str, folder: Path) -> Path:
    """Take one picture, in an empty folder; where it is.

    Raises:
        RuntimeError: The demo failed, or there is no browser.
    """
    if name in TERMINALS:
        arguments, until = TERMINALS[name]
        shown = terminal.run(*arguments, folder=folder)
        file = PICTURES / f"{name}.svg"
        command = " ".join(("python", *arguments))
        file.write_text(terminal.picture(shown, command, until), "utf-8")
        return file
    return photograph(PAGES[name], PICTURES / f"{name}.png", folder)


def photograph(page: Page, file: Path, folder: Path) -> Path:
    """Let the demo write a page, and let a browser show it.

    Raises:
        RuntimeError: There is no browser, or it took no picture.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise RuntimeError(f"none of {', '.join(BROWSERS)} is here")
    terminal.run(*DEMO, *page.options, folder=folder)
    width, height = page.size
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    subprocess.run(  # noqa: S603 - a browser, and our own page
        (
            *(browser, *options, f"--window-size={width},{height}", f"--screenshot={file}"),
            (folder / page.name).as_uri(),
        ),
        check=True,
        capture_output=True,
        timeout=120,
    )
    return file


if __name__ == "__main__":
    sys.exit(main())
