"""Many messages in one payload say what they said one by one."""

import json

from simulators.bundling import LARGEST, bundled
from simulators.encoding import Message


def said(source: str, number: int, length: int = 10) -> Message:
    return Message(float(number), source, b'{"instrument":"%d","pad":"%s"}' % (number, b"x" * length), readings=2)


def test_each_source_gets_its_own_array_in_order() -> None:
    water, power = bundled([said("water", 1), said("power", 2), said("water", 3)])
    assert (water.source, power.source) == ("water", "power")
    assert [item["instrument"] for item in json.loads(water.payload)] == ["1", "3"]
    assert (water.readings, water.due) == (4, 3.0)
    assert json.loads(power.payload)[0]["instrument"] == "2"


def test_a_payload_stays_far_below_what_the_contract_allows() -> None:
    messages = [said("water", number, 1000) for number in range(1000)]
    bundles = list(bundled(messages))
    assert max(len(bundle.payload) for bundle in bundles) < LARGEST + 2000 < 2**20
    assert sum(bundle.readings for bundle in bundles) == 2000
    instruments = [item["instrument"] for bundle in bundles for item in json.loads(bundle.payload)]
    assert instruments == [str(number) for number in range(1000)]


def test_what_is_signed_goes_alone() -> None:
    signed = said("power", 2)._replace(format="native-jws")
    first, power = bundled([said("power", 1), signed, said("power", 3)])
    assert first == signed
    assert [item["instrument"] for item in json.loads(power.payload)] == ["1", "3"]


def test_nothing_makes_nothing() -> None:
    assert list(bundled([])) == []
