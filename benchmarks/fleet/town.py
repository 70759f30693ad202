"""A town of any size, written straight into the database: hourly readings of every kind of instrument, seeded.

One template of 4,096 instruments is drawn; every block wears it shifted and from another level, so that no two
instruments show the same. Some run backwards, some stop, so that judges have something to say.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from metrology.civil import DAY, HOURS, midnight
from metrology.kinds import KINDS
from store import days as store_days
from store.columns import DAY_ZERO, EPOCH_SHIFT, send
from store.connection import Connection
from store.due import BLOCK_BITS

SLOTS = 1 << BLOCK_BITS
ZONE = "Asia/Shanghai"
FIRST = date(2026, 3, 2)
"""First civil day."""

MIX = (
    ("water_meter", 0.40),
    ("electricity_meter", 0.35),
    ("gas_meter", 0.20),
    ("ev_charger", 0.035),
    ("fuel_dispenser", 0.01),
    ("tank_gauge", 0.005),
)
"""Share of each kind in every block."""

BACKWARD, STOPPED = 7, 11
"""Slots that, modulo 2,048, run backwards on the tenth day, and stop on the twentieth."""

_LEVELS = 1_000_003
_HOUR = 3_600_000_000

ENROL = """
    WITH source_row AS (INSERT INTO source (code, name) VALUES ('town', 'town') RETURNING id),
         region AS (INSERT INTO site (code, name_zh, name_en, region_code)
                    SELECT 'S-' || n, '站' || n, 'site ' || n, '33010' || n %% 4 FROM generate_series(0, 99) AS n
                    RETURNING id, code)
    INSERT INTO instrument (source_id, serial, kind, site_id, size)
    SELECT source_row.id, 'T-' || n, (%(kinds)s::text[])[1 + n %% 4096], region.id, (%(sizes)s::text[])[1 + n %% 4096]
      FROM source_row, generate_series(1, %(instruments)s) AS n
      JOIN region ON region.code = 'S-' || n / 40960 %% 100
     ORDER BY n"""
PRIMARY_KEY = "ALTER TABLE reading ADD PRIMARY KEY (instrument_id, register_id, taken_at)"
WITHOUT_KEY = "ALTER TABLE reading DROP CONSTRAINT reading_pkey"
COPY_READINGS = "COPY reading (taken_at, value, received_at, instrument_id, register_id) FROM STDIN (FORMAT BINARY)"
REPEAT = """
    INSERT INTO day_sheet SELECT block + ahead, register_id, day, present, still, readings, first_at, last_at,
           first_value, last_value, longest_gap, maximum_rate, consumption, night_minimum, hourly
      FROM day_sheet, generate_series(1, %(blocks)s - 1) AS ahead WHERE block = 0"""
TRANSACTIONS = """
    INSERT INTO transaction (started_at, ended_at, received_at, sequence, quantity, unit_price, amount, instrument_id)
    SELECT began, began + INTERVAL '40 minutes', began + INTERVAL '41 minutes', number,
           quantity, 100000, round(quantity::numeric * 100 / CASE kind WHEN 'ev_charger' THEN 10000 ELSE 100 END),
           instrument.id
      FROM instrument,
           generate_series(0, 3 * (%(last)s::date - %(first)s::date + 1) - 1) AS number,
           LATERAL (SELECT %(begin)s + number * INTERVAL '8 hours' + instrument.id %% 60 * INTERVAL '1 minute' AS began,
                           CASE kind WHEN 'ev_charger' THEN 30000 ELSE 3000 END + instrument.id::bigint * 7919 %% 1000
                           AS quantity) AS sale
     WHERE kind IN ('ev_charger', 'fuel_dispenser')"""


@dataclass(frozen=True)
class Town:
    """Instruments 1 to `instruments`, and what they show on `days` days.

    Parameters
    ----------
    registers
        Number of the principal register in the store, by kind.
    """

    instruments: int
    days: int
    registers: dict[str, int]

    @cached_property
    def grown(self) -> NDArray[np.int64]:
        """Growth since the beginning of each instrument of the template [count], shape (hours + 1, 4096)."""
        chance = np.random.default_rng(29)
        hour = np.repeat([0.3, 1.5, 1.0, 1.6], [6, 3, 8, 7])
        level = chance.lognormal(4.5, 0.5, SLOTS)
        daily = chance.lognormal(0.0, 0.3, (self.days, 1, SLOTS))
        used = (level * daily * hour[None, :, None] * chance.gamma(2.0, 0.5, (self.days, HOURS, SLOTS))).astype(int)
        used[19:, :, STOPPED::2048] = 0
        used[9:10, 12, BACKWARD::2048] = -500
        start = np.zeros((1, SLOTS), dtype=np.int64)
        return np.concatenate([start, np.cumsum(used.reshape(-1, SLOTS), axis=0)])

    @property
    def blocks(self) -> int:
        """Number of blocks that hold an instrument."""
        return (self.instruments >> BLOCK_BITS) + 1

    def day(self, number: int) -> date:
        """Civil day by its number."""
        return FIRST + number * DAY

    def send_readings(self, connection: Connection, begin: int, end: int) -> int:
        """Put the readings of some hours into the store as they come; how many there were.

        Parameters
        ----------
        begin, end
            Hours since the first midnight, the second one excluded.
        """
        ids = np.arange(1, self.instruments + 1)
        register = self._register(ids)
        ids, register = ids[register > 0], register[register > 0]
        rows = np.empty(len(ids), dtype=_READING)
        rows["instrument_id"], rows["register_id"] = ids, register
        column, level, second = ids % SLOTS, ids * _LEVELS % 10**8, ids * 37 % 3600 * 1_000_000
        for hour in range(begin, end):
            rows["taken_at"] = self._midnight(0) + hour * _HOUR + second
            # Between two and 599 seconds later, never as long: the same delay each time would be flagged.
            rows["received_at"] = rows["taken_at"] + (2 + (ids * 13 + hour * 7919) % 598) * 1_000_000
            rows["value"] = level + self.grown[hour][column]
            send(connection, COPY_READINGS, rows)
        return len(ids) * (end - begin)

    def send_sheets(self, connection: Connection, days: int) -> None:
        """Write the first days of the whole fleet as summed up, without readings: one block, then its repetitions."""
        slots = np.arange(1, SLOTS)
        register = self._register(slots)
        for number in range(days):
            hourly = np.diff(self.grown[number * HOURS : (number + 1) * HOURS + 1], axis=0)[:, slots].T
            shown = self.grown[number * HOURS :: HOURS][:, slots] + slots * _LEVELS % 10**8
            rows = np.zeros(len(slots), dtype=store_days.LAYOUT)
            rows["instrument"], rows["register"] = slots, register
            rows["day"] = (self.day(number) - DAY_ZERO).days
            rows["readings"] = HOURS
            rows["first_at"] = self._midnight(number) + slots * 37 % 3600 * 1_000_000
            rows["last_at"] = rows["first_at"] + 23 * _HOUR
            rows["first_value"], rows["last_value"] = shown[0], shown[1]
            rows["longest_gap"], rows["maximum_rate"] = _HOUR, hourly.max(axis=1)
            rows["consumption"], rows["hourly"] = hourly.sum(axis=1), hourly
            rows["night_minimum"] = hourly[:, 2:5].min(axis=1)
            store_days.write(connection, rows[register > 0])
        connection.execute(REPEAT, {"blocks": self.blocks})

    def send_transactions(self, connection: Connection, first: int, last: int) -> None:
        """Put three sales a day of each charger and dispenser into the store."""
        connection.execute(
            TRANSACTIONS,
            {"first": self.day(first), "last": self.day(last), "begin": midnight(self.day(first), ZONE)},
        )

    def _register(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of each instrument's principal register; 0 where that is a momentary one."""
        numbers = np.array([self.registers.get(kind, 0) for kind in kinds()])
        return numbers[ids % SLOTS]

    def _midnight(self, number: int) -> int:
        return (midnight(self.day(number), ZONE) - _EPOCH) // timedelta(microseconds=1) - EPOCH_SHIFT


