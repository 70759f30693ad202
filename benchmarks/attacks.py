"""Synthetic thefts of the literature, on the slots of a register: hours, half-hours or days.

Every attack takes the honest slots x of one instrument from the day on which it begins, shape (days, slots of a
day), and returns what the meter tells instead; unknown slots stay unknown. Where a formula speaks of the slots of a day
(their mean, their reverse, an interval), a stretch of single days is taken as one long day. Attacks of a tariff (x̄,
reversed, shaved) take no energy: nobody can see them in a total.

References
----------
h1–h6: Jokar et al., IEEE Trans. Smart Grid 7 (2016) 216. t1–t6: Punmiya & Choe, IEEE Trans. Smart Grid 10 (2019) 2326.
f1–f6: Qi et al. 2022 (FDI1–6). a1–a7: Altamimi et al. 2023, what it adds.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Slots = NDArray[np.float64]
Attack = Callable[[Slots, Slots, np.random.Generator], Slots]
"""Honest slots, those of a lesser consumer on the same days, chance; returns what is told."""

_HOURS = 24
_LEAST_OFF = 4
"""Shortest interval that a meter is held at zero [h]."""
_MONTH, _WEEK = 30, 7


def _mean(slots: Slots) -> Slots:
    """Mean of the day in each of its slots."""
    known = np.isfinite(slots)
    total = np.where(known, slots, 0.0).sum(axis=1, keepdims=True)
    return np.where(known, total / np.maximum(known.sum(axis=1, keepdims=True), 1), np.nan)


def _days(attack: Callable[[Slots, np.random.Generator], Slots]) -> Attack:
    """An attack on days of slots; single days are taken as one long day."""

    def on(slots: Slots, _lesser: Slots, chance: np.random.Generator) -> Slots:
        if slots.shape[1] == 1:
            return attack(slots.T, chance).T
        return attack(slots, chance)

    return on


def _share(low: float, high: float) -> Attack:
    return _days(lambda slots, chance: slots * chance.uniform(low, high))


def _shares(low: float, high: float) -> Attack:
    return _days(lambda slots, chance: slots * chance.uniform(low, high, slots.shape))


def _shares_of_mean(low: float, high: float) -> Attack:
    return _days(lambda slots, chance: _mean(slots) * chance.uniform(low, high, slots.shape))


def _off(slots: Slots, chance: np.random.Generator) -> Slots:
    """Zero on one interval of every day, at least four hours long."""
    count = slots.shape[1]
    least = max(count * _LEAST_OFF // _HOURS, 1)
    length = chance.integers(least, count + 1, len(slots))
    begin = chance.integers(0, count - length + 1)
    at = np.arange(count)
    inside = (at >= begin[:, None]) & (at < (begin + length)[:, None])
    return np.where(inside & np.isfinite(slots), 0.0, slots)


def _off_and_on(slots: Slots, chance: np.random.Generator) -> Slots:
    return slots * chance.integers(0, 2, slots.shape)


def _level(slots: Slots, _chance: np.random.Generator) -> Slots:
    return _mean(slots)


def _reversed(slots: Slots, _chance: np.random.Generator) -> Slots:
    return slots[:, ::-1].copy()


def _half_of_the_days(attack: Attack) -> Attack:
    """An attack on a random half of every thirty days."""

    def on(slots: Slots, lesser: Slots, chance: np.random.Generator) -> Slots:
        told, attacked = slots.copy(), attack(slots, lesser, chance)
        for begin in range(0, len(slots), _MONTH):
            days = np.arange(begin, min(begin + _MONTH, len(slots)))
            chosen = chance.choice(days, len(days) // 2, replace=False)
            told[chosen] = attacked[chosen]
        return told

    return on


def _share_of_each_day(slots: Slots, _lesser: Slots, chance: np.random.Generator) -> Slots:
    return slots * chance.uniform(0.2, 0.8, (len(slots), 1))


def _bound(slots: Slots, chance: np.random.Generator) -> float:
    known = slots[np.isfinite(slots)]
    return float(chance.uniform(0.0, known.max())) if len(known) else 0.0


def _capped(slots: Slots, _lesser: Slots, chance: np.random.Generator) -> Slots:
    return np.asarray(np.minimum(slots, _bound(slots, chance)))


def _lowered(slots: Slots, _lesser: Slots, chance: np.random.Generator) -> Slots:
    return np.asarray(np.maximum(slots - _bound(slots, chance), 0.0))


def _nothing(slots: Slots, _lesser: Slots, _chance: np.random.Generator) -> Slots:
    return slots * 0.0


def _nothing_for_a_week(slots: Slots, _lesser: Slots, chance: np.random.Generator) -> Slots:
    begin = int(chance.integers(0, max(len(slots) - _WEEK, 0) + 1))
    told = slots.copy()
    told[begin : begin + _WEEK] *= 0.0
    return told


def _share_for_a_time(slots: Slots, _lesser: Slots, chance: np.random.Generator) -> Slots:
    told = slots.copy()
    told[: int(chance.integers(2 * _WEEK, 13 * _WEEK))] *= chance.uniform(0.1, 0.8)
    return told


def _ever_less(slots: Slots, _lesser: Slots, chance: np.random.Generator) -> Slots:
    """Share taken grows by 5–10 % a week up to 30–100 %."""
    step, most = chance.uniform(0.05, 0.1), chance.uniform(0.3, 1.0)
    taken = np.minimum(step * (np.arange(len(slots)) // _WEEK + 1), most)
    return np.asarray(slots * (1.0 - taken[:, None]))


def _shaved(slots: Slots, chance: np.random.Generator) -> Slots:
    """Peaks of the day above a bound spread evenly over the rest of it: the total stays."""
    known = np.isfinite(slots)
    mean = _mean(slots)
    peak = np.where(known, slots, 0.0).max(axis=1, keepdims=True)
    bound = mean + chance.uniform(0.2, 0.6) * np.maximum(peak - mean, 0.0)
    kept = np.minimum(slots, bound)
    room = np.where(known, bound - kept, 0.0)
    over = np.where(known, slots - kept, 0.0).sum(axis=1, keepdims=True)
    return np.asarray(kept + room * over / np.maximum(room.sum(axis=1, keepdims=True), 1e-12))


def _swapped(slots: Slots, lesser: Slots, _chance: np.random.Generator) -> Slots:
    """The slots of a consumer who uses at most 40 %; scaled to that where nobody uses so little."""
    known = np.isfinite(slots) & np.isfinite(lesser)
    own, other = float(slots[known].sum()), float(lesser[known].sum())
    share = min(1.0, 0.4 * own / other) if other > 0 else 0.0
    return np.where(known, lesser * share, slots * 0.4)


def _nothing_now_and_then(slots: Slots, _lesser: Slots, chance: np.random.Generator) -> Slots:
    """Stretches of one to seven days at zero, between others as long."""
    told, row, off = slots.copy(), 0, bool(chance.integers(0, 2))
    while row < len(slots):
        length = int(chance.integers(1, _WEEK + 1))
        if off:
            told[row : row + length] *= 0.0
        row, off = row + length, not off
    return told


ATTACKS: dict[str, Attack] = {
    "h1": _share(0.1, 0.8),
    "h2": _days(_off),
    "h3": _shares(0.1, 0.8),
    "h4": _shares_of_mean(0.1, 0.8),
    "h5": _days(_level),
    "h6": _days(_reversed),
    "t1": _share(0.1, 0.9),
    "t2": _shares(0.1, 1.0),
    "t3": _days(_off_and_on),
    "t4": _shares_of_mean(0.1, 1.0),
    "t5": _days(_level),
    "t6": _days(_reversed),
    "f1": _half_of_the_days(_share_of_each_day),
    "f2": _half_of_the_days(_capped),
    "f3": _half_of_the_days(_lowered),
    "f4": _half_of_the_days(_days(_off)),
    "f5": _half_of_the_days(_shares(0.2, 0.8)),
    "f6": _half_of_the_days(_shares_of_mean(0.2, 0.8)),
    "a1": _nothing,
    "a2": _nothing_for_a_week,
    "a3": _share_for_a_time,
    "a4": _ever_less,
    "a5": _days(_shaved),
    "a6": _swapped,
    "a7": _nothing_now_and_then,
}
"""Every attack by the name of detection.md part 2."""

TARIFF_ONLY = frozenset({"h5", "h6", "t5", "t6", "a5"})
"""Attacks that take no energy."""
