"""What is known of an agent."""

from __future__ import annotations

from callboard.messages.base import AgentId, Value
from callboard.messages.resources import Amount
from callboard.messages.values.limits import Retry, Timeouts
from callboard.messages.values.plans import Skill


class Agent(Value):
    """What is known of an agent: what it can do and how it wants to be treated.

    Attributes:
        id: Unique in the runtime.
        skills: What it covers.
        max_load: How many subtasks it runs at once.
        pull: It runs nothing by itself; work is assigned when somebody asks for it.
        stateful: It holds state of its own, so an attempt that hangs taints it.
        concurrent_messages: Its message handlers may run beside its work.
        hooks: It has something to do at its start or at its end.
        handles: Tags of the messages that it has handlers for; others go to its inbox.
        timeouts: Defaults for its attempts.
        retry: Default for its attempts; None takes the runtime's.
        paused: It gets no new work for now.
        mailbox_limit: Messages of users that may wait for it; what comes then is refused.
        speculate: Whether its attempts may get copies, and whether it takes copies of
            others; None leaves that to the runtime.
        offers: Resources of its own; what its attempts demand is reserved of them.
        bids: It has a function that bids for subtasks.
        elsewhere: Its code runs in another program, which has a link to us.
        ahead: Brief subtasks may be given to it before it has a slot for them: they wait
            with what runs its work, which begins each as soon as another one has ended.
    """

    id: AgentId
    skills: tuple[Skill, ...] = ()
    max_load: int = 1
    pull: bool = False
    stateful: bool = False
    concurrent_messages: bool = True
    hooks: bool = False
    handles: tuple[str, ...] = ()
    timeouts: Timeouts = Timeouts()
    retry: Retry | None = None
    paused: bool = False
    mailbox_limit: int = 1000
    speculate: bool | None = None
    offers: tuple[Amount, ...] = ()
    bids: bool = False
    elsewhere: bool = False
    ahead: bool = False
