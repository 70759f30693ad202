"""A sign, every few seconds, that a way in is able to hear: without one, no source is accused of silence."""

import logging
from collections.abc import Callable
from threading import Event, Thread

import psycopg

from store import listening
from store.connection import connect
from store.errors import StoreError
from store.listening import WayIn

log = logging.getLogger(__name__)

EVERY = 5.0
"""Time between two signs [s]; several fit into what the store tolerates."""


class Listening:
    """Notes in the store that this process hears, in a thread of its own.

    Parameters
    ----------
    listener
        Name of this ingest; processes under one name are one listener.
    way
        Where it listens.
    hears
        Whether it took in all that came since it was last asked: what waits behind others has not been heard.
    stopping
        Set when the process ends.
    """

    def __init__(
        self,
        database_url: str,
        listener: str,
        *,
        hears: Callable[[], bool],
        stopping: Event,
        way: WayIn = WayIn.MQTT,
        application: str = "hengjian-ingest-listening",
    ) -> None:
        self._url = database_url
        self._listener = listener
        self._way = way
        self._application = application
        self._hears = hears
        self._stopping = stopping

    def start(self) -> None:
        """Begin to note."""
        Thread(target=self._run, name="listening", daemon=True).start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with connect(self._url, application=self._application, autocommit=True) as connection:
                    while not self._stopping.is_set():
                        if self._hears():
                            listening.note(connection, self._listener, way=self._way)
                        self._stopping.wait(EVERY)
            except (psycopg.Error, StoreError) as error:
                log.warning("cannot note that we listen; sources' silence is not judged meanwhile: %s", error)
                self._stopping.wait(EVERY)
