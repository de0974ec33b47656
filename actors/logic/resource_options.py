"""What a runtime limits besides slots and skills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from callboard.messages.resources import Supply


@dataclass(frozen=True, slots=True)
class ResourceOptions:
    """Its supplies and its concurrency keys.

    Attributes:
        supplies: How each resource is limited, by `normal` name.
        concurrency: How many subtasks may run at once with a concurrency key, by key or
            pattern.
    """

    supplies: Mapping[str, Supply] = field(default_factory=dict[str, Supply])
    concurrency: Mapping[str, int] = field(default_factory=dict[str, int])