_EPOCH = datetime.fromisoformat("1970-01-01T00:00+00:00")
_READING = np.dtype(
    [("taken_at", "i8"), ("value", "i8"), ("received_at", "i8"), ("instrument_id", "i4"), ("register_id", "i2")]
)


def kinds() -> list[str]:
    """Kind of each slot of a block: all mixed, always the same."""
    place = np.random.default_rng(4096).permutation(SLOTS) / SLOTS
    bounds = np.cumsum([share for _, share in MIX])
    return [MIX[int(np.searchsorted(bounds, at, side="right"))][0] for at in place]


def settle(connection: Connection, instruments: int, days: int) -> Town:
    """Enrol so many instruments in an empty store."""
    of_slot = kinds()
    sizes = {kind: KINDS[kind].rate_limits[0].size for kind, _ in MIX}
    connection.execute(
        ENROL, {"instruments": instruments, "kinds": of_slot, "sizes": [sizes[kind] for kind in of_slot]}
    )
    found: dict[str, int] = dict(
        connection.execute("SELECT kind || '.' || name, id FROM register WHERE cumulative").fetchall()
    )
    principal = {kind: found.get(f"{kind}.{KINDS[kind].principal_register}", 0) for kind, _ in MIX}
    return Town(instruments, days, principal)
