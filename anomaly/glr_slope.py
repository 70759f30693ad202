"""Generalised likelihood ratio of a slow drift of unknown slope and onset, of a whole fleet at once."""

import numpy as np

from anomaly.glr_step import Change, Numbers, Sums, likeliest, near_likeliest


def glr_slope(score: Numbers, window: int, least: int = 2, begin: int = 0, *, side: int = 0) -> Change:
    """Likeliest drift at the end of each row from `begin` on, beginning within the last `window` rows.

    A drift from row k on shows as (t − k + 1) in row t. With S = Σ (t − k + 1) z over the known rows, the ratio is
    S²/Σ (t − k + 1)² (window-limited generalised likelihood ratio, Lai, IEEE Trans. Inf. Theory 44 (1998) 2917).

    Parameters
    ----------
    score
        Standardised residuals [σ], shape (rows, instruments), NaN unknown.
    window
        Onsets looked at: the last so many rows, the present one included.
    least
        Known rows that a drift must have lasted.
    begin
        First row to answer for.
    side
        -1 looks at falls alone, 1 at rises alone, 0 at both.

    Examples
    --------
    >>> found = glr_slope(np.array([[0.0], [0.0], [-1.0], [-2.0], [np.nan], [-4.0]]), window=6, begin=5)
    >>> found.since.item(), found.size.item()
    (2, -1.0)
    """
    return likeliest(_sums(score), len(score), score.shape[1], window, least, begin, side)


def drift_interval(score: Numbers, least: int, *, side: int, drop: float) -> tuple[int, int]:
    """First and last onset about as likely as the likeliest, of a drift of one instrument, shape (rows, 1)."""
    return near_likeliest(_sums(score), len(score), least, side, drop)


def _sums(score: Numbers) -> Sums:
    """What :func:`anomaly.glr_step.likeliest` asks for, of a drift."""
    rows, instruments = score.shape
    known = np.isfinite(score)
    taken = np.where(known, score, 0.0)
    at = np.arange(1.0, rows + 1)[:, None]
    moments = [np.zeros((rows + 1, instruments)) for _ in range(5)]
    for total, values in zip(moments, (taken, at * taken, known, at * known, at**2 * known), strict=True):
        np.cumsum(values, axis=0, out=total[1:])

    def sums(row: int, first: int) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        sum_z, sum_tz, count, sum_t, sum_tt = (total[row + 1] - total[first : row + 1] for total in moments)
        before = np.arange(first, row + 1, dtype=np.float64)[:, None]  # t − k + 1, with t from 1 and k from 0
        power = sum_tt - 2 * before * sum_t + before**2 * count
        return sum_tz - before * sum_z, power, power, count

    return sums
