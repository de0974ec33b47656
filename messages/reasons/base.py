"""What every reason has in common: data with a tag, and a sentence for people."""

from __future__ import annotations

from callboard.messages.base import Value, Vocabulary


class Reason(Value, metaclass=Vocabulary, tag_field="kind", tag=True):
    """Why a subtask stands as it does, or a part of that; its class says which."""

    def said(self, at: float) -> str:
        """One sentence for people.

        Args:
            at: When the reason was given, seconds since the epoch.
        """
        raise NotImplementedError
