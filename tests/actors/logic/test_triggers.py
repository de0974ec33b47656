from __future__ import annotations

import pytest

from callboard.actors.logic.triggers import Terms, Trigger, inflections

WORDS = Terms(words=frozenset({"launch", "go"}))
PHRASE = Terms(phrases=(("press", "kit"),))
PATTERN = Terms(patterns=(r"\bv\d+\b",))
VERB = Terms(verbs=(inflections("publish"),))


@pytest.mark.parametrize(
    ("trigger", "text", "matched", "why"),
    [
        (Trigger(), "anything", True, "it is for every goal"),
        (Trigger(any=WORDS), "Ready? LAUNCH! Go!", True, "the word 'launch'"),
        (Trigger(any=WORDS), "launches", False, "it has none of the word 'go', the word 'launch'"),
        (Trigger(any=PHRASE), "The press-kit", True, "the phrase 'press kit'"),
        (Trigger(any=PHRASE), "Press the kit", False, "it has none of the phrase 'press kit'"),
        (Trigger(any=PATTERN), "Ship V12", True, r"the pattern '\\bv\\d+\\b'"),
        (Trigger(any=VERB), "Publishing", True, "the word 'publishing'"),
        (Trigger(any=VERB), "go", False, "it has none of a form of 'publish'"),
        (Trigger(none=WORDS), "stop", True, "it has none of the word 'go', the word 'launch'"),
        (Trigger(none=WORDS), "no go", False, "it has the word 'go'"),
        (Trigger(all=WORDS), "go, launch", True, "the word 'go' and the word 'launch'"),
        (Trigger(all=WORDS), "go", False, "it has not the word 'launch'"),
        (Trigger(all=VERB), "go", False, "it has not a form of 'publish'"),
        (Trigger(all=PATTERN), "v", False, r"it has not the pattern '\\bv\\d+\\b'"),
        (
            Trigger(any=WORDS, all=PHRASE, none=PATTERN),
            "launch the press kit",
            True,
            "the word 'launch' and the phrase 'press kit'",
        ),
        (
            Trigger(any=WORDS, all=PHRASE, none=PATTERN),
            "go v1",
            False,
            r"it has the pattern '\\bv\\d+\\b'",
        ),
    ],
)
def test_what_a_goal_must_say_and_must_not(
    *, trigger: Trigger, text: str, matched: bool, why: str
) -> None:
    assert trigger.look(text) == (matched, why)


def test_what_always_matches_says_so() -> None:
    assert Trigger().always
    assert not any(Trigger(**{key: PHRASE}).always for key in ("any", "all", "none"))


def test_long_lists_are_not_told_whole() -> None:
    many = Trigger(any=Terms(words=frozenset("abcdefg")))
    assert many.look("x").why == (
        "it has none of the word 'a', the word 'b', the word 'c', the word 'd' and 3 more"
    )
