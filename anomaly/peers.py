"""Who may be compared with whom: instruments of one kind in one region, under one weather and one calendar."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from anomaly.evidence import DayPanel, Evidence, Fleet


def by_region(evidence: Evidence) -> list[Evidence]:
    """Evidence on days, one part for each region; the whole where all instruments stand in one.

    Examples
    --------
    >>> from anomaly import specimen
    >>> evidence = specimen.days("water_meter", np.ones((30, 2)))
    >>> apart = replace(evidence, fleet=replace(evidence.fleet, regions=("330106", "330108")))
    >>> [len(part.fleet) for part in by_region(apart)]
    [1, 1]
    """
    regions = np.array(evidence.fleet.regions)
    names = np.unique(regions)
    if len(names) <= 1:
        return [evidence]
    return [_part(evidence, np.flatnonzero(regions == name)) for name in names]


def _part(evidence: Evidence, chosen: NDArray[np.int64]) -> Evidence:
    days = {name: _columns(panel, chosen) for name, panel in evidence.days.items()}
    return Evidence(_members(evidence.fleet, chosen), evidence.period, {}, days, None, weather=evidence.weather)


def _columns(panel: DayPanel, chosen: NDArray[np.int64]) -> DayPanel:
    return replace(
        panel,
        starts=np.ascontiguousarray(panel.starts[:, chosen]),
        consumption=np.ascontiguousarray(panel.consumption[:, chosen]),
        readings=np.ascontiguousarray(panel.readings[:, chosen]),
        still=np.ascontiguousarray(panel.still[:, chosen]),
        hourly=None if panel.hourly is None else np.ascontiguousarray(panel.hourly[:, :, chosen]),
    )


def _members(fleet: Fleet, chosen: NDArray[np.int64]) -> Fleet:
    def pick(recorded: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(recorded[index] for index in chosen)

    return replace(
        fleet,
        ids=fleet.ids[chosen],
        serials=pick(fleet.serials),
        sizes=tuple(fleet.sizes[index] for index in chosen),
        accuracy_classes=tuple(fleet.accuracy_classes[index] for index in chosen),
        zones=pick(fleet.zones),
        regions=pick(fleet.regions),
    )
