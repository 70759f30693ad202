"""Setting the statistical findings of whole months against chance, after the blocks: the fleet is one.

What comes out is a function of the findings and of whom the judges were asked about, and of nothing else: several
watches judge blocks in any order, one of them at a time takes this step, and it is taken again whenever a finding of
the month, or the number of those asked, has changed.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from anomaly.multiplicity import MONTHS_PER_1000_YEARS, shares_of_chance, strength
from anomaly.policy import Policy
from metrology.civil import local_day
from store import chance, evidence
from store.chance import Reckoned
from store.connection import Connection
from store.findings import Recorded

PATIENCE = timedelta(minutes=10)
"""Longest that blocks still due are waited for."""


@dataclass
class Weighed:
    """What a step did."""

    months: list[Reckoned] = field(default_factory=list)
    recorded: Recorded = field(default_factory=Recorded)


def reckon_once(
    connection: Connection, policy: Policy, *, now: datetime, patience: timedelta = PATIENCE
) -> Weighed | None:
    """Set the months due against chance; None where none is, another watch does, or the policy has no budget."""
    if policy.budget is None:
        return None
    with connection.transaction():
        zones = evidence.zones(connection)
        if not zones or not chance.lock(connection):
            return None
        today = min(local_day(now, zone) for zone in zones)
        months, marks = chance.due(connection, today=today, patience=patience)
        if not marks:
            return None
        weighed = Weighed()
        for month in months:
            reckoned, recorded = _reckon(connection, policy, month, policy.budget.by_chance_at_most)
            weighed.months.append(reckoned)
            weighed.recorded += recorded
        chance.clear(connection, marks)
    return weighed


def _reckon(connection: Connection, policy: Policy, month: date, at_most: float) -> tuple[Reckoned, Recorded]:
    allotted = policy.allotted
    judges = sorted({name for rates in allotted.values() for name in rates})
    asked = chance.questions(connection, month, judges)
    expected = sum(count * allotted.get(kind, {}).get(judge, 0.0) for judge, kind, count in asked)
    answers = chance.answers(connection, month, judges)
    strengths = strength(
        np.array([answer.p_value for answer in answers], dtype=np.float64),
        np.array([allotted.get(answer.kind, {}).get(answer.judge, 0.0) for answer in answers], dtype=np.float64),
        np.array([answer.kind in policy.beyond_budget for answer in answers], dtype=np.bool_),
    )
    # One question has one answer, the strongest: several findings on it count once.
    keys = [(answer.judge, answer.instrument) for answer in answers]
    best: dict[tuple[str, int], float] = {}
    for key, value in zip(keys, strengths.tolist(), strict=True):
        best[key] = max(value, best.get(key, 0.0))
    shares = dict(
        zip(
            best,
            shares_of_chance(np.array(list(best.values())), expected / MONTHS_PER_1000_YEARS).tolist(),
            strict=True,
        )
    )
    rows = [
        (answer.id, shares[key], value > 0 and shares[key] <= at_most)
        for answer, key, value in zip(answers, keys, strengths.tolist(), strict=True)
    ]
    standing_out = len({key for key, (_, _, out) in zip(keys, rows, strict=True) if out})
    reckoned = Reckoned(month, sum(count for *_, count in asked), len(best), standing_out, at_most)
    return reckoned, chance.record(connection, reckoned, rows)
