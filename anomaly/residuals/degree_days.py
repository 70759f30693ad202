"""Consumption that follows the weather: what the temperature of a day leads to expect of each instrument."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anomaly.middle import middle
from anomaly.residuals.scale import NORMAL

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

MILD = 30.0
"""Temperature below which water that is heated comes in colder by the degree [°C]."""

BASES = np.arange(8.0, 23.0)
"""Base temperatures tried: below its own, a home heats by the degree [°C]."""

_SHARE = 0.1
"""Share of the mean consumption added to what was and what was expected: where little is expected, little is told."""
_ROUNDS = 3
_BISQUARE = 4.685
"""Tuning of Tukey's weights: 95 % efficient for normal residuals [σ]."""
_LEAST_SCATTER = 0.02
_EXTREME_DAYS = 3
"""Known days of the baseline that were as cold, or as warm, as what counts as seen [d]."""
_TINY = 1e-12


@dataclass(frozen=True)
class Expected:
    """What the weather leads to expect, by a + c·(30 − T)₊ + b·(τ − T)₊ with a, b, c ≥ 0.

    Parameters
    ----------
    expected
        Expected consumption [unit/d], shape (days, instruments); NaN where the temperature is unknown or nothing could
        be fitted. On days colder than any known one it stays at what the coldest known ones lead to expect: a lower
        bound, for nobody uses less gas because it is colder; on days warmer than any likewise, an upper bound.
    residual
        log((x + m)/(x̂ + m)), m a tenth of the mean, around its own median in the baseline, shape (days, instruments).
    colder, warmer
        Days colder or warmer than any that the baseline knows, shape (days, instruments).
    base
        τ, base temperature [°C], NaN where the instrument does not heat, shape (instruments,).
    constant, mild, heating
        a [unit/d], c and b [unit/(d·K)], shape (instruments,).
    known
        Days of the baseline of which consumption and temperature are known [d], shape (instruments,).
    """

    expected: Numbers
    residual: Numbers
    colder: Flags
    warmer: Flags
    base: Numbers
    constant: Numbers
    mild: Numbers
    heating: Numbers
    known: Counts


def degree_days(
    consumption: Numbers, temperature: Numbers, place: Counts, baseline: int, *, margin: float = 1.0
) -> Expected:
    """Fit every instrument's use of gas to the temperature, robustly, on the leading rows.

    Iteratively reweighted least squares, the residual taken relative to what is expected (a household's use scatters
    in proportion) and weighted by Tukey's bisquare; of all base temperatures, and with each term or without, the best
    fit that is nowhere negative.

    Parameters
    ----------
    consumption
        Daily growth [unit/d], shape (days, instruments), NaN unknown.
    temperature
        Mean outdoor temperature [°C], shape (days, places), NaN unknown.
    place
        Where each instrument stands, a column of `temperature`, shape (instruments,).
    baseline
        Number of leading rows that are fitted on.
    margin
        By how much a day may be colder or warmer than what the baseline knows and still be told from it [K].

    Examples
    --------
    >>> cold = np.tile(np.linspace(-5.0, 25.0, 31), 4)[:, None]
    >>> fit = degree_days(1.5 + 0.5 * np.maximum(0, 15 - cold), cold, np.array([0]), 124)
    >>> fit.base.item(), fit.constant.round(3).item(), fit.heating.round(3).item()
    (15.0, 1.5, 0.5)
    """
    rows, instruments = consumption.shape
    expected = np.full((rows, instruments), np.nan)
    colder, warmer = (np.zeros((rows, instruments), dtype=np.bool_) for _ in range(2))
    figures = np.full((4, instruments), np.nan)
    known = np.isfinite(consumption[:baseline])
    for number in np.unique(place):
        mine = np.flatnonzero(place == number)
        told = temperature[:, number]
        known[:, mine] &= np.isfinite(told[:baseline, None])
        fitted = _fit(consumption[:baseline, mine], told[:baseline])
        coldest, warmest = _extremes(consumption[:baseline, mine], told[:baseline])
        colder[:, mine] = told[:, None] < coldest - margin
        warmer[:, mine] = told[:, None] > warmest + margin
        felt = np.where(colder[:, mine], coldest, np.where(warmer[:, mine], warmest, told[:, None]))
        expected[:, mine] = _told(fitted, felt)
        figures[:, mine] = fitted
    mean = _SHARE * middle(np.where(known, expected[:baseline], np.nan))
    small = np.where(mean > 0, mean, np.nan)
    residual = np.log((consumption + small) / (expected + small))
    residual -= middle(residual[:baseline])
    constant, mild, heating, base = figures
    return Expected(
        expected=expected,
        residual=residual,
        colder=colder,
        warmer=warmer,
        base=np.where(heating > 0, base, np.nan),
        constant=constant,
        mild=mild,
        heating=heating,
        known=np.count_nonzero(known, axis=0),
    )


