"""A small city walked through forty days, and what is asked of it."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from simulators.city import City, CityPlan
from simulators.day_book import Bills, Counts, DayBook, Numbers
from simulators.encoding import Message
from simulators.signing import FORMAT

EPOCH = date(2026, 10, 20)
DAYS = 40


@dataclass
class Walk:
    """A city after its walk, the books of every day, and the true flow of its meters."""

    city: City
    books: list[tuple[date, list[DayBook]]]
    flow: dict[str, Numbers]

    def register(self, serial: str, name: str) -> Counts:
        """Every indication of one instrument's register over all days, silent hours included."""
        parts = [
            column.counts[:, [item.serial for item in sheet.instruments].index(serial)]
            for _, books in self.books
            for book in books
            for sheet in book.sheets
            if any(item.serial == serial for item in sheet.instruments)
            for column in sheet.columns
            if column.register.name == name
        ]
        return np.concatenate(parts)

    def bills(self, kind: str) -> Iterator[tuple[date, Bills]]:
        """Bills of one kind of instrument, day by day."""
        for day, books in self.books:
            for book in books:
                for bills in book.bills:
                    if bills.instruments[0].kind == kind:
                        yield day, bills

    def true_flow(self, serial: str) -> Numbers:
        """True flow through a meter in each hour [count]."""
        for fleet in (self.city.water, self.city.gas, self.city.electricity):
            serials = [item.serial for item in fleet.instruments]
            if serial in serials:
                return self.flow[fleet.kind][:, serials.index(serial)]
        raise LookupError(serial)


def content(message: Message) -> Any:
    """What a message says, the signature of one that is signed not looked at."""
    payload = message.payload
    if message.format == FORMAT:
        part = payload.split(b".")[1]
        payload = base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    return json.loads(payload)


def walk(plan: CityPlan, days: int = DAYS) -> Walk:
    city = City(plan)
    books: list[tuple[date, list[DayBook]]] = []
    flow: dict[str, list[Numbers]] = {"water_meter": [], "gas_meter": [], "electricity_meter": []}
    for number in range(days):
        day = plan.epoch + timedelta(days=number)
        books.append((day, city.books(day)))
        for fleet in (city.water, city.gas, city.electricity):
            flow[fleet.kind].append(fleet.flow)
    return Walk(city, books, {kind: np.concatenate(parts) for kind, parts in flow.items()})
