"""Fuel: sales at the nozzles and what they take from the tanks, in one book because they must add up."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from metrology.kinds import kind_called
from simulators.chance import generator
from simulators.civil_day import DAY_SECONDS, HOUR_SECONDS, is_rest_day, second_of
from simulators.day_book import Bills, Column, Counts, DayBook, Notice, Sheet
from simulators.demand import bumps
from simulators.fleets import queue, stations
from simulators.fleets.meters import HOURS
from simulators.fleets.tanks import TANK_TIMES, Tanks
from simulators.tampering import Subject, Tampering

_ARRIVALS = bumps((8.0, 1.5, 0.25), (12.5, 2.5, 0.25), (17.8, 1.8, 0.35), (22.0, 4.0, 0.15))
_PRESET_AMOUNTS = np.array([100, 150, 200, 250, 300])
_PRESET_SHARE = 0.42
"""Share of customers who ask for a round amount instead of a full tank [1]."""

NOZZLE = kind_called("fuel_dispenser")


class FuelFleet:
    """Nozzles and tank gauges of all filling stations."""

    def __init__(self, seed: int, count: int) -> None:
        self.seed = seed
        self.stations = stations.build(seed, count)
        chance = generator(seed, "nozzles")
        nozzles = len(self.stations.nozzles)
        self._busy = (
            chance.lognormal(np.log(52), 0.25, nozzles) * np.array([1.0, 0.9, 0.55, 0.6])[self.stations.nozzle_grade]
        )
        self.error = np.clip(chance.normal(0.0, 0.0008, nozzles), -0.002, 0.002)
        """Honest error of each nozzle, inside the MPE: indicated over delivered, minus one, shape (nozzles,) [1]."""
        self._litres = chance.integers(20_000_000, 400_000_000, nozzles)
        self._fen = self._litres * 7
        self._sequence = chance.integers(2_000, 90_000, nozzles)
        self._tanks = Tanks(seed, self.stations)
        self.instruments = self.stations.nozzles + self.stations.tanks

    def subjects(self) -> list[Subject]:
        """Every nozzle."""
        return [Subject(nozzle, busy * 34) for nozzle, busy in zip(self.stations.nozzles, self._busy, strict=True)]

    def walk(self, day: date, tamperings: Sequence[Tampering], *, first: bool) -> list[DayBook]:
        """Books of the nozzles and of the tanks for the next day."""
        sales = self._sales(day, tamperings)
        hours = HOURS if first else HOURS[1:]
        nozzles = len(self.stations.nozzles)
        litres = self._litres + queue.total_at(sales.member, sales.ended, sales.quantity, HOURS, nozzles)
        assert sales.amount is not None  # noqa: S101 - _sales always prices
        fen = self._fen + queue.total_at(sales.member, sales.ended, sales.amount, HOURS, nozzles)
        self._litres, self._fen = litres[-1], fen[-1]
        self._sequence = self._sequence + np.bincount(sales.member, minlength=nozzles)
        columns = (
            Column(NOZZLE.register("volume_total"), litres[-hours.size :]),
            Column(NOZZLE.register("amount_total"), fen[-hours.size :]),
        )
        sheet = Sheet(self.stations.nozzles, hours, columns)
        drawn = sales.quantity / 100 / (1 + self.error[sales.member])
        taken = (self.stations.tank_of[sales.member], sales.ended, drawn)
        return [
            DayBook(day, (sheet,), (sales,), self._notices(day)),
            self._tanks.walk(day, *taken, TANK_TIMES if first else TANK_TIMES[1:]),
        ]

    def _sales(self, day: date, tamperings: Sequence[Tampering]) -> Bills:
        """Every sale that ends this day, by nozzle and time."""
        chance = generator(self.seed, "fuel sales", day.toordinal())
        served = self.stations
        nozzles = len(served.nozzles)
        counts = chance.poisson(self._busy * (0.92 if is_rest_day(day) else 1.03))
        member = np.repeat(np.arange(nozzles), counts)
        arrival = 3600.0 * (chance.choice(24, member.size, p=_ARRIVALS) + chance.random(member.size))
        arrival = arrival[np.lexsort((arrival, member))]
        price = stations.posted_prices(self.seed, day)[served.nozzle_grade[member]]
        preset = np.where(chance.random(member.size) < _PRESET_SHARE, chance.choice(_PRESET_AMOUNTS, member.size), 0)
        full = np.clip(chance.lognormal(np.log(36), 0.3, member.size), 5.0, 78.0)
        quantity = np.rint(np.where(preset, 100 * preset / (price / 100), 100 * full)).astype(np.int64)
        flow = chance.uniform(31, 42, member.size)
        lasting = np.ceil(quantity / 100 / flow * 60 + 4)
        gap = chance.uniform(50, 200, member.size)
        begin = np.floor(queue.begin_of_service(member, arrival, lasting + gap, np.zeros(nozzles)))
        served_today = begin + lasting < DAY_SECONDS
        member, price, preset, quantity = (part[served_today] for part in (member, price, preset, quantity))
        begin, lasting = begin[served_today].astype(np.int64), lasting[served_today].astype(np.int64)
        amount = (quantity * price + 50) // 100
        behind = self._litres[member] + queue.running_total(member, quantity)
        return Bills(
            instruments=served.nozzles,
            member=member,
            sequence=self._sequence[member] + queue.ordinal(member),
            started=begin,
            ended=begin + lasting,
            quantity=quantity,
            quantity_decimals=2,
            attributes=self._attributes(member, preset, chance),
            start_indication=behind - quantity,
            end_indication=behind,
            indication_decimals=2,
            unit_price=price,
            amount=self._asked(day, tamperings, member, begin + lasting, amount),
        )

    def _asked(
        self, day: date, tamperings: Sequence[Tampering], member: Counts, ended: Counts, amount: Counts
    ) -> Counts:
        """Amounts with the tampering of each nozzle concerned [fen]."""
        hours = (second_of(day) + ended) // HOUR_SECONDS
        numbers = {nozzle.serial: number for number, nozzle in enumerate(self.stations.nozzles)}
        asked = amount.copy()
        for item in tamperings:
            if item.instrument.kind != NOZZLE.name:
                continue
            number = numbers[item.instrument.serial]
            chance = generator(self.seed, item.mode.name, day.toordinal(), number)
            own = member == number
            asked[own] = item.mode.charged(item, hours[own], amount[own], chance)
        return asked

    def _attributes(self, member: Counts, preset: Counts, chance: np.random.Generator) -> list[str]:
        payment = chance.choice(["app", "app", "app", "cash"], member.size).tolist()
        grade, tank = self.stations.nozzle_grade[member].tolist(), self.stations.tank_of[member].tolist()
        tanks = [gauge.serial for gauge in self.stations.tanks]
        asked = [f'"preset":"amount:{amount}",' if amount else "" for amount in preset.tolist()]
        return [
            f'{{"grade":"{stations.GRADES[grade[row]]}","tank":"{tanks[tank[row]]}",{asked[row]}"payment":"{paid}"}}'
            for row, paid in enumerate(payment)
        ]

    def _notices(self, day: date) -> tuple[Notice, ...]:
        """Each nozzle says that its price changed, a few seconds after midnight."""
        today = stations.posted_prices(self.seed, day)
        before = stations.posted_prices(self.seed, day - timedelta(days=1))
        return tuple(
            Notice(nozzle, 1 + number % 50, "price_change", f'{{"unit_price":"{today[grade] / 100:.2f}"}}')
            for number, (nozzle, grade) in enumerate(
                zip(self.stations.nozzles, self.stations.nozzle_grade.tolist(), strict=True)
            )
            if today[grade] != before[grade]
        )