def _extremes(consumption: Numbers, told: Numbers) -> tuple[Numbers, Numbers]:
    """Temperatures that several known days of each instrument went down to, and up to, shape (instruments,)."""
    of_known = np.where(np.isfinite(consumption), told[:, None], np.nan)
    if len(of_known) < _EXTREME_DAYS:
        return np.full(consumption.shape[1], np.nan), np.full(consumption.shape[1], np.nan)
    cold, warm = np.sort(of_known, axis=0), np.sort(-of_known, axis=0)
    return cold[_EXTREME_DAYS - 1], -warm[_EXTREME_DAYS - 1]


def _told(fitted: Numbers, felt: Numbers) -> Numbers:
    constant, mild, heating, base = fitted
    return np.asarray(constant + mild * np.maximum(MILD - felt, 0.0) + heating * np.maximum(base - felt, 0.0))


def _fit(consumption: Numbers, told: Numbers) -> Numbers:
    """Constant, mild, heating and base of instruments under one weather, shape (4, instruments)."""
    known = np.isfinite(consumption) & np.isfinite(told)[:, None]
    used = np.where(known, consumption, 0.0)
    cold = np.where(np.isfinite(told), told, MILD)
    hinges = np.maximum(BASES[:, None] - cold, 0.0)
    weight = known.astype(np.float64)
    small = _SHARE * used.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    small = np.where(small > 0, small, 1.0)
    fitted = _best(used, np.maximum(MILD - cold, 0.0), hinges, weight / small**2)
    for _ in range(_ROUNDS):
        expected = _told(fitted, cold[:, None])
        relative = (used - expected) / (expected + small)
        scatter = np.maximum(NORMAL * middle(np.where(known, np.abs(relative), np.nan)), _LEAST_SCATTER)
        reach = np.clip(np.abs(relative) / (_BISQUARE * scatter), 0.0, 1.0)
        weight = known * np.where(np.isfinite(reach), (1 - reach**2) ** 2, 0.0) / (expected + small) ** 2
        fitted = _best(used, np.maximum(MILD - cold, 0.0), hinges, weight)
    return np.where(known.any(axis=0), fitted, np.nan)


def _best(used: Numbers, mild: Numbers, hinges: Numbers, weight: Numbers) -> Numbers:
    """Weighted least squares with each base temperature and each set of terms; the best that is nowhere negative."""
    total = np.maximum(weight.sum(axis=0), _TINY)
    weighted = weight * used
    mean, mean_mild, mean_heat = weighted.sum(axis=0) / total, mild @ weight / total, hinges @ weight / total
    of_mild = mild**2 @ weight / total - mean_mild**2
    of_heat = hinges**2 @ weight / total - mean_heat**2
    of_both = (hinges * mild) @ weight / total - mean_heat * mean_mild
    mild_used = mild @ weighted / total - mean * mean_mild
    heat_used = hinges @ weighted / total - mean * mean_heat
    nothing = np.zeros_like(of_heat)
    spread = of_mild * of_heat - of_both**2
    terms = [
        (nothing, nothing),
        (np.broadcast_to(_over(mild_used, of_mild), nothing.shape), nothing),
        (nothing, _over(heat_used, of_heat)),
        (
            _over(mild_used * of_heat - heat_used * of_both, spread),
            _over(heat_used * of_mild - mild_used * of_both, spread),
        ),
    ]
    slopes = np.stack([np.stack(pair) for pair in terms])  # (sets, mild and heating, bases, instruments)
    constant = mean - slopes[:, 0] * mean_mild - slopes[:, 1] * mean_heat
    gain = slopes[:, 0] * mild_used + slopes[:, 1] * heat_used
    allowed = (slopes >= 0).all(axis=1) & (constant >= 0)
    best = np.where(allowed, gain, -np.inf).reshape(-1, used.shape[1]).argmax(axis=0)
    chosen, base = np.divmod(best, len(BASES))
    columns = np.arange(used.shape[1])
    return np.stack(
        [
            constant[chosen, base, columns],
            slopes[chosen, 0, base, columns],
            slopes[chosen, 1, base, columns],
            BASES[base],
        ]
    )


def _over(part: Numbers, whole: Numbers) -> Numbers:
    """Quotient, zero where the whole is nothing."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > _TINY)
