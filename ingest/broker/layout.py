"""What a broker's configuration must be told besides its users."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from store.credentials import Credential
from store.passwords import Hashes

INGEST = "ingest"
"""User name of the one who hears telemetry."""

KEEPER = "$keeper"
"""User name of the one who bounds what nats-server holds; no source can be called so."""

HEADROOM = 2**30
"""What nats-server may keep beside the messages that wait [bytes]: sessions, so that who is known always comes in."""

REDELIVERY = timedelta(seconds=10)
"""After which nats-server delivers again what was delivered but not acknowledged.

It does so by this clock alone, not when the client comes back, so it is also how long the messages in flight wait after
ingest was killed; it must stay well above the time ingest takes to commit a batch.
"""

IN_FLIGHT = 8000
"""Most messages delivered and not yet acknowledged; at nats-server a subscription ending in '#' counts twice, of
65,535 in all."""

SYNC = "1s"
"""When nats-server brings to disk what it acknowledged.

Each message is handed to the operating system before it is acknowledged, so killing nats-server loses nothing; a power
cut may lose what was acknowledged within this time and not yet committed by ingest. What `always` costs stands in
docs/decisions/0015.
"""

LARGEST_MESSAGE = 2 * 2**20 + 2**16
"""Largest message taken in [bytes].

Twice what the native format takes, so that what is too large reaches quarantine, where it can be seen; no more,
for what ingest holds at once is bounded in bytes, and whoever sends the largest messages takes that room from others.
"""

MOST_PENDING = 2**30
"""Most that nats-server holds for one connection that does not read fast enough, before it closes it [bytes].

Ingest stops reading while it holds as much as it may; some five hundred of the largest messages at once do not cut it
off meanwhile. More may: nothing is lost by it, for ingest comes back and is delivered what it did not acknowledge.
"""


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS 1.2 or later at the broker.

    Parameters
    ----------
    certificate, key
        Of the broker (PEM).
    authority
        Certificates that vouch for clients (PEM).
    clients
        Whether everyone, ingest included, comes by a certificate whose common name is the user name; by password
        otherwise. nats-server knows no mixture on one port.
    """

    certificate: Path
    key: Path
    authority: Path
    clients: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the broker listens and keeps things.

    Parameters
    ----------
    directory
        The broker's own, as the broker sees it: users' files and messages.
    host, port
        Where it listens for MQTT.
    disk
        Most that stored messages may take [bytes], where the broker has such a limit.
    headroom
        See `HEADROOM`.
    redelivery, in_flight
        See `REDELIVERY`, `IN_FLIGHT`.
    sync
        When nats-server brings to disk what it acknowledges: `always` before, or an interval, see `SYNC`.
    monitor
        Where nats-server answers who stands behind a connection, `host:port`: its log names connections alone. On the
        same host it speaks its own protocol, with the keeper of its room alone.
    log
        Where nats-server keeps its log in bounds; on standard error, without, where None.
    name_refusals
        Whether Mosquitto's log shall name what it refuses; it then names everything else too.
    account
        System account that Mosquitto runs under when root starts it.
    retain
        Whether Mosquitto takes messages that are to be retained. Where it does not, who publishes one is disconnected,
        and it does not tell newcomers of itself either: its version, and how many messages it dropped.
    """

    directory: Path
    host: str = "0.0.0.0"  # noqa: S104 - sources come from elsewhere
    port: int = 1883
    tls: Tls | None = None
    disk: int = 8 * 2**30
    headroom: int = HEADROOM
    redelivery: timedelta = REDELIVERY
    in_flight: int = IN_FLIGHT
    sync: str = SYNC
    monitor: str | None = None
    log: Path | None = None
    name_refusals: bool = False
    account: str | None = None
    retain: bool = True


@dataclass(frozen=True, slots=True)
class Users:
    """Who is let in: ingest, and sources by code.

    Parameters
    ----------
    ingest
        Hashes of ingest's password; None where it comes by certificate.
    keeper
        Hashes of the password of who bounds what the broker holds; None where nobody does.
    """

    ingest: Hashes | None
    sources: tuple[Credential, ...] = ()
    keeper: Hashes | None = None

    def let_in(self, tls: Tls | None) -> list[Credential]:
        """Sources that this broker can let in: those whose credential is of the one sort it asks for."""
        certificates = tls is not None and tls.clients
        return [source for source in self.sources if (source.hashes is None) == certificates]
