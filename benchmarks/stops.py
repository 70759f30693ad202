"""How soon a register that stops is told, in recorded data, beside how long each instrument stands still honestly."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

import numpy as np

from anomaly.detectors.stopped_register import StoppedRegister
from anomaly.evidence import Evidence
from anomaly.policy import Policy
from anomaly.standstill import standstills
from benchmarks import intervals
from benchmarks.injection import inject
from benchmarks.listening import listen
from benchmarks.recorded import Recording
from metrology.civil import DAY, local_day

SEEDS = (9201, 9202, 9203)
"""Which instruments stop, and when; nothing was developed on them."""
RECORDED = ("water_daiad", "electricity_london daily", "electricity_sgsc")
"""Recordings whose meters stand for supply points, long enough to inject into."""
WITHIN = timedelta(days=120)
_COMMON = 0.95
_TIMES = 3


@dataclass(frozen=True)
class Stops:
    """What became of registers that were stopped.

    Parameters
    ----------
    asked
        Stops put in.
    delays, usual
        Of those told within :data:`WITHIN` the delay, and the usual idle time of the instrument [d].
    exact
        Onsets told to the day.
    """

    asked: int
    delays: list[int]
    usual: list[int]
    exact: int

    @property
    def in_time(self) -> int:
        """Stops told within three times the usual idle time."""
        return sum(delay <= _TIMES * usual for delay, usual in zip(self.delays, self.usual, strict=True))


def honest(whole: Evidence) -> tuple[int, int]:
    """Standstills of the untouched recording, and days on which a register moved."""
    panel = next(iter(whole.days.values()))
    runs = standstills(panel, whole.period, panel.days)
    return int((runs.length > 0).sum()), int(((panel.readings > 0) & ~panel.still).sum())


def usual_idle(whole: Evidence) -> list[int]:
    """Usual idle time of each instrument [d].

    The longest standstill that it honestly shows in the recording, and no less than what 95 % of all standstills of the
    recording do not exceed, or a day: that is as fine as this judge looks.
    """
    panel = next(iter(whole.days.values()))
    runs = standstills(panel, whole.period, panel.days)
    common = max(1, int(np.quantile(runs.length[runs.length > 0], _COMMON))) if (runs.length > 0).any() else 1
    longest = np.full(len(whole.fleet), common, dtype=np.int64)
    np.maximum.at(longest, runs.owner, runs.length)
    return [int(days) for days in longest]


def stop(judge: StoppedRegister, whole: Evidence, zone: str) -> Stops:
    """Stop a random half of the fleet, for each seed, and see what the detector says.

    A register that stood still on the day before has stopped already and is left out.
    """
    usual_of = usual_idle(whole)
    panel = next(iter(whole.days.values()))
    asked, delays, usual, exact = 0, [], [], 0
    for seed in SEEDS:
        stopped = inject(whole, 0.0, seed)
        findings = listen(judge, stopped.evidence).findings
        for number, begin in stopped.begins.items():
            if panel.still[(begin - panel.first) // DAY - 1, number - 1]:
                continue
            asked += 1
            mine = [finding for finding in findings if finding.instrument == number]
            exact += any(local_day(finding.onset, zone) == begin for finding in mine)
            noticed = sorted(local_day(finding.noticed_at, zone) for finding in mine)
            for day in [day for day in noticed if begin <= day < begin + WITHIN][:1]:
                delays.append((day - begin) // DAY + 1)
                usual.append(usual_of[number - 1])
    return Stops(asked, delays, usual, exact)


def section(wholes: dict[Recording, Evidence], policy: Policy) -> Iterator[str]:
    """Table of recordings, as Markdown lines."""
    yield "### Recorded data with registers that stop"
    yield ""
    yield f"A random half of the fleet stops on a random day (seeds {SEEDS}), but for those that stood still already on"
    yield "the day before. Usual idle time: the longest standstill that the instrument honestly shows in the whole"
    yield "recording, and no less than what 95 % of the recording's standstills do not exceed, or a day."
    yield f"Found: told within {WITHIN.days} days."
    yield ""
    yield (
        "| Recording | Honest standstills in days moved | Stopped | Found | Within 3 times the usual idle time | 95 % "
        "| Median delay [d] | Longest [d] | Median usual idle time [d] | Onset exact |"
    )
    yield "|---|--:|--:|--:|--:|---|--:|--:|--:|--:|"
    for recording, whole in wholes.items():
        if recording.name not in RECORDED:
            continue
        judge = next(judge for judge in policy.judges(recording.kind) if isinstance(judge, StoppedRegister))
        stops = stop(judge, whole, recording.zone)
        low, high = intervals.share(stops.in_time, stops.asked)
        still, moved = honest(whole)
        yield (
            f"| {recording.name} | {still} in {moved:,} | {stops.asked} | {len(stops.delays)} | {stops.in_time} "
            f"| {low:.0%}–{high:.0%} "
            f"| {median(stops.delays):.0f} | {max(stops.delays)} | {median(stops.usual):.0f} | {stops.exact} |"
        )
