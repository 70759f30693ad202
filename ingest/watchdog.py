"""An end to waiting: a database that hangs must not keep a process that was told to stop."""

import logging
import os
import threading

log = logging.getLogger(__name__)


def end_after(*, seconds: float) -> None:
    """End the process if it still runs after `seconds`; nothing is lost, what was not acknowledged comes again."""

    def end() -> None:
        log.error("still waiting for the database or the broker %.0f s after being told to stop; ending now", seconds)
        logging.shutdown()
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
