"""Sending a message does not count the messages that are in the queue already.

To see whether a queue drops duplicates, moto asks for all its attributes, three of which it counts
anew: at 5,000 messages that took ten times as long as the rest of a send.
"""

from __future__ import annotations

import threading

from moto.sqs.models import Queue, SQSBackend

from sparklaptop.untyped import Json, MotoObject

COUNTS = (
    "approximate_number_of_messages",
    "approximate_number_of_messages_delayed",
    "approximate_number_of_messages_not_visible",
)
_local = threading.local()


def apply() -> None:
    """Count only for who asks for it."""
    send = SQSBackend.send_message

    def send_message(self: MotoObject, *args: Json, **given: Json) -> MotoObject:
        _local.sends = True
        try:
            return send(self, *args, **given)
        finally:
            _local.sends = False

    SQSBackend.send_message = send_message
    for name in COUNTS:
        setattr(Queue, name, _not_while_sending(vars(Queue)[name].fget))


def _not_while_sending(count: MotoObject) -> property:
    return property(lambda queue: 0 if getattr(_local, "sends", False) else count(queue))
