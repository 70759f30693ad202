"""Exponentially weighted moving average of a whole fleet: one vector step a day."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def ewma(score: Numbers, weight: float) -> Numbers:
    """Average E = (1 − λ)E + λz from zero, shape (days, instruments) [σ]; an unknown day leaves it as it is.

    Its standard deviation settles at √(λ/(2 − λ)); :func:`anomaly.run_length.ewma_limit` gives the limit for a wanted
    rate of alarms.

    Parameters
    ----------
    score
        Standardised residuals [σ], shape (days, instruments), NaN unknown.
    weight
        λ, weight of the latest day [1].

    Examples
    --------
    >>> ewma(np.array([[1.0], [np.nan], [1.0]]), 0.5).ravel().tolist()
    [0.5, 0.5, 0.75]
    """
    average = np.empty_like(score)
    running = np.zeros(score.shape[1])
    step = np.empty_like(running)
    for row in range(len(score)):
        np.subtract(score[row], running, out=step)
        step *= weight
        step[np.isnan(step)] = 0.0
        running += step
        average[row] = running
    return average
