"""How an answer that has begun is broken off: what ASGI has no word for."""

from __future__ import annotations

from typing import Final

END: Final = "callboard.end"
"""Where the scope of a request has a function that does it; it takes nothing."""
