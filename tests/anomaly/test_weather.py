"""Weather as evidence: who asks for it sees the temperature of each instrument's region."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from anomaly import gather, specimen
from anomaly.detectors.weather_shift import WeatherShift
from anomaly.evidence import Period, Weather
from anomaly.passes import detect_once, summarise_once
from anomaly.policy import Policy
from metrology.civil import midnight
from metrology.kinds import kind_called
from store import due
from store import weather as store_weather
from store.connection import connect
from store.instruments import Enrolment, Site, enrol
from store.registers import all_registers
from store.weather import WeatherDay

DAY = timedelta(days=1)
FIRST = specimen.FIRST


def around(weather: Weather, *regions: str) -> list[list[float | None]]:
    evidence = specimen.days("gas_meter", np.ones((3, len(regions) or 2)))
    fleet = evidence.fleet if not regions else type(evidence.fleet)(**vars(evidence.fleet) | {"regions": regions})
    told, place = weather.around(fleet, evidence.days["volume"])
    told = told[:, place]
    return [[None if np.isnan(value) else float(value) for value in row] for row in told]


def test_each_instrument_has_the_temperature_of_its_region():
    weather = Weather(FIRST, ("A", "B"), np.array([[1.0, 5.0], [2.0, 6.0], [np.nan, 7.0]]))
    assert around(weather, "B", "A", "C") == [[5.0, 1.0, None], [6.0, 2.0, None], [7.0, None, None]]


def test_days_that_the_weather_does_not_know_are_unknown():
    later = Weather(FIRST + DAY, ("A",), np.array([[2.0]]))
    assert around(later, "A") == [[None], [2.0], [None]]
    earlier = Weather(FIRST - DAY, ("A",), np.arange(9.0)[:, None])
    assert around(earlier, "A") == [[1.0], [2.0], [3.0]]
    before = Weather(FIRST - 9 * DAY, ("A",), np.ones((2, 1)))
    assert around(before, "A") == [[None], [None], [None]]


def test_a_fleet_in_one_place_has_one_weather():
    assert around(Weather(FIRST, ("",), np.arange(3.0)[:, None])) == [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]


def test_the_imported_weather_comes_out_of_the_store(plain_database: str):
    day = date(2026, 1, 5)
    with connect(plain_database, application="test", autocommit=True) as connection:
        site = Site("S", "站", "site", region_code="330106")
        enrol(connection, [Enrolment("src", f"G-{number}", "gas_meter", site) for number in range(2)])
        with connection.transaction():
            store_weather.enter(connection, [WeatherDay("330100", day, 4.5, "station")], actor="test")
        members = gather.block(connection, 0, {stored.id: stored for stored in all_registers(connection)})
        period = Period(day, day, datetime(2026, 1, 5, 16, tzinfo=UTC))
        seen = gather.detector_evidence(connection, members, "gas_meter", period, DAY, outdoors=True)
    assert seen.weather is not None
    assert (seen.weather.first, seen.weather.regions) == (day - DAY, ("330106",))
    np.testing.assert_array_equal(seen.weather.temperature, [[np.nan], [4.5]])


READINGS = """
    INSERT INTO reading (taken_at, value, received_at, instrument_id, register_id)
    SELECT taken_at, value, taken_at, instrument, register.id
      FROM register, unnest(%(at)s::timestamptz[], %(value)s::bigint[], %(instrument)s::integer[])
           AS taken (taken_at, value, instrument)
     WHERE register.kind = 'gas_meter' AND register.name = 'volume'"""


def test_gas_is_judged_once_its_weather_is_imported(plain_database: str):
    """Two homes, read at midnight; the second one's meter is cut to a third after five months."""
    days = 190
    cold = specimen.temperature(6, FIRST, days)
    used = specimen.household(6, days, 2) * (1 + 0.2 * np.maximum(0, 15 - cold))[:, None]
    used[150:, 1] /= 3
    register = kind_called("gas_meter").register("volume")
    counts = np.rint(np.cumsum(used, axis=0) * 10**register.decimals).astype(int)
    at = [midnight(FIRST + (row + 1) * DAY, specimen.ZONE) for row in range(days)]
    policy = replace(Policy.load(), by_kind={"gas_meter": (WeatherShift(),)})
    with connect(plain_database, application="test", autocommit=True) as connection:
        site = Site("S", "站", "site", region_code="330106")
        enrol(connection, [Enrolment("src", f"G-{number}", "gas_meter", site) for number in range(2)])
        rows = {"at": at * 2, "value": counts.T.ravel().tolist(), "instrument": [1] * days + [2] * days}
        with connection.transaction():
            connection.execute(READINGS, rows)
            due.mark_summarise(connection, [0] * days, [FIRST + row * DAY for row in range(days)])
        while summarise_once(connection, policy):
            pass
        said = {}
        for imported in (False, True):
            if imported:
                told = [WeatherDay("330100", FIRST + row * DAY, float(cold[row]), "station") for row in range(days)]
                with connection.transaction():
                    store_weather.enter(connection, told, actor="test")
            while detect_once(connection, policy, now=at[-1] + DAY, quiet=timedelta(0)):
                pass
            findings = connection.execute("SELECT instrument_id FROM finding WHERE withdrawn_at IS NULL").fetchall()
            silent = connection.execute("SELECT count(*) FROM not_judged WHERE reason = 'no_weather'").fetchone()
            said[imported] = ([number for (number,) in findings], silent)
    assert said[False][0] == []
    assert said[False][1] != (0,)
    assert said[True] == ([2], (0,))
