from datetime import UTC, date, datetime
from random import Random

from metrology.event import Event, EventCode
from store import events
from store.arrivals import ArrivedEvent, Fate
from tests.services.enrolled import connect_to

AT = datetime(2026, 11, 22, tzinfo=UTC)


def _arrived(code: EventCode = EventCode.MAGNET, **detail: object) -> ArrivedEvent:
    return ArrivedEvent(0, 7, AT, date(2026, 11, 22), Event(AT, code, detail))


def test_an_event_is_kept_once_however_often_it_is_told(database: str) -> None:
    with connect_to(database) as connection:
        told = [_arrived(counter=1), _arrived(counter=2), _arrived(counter=1), _arrived(EventCode.LEAK)]
        assert events.append(connection, told) == [Fate.STORED, Fate.STORED, Fate.REPEATED, Fate.STORED]
        assert events.append(connection, [*told, _arrived()]) == [Fate.REPEATED] * 4 + [Fate.STORED]
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (4,)
        assert events.append(connection, []) == []


def test_the_largest_detail_that_is_let_through_fits_the_index(database: str) -> None:
    # what ingest lets through: 64 values, 1 KiB of text, none of it compressible
    letters = Random(1)
    texts = {f"{number:02}": letters.randbytes(5).hex() for number in range(50)}
    numbers = {f"n{number:x}": letters.randrange(99) for number in range(13)}
    with connect_to(database) as connection:
        assert events.append(connection, [_arrived(**texts, **numbers)]) == [Fate.STORED]
