"""Charges at the hubs: arrivals, charge curves, registers before and after, some across midnight."""

import dataclasses
from collections.abc import Sequence
from datetime import date

import numpy as np

from metrology.kinds import kind_called
from simulators.chance import generator
from simulators.civil_day import DAY_SECONDS, HOUR_SECONDS, is_rest_day, stamp
from simulators.day_book import Bills, Column, Counts, DayBook, Numbers, Sheet
from simulators.demand import bumps
from simulators.fleets import hubs, queue
from simulators.fleets.charge_curve import Charge
from simulators.fleets.meters import HOURS
from simulators.tampering import Subject, Tampering

CHARGER = kind_called("ev_charger")

_ARRIVALS = bumps((8.5, 2.0, 0.18), (12.5, 2.0, 0.25), (18.0, 2.5, 0.35), (22.5, 2.0, 0.22))
_PRICES = np.array([9_850, 14_320, 17_960])
"""Energy and service in valley, flat and peak hours [10⁻⁴ CNY/kWh]."""

_TARIFF = np.array([0] * 7 + [1] * 2 + [2] * 3 + [1] * 5 + [2] * 4 + [1] * 2 + [0])
"""Which price holds in each hour of the day."""

_STANDBY = 0.018
"""Taken from the grid by an idle connector's electronics [kW]."""


@dataclasses.dataclass(frozen=True)
class _Running:
    """Charges that were begun and not yet billed, one element each, by connector and time; seconds of this day."""

    member: Counts
    sequence: Counts
    started: Counts
    ended: Counts
    before: Counts
    quantity: Counts
    vehicle: Counts
    curve: Charge

    def part(self, chosen: Counts, shift: int = 0) -> "_Running":
        """Chosen ones, their times `shift` seconds earlier."""
        names = ("member", "sequence", "started", "ended", "before", "quantity", "vehicle")
        columns = {name: getattr(self, name)[chosen] for name in names}
        columns["started"], columns["ended"] = columns["started"] - shift, columns["ended"] - shift
        curve = Charge(**{item.name: getattr(self.curve, item.name)[chosen] for item in dataclasses.fields(Charge)})
        return _Running(**columns, curve=curve)

    def joined(self, others: "_Running") -> "_Running":
        """These and the others."""
        names = ("member", "sequence", "started", "ended", "before", "quantity", "vehicle")
        columns = {name: np.concatenate([getattr(self, name), getattr(others, name)]) for name in names}
        curve = {
            item.name: np.concatenate([getattr(self.curve, item.name), getattr(others.curve, item.name)])
            for item in dataclasses.fields(Charge)
        }
        return _Running(**columns, curve=Charge(**curve))

    def delivered(self, second: Numbers) -> Counts:
        """Delivered up to a second of the day, broadcast against the charges [10⁻⁴ kWh]."""
        energy = np.floor(1e4 * self.curve.energy((second - self.started) / HOUR_SECONDS)).astype(np.int64)
        return np.where(second >= self.ended, self.quantity, np.minimum(energy, self.quantity))


