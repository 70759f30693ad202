"""Charging hubs: connectors, their ratings and efficiencies, and the vehicles that come."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulators import places
from simulators.chance import generator
from simulators.day_book import Mask, Numbers
from simulators.instrument import Instrument
from simulators.signing import Signer

_CONNECTORS = ("DC120kW",) * 4 + ("DC60kW",) * 5 + ("AC7kW",) * 3
"""Ratings of the twelve connectors of a hub."""

_SIGNING = 2
"""Connectors of a hub that sign what they say."""

_RATED = {"DC120kW": 120.0, "DC60kW": 60.0, "AC7kW": 7.0}
_VISITS = {"DC120kW": 9.0, "DC60kW": 6.5, "AC7kW": 2.0}
"""Customers on a common day [1/d]."""

_MODELS = {"DC120kW": "ZL-DC120", "DC60kW": "ZL-DC60", "AC7kW": "ZL-AC7"}


@dataclass(frozen=True, slots=True)
class Vehicles:
    """Vehicles of the city, one element each: usable battery [kWh], largest power on direct current [kW]."""

    capacity: Numbers
    power: Numbers


@dataclass(frozen=True, slots=True)
class Hubs:
    """Connectors of all hubs in column order; direct-current ones first, for their supply is metered.

    Parameters
    ----------
    rated
        Output power [kW].
    visits
        Customers on a common day [1/d].
    efficiency
        Delivered over supplied energy of each connector under load, 0.92 to 0.96 [1].
    """

    connectors: tuple[Instrument, ...]
    rated: Numbers
    visits: Numbers
    efficiency: Numbers
    direct: Mask


def build(seed: int, hubs: int) -> Hubs:
    """Hubs of a seeded city, operators in turn; the first connectors of each are of a series that signs."""
    chance = generator(seed, "hubs")
    connectors: list[Instrument] = []
    for number in range(1, hubs + 1):
        source = list(places.CHARGING_OPERATORS)[(number - 1) % len(places.CHARGING_OPERATORS)]
        site = places.site("CH", number, "充电站", "charging hub", chance)
        connectors += [
            Instrument(
                source=source,
                serial=_serial(number, connector),
                kind="ev_charger",
                site=site,
                operator=places.CHARGING_OPERATORS[source],
                accuracy_class="2" if size == "AC7kW" else "1",
                size=size,
                model=_MODELS[size],
                installed_on=date(2022 + number % 3, 1 + number % 12, 1 + connector),
                key=Signer(seed, _serial(number, connector)).key if connector <= _SIGNING else None,
            )
            for connector, size in enumerate(_CONNECTORS, start=1)
        ]
    connectors.sort(key=lambda connector: connector.size == "AC7kW")
    sizes = [connector.size or "" for connector in connectors]
    return Hubs(
        tuple(connectors),
        np.array([_RATED[size] for size in sizes]),
        np.array([_VISITS[size] for size in sizes]) * chance.lognormal(0, 0.2, len(sizes)),
        chance.uniform(0.92, 0.96, len(sizes)),
        np.array([size != "AC7kW" for size in sizes]),
    )


def _serial(hub: int, connector: int) -> str:
    return f"C-{hub:02}-{connector:02}"


def vehicles(seed: int, count: int) -> Vehicles:
    """Vehicles of a seeded city: small cars to large ones, as sold in China."""
    chance = generator(seed, "vehicles")
    capacity = chance.choice([17.3, 31.9, 43.2, 50.3, 57.0, 60.5, 71.8, 82.0, 100.0], count)
    return Vehicles(capacity, np.minimum(capacity * chance.uniform(1.0, 1.8, count), 150.0))
