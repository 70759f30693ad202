"""What was published and what the broker acknowledged, counted alike for city and recordings."""

import dataclasses
from dataclasses import dataclass


@dataclass(slots=True)
class Load:
    """Messages and what they carry.

    Parameters
    ----------
    readings
        Indications of one register at one instant: the unit in which the store counts, too.
    """

    messages: int = 0
    readings: int = 0
    transactions: int = 0
    events: int = 0

    def add(self, readings: int, transactions: int, events: int) -> None:
        """Count one message more."""
        self.messages += 1
        self.readings += readings
        self.transactions += transactions
        self.events += events

    def __add__(self, other: "Load") -> "Load":
        fields = dataclasses.fields(self)
        return Load(*(getattr(self, field.name) + getattr(other, field.name) for field in fields))

    def since(self, earlier: "Load") -> "Load":
        """What came on top of an earlier count."""
        fields = dataclasses.fields(self)
        return Load(*(getattr(self, field.name) - getattr(earlier, field.name) for field in fields))


@dataclass(slots=True)
class Totals:
    """Published, acknowledged, and refused by the broker with an MQTT 5 reason code."""

    published: Load = dataclasses.field(default_factory=Load)
    acknowledged: Load = dataclasses.field(default_factory=Load)
    refused: Load = dataclasses.field(default_factory=Load)

    def copy(self) -> "Totals":
        """The counts as they stand now."""
        return Totals(*(dataclasses.replace(getattr(self, field.name)) for field in dataclasses.fields(self)))

    def since(self, earlier: "Totals") -> "Totals":
        """What came on top of an earlier count."""
        fields = dataclasses.fields(self)
        return Totals(*(getattr(self, field.name).since(getattr(earlier, field.name)) for field in fields))

    def __add__(self, other: "Totals") -> "Totals":
        fields = dataclasses.fields(self)
        return Totals(*(getattr(self, field.name) + getattr(other, field.name) for field in fields))
