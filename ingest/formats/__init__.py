"""One wire format, one file: the folder is the registry.

Each module offers `FORMAT`, a :class:`Format`. What a decoder returns is not yet trusted: kinds, instants and numbers
are looked at by :mod:`ingest.conversion`, the same for every format.
"""

import importlib
import pkgutil
from typing import Protocol

from ingest.errors import UnknownFormat
from ingest.message import Message


class Format(Protocol):
    """A way to write messages."""

    @property
    def name(self) -> str:
        """Third level of the topic."""
        ...

    def decode(self, payload: bytes) -> list[Message]:
        """Messages of a payload.

        Raises
        ------
        ingest.errors.DecodeError
            and nothing else, whatever the bytes are.
        """
        ...


def _declared() -> dict[str, Format]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    formats: list[Format] = [importlib.import_module(f"{__name__}.{name}").FORMAT for name in names]
    return {declared.name: declared for declared in formats}


FORMATS: dict[str, Format] = _declared()
"""Every declared format by its name."""


def format_called(name: str) -> Format:
    """Format declared under `name`.

    Raises
    ------
    UnknownFormat
        if no file in this folder declares it.
    """
    try:
        return FORMATS[name]
    except KeyError:
        raise UnknownFormat(name, sorted(FORMATS)) from None
