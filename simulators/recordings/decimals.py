"""Numbers of a recording as JSON text: exact decimals of the register's resolution, or what the file holds."""

import re
from collections.abc import Sequence

import msgspec
import numpy as np
import pyarrow as pa

from simulators.day_book import Counts, Mask

_RESIDUE = 1e-4
"""Largest distance from a whole step that is the residue of binary floating point [resolution steps]."""

_LARGEST = 2.0**53
"""Beyond this a double no longer holds every whole number of steps."""

_DECIMAL = re.compile(r"[+-]?\d+(?:\.(\d+))?")


def read_decimals(values: pa.ChunkedArray, places: Counts) -> tuple[list[str], Mask]:
    """JSON text of each value, and which of them the contract can carry.

    Parameters
    ----------
    values
        Doubles (always whole steps up to floating-point residue), integers, decimals or texts.
    places
        Decimals of each value's register.

    Notes
    -----
    A value that is no whole number of steps, not finite or missing is handed on as the file has it (NaN and infinities
    as texts, for JSON has no such numbers), so that it is quarantined with its cause and not dropped on the way.
    """
    if pa.types.is_floating(values.type):
        return _doubles(np.asarray(values.cast(pa.float64()), np.float64), np.asarray(values.is_valid()), places)
    return _written(values.cast(pa.string()).to_pylist(), places)


def _doubles(
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]", valid: Mask, places: Counts
) -> tuple[list[str], Mask]:
    with np.errstate(invalid="ignore", over="ignore"):
        steps = values * 10.0**places
        whole = np.rint(steps)
        fit = valid & np.isfinite(steps) & (np.abs(steps - whole) <= _RESIDUE) & (np.abs(whole) < _LARGEST)
    texts = [""] * values.size
    for decimals in np.unique(places).tolist():
        rows = np.flatnonzero(fit & (places == decimals))
        pattern = f'"%.{decimals}f"'
        # Adding 0.0 turns a negative zero into zero.
        for row, number in zip(rows.tolist(), (whole[rows] / 10.0**decimals + 0.0).tolist(), strict=True):
            texts[row] = pattern % number
    for row in np.flatnonzero(~fit).tolist():
        texts[row] = f'"{float(values[row])!r}"' if valid[row] else "null"
    return texts, fit


def _written(values: Sequence[str | None], places: Counts) -> tuple[list[str], Mask]:
    fit = np.zeros(len(values), bool)
    for row, (text, decimals) in enumerate(zip(values, places.tolist(), strict=True)):
        match = _DECIMAL.fullmatch(text) if text is not None else None
        fit[row] = match is not None and len((match[1] or "").rstrip("0")) <= decimals
    return [msgspec.json.encode(text).decode() for text in values], fit
