import gc
import gzip
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.batch import Batch
from ingest.columns import PIECE
from ingest.formats import FORMATS
from ingest.formats.native import LARGEST
from ingest.identity import Identities
from ingest.instants import Instants
from metrology.event import EventCode
from store.columns import DAY_ZERO

RECEIVED = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
TOPIC = "telemetry/city/native"
AT = "2026-11-22T08:15:00+08:00"


def _message(serial: str = "W-1", **members: Any) -> bytes:
    return json.dumps({"instrument": serial, **members}).encode()


def _reading(value: Any = "1.5", *, at: str = AT, register: str = "volume", serial: str = "W-1") -> bytes:
    return _message(serial, readings=[{"taken_at": at, "registers": {register: value}}])


def _billed(**members: Any) -> bytes:
    stated = {"seq": 1, "started_at": AT, "ended_at": AT, "quantity": "26.72"} | members
    return _message("F-1", transactions=[stated])


def _event(code: str = "cover_open", **detail: Any) -> bytes:
    return _message(events=[{"at": AT, "code": code, "detail": detail}])


def _nested(depth: int) -> bytes:
    return b'{"instrument": "W-1", "vendor": ' + b"[" * depth + b"]" * depth + b"}"


BAD = {
    "bad_topic": ("telemetry/city", _reading()),
    "bad_topic in another tree": ("weather/city/native", _reading()),
    "bad_topic with a source nobody can have": ("telemetry/c ty/native", _reading()),
    "unknown_format": ("telemetry/city/morse", _reading()),
    "too_large": (TOPIC, b" " * 2_000_000),
    "too_large once inflated": (TOPIC, gzip.compress(b" " * 50_000_000)),
    "bad_compression": (TOPIC, gzip.compress(_reading())[:-9]),
    "bad_compression with something behind": (TOPIC, gzip.compress(_reading()) + b"x"),
    "bad_utf8": (TOPIC, b'{"instrument": "\xff"}'),
    "bad_utf8 outside of any text": (TOPIC, b"\xff\xfe"),
    "bad_json": (TOPIC, b"{"),
    "bad_json of nothing": (TOPIC, b""),
    "bad_json with NaN": (TOPIC, _reading(float("nan"))),
    "bad_json with half a character": (TOPIC, b'{"instrument": "\\ud800"}'),
    "too_deep": (TOPIC, _nested(100_000)),
    "bad_structure without instrument": (TOPIC, b"{}"),
    "bad_structure of another type": (TOPIC, b'{"instrument": 7}'),
    "duplicate_member": (TOPIC, _reading().replace(b'"volume": "1.5"', b'"volume": "1.5", "volume": "2.5"')),
    "duplicate_member hidden by an escape": (
        TOPIC,
        _reading().replace(b'"volume": "1.5"', b'"volume": "1.5", "v\\u006flume": "2.5"'),
    ),
    "duplicate_member around an instant": (TOPIC, _reading().replace(b'"taken_at"', b'"taken_at": "x", "taken_at"')),
    "bad_text in the serial": (TOPIC, _message("W\u0000")),
    "bad_text of an empty serial": (TOPIC, _message("")),
    "bad_text of a long serial": (TOPIC, _message("W" * 65)),
    "unknown_source": ("telemetry/village/native", _reading()),
    "unknown_instrument": (TOPIC, _reading(serial="W-999")),
    "unknown_instrument of a source that has none": ("telemetry/empty/native", _reading()),
    "unknown_register": (TOPIC, _reading(register="active_power")),
    "unknown_event": (TOPIC, _event("fraud")),
    "no_transactions": (TOPIC, _billed().replace(b"F-1", b"W-1")),
    "naive_time": (TOPIC, _reading(at="2026-11-22T08:15:00")),
    "bad_time": (TOPIC, _reading(at="yesterday")),
    "bad_time of a day that is none": (TOPIC, _reading(at="2026-02-30T08:15:00Z")),
    "bad_time finer than a microsecond": (TOPIC, _reading(at="2026-11-22T08:15:00.0000001Z")),
    "leap_second": (TOPIC, _reading(at="2016-12-31T23:59:60Z")),
    "leap_second in another zone": (TOPIC, _reading(at="2017-01-01T07:59:60.5+08:00")),
    "too_early": (TOPIC, _reading(at="1970-01-01T00:00:00Z")),
    "too_late": (TOPIC, _reading(at="2099-01-01T00:00:00Z")),
    "too_late by a moment": (TOPIC, _reading(at="2026-11-24T08:30:00.000001Z")),
    "not_a_number": (TOPIC, _reading("NaN")),
    "not_a_number but infinite": (TOPIC, _reading("-Infinity")),
    "not_a_number but true": (TOPIC, _reading(value=True)),
    "not_a_number but null": (TOPIC, _reading(None)),
    "not_a_number but nested": (TOPIC, _reading({"value": 1})),
    "not_a_number in full-width digits": (TOPIC, _reading("１２")),
    "not_a_number with underscores": (TOPIC, _reading("1_000")),
    "too_fine": (TOPIC, _reading("1.0005")),
    "too_fine as a JSON number": (TOPIC, _reading().replace(b'"1.5"', b"1.0005")),
    "too_fine by a hostile exponent": (TOPIC, _reading("1e-999999")),
    "out_of_range": (TOPIC, _reading("9" * 30)),
    "out_of_range by a hostile exponent": (TOPIC, _reading("1e999999")),
    "out_of_range by a hostile JSON number": (TOPIC, _reading().replace(b'"1.5"', b"1e999999")),
    "not_a_number with an exponent beyond all": (TOPIC, _reading().replace(b'"1.5"', b"1e999999999999999999999")),
    "bad_sequence": (TOPIC, _billed(seq=-1)),
    "bad_sequence of a message": (TOPIC, _message(seq=2**63)),
    "too_fine as a price": (TOPIC, _billed(unit_price="7.8500001")),
    "too_fine as an amount": (TOPIC, _billed(amount="0.001")),
    "not_a_number as a quantity": (TOPIC, _billed(quantity=None)),
    "detail_too_large": (TOPIC, _event(text="x" * 1025)),
    "detail_too_large in members": (TOPIC, _event(**{f"m{number}": 1 for number in range(65)})),
    "detail_too_large in a number": (TOPIC, _event(counter=0).replace(b'"counter": 0', b'"counter": 1e99999')),
    "bad_structure of detail that is no object": (TOPIC, _event().replace(b'"detail": {}', b'"detail": 7')),
    "bad_text in detail": (TOPIC, _event(text="\u0000")),
    "too_deep in detail": (TOPIC, _event(a=[[[[[[[[[[1]]]]]]]]]])),
    "bad_text in a signed record": (TOPIC, _billed(signed={"encoding": "OCMF", "data": "\u0000"})),
}


