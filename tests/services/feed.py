"""A listener on the live feed, in a thread of its own, that remembers what it heard and when."""

import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx


@dataclass(frozen=True)
class Heard:
    """One event of the feed."""

    id: int
    topic: str
    alert: dict[str, Any]
    at: datetime


class Feed:
    """Hears the live feed while the block runs.

    Parameters
    ----------
    address
        Of the API.
    key
        Of a viewer or more.
    """

    def __init__(self, address: str, key: str) -> None:
        self.heard: list[Heard] = []
        self._client = httpx.Client(
            base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=httpx.Timeout(10, read=None)
        )
        self._changed = threading.Condition()
        self._connected = threading.Event()
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="feed", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._connected.wait(15)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()  # the thread ends with the next word of the feed, a heartbeat at the latest
        self._thread.join(20)
        self._client.close()
        assert not self._thread.is_alive()

    def wait_for(self, topic: str, judge: str, serial: str, seconds: float = 30) -> Heard:
        """The first event of this topic on a judge's alert about an instrument."""

        def found() -> Heard | None:
            wanted = (topic, judge, serial)
            for event in self.heard:
                if (event.topic, event.alert["judge"], event.alert["instrument"]["serial"]) == wanted:
                    return event
            return None

        with self._changed:
            event = self._changed.wait_for(found, seconds)
        assert event is not None, [(one.topic, one.alert["judge"], one.alert["instrument"]) for one in self.heard]
        return event

    def _listen(self) -> None:
        fields: dict[str, str] = {}
        with self._client.stream("GET", "/v1/alerts/stream") as stream:
            stream.raise_for_status()
            for line in stream.iter_lines():
                if self._leaving.is_set():
                    return
                name, _, text = line.partition(": ")
                if line:
                    fields[name] = text
                elif fields:
                    self._hear(fields)
                    fields = {}

    def _hear(self, fields: dict[str, str]) -> None:
        self._connected.set()  # the feed begins with its position
        if "data" in fields:
            with self._changed:
                event = Heard(int(fields["id"]), fields["event"], json.loads(fields["data"]), datetime.now(UTC))
                self.heard.append(event)
                self._changed.notify_all()
