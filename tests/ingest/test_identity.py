from collections.abc import Callable
from typing import Any

import pytest

from ingest.errors import ForeignInstrument, UnknownInstrument, UnknownSource
from ingest.identity import MOST_ELSEWHERE, RETRY, Identities
from store import instruments
from store.instruments import Enrolment, Known
from tests.services.enrolled import SITE, SOURCE, connect_to, enrol


def test_finds_an_instrument_with_its_registers(database: str) -> None:
    with connect_to(database) as connection:
        enrol(connection)
        number, profile = Identities(lambda question: question(connection)).find(SOURCE, "W-1")
        assert connection.execute("SELECT serial FROM instrument WHERE id = %s", (number,)).fetchone() == ("W-1",)
        assert (profile.kind.name, profile.time_zone) == ("water_meter", "Asia/Shanghai")
        register, decimals = profile.registers["volume"]
        named = connection.execute("SELECT kind, name, decimals FROM register WHERE id = %s", (register,)).fetchone()
        assert named == ("water_meter", "volume", decimals)


def test_learns_what_is_enrolled_later_but_never_hammers_the_store(plain_database: str) -> None:
    now, asked = 0.0, 0
    with connect_to(plain_database) as connection:

        def ask(question: Callable[[Any], Any]) -> Any:
            nonlocal asked
            asked += 1
            return question(connection)

        identities = Identities(ask, clock=lambda: now)
        with pytest.raises(UnknownSource):
            identities.find(SOURCE, "W-1")
        enrol(connection)
        before = asked
        for number in range(1000):
            with pytest.raises(UnknownSource):
                identities.find(SOURCE, f"X-{number}")
        assert asked == before
        now += RETRY.total_seconds()
        assert identities.find(SOURCE, "W-1")[0] > 0
        for number in range(1000):
            with pytest.raises(UnknownInstrument):
                identities.find(SOURCE, f"X-{number}")
        assert asked == before + 2 + MOST_ELSEWHERE  # instruments, their keys, and whether some are another's
        enrol(connection, water_meters=3)
        now += RETRY.total_seconds()
        assert identities.find(SOURCE, "W-3")[1].kind.name == "water_meter"
        assert identities.find(SOURCE, "W-2")[1].kind.name == "water_meter"
        assert asked == before + 4 + MOST_ELSEWHERE  # and theirs again


def test_finds_an_instrument_whose_enrolment_was_overtaken(plain_database: str) -> None:
    now = 0.0
    with connect_to(plain_database) as slow, connect_to(plain_database) as quick:
        enrol(quick)
        identities = Identities(lambda question: question(quick), clock=lambda: now)
        with slow.transaction():
            instruments.enrol(slow, [Enrolment(SOURCE, "slow", "gas_meter", SITE)])
            with quick.transaction():
                instruments.enrol(quick, [Enrolment(SOURCE, "quick", "gas_meter", SITE)])
            assert identities.find(SOURCE, "quick")[0] > 0
        now += RETRY.total_seconds()
        assert identities.find(SOURCE, "slow")[0] < identities.find(SOURCE, "quick")[0]


def test_one_source_never_speaks_for_an_instrument_of_another_and_the_audit_says_that_it_tried(
    plain_database: str,
) -> None:
    with connect_to(plain_database) as connection:
        enrol(connection)
        instruments.enrol(connection, [Enrolment("other", "O-1", "water_meter", SITE)])
        identities = Identities(lambda question: question(connection))
        for _ in range(3):
            with pytest.raises(ForeignInstrument, match="is another source's, not other's"):
                identities.find("other", "W-1")
        assert connection.execute("SELECT actor, action, subject, detail->>'instrument' FROM audit").fetchall() == [
            ("ingest", "source.refused", "source:other", "W-1")
        ]


def test_says_that_an_instrument_is_anothers_also_right_after_it_looked_for_one_that_is_nobodys(
    plain_database: str,
) -> None:
    with connect_to(plain_database) as connection:
        enrol(connection)
        instruments.enrol(connection, [Enrolment("other", "O-1", "water_meter", SITE)])
        identities = Identities(lambda question: question(connection))
        with pytest.raises(UnknownInstrument):
            identities.find("other", "nobody's")
        with pytest.raises(ForeignInstrument):
            identities.find("other", "W-1")


def test_an_instrument_of_another_may_become_ones_own(plain_database: str) -> None:
    now = 0.0
    with connect_to(plain_database) as connection:
        enrol(connection)
        instruments.enrol(connection, [Enrolment("other", "O-1", "water_meter", SITE)])
        identities = Identities(lambda question: question(connection), clock=lambda: now)
        with pytest.raises(ForeignInstrument):
            identities.find("other", "W-1")
        instruments.enrol(connection, [Enrolment("other", "W-1", "water_meter", SITE)])
        now += RETRY.total_seconds()
        assert identities.find("other", "W-1")[0] > identities.find(SOURCE, "W-1")[0]


def test_forgets_made_up_sources_rather_than_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.identity.MOST_SOURCES", 5)
    monkeypatch.setattr("store.registers.all_registers", lambda _: [])
    found: dict[str, dict[str, Known]] = {}
    monkeypatch.setattr("store.instruments.resolve_since", lambda _c, source, _a, _s: found.get(source))
    identities = Identities(lambda question: question(None))  # type: ignore[arg-type]  # nothing looks at it
    for number in range(100):
        with pytest.raises(UnknownSource):
            identities.find(f"made-up-{number}", "1")
        assert len(identities._sources) <= 5
