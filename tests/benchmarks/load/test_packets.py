import numpy as np
import pytest

from benchmarks.load import packets


def test_a_length_takes_as_many_bytes_as_it_needs():
    # The boundaries of table 2-4 of MQTT 5, 1.5.5.
    assert [packets.length(size).hex() for size in (0, 127, 128, 16_383, 16_384)] == [
        "00",
        "7f",
        "8001",
        "ff7f",
        "808001",
    ]


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_publication_says_its_length_and_where_its_number_stands(version: str):
    head, number_at = packets.publish_head("telemetry/a/native", 200, version)
    assert head[0] == 0x32  # QoS 1, neither repeated nor retained
    remaining = head[1] & 0x7F | head[2] << 7
    assert remaining + 3 == len(head) + 200
    assert head[5:number_at] == b"telemetry/a/native"
    assert len(head) - number_at == (3 if version == "5" else 2)


def test_answers_are_counted_however_the_network_cuts_them():
    answers = b"".join(bytes((0x40, 2)) + number.to_bytes(2, "big") for number in (1, 258, 65_535))
    found, rest = [], b""
    for at in range(0, len(answers), 3):
        part = packets.acknowledgements(rest + answers[at : at + 3])
        rest = part.rest
        found += part.numbers.tolist()
    assert found == [1, 258, 65_535]
    assert rest == b""


def test_an_answer_with_a_reason_is_an_answer_among_short_ones():
    nobody_listens = bytes((0x40, 3, 0, 7, 0x10))
    found = packets.acknowledgements(bytes((0x40, 2, 0, 6)) + nobody_listens + bytes((0x40, 2, 0, 8, 0x40)))
    assert found.numbers.tolist() == [6, 7, 8]
    assert found.numbers.dtype == np.uint16
    assert found.unheard == 1
    assert found.rest == b"\x40"


@pytest.mark.parametrize("answer", [bytes((0x40, 3, 0, 7, 0x97)), bytes((0xE0, 2, 0x93, 0))])
def test_a_refusal_is_no_acknowledgement(answer: bytes):
    with pytest.raises(packets.Refused):
        packets.acknowledgements(answer)


def test_the_broker_says_how_much_it_takes_ahead():
    properties = bytes((0x24, 1, 0x12, 0, 2)) + b"id" + bytes((0x21, 0x07, 0xD0))
    body = bytes((0, 0, len(properties))) + properties
    answer = bytes((0x20, len(body))) + body
    assert packets.welcome(answer[:5], "5") is None
    assert packets.welcome(answer, "5") == 2000
    assert packets.welcome(bytes((0x20, 2, 0, 0)), "3.1.1") == 65_535
    with pytest.raises(packets.Refused):
        packets.welcome(bytes((0x20, 2, 0, 5)), "3.1.1")