@pytest.mark.parametrize("case", BAD)
def test_holds_a_bad_payload_whole_with_its_cause_and_lets_the_rest_pass(batch: Batch, case: str) -> None:
    topic, payload = BAD[case]
    batch.add(TOPIC, _reading("1.0"), RECEIVED)
    refusal = batch.add(topic, payload, RECEIVED)
    batch.add(TOPIC, _reading("2.0"), RECEIVED)
    assert refusal is not None
    assert refusal.code == case.split(maxsplit=1)[0]
    arrivals = batch.arrivals()
    [held] = arrivals.held
    assert (held.topic, held.payload, held.cause) == (topic, payload, refusal.code)
    assert len(held.detail) > 20
    assert len(held.detail) < 500
    assert "\0" not in held.detail
    assert arrivals.readings["value"].tolist() == [1000, 2000]
    assert (arrivals.transactions, arrivals.events, sum(arrivals.messages)) == ([], [], 3)


@pytest.mark.parametrize("case", BAD)
def test_holds_the_same_whether_numbers_are_looked_at_alone_or_all_at_once(identities: Identities, case: str) -> None:
    at_once, together = Batch(identities, Instants()), Batch(identities, Instants())
    topic, payload = BAD[case]
    for each in (_reading("1.0"), _reading("-1.5e0"), _billed()):
        at_once.add(TOPIC, each, RECEIVED)
        together.gather(TOPIC, each, RECEIVED)
    at_once.add(topic, payload, RECEIVED)
    together.gather(topic, payload, RECEIVED)
    at_once.add(TOPIC, _reading("2.0"), RECEIVED)
    together.gather(TOPIC, _reading("2.0"), RECEIVED)
    expected, arrivals = at_once.arrivals(), together.arrivals()
    assert arrivals.held == expected.held
    assert len(arrivals.held) == 1
    assert arrivals.readings.tolist() == expected.readings.tolist()
    assert arrivals.readings["value"].tolist() == [1000, -1500, 2000]


