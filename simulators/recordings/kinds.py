"""Which kind of instrument a recording is of: as declared, by its registers, or by the word in its folder's name."""

from collections.abc import Collection
from pathlib import Path

from metrology.kind import InstrumentKind
from metrology.kinds import KINDS, kind_called
from simulators.recordings.errors import KindUndecided, RegisterUnknown


def kinds_in_question(names: Collection[str]) -> tuple[InstrumentKind, ...]:
    """Kinds declared on the command line, or all; raises `metrology.errors.UnknownKind`."""
    return tuple(kind_called(name) for name in names) or tuple(KINDS.values())


def decide(path: Path, registers: frozenset[str], kinds: tuple[InstrumentKind, ...]) -> InstrumentKind:
    """Kind of an instrument with these registers.

    Of several that fit, one that bills by transactions is dropped (its registers alone are not how it is read), then
    the one whose first word stands in the folder's name wins: `water_daiad` holds water meters.

    Raises
    ------
    RegisterUnknown
        if no kind in question has one of the registers.
    KindUndecided
        if several kinds are left, or the registers fit no single one.
    """
    for register in sorted(registers):
        if not any(register in kind.by_name for kind in kinds):
            raise RegisterUnknown(path, register, [kind.name for kind in kinds])
    fitting = [kind for kind in kinds if registers <= kind.by_name.keys()]
    return _only(path, registers, [kind for kind in fitting if kind.transaction is None] or fitting)


def decide_billing(path: Path, kinds: tuple[InstrumentKind, ...]) -> InstrumentKind:
    """Kind of the instruments of a transaction table, in which no register is named; raises KindUndecided."""
    return _only(path, frozenset(), [kind for kind in kinds if kind.transaction is not None])


def _only(path: Path, registers: frozenset[str], fitting: list[InstrumentKind]) -> InstrumentKind:
    if len(fitting) > 1:
        words = path.absolute().parent.name.lower().replace("-", "_").split("_")
        fitting = [kind for kind in fitting if kind.name.split("_")[0] in words] or fitting
    if len(fitting) != 1:
        raise KindUndecided(path, registers, [kind.name for kind in fitting])
    return fitting[0]
