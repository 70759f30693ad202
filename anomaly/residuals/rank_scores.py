"""Scores by rank among peers of the same day: comparable whatever law the residuals follow."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_BLOM = 0.375


def rank_scores(values: Numbers, peers: int) -> Numbers:
    """Normal score of each value's rank among the known values of its row, Φ⁻¹((r − 3/8)/(n + 1/4)).

    A heavy tail, a common day and a common change of scatter all drop out; so does a change common to all. Equal values
    share their mean rank. Blom, Statistical Estimates and Transformed Beta-Variables (1958).

    Parameters
    ----------
    values
        Shape (rows, instruments), NaN unknown.
    peers
        Least number of known values in a row; a row with fewer is unknown.

    Examples
    --------
    >>> rank_scores(np.array([[5.0, -900.0, np.nan, 6.0]]), peers=3).round(3).tolist()
    [[0.0, -0.869, nan, 0.869]]
    """
    known = np.isfinite(values)
    count = np.count_nonzero(known, axis=1)
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    place = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    new = np.ones(values.shape, dtype=np.bool_)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(new, place, 0), axis=1)
    ends = np.roll(new, -1, axis=1)
    ends[:, -1] = True
    last = np.minimum.accumulate(np.where(ends, place, values.shape[1])[:, ::-1], axis=1)[:, ::-1]
    rank = np.empty(values.shape)
    np.put_along_axis(rank, order, (first + last) / 2 + 1, axis=1)
    share = (rank - _BLOM) / (count[:, None] + 1 - 2 * _BLOM)
    scores = _normal(np.where(known, share, 0.5))
    return np.where(known & (count >= peers)[:, None], scores, np.nan)


def _normal(share: Numbers) -> Numbers:
    """Quantiles of the normal law; there are no more distinct ranks than instruments."""
    distinct, which = np.unique(share, return_inverse=True)
    quantile = NormalDist().inv_cdf
    return np.array([quantile(value) for value in distinct.tolist()])[which].reshape(share.shape)