def test_of_a_payload_with_a_number_that_is_none_nothing_stays_and_of_its_neighbours_everything(
    identities: Identities,
) -> None:
    batch = Batch(identities, Instants())

    def stated(*values: str) -> bytes:
        return _message(readings=[{"taken_at": AT, "registers": {"volume": value, "flow": "1"}} for value in values])

    for payload in (stated("1", "2"), stated("3", "1.0005"), stated("x"), stated("4"), stated("", "NaN", "5")):
        batch.gather(TOPIC, payload, RECEIVED)
    arrivals = batch.arrivals()
    assert arrivals.readings["value"].tolist()[::2] == [1000, 2000, 4000]
    assert [(held.cause, held.readings) for held in arrivals.held] == [
        ("too_fine", 4),
        ("not_a_number", 2),
        ("not_a_number", 6),
    ]
    assert sum(arrivals.messages) == 5


def test_gathers_more_numbers_than_are_looked_at_in_one_go(identities: Identities) -> None:
    batch = Batch(identities, Instants())
    values = [str(value) for value in range(2 * PIECE + 5)]
    values[PIECE + 1] = "1e3"
    batch.gather(
        TOPIC, _message(readings=[{"taken_at": AT, "registers": {"volume": value}} for value in values]), RECEIVED
    )
    expected = [1000 * value for value in range(2 * PIECE + 5)]
    expected[PIECE + 1] = 1_000_000
    assert batch.arrivals().readings["value"].tolist() == expected


def test_is_full_of_rows_or_of_what_few_bytes_inflate_to(identities: Identities) -> None:
    batch = Batch(identities, Instants())
    batch.gather(TOPIC, _reading(), RECEIVED)
    assert (batch.full(rows=2, size=10_000), batch.full(rows=1, size=10_000)) == (False, True)
    long = gzip.compress(_reading("x" * 9_000))
    assert len(long) < 500
    batch.gather(TOPIC, long, RECEIVED)
    assert (batch.full(rows=3, size=9_500), batch.full(rows=3, size=9_000)) == (False, True)
    # Four bytes at the end say how long it is; whoever lies there ends no batch for others.
    batch.gather(TOPIC, gzip.compress(b"{}")[:-4] + b"\xff" * 4, RECEIVED)
    assert not batch.full(rows=3, size=2 * LARGEST)


@pytest.mark.parametrize("way", ["add", "gather"])
def test_of_what_it_refuses_it_keeps_nothing_but_the_payload(identities: Identities, way: str) -> None:
    payload = gzip.compress(_reading("x" * 900_000))

    def refuse(times: int) -> Batch:
        batch = Batch(identities, Instants())
        for _ in range(times):
            getattr(batch, way)(TOPIC, payload, RECEIVED)
        assert len(batch.arrivals().held) == times
        return batch

    refuse(1)  # what is made once stays
    gc.disable()
    tracemalloc.start()
    try:
        batch = refuse(3)
        assert tracemalloc.get_traced_memory()[0] < (10_000 if way == "add" else 3 * 910_000)
        del batch
        assert tracemalloc.get_traced_memory()[0] < 10_000
    finally:
        tracemalloc.stop()
        gc.enable()


def test_counts_the_statements_of_what_it_holds(batch: Batch) -> None:
    good = json.loads(_reading())
    good["readings"].append({"taken_at": AT, "registers": {"volume": 1, "flow": 2}})
    good["events"] = [{"at": AT, "code": "leak"}]
    batch.add(TOPIC, json.dumps([good, json.loads(_billed()), json.loads(_message("W-999"))]).encode(), RECEIVED)
    [held] = batch.arrivals().held
    assert (held.cause, held.readings, held.transactions, held.events) == ("unknown_instrument", 3, 1, 1)


def test_counts_what_it_can_in_json_that_is_no_message(batch: Batch) -> None:
    batch.add(TOPIC, _reading().replace(b'"W-1"', b"7"), RECEIVED)
    [held] = batch.arrivals().held
    assert (held.cause, held.readings) == ("bad_structure", 1)


def test_takes_nothing_of_an_array_with_one_bad_message(batch: Batch) -> None:
    messages = [json.loads(_reading()), json.loads(_event()), json.loads(_billed()), json.loads(_reading("1.0005"))]
    batch.add(TOPIC, json.dumps(messages).encode(), RECEIVED)
    arrivals = batch.arrivals()
    assert (len(arrivals.readings), arrivals.events, arrivals.transactions) == (0, [], [])
    assert len(arrivals.held) == 1


