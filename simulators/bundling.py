"""Many messages in one payload: how a head-end system hands on what its instruments said while nobody listened."""

from collections.abc import Iterable, Iterator

from simulators.encoding import Message

NATIVE = "native"
"""Format whose messages may stand in an array."""

LARGEST = 128 * 1024
"""Payload from which on no further message is added [bytes]; the contract allows 1 MiB."""


def bundled(messages: Iterable[Message]) -> Iterator[Message]:
    """The messages of each source in arrays, in their order; a source's array is due with its last message.

    What is signed is signed by one instrument and goes alone.

    A broker stores and acknowledges a payload, not a message: in arrays a city's past costs it a hundredth.
    """
    waiting: dict[str, list[Message]] = {}
    sizes: dict[str, int] = {}
    for message in messages:
        if message.format != NATIVE:
            yield message
            continue
        waiting.setdefault(message.source, []).append(message)
        sizes[message.source] = sizes.get(message.source, 0) + len(message.payload)
        if sizes[message.source] >= LARGEST:
            yield _bundle(waiting.pop(message.source))
            sizes[message.source] = 0
    for rest in waiting.values():
        yield _bundle(rest)


def _bundle(messages: list[Message]) -> Message:
    return Message(
        due=max(message.due for message in messages),
        source=messages[0].source,
        payload=b"[" + b",".join(message.payload for message in messages) + b"]",
        readings=sum(message.readings for message in messages),
        transactions=sum(message.transactions for message in messages),
        events=sum(message.events for message in messages),
    )
