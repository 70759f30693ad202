"""Truth beside the data: what was tampered with, and which homes honestly stood empty."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import numpy as np

from simulators.city import City
from simulators.civil_day import midnight
from simulators.demand import ABSENCE_PERIOD, absence
from simulators.instrument import Instrument
from simulators.tampering import Tampering


class Truth(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the truth file.

    Parameters
    ----------
    mode
        Tampering mode, or `vacancy` for an honest confounder.
    onset, until
        First instant concerned, and the first one after it (null while it lasts), RFC 3339.
    size, unit
        In the mode's own unit.
    tampering
        False for an honest confounder; a scorecard counts a finding on it as a false alarm.
    """

    instrument: str
    source: str
    kind: str
    mode: str
    onset: str
    until: str | None
    size: float
    unit: str
    tampering: bool
    detail: dict[str, object] = {}


def truths(city: City, until: date) -> Iterator[Truth]:
    """Everything true of the days from the city's epoch up to `until`; what begins later is left out.

    So is what only transactions could show and ended with the daily history, of which none are published.
    """
    city.foresee(until)
    for item in city.tamperings:
        if item.onset < midnight(until + timedelta(days=1)) and not _unpublished(city, item):
            yield Truth(
                instrument=item.instrument.serial,
                source=item.instrument.source,
                kind=item.instrument.kind,
                mode=item.mode.name,
                onset=item.onset.isoformat(),
                until=item.until.isoformat() if item.until else None,
                size=item.size,
                unit=item.unit,
                tampering=True,
                detail=dict(item.detail),
            )
    homes = (
        ("water", city.water.instruments[: city.water.members]),
        ("electricity", city.electricity.instruments[: city.electricity.members]),
        ("gas", city.gas.instruments[: city.gas.households]),
    )
    for purpose, instruments in homes:
        yield from _vacancies(city, purpose, instruments, until)


def _unpublished(city: City, item: Tampering) -> bool:
    """Whether nothing of a tampering is ever sent."""
    ended = item.until is not None and item.until <= midnight(city.plan.hourly_from)
    return item.mode.on_transactions and ended


def _vacancies(city: City, purpose: str, homes: tuple[Instrument, ...], until: date) -> Iterator[Truth]:
    """Homes that stand empty for some days, as the demand of their fleet has them."""
    epoch = city.plan.epoch.toordinal()
    for period in range(epoch // ABSENCE_PERIOD - 1, until.toordinal() // ABSENCE_PERIOD + 1):
        drawn = absence(city.plan.seed, purpose, period, len(homes))
        chosen = drawn.away & (drawn.last >= epoch) & (drawn.first <= until.toordinal())
        for index in np.flatnonzero(chosen).tolist():
            first, last = date.fromordinal(int(drawn.first[index])), date.fromordinal(int(drawn.last[index]))
            yield Truth(
                instrument=homes[index].serial,
                source=homes[index].source,
                kind=homes[index].kind,
                mode="vacancy",
                onset=midnight(first).isoformat(),
                until=midnight(last + timedelta(days=1)).isoformat(),
                size=float((last - first).days + 1),
                unit="d",
                tampering=False,
            )


def write_truth(path: Path, lines: Iterable[Truth]) -> int:
    """Write one JSON object a line in place of what the file held; return how many."""
    encoded = [msgspec.json.encode(line) + b"\n" for line in lines]
    path.write_bytes(b"".join(encoded))
    return len(encoded)
