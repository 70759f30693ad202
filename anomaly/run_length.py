"""How long a control chart runs before it alarms, exactly, and which limit gives a wanted rate of alarms.

For independent, normal scores of unit variance, in samples, the sample of the alarm included. Real residuals are
neither independent nor normal: a design from here is where a threshold begins, not what it achieves; what it achieves
is measured on honest data (:mod:`benchmarks.scorecard`).
"""

import math
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

YEAR = timedelta(days=365.25)

_CUSUM_NODES, _EWMA_NODES = 80, 120
"""Nodes of the quadrature; 320 change nothing before the twelfth digit, for limits up to some 30 σ."""
_ENDLESS = 1e13
"""Mean run lengths from here on are beyond double precision and taken for endless [samples]."""
_STEPS = 100
"""Bisections of a limit: more than double precision has bits."""


def cusum_one_sided(allowance: float, decision: float, shift: float, head_start: float = 0.0) -> float:
    """Mean run length of S = max(0, S + z − k) until S ≥ h, or rather S > h: the same, for z is continuous.

    Solves L(s) = 1 + L(0) Φ(k − s − μ) + ∫₀ʰ L(x) φ(x + k − s − μ) dx by Gauss-Legendre quadrature (Page 1954; Goel &
    Wu, Technometrics 13 (1971) 221).

    Parameters
    ----------
    allowance, decision
        Reference value k and decision interval h [σ].
    shift
        Mean μ of the scores [σ].
    head_start
        Where the sum begins [σ]: Lucas & Crosier's fast initial response takes h/2.

    Returns
    -------
    Mean run length [samples]; infinite where it exceeds what double precision can tell.

    Examples
    --------
    >>> round(cusum_one_sided(0.5, 3.0, 0.0), 3)
    117.596
    """
    nodes, weights = _quadrature(_CUSUM_NODES, 0.0, decision)
    points = np.r_[0.0, nodes]
    away = allowance - points - shift
    kernel = np.empty((len(points), len(points)))
    kernel[:, 0] = _below(away)
    kernel[:, 1:] = _density(nodes[None, :] + away[:, None]) * weights
    lengths = _solved(kernel)
    if lengths is None:
        return math.inf
    begin = allowance - head_start - shift
    reached = np.r_[_below(np.array([begin])), _density(nodes + begin) * weights]
    return _finite(1.0 + float(reached @ lengths))


def cusum_two_sided(allowance: float, decision: float, shift: float, head_start: float = 0.0) -> float:
    """Mean run length of two sums, up and down, until either alarms; parameters as :func:`cusum_one_sided`.

    Exact from the one-sided lengths for a head start up to h/2 + k, as long as both sums never stand above zero once
    the one has grown to an alarm: 1/L = 1/L⁺ + 1/L⁻ (Kemp 1961; Lucas & Crosier 1982, with a head start).

    Examples
    --------
    >>> round(cusum_two_sided(0.5, 4.0, 0.0), 4), round(cusum_two_sided(0.5, 4.0, 1.0, head_start=2.0), 4)
    (167.6838, 5.2869)
    """
    up, down = (cusum_one_sided(allowance, decision, sign * shift) for sign in (1, -1))
    if math.isinf(up) and math.isinf(down):
        return math.inf
    begun_up, begun_down = (
        cusum_one_sided(allowance, decision, sign * shift, head_start) if head_start else length
        for sign, length in ((1, up), (-1, down))
    )
    if math.isinf(up):
        return begun_down
    if math.isinf(down):
        return begun_up
    return (begun_up * down + begun_down * up - up * down) / (up + down)


def ewma(weight: float, limit: float, shift: float) -> float:
    """Mean run length of the two-sided EWMA with fixed limits ±c√(λ/(2 − λ)), from zero.

    Solves L(s) = 1 + (1/λ) ∫ L(x) φ((x − (1 − λ)s)/λ − μ) dx (Crowder, Technometrics 29 (1987) 401).

    Parameters
    ----------
    weight
        λ, weight of the latest sample [1].
    limit
        c, limit in standard deviations of the settled average [1].
    shift
        Mean μ of the scores [σ].

    Examples
    --------
    >>> round(ewma(0.5, 3.071, 0.5), 2)
    88.8
    """
    reach = limit * math.sqrt(weight / (2 - weight))
    nodes, weights = _quadrature(_EWMA_NODES, -reach, reach)
    kernel = _density((nodes[None, :] - (1 - weight) * nodes[:, None]) / weight - shift) * weights / weight
    lengths = _solved(kernel)
    if lengths is None:
        return math.inf
    return _finite(1.0 + float((_density(nodes / weight - shift) * weights / weight) @ lengths))


def cusum_decision(allowance: float, wanted: float, *, two_sided: bool = True) -> float:
    """Decision interval h that gives a mean run length without a shift of `wanted` samples [σ].

    Examples
    --------
    >>> round(cusum_decision(0.5, 3650), 3), round(cusum_decision(0.5, 500, two_sided=False), 4)
    (7.047, 4.3891)
    """
    length = cusum_two_sided if two_sided else cusum_one_sided
    return _limit(lambda decision: length(allowance, decision, 0.0), wanted)


def ewma_limit(weight: float, wanted: float) -> float:
    """Limit c that gives a mean run length without a shift of `wanted` samples [1].

    Examples
    --------
    >>> round(ewma_limit(0.1, 3650), 4)
    3.4656
    """
    return _limit(lambda limit: ewma(weight, limit, 0.0), wanted)


def samples_between_alarms(alarms: float, interval: timedelta) -> float:
    """Mean run length that means so many alarms per 1,000 instrument-years [samples].

    Examples
    --------
    >>> samples_between_alarms(1.0, timedelta(days=1))
    365250.0
    """
    return 1000 * (YEAR / interval) / alarms


def alarms_per_1000_instrument_years(length: float, interval: timedelta) -> float:
    """Alarms per 1,000 instrument-years of charts that begin anew at each of their alarms.

    Examples
    --------
    >>> round(alarms_per_1000_instrument_years(cusum_two_sided(0.5, 7.047, 0.0), timedelta(days=1)))
    100
    """
    return 1000 * (YEAR / interval) / length


def _limit(length: Callable[[float], float], wanted: float) -> float:
    """Limit at which an increasing run length reaches what is wanted, by bisection."""
    if not 1 < wanted < _ENDLESS:
        raise ValueError(f"a mean run length of {wanted} samples cannot be designed for")
    low, high = 0.0, 1.0
    while length(high) < wanted:
        low, high = high, 2 * high
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if length(middle) < wanted else (low, middle)
    return (low + high) / 2


@cache
def _unit(count: int) -> tuple[Numbers, Numbers]:
    return np.polynomial.legendre.leggauss(count)


def _quadrature(count: int, begin: float, end: float) -> tuple[Numbers, Numbers]:
    nodes, weights = _unit(count)
    half = (end - begin) / 2
    return begin + half * (nodes + 1), half * weights


def _solved(kernel: Numbers) -> Numbers | None:
    """Run lengths L = 1 + K L; None where double precision cannot tell them from endless."""
    try:
        lengths = np.asarray(np.linalg.solve(np.eye(len(kernel)) - kernel, np.ones(len(kernel))), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None
    return lengths if float(lengths.min()) > 0 and float(lengths.max()) < _ENDLESS else None


def _finite(length: float) -> float:
    return length if 0 < length < _ENDLESS else math.inf


def _density(values: Numbers) -> Numbers:
    return np.asarray(np.exp(-0.5 * values**2) / math.sqrt(2 * math.pi))


def _below(values: Numbers) -> Numbers:
    return np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in values.tolist()])
