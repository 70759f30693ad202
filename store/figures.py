"""Figures that operations watch, counted in the store."""

from dataclasses import astuple, dataclass, fields

from store import sql
from store.connection import Connection


@dataclass(frozen=True, slots=True)
class Intake:
    """What came in and what became of it, since the beginning."""

    messages_taken: int = 0
    messages_quarantined: int = 0
    redelivered: int = 0
    readings_stored: int = 0
    readings_repeated: int = 0
    readings_conflicting: int = 0
    readings_quarantined: int = 0
    transactions_stored: int = 0
    transactions_repeated: int = 0
    transactions_conflicting: int = 0
    transactions_quarantined: int = 0
    events_stored: int = 0
    events_repeated: int = 0
    events_quarantined: int = 0

    def __add__(self, other: "Intake") -> "Intake":
        return Intake(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def of(self, noun: str) -> dict[str, int]:
        """Counts of `messages`, `readings`, `transactions` or `events` by their fate."""
        prefix = f"{noun}_"
        return {
            field.name.removeprefix(prefix): getattr(self, field.name)
            for field in fields(self)
            if field.name.startswith(prefix)
        }


class IntakeLedger:
    """Running sums over the ledger, so that a scrape reads what is new and not years of rows."""

    def __init__(self) -> None:
        self._through = 0
        self._settled = Intake()

    def totals(self, connection: Connection) -> Intake:
        """Sums over the whole ledger as of now."""
        named = sql.statements("figures")
        (through,) = connection.execute(named["intake_settled"], {"after": self._through}).fetchone() or (0,)
        if through > self._through:
            self._settled += self._sum(connection, through)
            self._through = through
        return self._settled + self._sum(connection, None)

    def _sum(self, connection: Connection, through: int | None) -> Intake:
        row = connection.execute(
            sql.statements("figures")["intake"], {"after": self._through, "through": through}
        ).fetchone()
        return Intake(*(row or ()))


@dataclass(frozen=True, slots=True)
class Due:
    """Marks waiting for the watch."""

    stage: str
    depth: int
    oldest_seconds: float


def alerts_open(connection: Connection) -> dict[str, int]:
    """Open alerts by severity."""
    return dict(connection.execute(sql.statements("figures")["alerts_open"]).fetchall())


def instruments(connection: Connection) -> int:
    """Instruments enrolled."""
    row = connection.execute(sql.statements("figures")["instruments"]).fetchone()
    return int(row[0]) if row else 0


def due(connection: Connection) -> list[Due]:
    """Marks waiting for the watch, by stage; a stage without marks is left out."""
    return [Due(*row) for row in connection.execute(sql.statements("figures")["due"]).fetchall()]


def outbox_oldest_seconds(connection: Connection) -> float:
    """Age of the oldest row that a served destination still waits for [s]; 0 where none waits."""
    row = connection.execute(sql.statements("figures")["outbox_oldest"]).fetchone()
    return float(row[0]) if row else 0.0
