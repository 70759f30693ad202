"""The makes of broker that Hengjian configures."""

from enum import StrEnum

from ingest.broker import mosquitto, nats
from ingest.broker.layout import Layout, Users


class Make(StrEnum):
    """A make of broker."""

    NATS = "nats"
    MOSQUITTO = "mosquitto"


def files(make: Make, layout: Layout, users: Users) -> dict[str, str]:
    """Text of each file of a broker's configuration, by name."""
    return nats.files(layout, users) if make is Make.NATS else mosquitto.files(layout, users)
