"""Readings: the first value for an instant stays, a repeat is counted, a different value is kept as evidence."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.errors import UniqueViolation

from store import sql
from store.arrivals import Fate
from store.columns import fetch, send
from store.connection import Connection

_KEY = ("instrument", "register", "taken_at")
_READING = (*_KEY, "value", "received_at")


def append(connection: Connection, rows: NDArray[Any], *, look_first: bool = False) -> NDArray[np.uint8]:
    """Append readings in the caller's transaction and say what became of each.

    New readings go straight into the table by binary COPY inside a savepoint. Only where a key is known already are
    the keys looked up, so that what is known can be left out; another writer's keys make it look again.

    Parameters
    ----------
    rows
        Readings in order of arrival, :data:`store.arrivals.READINGS`.
    look_first
        Look known keys up before the first attempt: cheaper where repeats are expected.

    Returns
    -------
    :class:`store.arrivals.Fate` of each row, uint8. A value that differs from the first is *conflicting* the first
    time it is received; each time after that it is a repeat of a known conflict.
    """
    if not len(rows):
        return np.empty(0, dtype=np.uint8)
    # In order of key, so that two writers never wait for each other crosswise; the sort keeps the order of arrival.
    order, starts = _grouped(rows, *_KEY)
    arrived = rows[order]
    firsts = arrived[starts]
    known, standing = _insert(connection, firsts, look_first=look_first)
    group = np.cumsum(starts) - 1
    fates = np.full(len(arrived), Fate.REPEATED, dtype=np.uint8)
    fates[starts] = np.where(known, np.uint8(Fate.REPEATED), np.uint8(Fate.STORED))
    differing = np.flatnonzero(arrived["value"] != standing[group])
    fates[differing] = _keep_conflicts(connection, arrived[differing])
    answer = np.empty(len(rows), dtype=np.uint8)
    answer[order] = fates
    return answer


def _insert(
    connection: Connection, firsts: NDArray[Any], *, look_first: bool
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Insert readings of distinct keys; return which were known before, and the value that stands for each."""
    known, standing = np.zeros(len(firsts), dtype=bool), firsts["value"].copy()
    if look_first:
        _look_up(connection, firsts, known, standing)
    while not known.all():
        try:
            with connection.transaction():
                send(connection, sql.statements("readings")["copy"], _columns(firsts[~known], *_READING))
        except UniqueViolation:
            # A key is known, or another writer has just committed it; each look finds at least that one.
            if not _look_up(connection, firsts, known, standing):
                raise
        else:
            break
    return known, standing


def _look_up(
    connection: Connection, firsts: NDArray[Any], known: NDArray[np.bool_], standing: NDArray[np.int64]
) -> bool:
    """Mark the keys that the store holds, with their values; False if none is newly found."""
    named = sql.statements("readings")
    sought = np.flatnonzero(~known)
    connection.execute(named["make_sought"])
    connection.execute(named["empty_sought"])
    keys = np.empty(
        len(sought), dtype=[("ordinal", "i4"), ("instrument", "i4"), ("register", "i2"), ("taken_at", "i8")]
    )
    keys["ordinal"] = sought
    for name in _KEY:
        keys[name] = firsts[name][sought]
    send(connection, named["copy_sought"], keys)
    bounds = {"earliest": int(keys["taken_at"].min()), "latest": int(keys["taken_at"].max())}
    found = fetch(connection, named["standing"], bounds, ordinal="i4", value="i8")
    known[found["ordinal"]] = True
    standing[found["ordinal"]] = found["value"]
    return len(found) > 0


def _keep_conflicts(connection: Connection, differing: NDArray[Any]) -> NDArray[np.uint8]:
    """Keep differing values beside the first ones; CONFLICTING for those not known before, REPEATED otherwise."""
    fates = np.full(len(differing), Fate.REPEATED, dtype=np.uint8)
    if not len(differing):
        return fates
    named = sql.statements("readings")
    order, starts = _grouped(differing, *_KEY, "value")
    first = order[starts]
    kept = differing[first]
    connection.execute(named["make_differing"])
    connection.execute(named["empty_differing"])
    numbered = np.empty(len(kept), dtype=[("ordinal", "i4"), *((name, kept.dtype[name]) for name in _READING)])
    numbered["ordinal"] = first
    for name in _READING:
        numbered[name] = kept[name]
    send(connection, named["copy_differing"], numbered)
    new = connection.execute(named["keep_conflicts"]).fetchall()
    fates[[ordinal for (ordinal,) in new]] = Fate.CONFLICTING
    return fates


def _grouped(rows: NDArray[Any], *names: str) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Order that brings equal keys together, each group in order of arrival, and where in it each group starts."""
    order = np.lexsort([rows[name] for name in reversed(names)])
    starts = np.ones(len(rows), dtype=bool)
    for position, name in enumerate(names):
        column = rows[name][order]
        changes = column[1:] != column[:-1]
        starts[1:] = changes if position == 0 else starts[1:] | changes
    return order, starts


def _columns(rows: NDArray[Any], *names: str) -> NDArray[Any]:
    """Some columns of rows, in this order, packed."""
    chosen = np.empty(len(rows), dtype=[(name, rows.dtype[name]) for name in names])
    for name in names:
        chosen[name] = rows[name]
    return chosen