@pytest.mark.parametrize("value", ["1234.5", "1234.500", "+1234.5", "1.2345e3", "01234.5"])
@pytest.mark.parametrize("quoted", [True, False])
def test_reads_numbers_from_their_text_exactly(batch: Batch, value: str, *, quoted: bool) -> None:
    if not quoted and value[0] in "+0":
        pytest.skip("JSON knows no such number")
    payload = _reading(value) if quoted else _reading().replace(b'"1.5"', value.encode())
    assert batch.add(TOPIC, payload, RECEIVED) is None
    assert batch.arrivals().readings["value"].tolist() == [1_234_500]


def test_never_goes_through_a_float(batch: Batch) -> None:
    tenth = b"0.1000000000000000055511151231257827"  # the double nearest to 0.1: as a float it would be taken
    refusal = batch.add(TOPIC, _reading().replace(b'"1.5"', tenth), RECEIVED)
    assert refusal is not None
    assert refusal.code == "too_fine"
    batch.gather(TOPIC, _reading().replace(b'"1.5"', tenth), RECEIVED)
    batch.gather(TOPIC, _reading().replace(b'"1.5"', b"0.100"), RECEIVED)
    arrivals = batch.arrivals()
    assert [held.cause for held in arrivals.held] == ["too_fine", "too_fine"]
    assert arrivals.readings["value"].tolist() == [100]


def test_keeps_everything_a_message_says(batch: Batch) -> None:
    attributes = {"grade": "92", "soc_start": 21, "preset": "amount:200"}
    signed = {"encoding": "OCMF", "data": 'OCMF|{"FV":"1.0"}|{}', "public_key": "04ab"}
    payload = _billed(
        start_indication="48204.43",
        end_indication="48231.15",
        unit_price="7.85",
        amount=209.75,
        attributes=attributes,
        signed=signed,
    )
    assert batch.add(TOPIC, payload, RECEIVED) is None
    assert batch.add(TOPIC, _event(counter=3), RECEIVED) is None
    arrivals = batch.arrivals()
    [billed], [told] = arrivals.transactions, arrivals.events
    transaction = billed.transaction
    assert (transaction.quantity, transaction.unit_price, transaction.amount) == (2672, 785_000, 20_975)
    assert (transaction.start_indication, transaction.end_indication) == (4_820_443, 4_823_115)
    assert transaction.attributes == attributes
    assert transaction.signed is not None
    assert transaction.signed.data == signed["data"]
    assert transaction.started_at == datetime(2026, 11, 22, 0, 15, tzinfo=UTC)
    assert (told.event.code, told.event.detail) == (EventCode.COVER_OPEN, {"counter": 3})


def test_takes_gzip_by_its_magic_bytes(batch: Batch) -> None:
    assert batch.add(TOPIC, gzip.compress(_reading()), RECEIVED) is None
    assert len(batch.arrivals().readings) == 1


def test_ignores_unknown_members_and_empty_messages(batch: Batch) -> None:
    assert batch.add(TOPIC, _message(vendor={"a": [1, {"b": None}]}, seq=1), RECEIVED) is None
    assert batch.add(TOPIC + "/district/7", b"[]", RECEIVED) is None
    assert sum(batch.arrivals().messages) == 2


def test_places_readings_on_civil_days_of_the_site(batch: Batch) -> None:
    for at in ("2026-11-21T15:59:59Z", "2026-11-21T16:00:00Z", "2000-01-01T00:00:00Z"):
        assert batch.add(TOPIC, _reading(at=at), RECEIVED) is None
    days = [(DAY_ZERO + timedelta(days=day)).isoformat() for day in batch.arrivals().readings["day"].tolist()]
    assert days == ["2026-11-21", "2026-11-22", "2000-01-01"]


def test_a_defect_in_a_decoder_costs_the_payload_alone(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name = "broken"

        def decode(self, _payload: bytes) -> list[Any]:
            raise KeyError("vendor")

    monkeypatch.setitem(FORMATS, "broken", Broken())
    batch.add("telemetry/city/broken", b"x", RECEIVED)
    assert batch.add(TOPIC, _reading(), RECEIVED) is None
    [held] = batch.arrivals().held
    assert (held.cause, held.payload) == ("decoder_failure", b"x")
