"""Connections to the memory: rows come as tuples, times as aware UTC, transactions are explicit."""

from datetime import timedelta
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from store.errors import StoreUnreachable

Connection = psycopg.Connection[tuple[Any, ...]]

_OPTIONS = "-c timezone=UTC -c datestyle=ISO"


def connect(url: str, *, application: str, autocommit: bool = False) -> Connection:
    """One connection of its own.

    Parameters
    ----------
    url
        `postgresql://…` address.
    application
        Name shown in `pg_stat_activity`.

    Raises
    ------
    StoreUnreachable
        if the database does not answer within 10 s.
    """
    try:
        return psycopg.connect(
            url,
            autocommit=autocommit,
            application_name=application,
            options=_OPTIONS,
            connect_timeout=10,
        )
    except psycopg.OperationalError as error:
        raise StoreUnreachable(str(error).strip()) from error


def open_pool(
    url: str,
    *,
    application: str,
    size: int,
    statement_timeout: timedelta | None = None,
    patience: float = 30,
    autocommit: bool = False,
) -> ConnectionPool[Connection]:
    """Pool of up to `size` connections, for a service with many short questions; the caller closes it.

    Parameters
    ----------
    statement_timeout
        A statement that takes longer is given up. Statements of such a pool are planned for the values they are asked
        with: their optional filters leave no good plan for all values.
    patience
        How long to wait for a free connection [s].
    """
    options = _OPTIONS
    if statement_timeout is not None:
        milliseconds = statement_timeout // timedelta(milliseconds=1)
        options += f" -c statement_timeout={milliseconds} -c plan_cache_mode=force_custom_plan"
    return ConnectionPool(
        url,
        min_size=1,
        max_size=size,
        timeout=patience,
        check=ConnectionPool.check_connection,
        kwargs={
            "application_name": application,
            "options": options,
            "connect_timeout": 10,
            "autocommit": autocommit,
        },
        open=True,
    )
