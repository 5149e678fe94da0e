"""The port of messages that leave: one message about one alarm, out by one route."""

from __future__ import annotations

from typing import Literal, Protocol

from fleet.model.base import Frozen
from fleet.model.text import Text
from fleet.ports.health import Alarm

# "over" also tells of an alarm that could not be told while it stood.
Event = Literal["raised", "over", "test"]


class Message(Frozen):
    """One message; `key` is the same for each try, so that a receiver can tell a repeat.

    `subject` and `body` are in the language of the routes, `what` in both; `at` is when it was made
    (UTC, RFC 3339).
    """

    key: str
    event: Event
    at: str
    city: str
    compound_name: str
    what: Text
    alarm: Alarm
    subject: str
    body: str


class Sender(Protocol):
    """One route's way out."""

    async def send(self, message: Message) -> str:
        """Hand the message over, within a bounded time; the receiver's word that it has it.

        Raises:
            DeliveryFailed: nobody said that they have it; it may have arrived all the same.
        """
        ...
