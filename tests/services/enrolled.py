"""A small enrolled city for tests: one instrument of each kind, of one source."""

from store import instruments, intake
from store.connection import Connection, connect
from store.instruments import Enrolment, Site
from store.intake import Tally

SOURCE = "city"
SITE = Site("S-1", "一号站", "Station one", region_code="330106")
SERIALS = {
    "W-1": "water_meter",
    "G-1": "gas_meter",
    "E-1": "electricity_meter",
    "F-1": "fuel_dispenser",
    "C-1": "ev_charger",
    "T-1": "tank_gauge",
}


def enrol(connection: Connection, *, source: str = SOURCE, site: Site = SITE, water_meters: int = 0) -> None:
    """Enrol one instrument of each kind, and more water meters `W-2` …"""
    serials = SERIALS | {f"W-{number}": "water_meter" for number in range(2, water_meters + 1)}
    with connection.transaction():
        instruments.enrol(connection, [Enrolment(source, serial, kind, site) for serial, kind in serials.items()])


def connect_to(database: str) -> Connection:
    """A connection whose every statement is a transaction of its own."""
    return connect(database, application="tests", autocommit=True)


def counted(database: str, source: str = SOURCE) -> Tally:
    """What the store has counted of a source; zeros where it has heard nothing of it."""
    with connect_to(database) as connection:
        return intake.totals(connection).get(source, Tally())
