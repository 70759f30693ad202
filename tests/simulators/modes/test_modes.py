"""Each mode changes what it says, where and when its truth line says, and nothing else."""

from datetime import date, timedelta

import numpy as np
import pytest

from metrology.kinds import kind_called
from simulators.civil_day import HOUR_SECONDS, midnight
from simulators.day_book import Counts, DayBook, Mask
from simulators.modes import MODES
from simulators.tampering import Mode, Tampering
from simulators.truth import truths
from tests.simulators.world import DAYS, EPOCH, Walk

END = midnight(EPOCH + timedelta(days=DAYS))


def of_mode(walk: Walk, name: str) -> list[Tampering]:
    """Tamperings of one mode that began during the walk."""
    chosen = [item for item in walk.city.tamperings if item.mode.name == name and item.onset < END]
    assert chosen
    return chosen


def indicated(walk: Walk, item: Tampering) -> Counts:
    """Growth of its principal register in each hour of the walk."""
    kind = kind_called(item.instrument.kind)
    return np.diff(walk.register(item.instrument.serial, kind.principal_register))


def inside(item: Tampering) -> Mask:
    """Hours of the walk that lie in the tampering."""
    first = int((item.onset - midnight(EPOCH)).total_seconds()) // HOUR_SECONDS
    last = DAYS * 24
    if item.until is not None:
        last = min(last, int((item.until - midnight(EPOCH)).total_seconds()) // HOUR_SECONDS)
    hours = np.arange(DAYS * 24)
    result: Mask = (hours >= first) & (hours < last)
    return result


def test_a_register_is_set_back_once_by_the_size(tampered: Walk, honest: Walk) -> None:
    for item in of_mode(tampered, "register_set_back"):
        decimals = (
            kind_called(item.instrument.kind).register(kind_called(item.instrument.kind).principal_register).decimals
        )
        grown = indicated(tampered, item)
        assert ((grown < 0) == inside(item)).all()
        assert inside(item).sum() == 1
        lowered = tampered_minus_honest(tampered, honest, item)[-1]
        assert lowered == pytest.approx(-item.size * 10**decimals, abs=1)


def test_a_stopped_register_stands_still_while_the_flow_goes_on(tampered: Walk) -> None:
    for item in of_mode(tampered, "stopped_register"):
        grown, flowed = indicated(tampered, item), tampered.true_flow(item.instrument.serial)
        assert (grown[inside(item)] == 0).all()
        assert flowed[inside(item)].sum() > 0 or item.instrument.kind == "gas_meter"
        assert grown[~inside(item)].sum() == pytest.approx(flowed[~inside(item)].sum(), abs=2)


def test_a_level_shift_hides_its_share_from_a_midnight_on(tampered: Walk) -> None:
    for item in of_mode(tampered, "level_shift"):
        grown, flowed = indicated(tampered, item), tampered.true_flow(item.instrument.serial)
        assert -80 <= item.size <= -40
        assert grown[inside(item)].sum() == pytest.approx(flowed[inside(item)].sum() * (1 + item.size / 100), abs=2)
        assert grown[~inside(item)].sum() == pytest.approx(flowed[~inside(item)].sum(), abs=2)


def test_silence_withholds_more_than_a_day_of_readings(tampered: Walk) -> None:
    for item in of_mode(tampered, "silence"):
        present = np.concatenate([_present(books_of_day, item.instrument.serial) for books_of_day in tampered.books])
        silent = ~present[1:]
        assert (silent == inside(item)).all()
        assert silent.sum() > 24
        assert indicated(tampered, item).sum() == pytest.approx(tampered.true_flow(item.instrument.serial).sum(), abs=2)


def test_an_over_charging_nozzle_asks_too_much_now_and_then(tampered: Walk, honest: Walk) -> None:
    nozzles = [nozzle.serial for nozzle in tampered.city.fuel.stations.nozzles]
    concerned = {item.instrument.serial: item for item in of_mode(tampered, "amount_over_charged")}
    raised = dict.fromkeys(concerned, 0)
    fills = dict.fromkeys(concerned, 0)
    for (day, bills), (_, fair) in zip(tampered.bills("fuel_dispenser"), honest.bills("fuel_dispenser"), strict=True):
        assert bills.amount is not None
        assert fair.amount is not None
        excess = bills.amount - fair.amount
        for row, member in enumerate(bills.member.tolist()):
            item = concerned.get(nozzles[member])
            at = midnight(day) + timedelta(seconds=int(bills.ended[row]))
            if item is None or at < item.onset or (item.until is not None and at >= item.until):
                assert excess[row] == 0
                continue
            fills[nozzles[member]] += 1
            if excess[row]:
                assert excess[row] >= 2
                assert excess[row] == pytest.approx(fair.amount[row] * item.size / 100, abs=2)
                raised[nozzles[member]] += 1
    for serial, item in concerned.items():
        share = item.detail["share_of_transactions"]
        assert isinstance(share, float)
        if fills[serial] >= 200:
            assert 0.3 * share * fills[serial] < raised[serial] < 2.5 * share * fills[serial]
    assert max(fills.values()) >= 200


def test_tampering_changes_nobody_else(tampered: Walk, honest: Walk) -> None:
    concerned = {item.instrument.serial for item in tampered.city.tamperings}
    for (_, books), (_, fair) in zip(tampered.books, honest.books, strict=True):
        for book, other in zip(books, fair, strict=True):
            for sheet, clean in zip(book.sheets, other.sheets, strict=True):
                spared = [place for place, item in enumerate(sheet.instruments) if item.serial not in concerned]
                for column, same in zip(sheet.columns, clean.columns, strict=True):
                    assert (column.counts[:, spared] == same.counts[:, spared]).all()


def test_every_tampering_has_its_line_of_truth_and_bulk_meters_none(tampered: Walk) -> None:
    lines = [line for line in truths(tampered.city, EPOCH + timedelta(days=DAYS - 1)) if line.tampering]
    told = {(line.instrument, line.source, line.mode, line.onset, line.until, line.size, line.unit) for line in lines}
    assert told == {
        (
            item.instrument.serial,
            item.instrument.source,
            item.mode.name,
            item.onset.isoformat(),
            item.until.isoformat() if item.until else None,
            item.size,
            item.unit,
        )
        for item in tampered.city.tamperings
        if item.onset < END
    }
    assert not any("BULK" in line.instrument or "MASTER" in line.instrument for line in lines)


def test_no_instrument_carries_two_tamperings_at_a_time(tampered: Walk) -> None:
    for item in tampered.city.tamperings:
        for other in tampered.city.tamperings:
            if other is not item and other.instrument == item.instrument:
                assert (item.until is not None and item.until <= other.onset) or (
                    other.until is not None and other.until <= item.onset
                )


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_every_mode_in_the_folder_is_played_and_speaks_of_declared_kinds(tampered: Walk, mode: Mode) -> None:
    played = {item.instrument.kind for item in of_mode(tampered, mode.name)}
    assert played == mode.kinds
    assert all(mode.unit(kind) for kind in mode.kinds)


def tampered_minus_honest(tampered: Walk, honest: Walk, item: Tampering) -> Counts:
    """How far the register departs from the same city's without tampering."""
    name = kind_called(item.instrument.kind).principal_register
    return tampered.register(item.instrument.serial, name) - honest.register(item.instrument.serial, name)


def _present(day: tuple[date, list[DayBook]], serial: str) -> Mask:
    _, books = day
    for book in books:
        for sheet in book.sheets:
            for place, instrument in enumerate(sheet.instruments):
                if instrument.serial == serial:
                    if sheet.present is None:
                        return np.ones(sheet.seconds.size, bool)
                    shown: Mask = sheet.present[:, place]
                    return shown
    raise LookupError(serial)
