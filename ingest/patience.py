"""A connection to the database that is waited for: while it is away nothing is lost, and nothing piles up."""

import logging
from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import TypeVar

import psycopg
from psycopg.errors import DeadlockDetected, DiskFull, ProgramLimitExceeded, SerializationFailure

from store.connection import Connection, connect
from store.errors import StoreUnreachable

log = logging.getLogger(__name__)

LONGEST_PAUSE = 5.0
"""Longest pause between two attempts [s]."""

_Answer = TypeVar("_Answer")


class Stopped(Exception):
    """The service was asked to stop while it waited."""


class PatientConnection:
    """Runs work on a connection of its own; work that failed for the connection's sake is done again.

    Parameters
    ----------
    url
        Address of the database.
    application
        Name shown in `pg_stat_activity`.
    stopping
        Set when waiting should end.
    """

    def __init__(self, url: str, *, application: str, stopping: Event) -> None:
        self._url = url
        self._application = application
        self._stopping = stopping
        self._connection: Connection | None = None

    def ask(self, question: Callable[[Connection], _Answer], /) -> _Answer:
        """Answer of a question that is put in a transaction of its own, and may be put again.

        Raises
        ------
        Stopped
            if the service is asked to stop while the database does not answer.
        psycopg.Error
            if the question itself is at fault.
        """
        began, pause = monotonic(), 0.1
        while True:
            try:
                if self._connection is None:
                    self._connection = connect(self._url, application=self._application, autocommit=True)
                answer = question(self._connection)
            except ProgramLimitExceeded:
                raise
            except (DeadlockDetected, SerializationFailure) as error:
                # Another writer won; ours is rolled back whole and simply done again.
                log.info("transaction is done again: %s", _first_line(error))
                continue
            except (psycopg.OperationalError, psycopg.InterfaceError, StoreUnreachable) as error:
                self.close()
                if isinstance(error, DiskFull):
                    log.error("the database's disk is full; nothing is acknowledged until there is room: %s", error)  # noqa: TRY400 - no traceback: this is the machine's state
                else:
                    log.warning(
                        "waiting for the database for %.0f s, nothing is acknowledged meanwhile: %s",
                        monotonic() - began,
                        _first_line(error),
                    )
                if self._stopping.wait(pause):
                    raise Stopped from error
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                if pause > LONGEST_PAUSE / 2:
                    log.info("the database answers again after %.0f s", monotonic() - began)
                return answer

    def close(self) -> None:
        """Give the connection up; the next question makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
