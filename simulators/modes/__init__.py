"""One tampering mode, one file: the folder is the registry; each module declares `MODE`."""

import importlib
import pkgutil

from simulators.tampering import Mode


def _declared() -> dict[str, Mode]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modes = [importlib.import_module(f"{__name__}.{name}").MODE for name in names]
    return {mode.name: mode for mode in modes}


MODES: dict[str, Mode] = _declared()
"""Every declared mode by its name."""
