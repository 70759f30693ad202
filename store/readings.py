"""Readings: the first value for an instant stays, a repeat is counted, a different value is kept as evidence."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.errors import UniqueViolation

from store import sql
from store.arrangement import COLUMNS, KEY, Arranged, grouped
from store.arrivals import Fate
from store.columns import fetch, pack, send, send_packed
from store.connection import Connection


def append(connection: Connection, arranged: Arranged, *, look_first: bool = False) -> NDArray[np.uint8]:
    """Append readings in the caller's transaction and say what became of each.

    New readings go straight into the table by binary COPY inside a savepoint. Only where a key is known already are
    the keys looked up, so that what is known can be left out; another writer's keys make it look again.

    Parameters
    ----------
    look_first
        Look known keys up before the first attempt: cheaper where repeats are expected.

    Returns
    -------
    :class:`store.arrivals.Fate` of each of `arranged.rows`, uint8. A value that differs from the first is
    *conflicting* the first time it is received; each time after that it is a repeat of a known conflict.
    """
    rows, starts = arranged.rows, arranged.starts
    if not len(rows):
        return np.empty(0, dtype=np.uint8)
    known, standing = _insert(connection, arranged, look_first=look_first)
    if len(arranged.firsts) == len(rows) and not known.any():
        return np.full(len(rows), Fate.STORED, dtype=np.uint8)
    arrived = rows[arranged.order]
    group = np.cumsum(starts) - 1
    fates = np.full(len(arrived), Fate.REPEATED, dtype=np.uint8)
    fates[starts] = np.where(known, np.uint8(Fate.REPEATED), np.uint8(Fate.STORED))
    differing = np.flatnonzero(arrived["value"] != standing[group])
    fates[differing] = _keep_conflicts(connection, arrived[differing])
    answer = np.empty(len(rows), dtype=np.uint8)
    answer[arranged.order] = fates
    return answer


def _insert(
    connection: Connection, arranged: Arranged, *, look_first: bool
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Insert readings of distinct keys; return which were known before, and the value that stands for each."""
    firsts, packed = arranged.firsts, arranged.packed
    known, standing = np.zeros(len(firsts), dtype=bool), firsts["value"].copy()
    if look_first and _look_up(connection, firsts, known, standing):
        packed = pack(firsts[~known], *COLUMNS)
    while not known.all():
        try:
            with connection.transaction():
                send_packed(connection, sql.statements("readings")["copy"], packed)
        except UniqueViolation:
            # A key is known, or another writer has just committed it; each look finds at least that one.
            if not _look_up(connection, firsts, known, standing):
                raise
            packed = pack(firsts[~known], *COLUMNS)
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
    for name in KEY:
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
    order, starts = grouped(differing, *KEY, "value")
    first = order[starts]
    kept = differing[first]
    connection.execute(named["make_differing"])
    connection.execute(named["empty_differing"])
    numbered = np.empty(len(kept), dtype=[("ordinal", "i4"), *((name, kept.dtype[name]) for name in COLUMNS)])
    numbered["ordinal"] = first
    for name in COLUMNS:
        numbered[name] = kept[name]
    send(connection, named["copy_differing"], numbered)
    new = connection.execute(named["keep_conflicts"]).fetchall()
    fates[[ordinal for (ordinal,) in new]] = Fate.CONFLICTING
    return fates
