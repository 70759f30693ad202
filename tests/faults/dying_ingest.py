"""Ingest that kills itself inside a named step: `python -m tests.faults.dying_ingest --step after_copy --count 3`.

The product has no hooks for this. The seams of the service that are wrapped here are named in :data:`SEAMS` and nowhere
else; one that no longer exists, or is never reached, fails the test that asked for it.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import store.intake
import store.readings
from ingest.command import ingest
from ingest.subscriber import Subscriber

SEAMS: dict[str, tuple[Any, str, Callable[..., bool]]] = {
    # The network thread has put messages into the backlog; nothing of them is in the store.
    "after_receive": (Subscriber, "_receive", lambda *_: True),
    # Readings of a batch are in the table; its transaction is open.
    "after_copy": (
        store.readings,
        "append",
        lambda _, connection, arranged, **__: _open(connection) and len(arranged.rows) > 0,
    ),
    # The transaction is committed; nobody has acknowledged it.
    "after_commit": (store.intake, "append", lambda ledger, connection, *_, **__: _committed(connection) and ledger),
    # The broker has been sent the acknowledgements of a batch.
    "after_acknowledge": (Subscriber, "_send_acknowledgements", lambda *_: True),
}
"""Steps: where the wrapped function stands, its name, and what must hold of its answer and arguments to count."""


def main() -> None:
    """Run ingest until the step was reached as often as said, and end there as by kill -9."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--step", choices=SEAMS, required=True)
    parser.add_argument("--count", type=int, required=True)
    chosen = parser.parse_args()
    _wrap(chosen.step, chosen.count)
    ingest(metrics_port=None)


def _wrap(step: str, count: int) -> None:
    owner, name, counts = SEAMS[step]
    seam = getattr(owner, name)
    left = count

    def wrapped(*arguments: Any, **options: Any) -> Any:
        nonlocal left
        # Acknowledgements are looked for all the time; only a look that finds some is the step.
        reached = step != "after_acknowledge" or bool(arguments[0]._committed)
        answer = seam(*arguments, **options)
        if reached and counts(answer, *arguments, **options):
            left -= 1
            if left == 0:
                sys.stderr.write(f"dies {step}\n")
                sys.stderr.flush()
                os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, wrapped)


def _open(connection: Any) -> bool:
    assert connection.info.transaction_status.name == "INTRANS", "the batch is written outside of its transaction"
    return True


def _committed(connection: Any) -> bool:
    assert connection.info.transaction_status.name == "IDLE", "the batch's transaction is still open"
    return True


if __name__ == "__main__":
    main()
