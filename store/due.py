"""What changed and has to be judged again: an insert-only log, claimed block by block."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from store import sql
from store.connection import Connection

Ids = TypeVar("Ids", int, NDArray[np.int64])

BLOCK_BITS = 12
"""4,096 consecutive instrument ids are one block."""


class Stage(StrEnum):
    """What a mark asks for."""

    SUMMARISE = "summarise"
    """Sum up days and put exact rules."""
    DETECT = "detect"
    """Put statistical detectors, once the days are over."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A block that this transaction alone works on, and the marks it has seen.

    Parameters
    ----------
    days
        Due civil days, ascending, each once.
    """

    stage: Stage
    block: int
    ids: tuple[int, ...]
    days: tuple[date, ...]


def block_of(instrument: Ids) -> Ids:
    """Block of an instrument id, or of each of many."""
    return instrument >> BLOCK_BITS


def mark_summarise(connection: Connection, blocks: Sequence[int], days: Sequence[date]) -> None:
    """Mark changed days of blocks, pairwise, as due to be summed up, in the caller's transaction, and ring for it.

    Always a new mark: one that stands may be in the hands of a watch that looked before this transaction commits, and
    will be deleted with what it saw.
    """
    named = sql.statements("due")
    connection.execute(named["mark_summarise"], {"blocks": list(blocks), "days": list(days)})
    connection.execute(named["ring"])


def mark_detect(connection: Connection, block: int, days: Iterable[date]) -> None:
    """Mark days of a claimed block as due for detectors, in the caller's transaction.

    Days marked already are not marked twice: whoever holds the claim is alone with the block, so no mark of it can be
    worked off meanwhile.
    """
    connection.execute(sql.statements("due")["mark_detect"], {"block": block, "days": sorted(set(days))})


def listen(connection: Connection) -> None:
    """Hear from now on when something becomes due; the connection must be in autocommit."""
    connection.execute(sql.statements("due")["listen"])


def claim(
    connection: Connection,
    stage: Stage,
    *,
    before: date = date.max,
    quiet: timedelta = timedelta(0),
    patience: timedelta = timedelta(minutes=10),
    resting: Iterable[int] = (),
    days: int = 31,
) -> Claim | None:
    """Claim the block longest due, for the caller's transaction; None where nothing is due or all is being worked on.

    Parameters
    ----------
    before
        Only days before this one.
    quiet, patience
        Leave a block whose youngest mark is younger than `quiet`, until its oldest is older than `patience`.
    resting
        Blocks to leave alone for now.
    days
        At most so many days at once: what bounds the memory of a pass.
    """
    named = sql.statements("due")
    wanted = {
        "stage": stage.value,
        "before": before,
        "quiet": quiet,
        "patience": patience,
        "resting": list(resting),
        "days": days,
    }
    while (found := connection.execute(named["claim"], wanted).fetchone()) is not None:
        marks = connection.execute(named["marks"], wanted | {"block": found[0]}).fetchall()
        if marks:
            return Claim(
                stage, found[0], tuple(number for number, _ in marks), tuple(sorted({day for _, day in marks}))
            )
        # Another watch worked these marks off between our look and our lock: a new look no longer sees them.
    return None


def clear(connection: Connection, claimed: Claim) -> None:
    """Forget the marks of a claim: its work is part of the same transaction."""
    connection.execute(sql.statements("due")["clear"], {"ids": list(claimed.ids)})


def depth(connection: Connection, stage: Stage, *, before: date = date.max) -> tuple[int, datetime | None]:
    """Number of marks of a stage and the time of the oldest."""
    row = connection.execute(sql.statements("due")["depth"], {"stage": stage.value, "before": before}).fetchone()
    return (int(row[0]), row[1]) if row else (0, None)
