"""What is told of an instrument that registers on another scale: since when, by how much, and how sure that is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anomaly import telling
from anomaly.evidence import DayPanel, Evidence, to_instant
from anomaly.scale_watch import Crossing, onset
from metrology.finding import Finding, Magnitude
from metrology.wording import Wording

Numbers = NDArray[np.float64]

_FEWEST_DAYS = 7
"""Known days below which a mean after the onset says too little: then the whole test stretch speaks."""


@dataclass(frozen=True)
class Account:
    """One crossing in days and quantities.

    Parameters
    ----------
    onset, earliest, latest
        Rows of the panel.
    before, after
        Known days on either side, what the fleet did taken off [unit/d].
    ratio, uncertainty
        Mean after over mean before, and its expanded uncertainty (k = 2) [1].
    """

    onset: int
    earliest: int
    latest: int
    before: Numbers
    after: Numbers
    ratio: float
    uncertainty: float


def account(crossing: Crossing, panel: DayPanel) -> Account:
    """Date and size of a crossing."""
    owner, begin, baseline = crossing.owner, crossing.begin, crossing.test - crossing.begin
    residual = crossing.seen.residual[:, owner].astype(np.float64)
    row, earliest, latest = onset(residual, float(crossing.seen.change[0, owner]), baseline)
    plain = panel.consumption[begin : crossing.end, owner] / crossing.seen.common[:, owner]
    plain = np.where(np.isfinite(residual), plain, np.nan)
    before, after = _known(plain[: min(row, baseline)]), _known(plain[row:])
    if len(before) < _FEWEST_DAYS:
        before = _known(plain[:baseline])
    if len(after) < _FEWEST_DAYS:
        after = _known(plain[baseline:])
    ratio, uncertainty = _ratio(before, after, _lag_one(residual[:baseline]))
    return Account(begin + row, begin + earliest, begin + latest, before, after, ratio, uncertainty)


def finding(
    crossing: Crossing, told: Account, panel: DayPanel, evidence: Evidence, statement: Wording, chance: float
) -> Finding:
    """Finding of a crossing; the statement may name what the account holds, and the parts' changes beside it."""
    fleet, register, owner = evidence.fleet, panel.register, crossing.owner
    zone, compared = fleet.zones[owner], crossing.compared
    # The change is told at the fleet's usual day: what the peers did meanwhile is taken off both means.
    usual, days = float(told.before.mean()), crossing.end - told.onset
    change = usual * (told.ratio - 1) * days
    percent = 100 * (told.ratio - 1)
    starts = panel.starts[:, owner]
    parts = [100 * float(np.expm1(part)) for part in crossing.seen.change[:, owner]]
    names = ("total", "smallest_hour", "usual_hour", "largest_hour")
    known = {name: part for name, part in zip(names, parts, strict=False) if np.isfinite(part)}
    return Finding(
        instrument=int(fleet.ids[owner]),
        onset=to_instant(int(starts[told.onset])),
        onset_earliest=to_instant(int(starts[told.earliest])),
        onset_latest=to_instant(int(starts[told.latest])),
        until=None,
        noticed_at=to_instant(panel.last_second(crossing.end - 1, owner)),
        statement=statement.fill(
            onset=telling.day(int(starts[told.onset]), zone),
            compared_zh="相对同类器具" if compared else "相对自身历史",
            compared_en="against its peers" if compared else "against its own history",
            fell_zh="下降" if told.ratio < 1 else "上升",
            fell_en="fell" if told.ratio < 1 else "rose",
            percent=telling.figures(abs(percent), 2),
            uncertain=telling.figures(100 * told.uncertainty, 2),
            before=telling.figures(usual),
            after=telling.figures(usual * told.ratio),
            unit=telling.unit(register.unit),
            least=telling.figures(min(abs(part) for part in known.values()), 2),
            most=telling.figures(max(abs(part) for part in known.values()), 2),
        ),
        magnitude=Magnitude(
            value=change, unit=register.unit, uncertainty=usual * told.uncertainty * days, relative_percent=percent
        ),
        register=register.name,
        p_value=chance,
        loss=abs(change),
        evidence={
            "before_per_day": usual,
            "after_per_day": usual * told.ratio,
            "relative_percent": percent,
            "relative_uncertainty_percent": 100 * told.uncertainty,
            "unit": register.unit,
            "score_sigma": float(crossing.seen.score[crossing.side, owner]),
            "decision_sigma": crossing.decision,
            "change_percent": known,
            "baseline_from": telling.day(int(starts[crossing.begin]), zone),
            "baseline_to": telling.day(int(starts[crossing.test - 1]), zone),
            "test_to": telling.day(int(starts[crossing.end - 1]), zone),
            "baseline_days_known": int(crossing.seen.known[0, owner]),
            "test_days_known": int(crossing.seen.known[1, owner]),
            "days_since_onset_known": len(told.after),
            "peers": crossing.seen.peers,
        },
    )


def _known(values: Numbers) -> Numbers:
    return np.asarray(values[np.isfinite(values)])


def _ratio(before: Numbers, after: Numbers, correlation: float) -> tuple[float, float]:
    """Ratio of mean daily consumptions, after to before, and its expanded uncertainty (k = 2)."""
    inflation = (1 + correlation) / (1 - correlation)
    ratio = float(after.mean() / before.mean())
    relative = inflation * (before.var() / (len(before) * before.mean() ** 2))
    absolute = inflation * after.var() / (len(after) * before.mean() ** 2)
    return ratio, 2 * float(np.sqrt(ratio**2 * relative + absolute))


def _lag_one(residual: Numbers) -> float:
    known = _known(residual)
    power = float(np.sum(known**2))
    return min(max(float(np.sum(known[1:] * known[:-1])) / power, 0.0), 0.9) if power > 0 else 0.0
