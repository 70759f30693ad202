"""One kind of instrument, one file: the folder is the registry.

Each module declares `KIND`, an :class:`metrology.kind.InstrumentKind`.
"""

import importlib
import pkgutil

from metrology.errors import UnknownKind
from metrology.kind import InstrumentKind


def _declared() -> dict[str, InstrumentKind]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    kinds = [importlib.import_module(f"{__name__}.{name}").KIND for name in names]
    return {kind.name: kind for kind in kinds}


KINDS: dict[str, InstrumentKind] = _declared()
"""Every declared kind by its name."""


def kind_called(name: str) -> InstrumentKind:
    """Kind declared under `name`.

    Raises
    ------
    UnknownKind
        if no file in this folder declares it.
    """
    try:
        return KINDS[name]
    except KeyError:
        raise UnknownKind(name) from None
