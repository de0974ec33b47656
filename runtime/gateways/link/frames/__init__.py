"""What a server and a worker elsewhere say to each other.

A worker opens the link and says `Hello`; the server answers `Welcome` or `Refused`. Then
the server assigns, and the worker says how it goes. A text message of a WebSocket is
JSON, a binary one msgpack; either has one frame, or an array of several. The server
answers in the kind that `Hello` came in. Data of users is plain JSON or msgpack.

Whatever is said may be lost with the link, or said twice. So everything has a name by
which it is known again: attempts have their token, waits, letters and calls a number.
After a new `Welcome` each side says again what the other has not answered.

>>> from callboard.runtime.gateways.link.codec import JSON
>>> JSON.read(b'{"type": "stopped", "token": "1.1.5"}')
[Stopped(token='1.1.5', given_up=None, killed=None)]
>>> JSON.write([Stop(token="1.1.5", reason="it was cancelled")])
b'{"type":"stop","token":"1.1.5","reason":"it was cancelled"}'
"""

from callboard.runtime.gateways.link.frames.base import (
    LONGEST,
    NOTHING,
    PATH,
    PROTOCOL,
    SUBPROTOCOL,
    Bye,
    Spoken,
)
from callboard.runtime.gateways.link.frames.from_worker import (
    Crashed,
    Done,
    Drain,
    End,
    Failed,
    Fallen,
    FromWorker,
    Handled,
    Heartbeat,
    Held,
    Hello,
    Looked,
    Progress,
    Running,
    Stopped,
    Waiting,
    WaitOver,
    Worker,
)
from callboard.runtime.gateways.link.frames.to_worker import (
    Ack,
    AskBid,
    Assign,
    Granted,
    Input,
    Letter,
    Look,
    Reconcile,
    Refused,
    Stop,
    ToWorker,
    Welcome,
)

__all__ = [
    "LONGEST",
    "NOTHING",
    "PATH",
    "PROTOCOL",
    "SUBPROTOCOL",
    "Ack",
    "AskBid",
    "Assign",
    "Bye",
    "Crashed",
    "Done",
    "Drain",
    "End",
    "Failed",
    "Fallen",
    "FromWorker",
    "Granted",
    "Handled",
    "Heartbeat",
    "Held",
    "Hello",
    "Input",
    "Letter",
    "Look",
    "Looked",
    "Progress",
    "Reconcile",
    "Refused",
    "Running",
    "Spoken",
    "Stop",
    "Stopped",
    "ToWorker",
    "WaitOver",
    "Waiting",
    "Welcome",
    "Worker",
]
