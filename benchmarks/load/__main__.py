"""Publish what electricity meters say, as fast as the broker takes it, and print the ledger as JSON.

Each URL is one source, its user name the source's code, on a connection of its own. With `--enrol` the meters are
first entered in a database.
"""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from time import monotonic
from urllib.parse import unquote, urlsplit

from benchmarks.load.enrolment import enrol
from benchmarks.load.fleet import QUARTER, Fleet
from benchmarks.load.link import Link
from benchmarks.load.packets import LEVELS, Refused
from benchmarks.load.publisher import Stalled, Took, publish

WINDOW = 500
"""Messages of a source ahead of their acknowledgement. nats-server, which brings each to disk before it answers, closes
connections whose messages wait for seconds, and delivers nothing meanwhile: with thousands ahead a slow disk is enough.
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    made.add_argument("urls", nargs="+", help="mqtt://source:password@host:port")
    made.add_argument("--version", choices=LEVELS, default="3.1.1", help="of MQTT")
    made.add_argument("--messages", type=int, default=100_000, help="in all")
    made.add_argument("--meters", type=int, default=10_000, help="of each source")
    made.add_argument("--registers", type=int, default=1, help="of a slot, 1 to 10")
    made.add_argument("--slots", type=int, default=1, help="quarter hours in a message")
    made.add_argument("--rate", type=float, help="messages a second; the broker's pace otherwise")
    made.add_argument("--longest", type=float, help="begin no message after so long [s]")
    made.add_argument("--window", type=int, default=WINDOW, help="messages ahead of acknowledgement, each source")
    made.add_argument("--start", type=datetime.fromisoformat, help="instant of the first slot; else the last ends now")
    made.add_argument("--slot", type=float, default=QUARTER.total_seconds(), help="length of a slot [s]")
    made.add_argument("--scattered", action="store_true", help="each meter reports at a second of its own")
    made.add_argument("--spoilt", action="store_true", help="5 %% of the messages cannot be taken")
    made.add_argument("--patience", type=float, default=60, help="longest that nothing is acknowledged [s]")
    made.add_argument("--enrol", metavar="DATABASE_URL", help="first enter the meters in this database")
    made.add_argument("--progress", action="store_true", help="say each second how far it is")
    return made


def fleets(given: argparse.Namespace) -> list[Fleet]:
    """One fleet for each source."""
    slot = timedelta(seconds=given.slot)
    each = -(-given.messages // len(given.urls))
    passed = -(-each // given.meters) * given.slots * slot
    start = given.start or (datetime.now(UTC) - passed).replace(microsecond=0)
    return [
        Fleet(
            source=unquote(urlsplit(url).username or ""),
            meters=given.meters,
            start=start,
            registers=given.registers,
            slots=given.slots,
            slot=slot,
            scattered=given.scattered,
            spoilt=given.spoilt,
        )
        for url in given.urls
    ]


class Progress:
    """Says each second how much is acknowledged."""

    def __init__(self, links: list[Link], *, loud: bool) -> None:
        self._links, self._loud, self._next = links, loud, monotonic() + 1

    def __call__(self) -> None:
        """Look at the clock."""
        if self._loud and monotonic() >= self._next:
            self._next += 1
            print(f"{sum(link.account.acknowledged for link in self._links):,} acknowledged", file=sys.stderr)


def main() -> int:
    """Publish; 1 where the ledger is not exact."""
    given = parser().parse_args()
    sending = fleets(given)
    if given.enrol:
        enrol(given.enrol, sending)
    parts = [
        given.messages * (turn + 1) // len(sending) - given.messages * turn // len(sending)
        for turn in range(len(sending))
    ]
    links = [
        Link(url, fleet, part, window=given.window, version=given.version)
        for url, fleet, part in zip(given.urls, sending, parts, strict=True)
    ]
    failure, took = "", Took(0.0, 0.0, 0.0)
    try:
        took = publish(
            links,
            rate=given.rate,
            longest=timedelta(seconds=given.longest) if given.longest else None,
            patience=timedelta(seconds=given.patience),
            watch=Progress(links, loud=given.progress),
        )
        for link in links:
            link.close()
    except (Stalled, Refused, OSError) as error:
        failure = str(error)
    accounts = [link.account for link in links]
    sent = [account.sent for account in accounts]
    exact = not failure and all(account.exact() for account in accounts)
    ledger = {
        "sent": sum(account.sent for account in accounts),
        "acknowledged": sum(account.acknowledged for account in accounts),
        "by_source": {link.source: link.account.acknowledged for link in links},
        "unheard": sum(account.unheard for account in accounts),
        "readings_each": sending[0].readings,
        "spoilt": sum(fleet.spoilt_among(part) for fleet, part in zip(sending, sent, strict=True)),
        "exact": exact,
        "began": took.began,
        "seconds": round(took.seconds, 3),
        "processor": round(took.processor, 3),
        "failure": failure,
    }
    print(json.dumps(ledger))
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main())
