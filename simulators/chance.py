"""Chance of the city: one generator per (seed, purpose, day), so that a day is the same whoever asks and whenever."""

import zlib

import numpy as np


def generator(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """Seeded generator of one purpose; the same arguments give the same chance on every machine.

    Examples
    --------
    >>> generator(7, "weather", 3).integers(1000) == generator(7, "weather", 3).integers(1000)
    np.True_
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *numbers])
