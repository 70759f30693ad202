"""The statistical findings of whole months, set against chance: what was asked, what was found, what stands out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter

from metrology.finding import Grade
from store import findings, sql
from store.connection import Connection
from store.findings import Recorded


@dataclass(frozen=True, slots=True)
class Answer:
    """One standing statistical finding of a month."""

    id: int
    judge: str
    instrument: int
    kind: str
    p_value: float


@dataclass(frozen=True, slots=True)
class Reckoned:
    """How the findings of a month came out.

    Parameters
    ----------
    questions
        What statistical judges answered [judge × instrument].
    found, standing_out
        Of these, those answered with a finding; of these, those that stand out from chance.
    at_most
        Largest share of chance that the policy allowed.
    """

    month: date
    questions: int
    found: int
    standing_out: int
    at_most: float
    reckoned_at: datetime | None = None


def lock(connection: Connection) -> bool:
    """Whether this transaction alone sets months against chance now."""
    return connection.execute(sql.statements("chance")["lock"]).fetchone() == (True,)


def mark(connection: Connection, months: Iterable[date]) -> None:
    """Have months set against chance anew, in the caller's transaction."""
    firsts = sorted({day.replace(day=1) for day in months})
    if firsts:
        connection.execute(sql.statements("chance")["mark"], {"months": firsts})


def due(connection: Connection, *, today: date, patience: timedelta) -> tuple[list[date], list[int]]:
    """Months to be set against chance and the marks that say so; none while blocks still wait for the detectors.

    Parameters
    ----------
    today
        Days before it are waited for.
    patience
        How long blocks are waited for at most.
    """
    rows = connection.execute(sql.statements("chance")["due"], {"today": today, "patience": patience}).fetchall()
    return sorted({month for _, month in rows}), [mark for mark, _ in rows]


def clear(connection: Connection, marks: Sequence[int]) -> None:
    """Forget marks that were seen to."""
    connection.execute(sql.statements("chance")["clear"], {"marks": list(marks)})


def questions(connection: Connection, month: date, judges: Sequence[str]) -> list[tuple[str, str, int]]:
    """How many instruments of a kind each of some judges gave an answer on: (judge, kind, instruments)."""
    wanted = {"month": month, "judges": list(judges)}
    return connection.execute(sql.statements("chance")["questions"], wanted).fetchall()


def answers(connection: Connection, month: date, judges: Sequence[str]) -> list[Answer]:
    """Standing findings of some judges noticed in a month of their site's zone, by id."""
    wanted = {"month": month, "judges": list(judges)}
    return [Answer(*row) for row in connection.execute(sql.statements("chance")["answers"], wanted).fetchall()]


def record(connection: Connection, reckoned: Reckoned, shares: Sequence[tuple[int, float, bool]]) -> Recorded:
    """Write how a month came out, and let alerts follow; in the caller's transaction.

    Parameters
    ----------
    shares
        (finding, q-value, whether it stands out).
    """
    named = sql.statements("chance")
    columns = {
        "ids": [number for number, _, _ in shares],
        "q_values": [share for _, share, _ in shares],
        "stand_out": [out for _, _, out in shares],
    }
    changed = sorted(connection.execute(named["write"], columns).fetchall())
    connection.execute(
        named["record"],
        {
            "month": reckoned.month,
            "questions": reckoned.questions,
            "found": reckoned.found,
            "standing_out": reckoned.standing_out,
            "at_most": reckoned.at_most,
        },
    )
    done = Recorded(changed=len(changed))
    for judge, those in groupby(changed, key=itemgetter(0)):
        instruments = sorted({instrument for _, instrument in those})
        done += findings.follow_instruments(connection, judge, Grade.STATISTICAL, instruments)
    return done


def months(connection: Connection, *, before: date | None, limit: int) -> list[Reckoned]:
    """Up to `limit` months as they came out, latest first."""
    wanted = {"before": before, "limit": limit}
    return [Reckoned(*row) for row in connection.execute(sql.statements("chance")["months"], wanted).fetchall()]
