"""How sure a counted share or rate is: 95 % intervals of few counts."""

import math
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)
_CONFIDENCE = 0.05


def share(found: int, asked: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share.

    Examples
    --------
    >>> [round(limit, 3) for limit in share(24, 24)]
    [0.862, 1.0]
    >>> share(0, 0)
    (0.0, 1.0)
    """
    if not asked:
        return 0.0, 1.0
    p, over = found / asked, _Z**2 / asked
    middle = (p + over / 2) / (1 + over)
    half = math.sqrt(over * (p * (1 - p) + over / 4)) / (1 + over)
    return max(0.0, middle - half), min(1.0, middle + half)


def mean_at_most(count: int) -> float:
    """Upper 95 % confidence limit, one-sided, of a Poisson mean of which so many were seen.

    Examples
    --------
    >>> round(mean_at_most(0), 3), round(mean_at_most(3), 3)
    (2.996, 7.754)
    """
    low, high = 0.0, 10.0 * (count + 1)
    for _ in range(60):
        mean = (low + high) / 2
        seen = sum(math.exp(number * math.log(mean) - mean - math.lgamma(number + 1)) for number in range(count + 1))
        low, high = (mean, high) if seen > _CONFIDENCE else (low, mean)
    return low
