"""What a city remembers between two starts: which city it is, and up to when everything was sent."""

from datetime import date, datetime
from pathlib import Path

import msgspec

from simulators.city import CityPlan


class CityState(msgspec.Struct, frozen=True):
    """State file: the city's plan and the instant up to which the broker acknowledged everything."""

    seed: int
    instruments: int
    epoch: date
    tampered: bool
    published_until: datetime | None = None
    daily_history: int = 0

    @property
    def plan(self) -> CityPlan:
        """The city that this is the state of."""
        return CityPlan(self.seed, self.instruments, self.epoch, self.tampered, self.daily_history)


def load(path: Path) -> CityState | None:
    """State of an earlier start; None where there was none.

    Raises
    ------
    StateUnreadable
        if the file holds something else.
    """
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=CityState)
    except (msgspec.DecodeError, OSError) as error:
        raise StateUnreadable(path, str(error)) from error


def save(path: Path, state: CityState) -> None:
    """Write the state whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.write_bytes(msgspec.json.encode(state))
    draft.replace(path)


class StateUnreadable(ValueError):
    """The state file of a city cannot be read."""

    def __init__(self, path: Path, cause: str) -> None:
        self.path = path
        self.cause = cause
        super().__init__(f"{path} is not the state of a simulated city: {cause}")
