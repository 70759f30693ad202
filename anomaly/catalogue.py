"""The judges that stand in rules/ and detectors/: the folders are the registry."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import fields
from types import ModuleType
from typing import cast

from anomaly import detectors, rules
from anomaly.errors import UnknownJudge
from anomaly.judge import Judge

Catalogue = dict[str, type[Judge]]


def scan(*folders: ModuleType) -> Catalogue:
    """Judges declared in packages, one a file, by the name of the file.

    Parameters
    ----------
    folders
        Packages whose modules each declare exactly one judge.

    Raises
    ------
    TypeError
        if a file declares no judge, or several, or one of another name.
    """
    catalogue: Catalogue = {}
    for folder in folders:
        for info in sorted(pkgutil.iter_modules(folder.__path__), key=lambda module: module.name):
            module = importlib.import_module(f"{folder.__name__}.{info.name}")
            declared = list(_declared(module))
            if len(declared) != 1 or declared[0].name != info.name:
                found = ", ".join(judge.__name__ for judge in declared) or "none"
                raise TypeError(f"{module.__name__} must declare one judge called {info.name!r}; found {found}")
            if info.name in catalogue:
                raise TypeError(f"two judges are called {info.name!r}")
            catalogue[info.name] = declared[0]
    return catalogue


def _declared(module: ModuleType) -> Iterator[type[Judge]]:
    for _, candidate in inspect.getmembers(module, inspect.isclass):
        if candidate.__module__ == module.__name__ and callable(getattr(candidate, "judge", None)):
            yield cast("type[Judge]", candidate)


CATALOGUE: Catalogue = scan(rules, detectors)
"""Every judge by its name."""


def judge_called(name: str) -> type[Judge]:
    """Judge of a name.

    Raises
    ------
    UnknownJudge
        if no file of that name stands in the folders.
    """
    try:
        return CATALOGUE[name]
    except KeyError:
        raise UnknownJudge(name, tuple(CATALOGUE)) from None


def parameters(judge: Judge | type[Judge]) -> dict[str, object]:
    """Parameters of a judge: of an instance those in force, of a class the defaults.

    Examples
    --------
    >>> parameters(judge_called("reading_gap"))
    {'limit_hours': 24.0}
    """
    return {field.name: getattr(judge, field.name, field.default) for field in fields(judge)}  # type: ignore[arg-type]  # every judge is a dataclass: conformance checks it
