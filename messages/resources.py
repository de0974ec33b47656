"""What work takes besides time and skills: memory, graphics cards, money, places.

A *resource* has a name, and whoever limits it says how it is used up:

- a `Pool` is renewable: what a subtask demands is reserved while it is leased, and given
  back when its handler has ended;
- a `Budget` is consumable: the demand is reserved, what was really used takes its place
  at the end of the attempt, and stays used up;
- a `Rate` lets so much through in any period of so many seconds.

Names are compared as those of skills are. Numbers are in the user's own units; use the
plain ones (bytes, not gigabytes), so that everybody means the same.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from callboard.messages.base import GoalId, Value

Then: TypeAlias = Literal["wait", "fail"]
"""What becomes of a subtask whose budget is used up."""


class Amount(Value):
    """So much of a resource: what a subtask demands, an agent offers or an attempt used.

    Attributes:
        resource: Its name.
        amount: Above 0 where it is demanded or offered, at least 0 where it was used.
    """

    resource: str
    amount: float


class Pool(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """A renewable resource that the whole runtime shares.

    Attributes:
        amount: That there is.
    """

    amount: float


class Budget(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """A consumable resource.

    Attributes:
        amount: That may be used up in all; `Runtime.grant` adds to it.
        then: What follows when it is used up: "wait" keeps what demands it waiting for
            more, "fail" ends it with `BudgetUsedUp`.
    """

    amount: float
    then: Then = "wait"


class Rate(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """A resource of which there is so much in every period, as calls of a service.

    Attributes:
        amount: That may be leased in any period; it slides, so no two bursts meet.
        per: Seconds of the period.
    """

    amount: float
    per: float = 60.0


Supply: TypeAlias = Pool | Budget | Rate
"""How a resource is limited."""


class Supplied(Value):
    """A resource that the runtime limits.

    Attributes:
        resource: Its name.
    """

    resource: str
    supply: Supply


class Allowance(Value):
    """What a goal may use up of a resource.

    Attributes:
        then: See `Budget`.
    """

    resource: str
    amount: float
    then: Then = "wait"


class Claim(Value):
    """What one attempt takes of one supply.

    Attributes:
        resource: Its name; of a concurrency key the key itself.
        of: Whose supply: the "runtime"'s, the "goal"'s, the "agent"'s, or a "key".
        amount: That is reserved.
        goal: Whose budget, where it is a goal's.
    """

    resource: str
    of: Literal["runtime", "goal", "agent", "key"]
    amount: float = 1.0
    goal: GoalId = ""
