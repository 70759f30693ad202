"""How often honest instruments, as far as that was measured, reach what an instrument reached."""

import numpy as np

Measured = tuple[tuple[float, float], tuple[float, float]]
"""Two scores [σ] and the alarms per instrument-year that were counted at each."""


def chance(score: float, measured: Measured) -> float:
    """Probability that an honest instrument reaches a score at least once within a year.

    Parameters
    ----------
    score
        Score reached [σ].
    measured
        Two scores [σ] and the alarms per instrument-year counted at each; in between and below the rate is taken to
        fall exponentially, beyond the larger score, where nothing was measured, no further.

    Examples
    --------
    >>> [round(chance(score, ((1.0, 0.3), (2.0, 0.03))), 3) for score in (1.0, 2.0, 9.0)]
    [0.259, 0.03, 0.03]
    """
    (low, often), (high, seldom) = measured
    slope = (np.log(seldom) - np.log(often)) / (high - low)
    return float(-np.expm1(-np.exp(np.log(often) + slope * (min(score, high) - low))))
