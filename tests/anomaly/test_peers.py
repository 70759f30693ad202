from dataclasses import replace

import numpy as np

from anomaly import specimen
from anomaly.evidence import Evidence
from anomaly.peers import by_region


def two_regions() -> Evidence:
    whole = specimen.days("water_meter", np.arange(40.0).reshape(10, 4))
    return replace(whole, fleet=replace(whole.fleet, regions=("a", "b", "a", "b")))


def test_each_region_sees_its_own_instruments_and_their_days() -> None:
    first, second = by_region(two_regions())
    assert first.fleet.ids.tolist() == [1, 3]
    assert second.fleet.serials == ("S-000002", "S-000004")
    (panel,) = second.days.values()
    assert panel.consumption[0].tolist() == [1.0, 3.0]
    assert panel.starts.shape == (11, 2)
    assert panel.consumption.flags.c_contiguous


def test_one_region_is_the_whole() -> None:
    whole = specimen.days("water_meter", np.ones((10, 3)))
    assert by_region(whole) == [whole]
    assert len(by_region(replace(whole, fleet=replace(whole.fleet, regions=("a", "a", "a"))))) == 1


def test_each_region_sees_the_hours_of_its_own() -> None:
    whole = specimen.hours(two_regions())
    of_all = whole.days["volume"].hourly
    of_second = by_region(whole)[1].days["volume"].hourly
    assert of_all is not None
    assert of_second is not None
    assert of_second.tolist() == of_all[:, :, [1, 3]].tolist()
    assert of_second.flags.c_contiguous
