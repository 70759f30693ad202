"""What a fleet of electricity meters says: the messages as bytes, and the very same readings as rows.

Every message of a fleet has the same length, so that thousands are written at once as columns of digits. Meter, slot
and register determine a reading, so that no two readings share a key and nothing has to be remembered.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.load import packets
from ingest.instants import to_microseconds

KIND = "electricity_meter"
QUARTER = timedelta(minutes=15)
SERIAL_DIGITS = 7
WORST = 20
"""Of so many messages one is spoilt: 5 %."""

ROW = np.dtype([("instrument", "i4"), ("register", "i2"), ("taken_at", "i8"), ("value", "i8"), ("received_at", "i8")])
"""A reading as table reading takes it by binary COPY; instants in microseconds since 2000."""


@dataclass(frozen=True, slots=True)
class Register:
    """How a register is spelt and what it indicates.

    Parameters
    ----------
    decimals
        Of its resolution.
    lowest, span
        Counts of the resolution, chosen so that every indication has the same number of digits.
    step
        What a cumulative register gains in a slot at least [count]; None for a momentary one.
    """

    name: str
    decimals: int
    lowest: int
    span: int
    step: int | None = None

    @property
    def digits(self) -> int:
        """Digits of every indication."""
        return len(str(self.lowest))


REGISTERS = (
    Register("active_energy_import", 3, 10_000_000, 40_000_000, 180),
    Register("active_energy_export", 3, 10_000_000, 40_000_000, 20),
    Register("reactive_energy_import", 3, 10_000_000, 40_000_000, 60),
    Register("active_power", 3, 1_000, 8_000),
    Register("voltage_l1", 1, 2_150, 200),
    Register("voltage_l2", 1, 2_150, 200),
    Register("voltage_l3", 1, 2_150, 200),
    Register("current_l1", 3, 1_000, 8_000),
    Register("current_l2", 3, 1_000, 8_000),
    Register("current_l3", 3, 1_000, 8_000),
)
"""In the order in which they are taken; cumulative ones are written as strings, as in the contract's example."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Meters of one source, which report in turn, each time the next slots.

    Parameters
    ----------
    source
        Code of the source.
    meters
        How many there are, 1 to 10⁷.
    start
        Instant of the first slot, aware.
    registers, slots
        Registers of a slot, 1 to 10, and slots of a message: their product is the readings of a message.
    slot
        From one slot to the next.
    scattered
        Whether each meter has a second of its own in the slot, instead of all reporting on the slot.
    spoilt
        Whether one message in twenty cannot be taken, in five ways.
    """

    source: str
    meters: int
    start: datetime
    registers: int = 1
    slots: int = 1
    slot: timedelta = QUARTER
    scattered: bool = False
    spoilt: bool = False

    @property
    def readings(self) -> int:
        """Readings of a message."""
        return self.registers * self.slots

    def serials(self) -> list[str]:
        """Serials of all meters."""
        return [f"E-{number:0{SERIAL_DIGITS}}" for number in range(self.meters)]

    def spoilt_among(self, messages: int) -> int:
        """How many of the first messages are spoilt."""
        return (messages + WORST // 2 - 1) // WORST if self.spoilt else 0

    def instants(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Instant of each slot of messages [microseconds since 2000], shape (messages, slots)."""
        slots = (numbers // self.meters)[:, None] * self.slots + np.arange(self.slots)
        length, a_second = self.slot // timedelta(microseconds=1), 1_000_000
        own = numbers[:, None] % self.meters * length // self.meters // a_second if self.scattered else 0
        return to_microseconds(self.start) + slots * length + own * np.int64(a_second)

    def values(self, numbers: NDArray[np.int64], register: int, slot: int) -> NDArray[np.int64]:
        """Indication of one register in one slot of messages [count], shape (messages,)."""
        meter, passed = numbers % self.meters, numbers // self.meters * self.slots + slot
        said = REGISTERS[register]
        chance = (meter * 2_654_435_761 + passed * 40_503 + register * 9_176_543) % 1_000_003
        if said.step is None:
            return said.lowest + chance % said.span
        begun = said.lowest + meter * 7_919 % said.span
        return begun + passed * 2 * said.step + chance % said.step

    def rows(
        self, numbers: NDArray[np.int64], instruments: NDArray[np.int32], registers: list[int], received: datetime
    ) -> NDArray[Any]:
        """Readings of messages as :data:`ROW`, in the order in which they are sent.

        Parameters
        ----------
        instruments, registers
            Numbers in the store, by meter and by register.
        """
        rows = np.empty((len(numbers), self.slots, self.registers), dtype=ROW)
        rows["instrument"] = instruments[numbers % self.meters][:, None, None]
        rows["register"] = registers[: self.registers]
        rows["taken_at"] = self.instants(numbers)[:, :, None]
        rows["received_at"] = to_microseconds(received)
        for slot in range(self.slots):
            for register in range(self.registers):
                rows["value"][:, slot, register] = self.values(numbers, register, slot)
        return rows.reshape(-1)

    def publications(self, numbers: NDArray[np.int64], version: str) -> NDArray[np.uint8]:
        """PUBLISH packets of messages, shape (messages, length of a packet); packet numbers 1 to 65,535 in turn."""
        payload, places = self._form()
        head, number_at = packets.publish_head(f"telemetry/{self.source}/native", len(payload), version)
        written = np.tile(np.frombuffer(head + payload, dtype=np.uint8), (len(numbers), 1))
        packet = numbers % 65_535 + 1
        written[:, number_at], written[:, number_at + 1] = packet >> 8, packet & 0xFF
        body = written[:, len(head) :]
        _write_digits(body, places["serial"], numbers % self.meters, SERIAL_DIGITS)
        self._write_instants(body, places, numbers)
        for slot in range(self.slots):
            for register, said in enumerate(REGISTERS[: self.registers]):
                counts = self.values(numbers, register, slot)
                place = places[f"value {slot} {register}"]
                whole = said.digits - said.decimals
                _write_digits(body, place, counts // 10**said.decimals, whole)
                _write_digits(body, place + whole + 1, counts, said.decimals)
        if self.spoilt:
            self._spoil(body, places, numbers)
        return written

    def _form(self) -> tuple[bytes, dict[str, int]]:
        """Payload with zeros in its open places, and where those are."""
        form, places = bytearray(b'{"instrument":"E-'), {}
        places["serial"] = len(form)
        form += b"0" * SERIAL_DIGITS + b'","readings":['
        for slot in range(self.slots):
            form += b"," if slot else b""
            form += b'{"taken_at":"'
            places[f"instant {slot}"] = len(form)
            form += b"0000-00-00T00:00:00+08:00" + b'","registers":{'
            for register, said in enumerate(REGISTERS[: self.registers]):
                quote = b"" if said.step is None else b'"'
                form += (b"," if register else b"") + b'"'
                places[f"name {slot} {register}"] = len(form)
                form += said.name.encode() + b'":' + quote
                places[f"value {slot} {register}"] = len(form)
                form += b"0" * (said.digits - said.decimals) + b"." + b"0" * said.decimals + quote
            form += b"}}"
        return bytes(form + b"]}"), places

    def _write_instants(self, body: NDArray[np.uint8], places: dict[str, int], numbers: NDArray[np.int64]) -> None:
        known, which = np.unique(self.instants(numbers), return_inverse=True)
        here = int(timedelta(hours=8).total_seconds())
        moments = np.datetime64("2000-01-01T00:00:00", "s") + known // 1_000_000 + here
        said = np.char.encode(np.datetime_as_string(moments), "ascii").view(np.uint8).reshape(len(known), -1)
        chosen = said[which.reshape(len(numbers), self.slots)]
        for slot in range(self.slots):
            place = places[f"instant {slot}"]
            body[:, place : place + said.shape[1]] = chosen[:, slot]

    def _spoil(self, body: NDArray[np.uint8], places: dict[str, int], numbers: NDArray[np.int64]) -> None:
        """Not JSON; no such meter; no such register; no such month; no number."""
        month = places["instant 0"] + len("0000-")
        wounds = [
            (0, b"["),
            (places["serial"] - 2, b"X"),
            (places["name 0 0"], b"x"),
            (month, b"9"),
            (places["value 0 0"], b"x"),
        ]
        turn = (numbers - WORST // 2) // WORST % len(wounds)
        for kind, (place, letter) in enumerate(wounds):
            body[(numbers % WORST == WORST // 2) & (turn == kind), place] = letter[0]


def _write_digits(body: NDArray[np.uint8], place: int, counts: NDArray[np.int64], digits: int) -> None:
    """Write the last decimal digits of counts, the first of them at `place`."""
    rest = counts
    for digit in reversed(range(digits)):
        rest, last = np.divmod(rest, 10)
        body[:, place + digit] = last + ord("0")
