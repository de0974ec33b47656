"""What of a subtask is not as its planner said it."""

from __future__ import annotations

from callboard.messages.reasons.base import Reason
from callboard.messages.values import Correction


class WasCorrected(Reason):
    """History contradicts what was said of it, and it is as was learnt."""

    correction: Correction

    def said(self, at: float) -> str:
        """What was said, and what was learnt."""
        del at
        return f"its plan was corrected: {self.correction}"
