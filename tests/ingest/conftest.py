"""A batch that needs no database: the enrolled city of tests/services, its registers numbered from 1."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.batch import Batch
from ingest.identity import Identities
from ingest.instants import Instants
from metrology.kinds import KINDS
from store import instrument_keys, instruments, registers
from store.connection import Connection
from store.instruments import Known
from store.registers import StoredRegister
from tests.services.enrolled import SERIALS, SOURCE


@pytest.fixture
def identities(monkeypatch: pytest.MonkeyPatch) -> Identities:
    known = {serial: Known(number, kind, "Asia/Shanghai") for number, (serial, kind) in enumerate(SERIALS.items(), 1)}
    declared = [(kind.name, register) for kind in KINDS.values() for register in kind.registers]
    numbered = [StoredRegister(number, kind, register) for number, (kind, register) in enumerate(declared, 1)]

    def resolve(_: Connection | None, source: str, _after: int, _serial: str) -> dict[str, Known] | None:
        return known if source == SOURCE else {} if source == "empty" else None

    monkeypatch.setattr(instruments, "resolve_since", resolve)
    monkeypatch.setattr(instruments, "exists", lambda _connection, _serial: False)
    monkeypatch.setattr(registers, "all_registers", lambda _: numbered)
    monkeypatch.setattr(instrument_keys, "changed_since", lambda _, _revision: [])

    def ask(question: Callable[[Any], Any]) -> Any:
        return question(None)

    return Identities(ask)


@pytest.fixture
def batch(identities: Identities) -> Batch:
    return Batch(identities, Instants())
