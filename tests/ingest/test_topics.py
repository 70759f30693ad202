"""Topics that are remembered, and those that are not."""

from ingest.publications import cut
from ingest.topics import parse, source_of

LEVELS = "telemetry/city/native/"


def _publish(topic: str) -> bytes:
    body = len(topic).to_bytes(2, "big") + topic.encode()
    length = len(body)
    return bytes((0x30, length & 0x7F | 0x80, length >> 7 & 0x7F | 0x80, length >> 14)) + body


def test_a_long_topic_is_read_like_a_short_one_and_not_remembered() -> None:
    for topic in (LEVELS, LEVELS + "x" * 60_000):
        [told], _ = cut(_publish(topic), 0, newer=False)
        assert told.topic == topic
        [again], _ = cut(_publish(topic), 0, newer=False)
        # Thousands of the longest would take more than all that ingest may hold.
        assert (again.topic is told.topic) == (topic == LEVELS)
        assert parse(topic) == parse(LEVELS)
        assert (parse(topic) is parse(topic)) == (topic == LEVELS)
        assert source_of(topic) == "city"
