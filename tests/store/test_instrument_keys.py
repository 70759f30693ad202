import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store import instrument_keys, instruments
from store.enrolment_list import BadList, read_list
from store.errors import EnrolmentRefused, InstrumentUnknown, PublicKeyRefused
from store.instruments import Enrolment, SigningKey
from store.public_key import Algorithm, to_pem
from tests.services.enrolled import SITE, SOURCE, connect_to, enrol
from tests.services.signing import Signer

FIRST, SECOND = Signer(Algorithm.ED25519, "a"), Signer(Algorithm.SM2SM3, "b")


def test_keys_are_entered_revoked_and_audited_and_never_removed(plain_database: str) -> None:
    with connect_to(plain_database) as connection:
        enrol(connection)
        pump = instrument_keys.number_of(connection, SOURCE, "F-1")
        assert instrument_keys.add(connection, pump, "a", FIRST.public_key, actor="me")
        assert not instrument_keys.add(connection, pump, "a", FIRST.public_key, actor="me")
        later = datetime.now(UTC) + timedelta(days=1)
        assert instrument_keys.add(connection, pump, "b", SECOND.public_key, actor="me", valid_from=later)
        first, second = instrument_keys.of_instrument(connection, pump)
        assert (first.kid, first.public_key, first.revoked_at, first.revision) == ("a", FIRST.public_key, None, 1)
        assert (second.valid_from, second.revision) == (later, 2)
        assert instrument_keys.revoke(connection, pump, "a", actor="you")
        assert not instrument_keys.revoke(connection, pump, "a", actor="you")
        assert not instrument_keys.revoke(connection, pump, "c", actor="you")
        [changed] = instrument_keys.changed_since(connection, 2)
        assert (changed.kid, changed.revoked_by, changed.revision) == ("a", "you", 3)
        with pytest.raises(PublicKeyRefused, match="another or a revoked key"):
            instrument_keys.add(connection, pump, "a", FIRST.public_key, actor="me")
        audited = connection.execute("SELECT action, subject, detail ->> 'kid' FROM audit ORDER BY id").fetchall()
        assert audited == [
            ("instrument_key.add", f"instrument:{pump}", "a"),
            ("instrument_key.add", f"instrument:{pump}", "b"),
            ("instrument_key.revoke", f"instrument:{pump}", "a"),
        ]
        with pytest.raises(InstrumentUnknown):
            instrument_keys.number_of(connection, SOURCE, "F-9")


def test_one_device_may_sign_for_instruments_of_its_source_but_not_for_another_source(plain_database: str) -> None:
    with connect_to(plain_database) as connection:
        enrol(connection)
        enrol(connection, source="town")
        for serial in ("F-1", "C-1"):
            number = instrument_keys.number_of(connection, SOURCE, serial)
            assert instrument_keys.add(connection, number, "a", FIRST.public_key, actor="me")
        number = instrument_keys.number_of(connection, "town", "F-1")
        with pytest.raises(PublicKeyRefused, match="source city too"):
            instrument_keys.add(connection, number, "a", FIRST.public_key, actor="me")


def test_a_change_that_commits_late_is_not_overtaken_by_a_later_revision(plain_database: str) -> None:
    with connect_to(plain_database) as slow, connect_to(plain_database) as quick:
        enrol(slow)
        pump = instrument_keys.number_of(slow, SOURCE, "F-1")
        with slow.transaction():
            instrument_keys.add(slow, pump, "a", FIRST.public_key, actor="me")
            quick.execute("SET lock_timeout = '100ms'")
            with pytest.raises(Exception, match="lock timeout"):
                instrument_keys.add(quick, pump, "b", SECOND.public_key, actor="me")
            assert instrument_keys.changed_since(quick, 0) == []
        assert instrument_keys.add(quick, pump, "b", SECOND.public_key, actor="me")
        assert [key.revision for key in instrument_keys.changed_since(quick, 0)] == [1, 2]


def row(**key: str) -> str:
    site = {"code": "S-1", "name_zh": "一号站", "name_en": "Station one"}
    return json.dumps({"source": SOURCE, "serial": "F-1", "kind": "fuel_dispenser", "site": site, "key": key})


def test_a_list_brings_keys_along(plain_database: str, tmp_path: Path) -> None:
    file = tmp_path / "list.ndjson"
    file.write_text(row(kid="a", algorithm="SM2SM3", public_key=to_pem(SECOND.public_key)), encoding="utf-8")
    with connect_to(plain_database) as connection:
        listed = read_list(file)
        assert instruments.enrol(connection, listed, actor="me").entered == 1
        assert instruments.enrol(connection, listed, actor="me").known == 1
        pump = instrument_keys.number_of(connection, SOURCE, "F-1")
        [key] = instrument_keys.of_instrument(connection, pump)
        assert (key.kid, key.public_key, key.added_by) == ("a", SECOND.public_key, "me")


def test_a_bad_key_in_a_list_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "list.ndjson"
    file.write_text(row(kid="a", algorithm="ES256", public_key=to_pem(SECOND.public_key)), encoding="utf-8")
    with pytest.raises(BadList) as refusal:
        read_list(file)
    assert refusal.value.faults == [(1, "key: the public key cannot be enrolled: it is for SM2SM3, not for ES256")]


def test_a_list_that_gives_a_key_name_twice_enters_nothing(plain_database: str) -> None:
    def listed(signer: Signer) -> Enrolment:
        return Enrolment(SOURCE, "F-1", "fuel_dispenser", SITE, key=SigningKey("a", signer.public_key))

    with connect_to(plain_database) as connection:
        with pytest.raises(EnrolmentRefused, match="row 2"):
            instruments.enrol(connection, [listed(FIRST), listed(SECOND)])
        assert connection.execute("SELECT count(*) FROM instrument").fetchone() == (0,)
