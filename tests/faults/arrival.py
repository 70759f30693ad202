"""Waiting for readings where counts of messages do not tell that all are there."""

from store import intake
from tests.faults.ledger import Ledger
from tests.services.enrolled import connect_to
from tests.services.processes import wait_for


def wait_until_all_stand(ledger: Ledger, database: str, *, seconds: float = 40) -> None:
    """Wait until as many readings are stored as the ledger has instants of registers.

    What was on its way to ingest when a broker died, or the line to it, may come again only after nats-server's
    `ack_wait`; and what the source sent again meanwhile counts as messages before it.
    """
    wanted = len({said[:3] for entry in ledger.entries for said in entry.said})

    def stored() -> int:
        with connect_to(database) as connection:
            return sum(tally.readings_stored for tally in intake.totals(connection).values())

    wait_for(lambda: stored() >= wanted, seconds=seconds, why=lambda: f"{stored()} of {wanted} readings are stored")
