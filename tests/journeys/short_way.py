"""From a payload to alerts without a broker: decoded, appended and judged by the product's own functions."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from anomaly.chance_watch import reckon_once
from anomaly.passes import detect_once, summarise_once
from anomaly.policy import Policy
from ingest.batch import Batch
from ingest.identity import Identities
from ingest.instants import Instants
from store.connection import Connection
from store.intake import Tally, append
from tests.services.enrolled import SOURCE

POLICY = Policy.load()
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def deliver(
    connection: Connection, serial: str, *, received_at: datetime = NOW, source: str = SOURCE, **members: Any
) -> Tally:
    """Take one message of an instrument in; what became of it."""
    batch = Batch(Identities(lambda question: question(connection)), Instants())
    payload = json.dumps({"instrument": serial, **members}).encode()
    refusal = batch.add(f"telemetry/{source}/native", payload, received_at)
    tally = append(connection, batch.arrivals())[source]
    assert refusal is None, refusal
    return tally


def shown(connection: Connection, serial: str, *readings: tuple[str, str], register: str = "volume") -> Tally:
    """Take in what a register showed: (instant, indication)."""
    stated = [{"taken_at": at, "registers": {register: value}} for at, value in readings]
    return deliver(connection, serial, readings=stated)


def watch(connection: Connection) -> None:
    """Judge until nothing is due."""
    while (
        summarise_once(connection, POLICY)
        or detect_once(connection, POLICY, now=NOW, quiet=timedelta(0))
        or reckon_once(connection, POLICY, now=NOW)
    ):
        pass
