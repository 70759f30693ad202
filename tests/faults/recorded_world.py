"""A small world as recordings: honest meters, some with faults, and rows that no store can take; all from one seed."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

SOURCE = "recorded-city"
BEGIN = datetime(2026, 2, 27, 16, tzinfo=UTC)  # midnight in Shanghai; the world spans three months
METERS, NOZZLES, DAYS = 12, 3, 60
HOURS = DAYS * 24


@dataclass(frozen=True)
class World:
    """Two files, and what the contract can carry of them.

    Parameters
    ----------
    files
        Registers, and transactions.
    readings, transactions
        Statements published.
    unfit
        Of these, rows that travel alone into quarantine.
    """

    files: tuple[str, str]
    readings: int
    transactions: int
    unfit: int


def record(directory: Path, seed: int) -> World:
    """Write the world's recordings."""
    generator = np.random.default_rng(seed)
    rows = [row for meter in range(METERS) for row in meter_rows(meter, generator)]
    # No row of 1970 or 2099 here: a replay at N times the speed of the record would wait for it.
    poison = [
        (f"W-{number:02}", _at(hour), "volume", value)
        for number, hour, value in (
            (1, 100.25, "NaN"),
            (2, 200.25, "12.34567"),
            (3, 500.25, "many"),
            (4, 900.25, "12,5"),
            (5, 1300.25, "-"),
        )
    ]
    poison.append(("W-06", "yesterday", "volume", "1.000"))
    columns = zip(*rows, *poison, strict=True)
    table = pa.table(dict(zip(("instrument", "taken_at", "register", "value"), map(list, columns), strict=True)))
    registers, deliveries = directory / "readings.parquet", directory / "transactions.parquet"
    pa.parquet.write_table(table, registers)
    billed = pa.Table.from_pylist([row for nozzle in range(NOZZLES) for row in _nozzle(nozzle, generator)])
    pa.parquet.write_table(billed, deliveries)
    return World((str(registers), str(deliveries)), table.num_rows, billed.num_rows, len(poison))


def _at(hour: float) -> str:
    return (BEGIN + timedelta(hours=hour)).isoformat()


def meter_rows(number: int, generator: np.random.Generator) -> list[tuple[str, str, str, str]]:
    """Hourly volumes; among the meters are decreases, gaps, repeats, contradictions, a standstill, a level shift."""
    wave = 10 + 6 * np.sin(2 * np.pi * (np.arange(HOURS) % 24 - 8) / 24)
    drawn = generator.poisson(wave * generator.uniform(0.8, 1.2), HOURS)
    if number == 0:
        drawn[24 * 16 :] = 0
    if number == 1:
        drawn[24 * 45 :] = drawn[24 * 45 :] * 3 // 10
    counts = 100_000 + np.cumsum(drawn)
    if number % 5 == 2:
        counts[int(generator.integers(200, 1200)) :] -= 400
    begin = int(generator.integers(100, 1300)) if number % 4 == 3 else HOURS
    rows = []
    for hour, count in enumerate(counts.tolist()):
        if begin <= hour < begin + 60:
            continue
        row = (f"W-{number:02}", _at(hour), "volume", f"{count / 1000:.3f}")
        rows.append(row)
        # What is said twice lies at a UTC midnight, so that both fall into one message: which of two messages comes
        # first is the broker's to decide, and the first value stays.
        if (hour - 8) % 240 == 0 and number % 3 == 0:
            rows.append(row)
        if (hour - 8) % 360 == 0 and number % 3 == 1:
            rows.append((*row[:3], f"{count / 1000 + 1:.3f}"))
    return rows


def _nozzle(number: int, generator: np.random.Generator) -> list[dict[str, object]]:
    """Deliveries at one price; now and then a litre is charged that was not delivered."""
    rows = []
    for sequence in range(DAYS * 6):
        started = BEGIN + timedelta(hours=4 * sequence, seconds=int(generator.integers(0, 3600)))
        litres = int(generator.integers(500, 6000))
        fen = (litres * 785 + 50) // 100 + (785 if generator.random() < 0.01 else 0)
        rows.append(
            {
                "instrument": f"N-{number}",
                "seq": sequence,
                "started_at": started.isoformat(),
                "ended_at": (started + timedelta(minutes=2)).isoformat(),
                "quantity": f"{litres / 100:.2f}",
                "unit_price": "7.85",
                "amount": f"{fen / 100:.2f}",
                "attributes": json.dumps({"grade": "92"}),
            }
        )
    return rows
