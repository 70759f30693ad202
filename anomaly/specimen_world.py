"""A whole small fleet as evidence, honest or with one fault of each sort: what every judge is examined on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from anomaly import specimen
from anomaly.evidence import (
    ConflictColumns,
    Evidence,
    ReadingColumns,
    TransactionColumns,
    TransactionConflictColumns,
)
from metrology.kinds import kind_called

_HOUR = 3_600_000_000
_STEPS = (1, 7, 13, 19)
"""Hours at which the specimens are read."""
_STARTS = (6, 11, 16)
_PRICE = 785_000
_JUDGED_DAYS = 60
FAULTY = 7
"""Instruments that a faulty world spoils: the first ones."""

Counts = NDArray[np.int64]
Columns = TypeVar("Columns", ReadingColumns, TransactionColumns, ConflictColumns, TransactionConflictColumns)


def world(kind: str, instruments: int, day_count: int, seed: int, *, faulty: bool = False) -> Evidence:
    """Readings, days and transactions of a fleet, the last two months of them judged.

    Parameters
    ----------
    faulty
        True spoils the first instruments, one each: register set back, silence of two days, impossible jump, amount
        too high, overlapping transactions, register stopped, level fallen to three tenths.
    """
    of_kind = kind_called(kind)
    principal = of_kind.register(of_kind.principal_register)
    consumption = specimen.household(seed, day_count, instruments)
    judged = max(day_count - _JUDGED_DAYS, 0)
    if faulty:
        consumption[day_count - 45 :, 5] = 0.0
        consumption[day_count - 50 :, 6] *= 0.3
    days = specimen.days(kind, consumption, judged=judged)
    panel = days.days[principal.name]
    start, end = panel.starts[judged].copy(), panel.starts[-1].copy()
    readings = {}
    if principal.cumulative:
        readings[principal.name] = _readings(days, consumption, start, end, faulty=faulty)
    transactions = _transactions(days, seed, start, end, faulty=faulty) if of_kind.transaction else None
    return replace(
        days,
        fleet=specimen.fleet(kind, instruments, size=of_kind.rate_limits[0].size),
        readings=readings,
        days=days.days if principal.cumulative else {},
        transactions=transactions,
    )


def subset(evidence: Evidence, order: Counts) -> Evidence:
    """Evidence of the chosen instruments, in that order.

    Parameters
    ----------
    order
        Indices into the fleet, none twice, shape (chosen,).
    """
    fleet = evidence.fleet
    place = np.full(len(fleet), -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    return Evidence(
        fleet=replace(
            fleet,
            ids=fleet.ids[order],
            serials=tuple(fleet.serials[index] for index in order),
            sizes=tuple(fleet.sizes[index] for index in order),
            accuracy_classes=tuple(fleet.accuracy_classes[index] for index in order),
            zones=tuple(fleet.zones[index] for index in order),
            regions=tuple(fleet.regions[index] for index in order if fleet.regions),
        ),
        period=evidence.period,
        readings={name: _chosen(columns, place, order) for name, columns in evidence.readings.items()},
        days={
            name: replace(
                panel,
                starts=np.ascontiguousarray(panel.starts[:, order]),
                consumption=np.ascontiguousarray(panel.consumption[:, order]),
                readings=np.ascontiguousarray(panel.readings[:, order]),
                still=np.ascontiguousarray(panel.still[:, order]),
                hourly=None if panel.hourly is None else np.ascontiguousarray(panel.hourly[:, :, order]),
            )
            for name, panel in evidence.days.items()
        },
        transactions=None if evidence.transactions is None else _chosen(evidence.transactions, place, order),
        conflicts={name: _chosen(columns, place, order) for name, columns in evidence.conflicts.items()},
        transaction_conflicts=None
        if evidence.transaction_conflicts is None
        else _chosen(evidence.transaction_conflicts, place, order),
        weather=evidence.weather,
    )


def arrays(evidence: Evidence) -> list[NDArray[np.generic]]:
    """Every array of an evidence."""
    parts: list[object] = [
        evidence.fleet,
        *evidence.readings.values(),
        *evidence.days.values(),
        evidence.transactions,
        *evidence.conflicts.values(),
        evidence.transaction_conflicts,
        evidence.weather,
    ]
    return [
        value for part in parts if part is not None for value in vars(part).values() if isinstance(value, np.ndarray)
    ]


def _readings(
    days: Evidence, consumption: specimen.Numbers, start: Counts, end: Counts, *, faulty: bool
) -> ReadingColumns:
    panel = next(iter(days.days.values()))
    grown = np.rint(np.cumsum(np.r_[np.zeros((1, consumption.shape[1])), consumption], axis=0) * 1000)
    at = panel.starts[:-1, None, :] + np.array(_STEPS)[None, :, None] * _HOUR
    share = np.array(_STEPS)[None, :, None] / 24
    value = np.rint(grown[:-1, None, :] * (1 - share) + grown[1:, None, :] * share)
    value = value * 10 ** (panel.register.decimals - 3) if panel.register.decimals >= 3 else value // 10  # noqa: PLR2004 - thousandths
    rows = value.shape[0] * value.shape[1]
    taken_at = at.reshape(rows, -1).T.copy()
    counts = value.reshape(rows, -1).T.astype(np.int64)
    kept = np.ones(taken_at.shape, dtype=np.bool_)
    if faulty:
        late = rows - 4 * 20
        counts[0, late:] -= counts[0, late] // 2
        kept[1, late : late + 8] = False
        counts[2, late:] += 10**9
    owner = np.broadcast_to(np.arange(len(taken_at), dtype=np.int64)[:, None], taken_at.shape)
    return ReadingColumns(panel.register, owner[kept], taken_at[kept], counts[kept], start, end)


def _transactions(days: Evidence, seed: int, start: Counts, end: Counts, *, faulty: bool) -> TransactionColumns:
    panel, billed = next(iter(days.days.values())), days.fleet.kind.transaction
    decimals = billed.decimals if billed else 0
    chance = np.random.default_rng(seed)
    began = panel.starts[:-1, None, :] + np.array(_STARTS)[None, :, None] * _HOUR
    shape = (began.shape[0] * began.shape[1], began.shape[2])
    started = began.reshape(shape).T.copy()
    ended = started + timedelta(hours=4) // timedelta(microseconds=1)
    quantity = chance.integers(500, 2000, started.shape) * 10 ** max(decimals - 2, 0)
    product = quantity * _PRICE
    divisor = 10 ** (3 + decimals)
    amount = (2 * product + divisor) // (2 * divisor)
    if faulty:
        late = shape[0] - 30
        amount[3, late:] += amount[3, late:] // 20
        ended[4, late] = started[4, late + 1] + _HOUR
    sequence = np.broadcast_to(np.arange(1, shape[0] + 1, dtype=np.int64), started.shape)
    owner = np.broadcast_to(np.arange(len(started), dtype=np.int64)[:, None], started.shape)
    nothing = np.ma.MaskedArray(np.zeros(owner.size, dtype=np.int64), mask=np.ones(owner.size, dtype=np.bool_))
    return TransactionColumns(
        instrument=owner.ravel(),
        sequence=sequence.ravel(),
        started_at=started.ravel(),
        ended_at=ended.ravel(),
        quantity=quantity.ravel(),
        unit_price=np.ma.MaskedArray(np.full(owner.size, _PRICE, dtype=np.int64)),
        amount=np.ma.MaskedArray(amount.ravel()),
        start_indication=nothing,
        end_indication=nothing,
        start=start,
        end=end,
    )


def _chosen(columns: Columns, place: Counts, order: Counts) -> Columns:
    kept = np.flatnonzero(place[columns.instrument] >= 0)
    kept = kept[np.argsort(place[columns.instrument[kept]], kind="stable")]
    rows: dict[str, Any] = {
        name: value[kept]
        for name, value in vars(columns).items()
        if isinstance(value, np.ndarray) and name not in ("instrument", "start", "end")
    }
    return replace(
        columns,
        **rows,
        instrument=place[columns.instrument[kept]],
        start=columns.start[order],
        end=columns.end[order],
    )
