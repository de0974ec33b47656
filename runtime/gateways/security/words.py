"""What a token must be to be sent at all; apart from all else about them, for a quick start."""

from __future__ import annotations


def could_be(text: str) -> bool:
    r"""Whether a text can be sent as a token at all: a header holds nothing but words.

    >>> [could_be(text) for text in ("cb_1", "", "cb 1", "cb_1\t", "cb_é")]
    [True, False, False, False, False]
    """
    return bool(text) and text.isascii() and text.isprintable() and " " not in text
