"""Does the broker keep what it acknowledges? Asked of its behaviour when ingest starts, and of what it says of itself.

A session of its own goes away, more messages than a careless broker keeps are published below `probe/`, the session
comes back and counts. What cannot be seen so, whether sessions outlive the broker, is seen when a session that we had
is no longer there (`SessionMemory`).
"""

import logging

from ingest.broker_probe import Answer, Probe
from ingest.settings import IngestSettings

log = logging.getLogger(__name__)


class BrokerUnfit(Exception):
    """The broker loses messages, and the setting says that ingest shall then not run."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("; ".join(faults))


def examine(settings: IngestSettings) -> Answer:
    """Ask the broker; takes three seconds at most."""
    probe = Probe(settings)
    try:
        return probe.ask()
    except (OSError, ValueError) as error:
        return Answer(undecided=str(error))


def before_listening(settings: IngestSettings) -> None:
    """Ask the broker, and say what is wrong with it.

    Raises
    ------
    BrokerUnfit
        where something is, and the setting says `refuse`.
    """
    if settings.broker_check == "off":
        return
    answer = examine(settings)
    if answer.undecided:
        log.warning("whether the broker keeps what it acknowledges could not be found out: %s", answer.undecided)
    else:
        log.info("the broker kept %d of %d messages for a session that was away", answer.kept, answer.published)
    faults = answer.faults()
    for fault in faults:
        log.error("MESSAGES WILL BE LOST: %s", fault)
    if faults and settings.broker_check == "refuse":
        raise BrokerUnfit(faults)


class SessionMemory:
    """Notices that the broker has forgotten the session that kept our messages.

    Parameters
    ----------
    had_one
        Whether messages of this session were ever committed.
    """

    def __init__(self, *, had_one: bool = False) -> None:
        self.had_one = had_one
        self.lost = 0

    def connected(self, *, session_present: bool) -> None:
        """Take note of a connection, and say so loudly where the session is gone."""
        if not session_present and self.had_one:
            self.lost += 1
            log.error(
                "MESSAGES WERE PROBABLY LOST: the broker no longer knows our session, which nobody ended, so what it "
                "had acknowledged and we had not fetched is gone. It ran without persistence, its data were removed, "
                "or HENGJIAN_INGEST_NAME has changed hands; sources should send again what they have"
            )
        self.had_one = True