class ChargingFleet:
    """Connectors of all charging hubs."""

    def __init__(self, seed: int, count: int) -> None:
        self.seed = seed
        self.hubs = hubs.build(seed, count)
        self.vehicles = hubs.vehicles(seed, 400 * max(1, count))
        chance = generator(seed, "connectors")
        connectors = len(self.hubs.connectors)
        self._energy = chance.integers(10_000_000, 2_000_000_000, connectors)
        self._sequence = chance.integers(300, 20_000, connectors)
        self._supplied_before = np.floor(self._energy / 1e4 / self.hubs.efficiency * 1000)
        self._first_energy, self._idle_hours = self._energy.copy(), 0.0
        self._running = _none()
        self.instruments = self.hubs.connectors

    def subjects(self) -> list[Subject]:
        """Every connector."""
        return [Subject(connector, 25.0) for connector in self.hubs.connectors]

    def walk(self, day: date, tamperings: Sequence[Tampering], *, first: bool) -> list[DayBook]:
        """Book of the next day; a charge across midnight is billed on the day it ends."""
        del tamperings
        open_before = self._running
        new = self._new_charges(day, open_before)
        charges = open_before.joined(new)
        connectors = len(self.hubs.connectors)
        # Energy at midnight: what open charges had already delivered by then is part of it.
        delivered = charges.delivered(HOURS[:, None].astype(np.float64))
        energy = np.zeros((HOURS.size, connectors), np.int64)
        np.add.at(energy.T, charges.member, delivered.T)
        energy += self._energy
        hours = HOURS if first else HOURS[1:]
        registers = Column(CHARGER.register("active_energy_import"), energy[-hours.size :])
        direct = int(self.hubs.direct.sum())
        supply = self._supplied(np.arange(connectors), energy, HOURS[:, None] / HOUR_SECONDS)[-hours.size :]
        sheets = (
            Sheet(
                self.hubs.connectors[:direct],
                hours,
                (
                    Column(registers.register, registers.counts[:, :direct]),
                    Column(CHARGER.register("supply_energy_import"), supply[:, :direct]),
                ),
            ),
            Sheet(self.hubs.connectors[direct:], hours, (Column(registers.register, registers.counts[:, direct:]),)),
        )
        over = charges.ended <= DAY_SECONDS
        ended = charges.part(np.flatnonzero(over))
        bills = self._bills(day, ended, direct)
        np.add.at(self._energy, ended.member, ended.quantity)
        self._sequence = self._sequence + np.bincount(new.member, minlength=connectors)
        self._running = charges.part(np.flatnonzero(~over), DAY_SECONDS)
        self._idle_hours += 24.0
        return [DayBook(day, sheets, (bills,))]

    def _new_charges(self, day: date, running: _Running) -> _Running:
        """Charges that begin this day."""
        chance = generator(self.seed, "charges", day.toordinal())
        connectors = len(self.hubs.connectors)
        count = chance.poisson(self.hubs.visits * (1.12 if is_rest_day(day) else 0.96))
        member = np.repeat(np.arange(connectors), count)
        arrival = 3600.0 * (chance.choice(24, member.size, p=_ARRIVALS) + chance.random(member.size))
        arrival = arrival[np.lexsort((arrival, member))]
        vehicle = chance.integers(0, self.vehicles.capacity.size, member.size)
        start = 0.06 + 0.6 * chance.beta(2.2, 3.0, member.size)
        target = np.clip(start + 0.1 + chance.beta(3.0, 1.6, member.size) * (0.99 - start), None, 0.995)
        power = np.minimum(self.hubs.rated[member], self.vehicles.power[vehicle]) * chance.uniform(0.9, 1, member.size)
        curve = Charge(self.vehicles.capacity[vehicle], power, start, target)
        patience = chance.lognormal(np.log(np.where(self.hubs.direct[member], 0.9, 5.0)), 0.4)
        lasting = np.maximum(120.0, np.floor(3600 * np.minimum(curve.hours(), patience)))
        free_from = np.zeros(connectors)
        np.maximum.at(free_from, running.member, running.ended + 60.0)
        gap = chance.uniform(60, 600, member.size)
        begin = np.floor(queue.begin_of_service(member, arrival, lasting + gap, free_from))
        today = np.flatnonzero(begin < DAY_SECONDS - 120)
        quantity = np.floor(1e4 * curve.energy(lasting / HOUR_SECONDS)).astype(np.int64)
        begun = _Running(
            member, member, begin.astype(np.int64), (begin + lasting).astype(np.int64), member, quantity, vehicle, curve
        ).part(today)
        # Registers and counters stand on what the connector's open charge will have added by then.
        promised = self._energy.copy()
        np.add.at(promised, running.member, running.quantity)
        behind = promised[begun.member] + queue.running_total(begun.member, begun.quantity)
        sequence = self._sequence[begun.member] + queue.ordinal(begun.member)
        return dataclasses.replace(begun, sequence=sequence, before=behind - begun.quantity)

    def _supplied(self, connector: Counts, energy: Counts, hours: Numbers) -> Counts:
        """Supply register when the delivered one shows `energy`, so many hours after this day's midnight [Wh]."""
        delivered = (energy - self._first_energy[connector]) / 10  # Wh
        idle = 1000 * _STANDBY * (self._idle_hours + hours)
        supplied = self._supplied_before[connector] + delivered / self.hubs.efficiency[connector] + idle
        return np.floor(supplied).astype(np.int64)

    def _bills(self, day: date, ended: _Running, direct: int) -> Bills:
        price = _PRICES[_TARIFF[ended.started // HOUR_SECONDS % 24]]
        soc_end = ended.curve.state_of_charge(ended.quantity / 1e4)
        attributes = [
            f'{{"soc_start":{before:.1f},"soc_end":{after:.1f},"vehicle":"V{vehicle:05}","payment":"app"}}'
            for before, after, vehicle in zip(
                (100 * ended.curve.start).tolist(), (100 * soc_end).tolist(), ended.vehicle.tolist(), strict=True
            )
        ]
        return Bills(
            instruments=self.hubs.connectors,
            member=ended.member,
            sequence=ended.sequence,
            started=ended.started,
            ended=ended.ended,
            quantity=ended.quantity,
            quantity_decimals=4,
            attributes=attributes,
            start_indication=ended.before,
            end_indication=ended.before + ended.quantity,
            indication_decimals=4,
            unit_price=price,
            price_decimals=4,
            amount=(ended.quantity * price + 500_000) // 1_000_000,
            readings=self._samples(day, ended, direct),
            readings_each=4,
        )

    def _samples(self, day: date, ended: _Running, direct: int) -> list[str]:
        """One momentary reading in the middle of each charge."""
        middle = (ended.started + ended.ended) // 2
        hours = (middle - ended.started) / HOUR_SECONDS
        power = np.rint(1000 * ended.curve.power_at(hours)) / 1000
        soc = ended.curve.state_of_charge(ended.curve.energy(hours))
        volts = np.where(ended.member < direct, np.rint(10 * (318 + 92 * soc)) / 10, 226.0)
        rows = zip(
            middle.tolist(), power.tolist(), volts.tolist(), (power * 1000 / volts).tolist(), soc.tolist(), strict=True
        )
        return [
            f'{{"taken_at":"{stamp(day, at)}","registers":{{"power":{kilowatts:.3f},"voltage":{voltage:.1f},'
            f'"current":{amperes:.2f},"soc":{100 * charge:.1f}}}}}'
            for at, kilowatts, voltage, amperes, charge in rows
        ]


def _none() -> _Running:
    nothing, empty = np.zeros(0, np.int64), np.zeros(0)
    return _Running(*(nothing,) * 7, curve=Charge(*(empty,) * 4))
