"""Enters a fleet's meters in a database, as `hengjian instrument enrol` would."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.load.fleet import KIND, REGISTERS, Fleet
from store import instruments
from store.connection import Connection, connect
from store.instruments import Enrolment, Site

SITE = Site("LOAD", "压力测试", "Load")

IDS = "SELECT serial, id FROM instrument WHERE source_id = (SELECT id FROM source WHERE code = %(source)s)"
REGISTER_IDS = "SELECT name, id FROM register WHERE kind = %(kind)s"


UNLIMITED = """
    UPDATE source SET messages_per_second = 1e9, bytes_per_second = 1e12, largest_message = 8388608
     WHERE code = ANY(%(sources)s)"""


def enrol(database: str, fleets: list[Fleet]) -> int:
    """Enter all meters and return how many were new; their sources may send as much as they can."""
    with connect(database, application="benchmark load", autocommit=True) as connection, connection.transaction():
        entered = instruments.enrol(connection, _enrolments(fleets)).entered
        connection.execute(UNLIMITED, {"sources": [fleet.source for fleet in fleets]})
    return entered


def numbers(connection: Connection, fleet: Fleet) -> tuple[NDArray[np.int32], list[int]]:
    """Numbers in the store of the fleet's meters, in their order, and of :data:`REGISTERS`."""
    known: dict[str, int] = dict(connection.execute(IDS, {"source": fleet.source}).fetchall())
    named: dict[str, int] = dict(connection.execute(REGISTER_IDS, {"kind": KIND}).fetchall())
    meters = np.array([known[serial] for serial in fleet.serials()], dtype=np.int32)
    return meters, [named[register.name] for register in REGISTERS]


def _enrolments(fleets: list[Fleet]) -> Iterator[Enrolment]:
    for fleet in fleets:
        for serial in fleet.serials():
            yield Enrolment(fleet.source, serial, KIND, SITE)
