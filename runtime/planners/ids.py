"""Names for subtasks, for planners that are not given any."""

from __future__ import annotations

import uuid


class Uuids:
    """Random ones."""

    def new(self) -> str:
        """A new one."""
        return str(uuid.uuid4())

    def several(self, count: int) -> list[str]:
        """So many new ones."""
        return [self.new() for _ in range(count)]
