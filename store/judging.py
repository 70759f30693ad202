"""Whom judges were asked about, and whom they could not judge, and why: as it is read."""

from dataclasses import dataclass
from datetime import date

from store import sql
from store.connection import Connection


@dataclass(frozen=True, slots=True)
class Asked:
    """A judge on a kind in a calendar month, over the whole fleet.

    Parameters
    ----------
    instruments
        About how many instruments it was asked; those asked about on several stretches of days count once, with the
        most of a block.
    not_judged
        Of these, the most that it could not judge on one stretch, by reason.
    """

    judge: str
    kind: str
    month: date
    instruments: int
    not_judged: dict[str, int]


@dataclass(frozen=True, slots=True)
class Latest:
    """What a judge was last able to say of one instrument.

    Parameters
    ----------
    first, last
        Civil days that it was last asked about.
    reasons
        Why it could not judge it; empty where it did. None where it told a number alone, not which instruments.
    """

    judge: str
    first: date
    last: date
    reasons: list[str]
    uncertain: bool


def months(connection: Connection, *, judge: str | None, kind: str | None, first: date, last: date) -> list[Asked]:
    """Judges on kinds, month by month, latest first; months that a day from `first` to `last` lies in."""
    wanted = {"judge": judge, "kind": kind, "first": first, "last": last}
    rows = connection.execute(sql.statements("judging")["months"], wanted).fetchall()
    return [Asked(*row) for row in rows]


def of_instrument(connection: Connection, instrument: int) -> list[Latest]:
    """Of every judge asked about an instrument's kind in its block, what came of the latest stretch of days."""
    rows = connection.execute(sql.statements("judging")["of_instrument"], {"instrument": instrument}).fetchall()
    return [Latest(*row) for row in rows]
