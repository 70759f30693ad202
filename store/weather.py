"""Outdoor temperature of regions by civil day: what judges of heating need to know."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from store import audit, sql
from store.connection import Connection
from store.due import BLOCK_BITS


@dataclass(frozen=True, slots=True)
class WeatherDay:
    """One day of one region.

    Parameters
    ----------
    region
        GB/T 2260 code of a district, or of a city or province for all its districts without their own.
    day
        Civil day of the region.
    temperature
        Mean outdoor temperature of the day [°C].
    source
        Who measured it, for people.
    """

    region: str
    day: date
    temperature: float
    source: str


def enter(connection: Connection, days: Sequence[WeatherDay], *, actor: str) -> int:
    """Enter days, at most one of a region and day, in the caller's transaction; gives how many are new or changed.

    A correction replaces what stood. Whatever is new or changed makes its days due to be judged again.
    """
    told = {
        "regions": [each.region for each in days],
        "days": [each.day for each in days],
        "temperatures": [each.temperature for each in days],
        "sources": [each.source for each in days],
    }
    named = sql.statements("weather")
    changed = connection.execute(named["enter"], told).fetchall()
    if changed:
        marks = {"regions": [region for region, _ in changed], "days": [day for _, day in changed]}
        connection.execute(named["mark_detect"], marks | {"block_bits": BLOCK_BITS})
        connection.execute(sql.statements("due")["ring"])
        detail = {
            "days": len(changed),
            "from": min(marks["days"]).isoformat(),
            "to": max(marks["days"]).isoformat(),
            "regions": sorted(set(marks["regions"])),
            "sources": sorted({each.source for each in days}),
        }
        audit.record(connection, actor=actor, action="weather.import", subject="weather", detail=detail)
    return len(changed)


def temperatures(
    connection: Connection, regions: Collection[str], first: date, last: date
) -> dict[tuple[str, date], float]:
    """Mean temperature by region and day [°C], as far as known: of the region, else of its city, else its province."""
    asked = {"regions": sorted(regions), "first": first, "last": last}
    rows = connection.execute(sql.statements("weather")["temperatures"], asked).fetchall()
    return {(region, day): temperature for region, day, temperature in rows}
