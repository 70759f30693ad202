"""What a signature costs: messages a second through Batch.add, for each algorithm, on one core of processor time.

Run: .venv/bin/python -m tests.ingest.measure_signatures
"""

import json
import sys
from datetime import UTC, datetime
from time import process_time
from unittest.mock import patch

from ingest.batch import Batch
from ingest.identity import Identities
from ingest.instants import Instants
from metrology.kinds import KINDS
from store.instrument_keys import InstrumentKey
from store.instruments import Known
from store.public_key import Algorithm
from store.registers import StoredRegister
from tests.services.signing import Signer

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
MESSAGES = 400
ROUNDS = 5
SIGNERS = [Signer(algorithm, algorithm.value) for algorithm in Algorithm]


def _identities() -> Identities:
    return Identities(lambda question: question(None))  # type: ignore[arg-type]  # nothing looks at it


def _content(serial: str, seq: int, readings: int) -> bytes:
    stated = [
        {"taken_at": f"2026-11-22T08:{n // 60:02}:{n % 60:02}+08:00", "registers": {"volume": f"{seq}.{n:03}"}}
        for n in range(readings)
    ]
    return json.dumps({"instrument": serial, "seq": seq, "readings": stated}).encode()


def _rate(payloads: list[bytes], topic: str) -> float:
    """Messages a second of processor time, the best of some rounds."""
    best = 0.0
    identities, instants = _identities(), Instants()
    for _ in range(ROUNDS):
        batch = Batch(identities, instants)
        began = process_time()
        for payload in payloads:
            assert batch.add(topic, payload, NOW) is None
        best = max(best, len(payloads) / (process_time() - began))
    return best


def main() -> None:
    """Measure and print."""
    registers = [(kind.name, register) for kind in KINDS.values() for register in kind.registers]
    numbered = [StoredRegister(number, kind, register) for number, (kind, register) in enumerate(registers, 1)]
    serials = ["unsigned", *(signer.kid for signer in SIGNERS)]
    known = {serial: Known(number, "water_meter", "Asia/Shanghai") for number, serial in enumerate(serials, 1)}
    since = datetime(2026, 1, 1, tzinfo=UTC)
    keys = [
        InstrumentKey(number, number, signer.kid, signer.public_key, since, None, "me", None, number)
        for number, signer in enumerate(SIGNERS, 2)
    ]
    with (
        patch("store.instruments.resolve_since", lambda *_: known),
        patch("store.instruments.exists", lambda *_: False),
        patch("store.registers.all_registers", lambda _: numbered),
        patch("store.instrument_keys.changed_since", lambda _, revision: [k for k in keys if k.revision > revision]),
    ):
        for readings in (1, 10, 100):
            plain = [_content("unsigned", seq, readings) for seq in range(MESSAGES)]
            rates = {"unsigned": _rate(plain, "telemetry/city/native")}
            for signer in SIGNERS:
                signed = [signer.compact(_content(signer.kid, seq, readings)) for seq in range(MESSAGES)]
                rates[signer.kid] = _rate(signed, "telemetry/city/native-jws")
            for name, rate in rates.items():
                sys.stdout.write(f"{readings:4} readings a message  {name:8}  {rate:8.0f} messages/s\n")


if __name__ == "__main__":
    main()
