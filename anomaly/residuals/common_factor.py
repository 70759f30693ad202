"""Each instrument's own loading on what all share: homes heat and cool unequally."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anomaly.middle import middle
from anomaly.residuals.scale import NORMAL

Numbers = NDArray[np.float64]

_ROUNDS = 4
_BISQUARE = 4.685
"""Tuning of Tukey's weights: 95 % efficient for normal residuals [σ]."""
_FLOOR = 1e-3
"""Least scatter ascribed to any instrument."""
_TINY = 1e-9


@dataclass(frozen=True)
class Loaded:
    """Residuals after the own share of the common factor.

    Parameters
    ----------
    residual
        x − a − b·f, shape (rows, instruments).
    loading
        b, shape (instruments,) [1].
    factor
        f, the peers' median of each row around its own median, shape (rows,); zero where too few were known.
    """

    residual: Numbers
    loading: Numbers
    factor: Numbers


def own_loading(values: Numbers, baseline: int, *, peers: int, spread: float, drifting: bool = False) -> Loaded:
    """Take off a_i + b_i·f_t, fitted robustly on the leading rows, with b drawn towards 1 as far as they do not tell.

    Iteratively reweighted least squares with Tukey's bisquare; the prior b ~ N(1, spread²) counts as one more
    observation. Where a fleet is small f holds part of each instrument: b is then drawn up, never beyond the prior's
    reach.

    Parameters
    ----------
    values
        Log consumption or any residual, shape (rows, instruments), NaN unknown.
    baseline
        Number of leading rows that are fitted on.
    peers
        Least number of known values in a row for it to have a factor.
    spread
        Prior standard deviation of b around 1; 0 takes the common part off as it is.
    drifting
        Whether the fit allows for a drift of the instrument itself, which is left in the residual: or a factor that
        drifts with the season would take the drift for loading.

    Examples
    --------
    >>> common = np.sin(np.arange(40.0))[:, None]
    >>> loaded = own_loading(common * np.array([0.5, 1.0, 1.0, 2.0]), 40, peers=3, spread=1.0)
    >>> loaded.loading.round(2).tolist()
    [0.5, 1.0, 1.0, 2.0]
    """
    centred = values - middle(values[:baseline])
    factor = middle(np.ascontiguousarray(centred.T))
    factor[np.count_nonzero(np.isfinite(centred), axis=1) < peers] = 0.0
    factor = np.where(np.isfinite(factor), factor, 0.0)
    time = np.linspace(-1.0, 1.0, baseline) if drifting else np.zeros(baseline)
    design = np.stack([np.ones(baseline), factor[:baseline], time])
    known = np.isfinite(centred[:baseline])
    taken = np.where(known, centred[:baseline], 0.0)
    weight = known.astype(np.float64)
    coefficients = np.zeros((values.shape[1], 3))
    left = taken - factor[:baseline, None]
    for _ in range(_ROUNDS):
        scatter = np.maximum(NORMAL * middle(np.where(known, np.abs(left), np.nan)), _FLOOR)
        scatter = np.where(np.isfinite(scatter), scatter, 1.0)
        reach = np.clip(np.abs(left) / (_BISQUARE * scatter), 0.0, 1.0)
        weight = known * (1 - reach**2) ** 2 / scatter**2
        coefficients = _solved(design, weight, taken, spread)
        left = taken - (coefficients @ design).T
    residual = centred - coefficients[:, 0] - coefficients[:, 1] * factor[:, None]
    return Loaded(residual, coefficients[:, 1], factor)


def _solved(design: Numbers, weight: Numbers, taken: Numbers, spread: float) -> Numbers:
    """Coefficients of a constant, the factor and the drift for each instrument, shape (instruments, 3)."""
    gram = np.einsum("pr,ri,qr->ipq", design, weight, design, optimize=True)
    right = np.einsum("pr,ri->ip", design, weight * taken)
    firmness = 1 / max(spread, 1e-3) ** 2
    gram[:, 1, 1] += firmness
    right[:, 1] += firmness
    # A column that is nothing, or an instrument that nobody knows, must not make the equations singular.
    gram += np.eye(3) * (_TINY * (1 + np.trace(gram, axis1=1, axis2=2)))[:, None, None]
    return np.asarray(np.linalg.solve(gram, right[:, :, None])[:, :, 0])
