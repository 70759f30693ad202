"""Faults that an exact rule must find, put into honest worlds: how many are found, and what else is said."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from anomaly.evidence import ConflictColumns, Evidence, ReadingColumns, TransactionConflictColumns, to_instant
from anomaly.policy import Policy
from benchmarks import intervals
from benchmarks.simulated_worlds import world
from metrology.finding import Grade

SEEDS = (9101, 9102)
"""Seeds of the honest worlds and of the faults: nothing was developed on them."""
INSTRUMENTS, FIRST, DAYS = 400, date(2025, 7, 1), 20
FAULTS = 12
"""Instruments spoilt in each world, for each rule and kind; all where there are fewer."""

_HOUR = 3_600_000_000
_SECOND = 1_000_000

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Spoilt:
    """Evidence with faults.

    Parameters
    ----------
    at
        Instant of the fault by instrument id [microseconds since 1970 UTC].
    """

    evidence: Evidence
    at: dict[int, int]


def _rows(owner: Counts, chance: np.random.Generator) -> list[int]:
    """A row inside the history of each of some instruments, neither first nor last."""
    _, begins, counts = np.unique(owner, return_index=True, return_counts=True)
    able = np.flatnonzero(counts > 4)  # noqa: PLR2004 - a row with neighbours on both sides
    chosen = chance.choice(able, min(FAULTS, len(able)), replace=False)
    return [int(begins[index] + chance.integers(2, counts[index] - 1)) for index in chosen.tolist()]


def _principal(evidence: Evidence) -> ReadingColumns | None:
    return evidence.readings.get(evidence.fleet.kind.principal_register)


def _with(evidence: Evidence, columns: ReadingColumns, at: dict[int, int]) -> Spoilt:
    return Spoilt(replace(evidence, readings=evidence.readings | {columns.register.name: columns}), at)


def backward_register(evidence: Evidence, chance: np.random.Generator) -> Spoilt | None:
    """The register is one step lower than an hour before, and goes on from there."""
    return _displaced(evidence, chance, lambda growth, _: -growth - 1)


def impossible_rate(evidence: Evidence, chance: np.random.Generator) -> Spoilt | None:
    """The register jumps by half as much again as its size can register in the hour."""
    limit = evidence.fleet.kind.rate_limit(evidence.fleet.sizes[0])
    if limit is None or limit.register != evidence.fleet.kind.principal_register:
        return None
    limits = [evidence.fleet.kind.rate_limit(size) for size in evidence.fleet.sizes]

    def jump(_: int, owner: int) -> int:
        of_size = limits[owner]
        decimals = evidence.fleet.kind.register(evidence.fleet.kind.principal_register).decimals
        return int(Fraction(3, 2) * Fraction(of_size.per_hour) * 10**decimals) if of_size else 0

    return _displaced(evidence, chance, jump)


def _displaced(evidence: Evidence, chance: np.random.Generator, size: Callable[[int, int], int]) -> Spoilt | None:
    columns = _principal(evidence)
    if columns is None:
        return None
    value, at = columns.value.copy(), {}
    for row in _rows(columns.instrument, chance):
        owner = int(columns.instrument[row])
        later = (columns.instrument == owner) & (columns.taken_at >= columns.taken_at[row])
        value[later] += size(int(columns.value[row] - columns.value[row - 1]), owner)
        at[int(evidence.fleet.ids[owner])] = int(columns.taken_at[row])
    return _with(evidence, replace(columns, value=value), at)


def reading_gap(evidence: Evidence, chance: np.random.Generator) -> Spoilt | None:
    """Nothing is sent for a day and an hour."""
    columns = _principal(evidence)
    if columns is None:
        return None
    kept, at = np.ones(len(columns.value), dtype=np.bool_), {}
    for row in _rows(columns.instrument, chance):
        mine = columns.instrument == columns.instrument[row]
        since = columns.taken_at - columns.taken_at[row]
        if (mine & (since >= 25 * _HOUR)).any():
            kept &= ~(mine & (since >= 0) & (since < 25 * _HOUR))
            at[int(evidence.fleet.ids[columns.instrument[row]])] = int(columns.taken_at[row])
    cut = replace(
        columns, instrument=columns.instrument[kept], taken_at=columns.taken_at[kept], value=columns.value[kept]
    )
    return _with(evidence, cut, at)


def clock_ahead(evidence: Evidence, chance: np.random.Generator) -> Spoilt | None:
    """A reading is stamped five minutes and a second later than it was received; all others a second before."""
    columns = _principal(evidence)
    if columns is None:
        return None
    received, at = columns.taken_at + _SECOND, {}
    for row in _rows(columns.instrument, chance):
        received[row] = columns.taken_at[row] - 301 * _SECOND
        at[int(evidence.fleet.ids[columns.instrument[row]])] = int(columns.taken_at[row])
    return _with(evidence, replace(columns, received_at=received), at)


def silent_instrument(evidence: Evidence, chance: np.random.Generator) -> Spoilt | None:
    """Nothing is sent for four civil days."""
    panel = next(iter(evidence.days.values()), None)
    if panel is None:
        return None
    spoke = np.sum([each.readings for each in evidence.days.values()], axis=0) > 0
    able = np.flatnonzero(spoke.all(axis=0))
    gone, at = np.zeros(spoke.shape, dtype=np.bool_), {}
    for owner in chance.choice(able, min(FAULTS, len(able)), replace=False).tolist():
        row = int(chance.integers(2, panel.days - 4))
        gone[row : row + 4, owner] = True
        at[int(evidence.fleet.ids[owner])] = int(panel.starts[row, owner])
    days = {
        name: replace(
            each,
            readings=np.where(gone, 0, each.readings),
            consumption=np.where(gone, np.nan, each.consumption),
            still=each.still & ~gone,
        )
        for name, each in evidence.days.items()
    }
    return Spoilt(replace(evidence, days=days), at)


def reading_conflict(evidence: Evidence, chance: np.random.Generator) -> Spoilt | None:
    """A second value, one step higher, for an instant of which a value stands."""
    columns = _principal(evidence)
    if columns is None:
        return None
    rows = np.array(sorted(_rows(columns.instrument, chance)), dtype=np.int64)
    taken, owner = columns.taken_at[rows], columns.instrument[rows]
    conflicts = ConflictColumns(
        register=columns.register,
        instrument=owner,
        taken_at=taken,
        first_value=columns.value[rows],
        first_received_at=taken + _HOUR,
        value=columns.value[rows] + 1,
        received_at=taken + 2 * _HOUR,
        start=columns.start,
        end=columns.end,
    )
    at = dict(zip(evidence.fleet.ids[owner].tolist(), taken.tolist(), strict=True))
    return Spoilt(replace(evidence, conflicts={columns.register.name: conflicts}), at)


def amount_mismatch(evidence: Evidence, chance: np.random.Generator) -> Spoilt | None:
    """Two fen more than price × quantity, or than what an honest rounding leaves of it."""
    sold = evidence.transactions
    if sold is None or sold.amount.mask.all():
        return None
    amount, at = sold.amount.copy(), {}
    for row in _rows(sold.instrument, chance):
        amount[row] += 3
        at[int(evidence.fleet.ids[sold.instrument[row]])] = int(sold.started_at[row])
    return Spoilt(replace(evidence, transactions=replace(sold, amount=amount)), at)


def indication_mismatch(evidence: Evidence, chance: np.random.Generator) -> Spoilt | None:
    """Two steps more billed than the register moved by, or than what an honest rounding leaves of it."""
    sold = evidence.transactions
    if sold is None or sold.end_indication.mask.all():
        return None
    quantity, at = sold.quantity.copy(), {}
    for row in _rows(sold.instrument, chance):
        quantity[row] += 3
        at[int(evidence.fleet.ids[sold.instrument[row]])] = int(sold.started_at[row])
    return Spoilt(replace(evidence, transactions=replace(sold, quantity=quantity)), at)


def overlapping_transactions(evidence: Evidence, chance: np.random.Generator) -> Spoilt | None:
    """A transaction that begins a second before the one before it has ended."""
    sold = evidence.transactions
    if sold is None:
        return None
    started, at = sold.started_at.copy(), {}
    for row in _rows(sold.instrument, chance):
        started[row] = sold.ended_at[row - 1] - _SECOND
        at[int(evidence.fleet.ids[sold.instrument[row]])] = int(started[row])
    return Spoilt(replace(evidence, transactions=replace(sold, started_at=started)), at)


def transaction_conflict(evidence: Evidence, chance: np.random.Generator) -> Spoilt | None:
    """The same transaction stated again with one step more."""
    sold = evidence.transactions
    if sold is None:
        return None
    rows = np.array(sorted(_rows(sold.instrument, chance)), dtype=np.int64)
    owner = sold.instrument[rows]
    conflicts = TransactionConflictColumns(
        instrument=owner,
        sequence=sold.sequence[rows],
        started_at=sold.started_at[rows],
        first_ended_at=sold.ended_at[rows],
        first_quantity=sold.quantity[rows],
        first_unit_price=sold.unit_price[rows],
        first_amount=sold.amount[rows],
        first_received_at=sold.ended_at[rows] + _SECOND,
        ended_at=sold.ended_at[rows],
        quantity=sold.quantity[rows] + 1,
        unit_price=sold.unit_price[rows],
        amount=sold.amount[rows],
        received_at=sold.ended_at[rows] + _HOUR,
        otherwise=np.zeros(len(rows), dtype=np.bool_),
        start=sold.start,
        end=sold.end,
    )
    at = dict(zip(evidence.fleet.ids[owner].tolist(), sold.started_at[rows].tolist(), strict=True))
    return Spoilt(replace(evidence, transaction_conflicts=conflicts), at)


FAULT_OF: dict[str, Callable[[Evidence, np.random.Generator], Spoilt | None]] = {
    "amount_mismatch": amount_mismatch,
    "backward_register": backward_register,
    "clock_ahead": clock_ahead,
    "impossible_rate": impossible_rate,
    "indication_mismatch": indication_mismatch,
    "overlapping_transactions": overlapping_transactions,
    "reading_conflict": reading_conflict,
    "reading_gap": reading_gap,
    "silent_instrument": silent_instrument,
    "transaction_conflict": transaction_conflict,
}
"""By rule: the smallest fault of its sort that is one, or near it."""


def rate(policy: Policy) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Faults put in, faults found, and instruments falsely spoken of, by (rule, kind)."""
    counted: dict[tuple[str, str], tuple[int, int, int]] = {}
    for seed in SEEDS:
        honest = world(seed, INSTRUMENTS, FIRST, DAYS, tampered=False)
        for kind, evidence in honest.evidence.items():
            for judge in policy.judges(kind):
                if judge.grade is not Grade.EXACT:
                    continue
                spoilt = FAULT_OF[judge.name](evidence, np.random.default_rng(seed))
                if spoilt is None:
                    continue
                found: set[int] = set()
                false: set[int] = set()
                for finding in judge.judge(spoilt.evidence).findings:
                    at = spoilt.at.get(finding.instrument)
                    inside = at is not None and finding.onset <= to_instant(at) <= finding.noticed_at
                    (found if inside else false).add(finding.instrument)
                before = counted.get((judge.name, kind), (0, 0, 0))
                now = (len(spoilt.at), len(found), len(false))
                counted[judge.name, kind] = tuple(a + b for a, b in zip(before, now, strict=True))  # type: ignore[assignment]  # three of them
    return counted


def section(policy: Policy) -> Iterator[str]:
    """Table of every rule and kind, as Markdown lines."""
    yield "### Rules: faults put into honest worlds"
    yield ""
    yield "The smallest fault of each sort, or near it: one step backward, one step of conflict, 3 fen, 3 steps billed"
    yield "beyond the register's growth, one second of overlap, a day and an hour without a reading, four silent days,"
    yield "a clock five minutes and a second ahead, half as much again as the size allows."
    yield f"Seeds {SEEDS}, on which nothing was developed. False: instruments spoken of without a fault, or at another"
    yield "time than that of theirs."
    yield ""
    yield "| Rule | Kind | Faults | Found | Recall, 95 % | False |"
    yield "|---|---|--:|--:|---|--:|"
    for (name, kind), (asked, found, false) in sorted(rate(policy).items()):
        low, high = intervals.share(found, asked)
        yield f"| {name} | {kind} | {asked} | {found} | {low:.0%}–{high:.0%} | {false} |"
