"""Where in the data msgspec found what it complains of.

Expected `int`, got `str` - at `$.subtasks[2].priority`
"""

from __future__ import annotations

import re

import msgspec

_PLACE = re.compile(r" - at `(?:key in )?\$?(?P<path>[^`]*)`")


def complaint(error: msgspec.ValidationError, root: str = "$") -> tuple[str, str]:
    """The path of the bad field, beginning with *root*, and what is wrong there.

    >>> complaint(msgspec.ValidationError("Expected `int`, got `str` - at `$.a[0]`"))
    ('$.a[0]', 'Expected `int`, got `str`')
    """
    text = str(error)
    found = _PLACE.search(text)
    return root + (found["path"] if found else ""), _PLACE.sub("", text)
