"""What every message has in common."""

from __future__ import annotations

import gc

from hypothesis import given

from callboard.messages.base import Message
from tests.strategies import messages


@given(message=messages())
def test_the_garbage_collector_passes_messages_over(message: Message) -> None:
    assert not gc.is_tracked(message)
