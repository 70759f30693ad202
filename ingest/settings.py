"""Where telemetry comes from, and how much of it is held at once."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class IngestSettings(BaseSettings):
    """Settings of the way in, from `HENGJIAN_…` environment variables."""

    model_config = SettingsConfigDict(env_prefix="HENGJIAN_", env_file=".env", extra="ignore")

    broker_url: SecretStr = SecretStr("mqtt://127.0.0.1:1883")
    """Address of the broker, `mqtt://user:password@host:port`, or `mqtts://…` for TLS."""

    broker_ca: Path | None = None
    """Certificates that vouch for the broker (PEM); the system's where absent."""

    broker_certificate: Path | None = None
    """Certificate by which ingest proves who it is (PEM), where the broker asks for one."""

    broker_key: Path | None = None
    """Key of that certificate (PEM)."""

    broker_check: Literal["refuse", "warn", "off"] = "warn"
    """What becomes of a broker that would lose messages, as a probe at the start finds: ingest ends, or says so."""

    mqtt_version: Literal["5", "3.1.1"] = "5"
    """Version of MQTT that is spoken."""

    broker_keepalive: timedelta = Field(
        default=timedelta(seconds=10), ge=timedelta(seconds=1), le=timedelta(seconds=65_535)
    )
    """Silence of ours after which the broker may doubt us; half as much again without a word of the broker's, though we
    ask, and the connection counts as lost."""

    shared_subscription: str = Field(default="", pattern="^[A-Za-z0-9_-]*$")
    """Group of a shared subscription, for several ingest processes on one broker that has them; empty for none."""

    ingest_name: str = Field(default="hengjian-ingest", pattern="^[A-Za-z0-9_-]{1,64}$")
    """MQTT client id. It names the session that keeps messages while ingest is away: it never changes, and each of
    several ingest processes has its own. A secret: brokers let any user take over a session whose name it knows, and
    what waits in it is lost."""

    receive_maximum: int = Field(default=8000, ge=1, le=65_535)
    """Most messages that the broker sends ahead of acknowledgement (MQTT 5; with 3.1.1 its own limit holds)."""

    batch_messages: int = Field(default=2000, ge=1)
    """Most messages in one transaction; a quarter of what the broker sends ahead, so that receiving, decoding and
    committing go on side by side."""

    batch_bytes: int = Field(default=8 * 2**20, ge=1)
    """Payload, as received and inflated, beyond which a transaction takes no further message [bytes]."""

    batch_rows: int = Field(default=200_000, ge=1)
    """Readings, transactions and events from which a transaction takes no further message."""

    batch_window: timedelta = timedelta(milliseconds=20)
    """Longest that a message waits for others to share its transaction."""

    backlog_bytes: int = Field(default=64 * 2**20, ge=2**20)
    """What messages in hand, not yet committed, may take before nothing more is read from the broker [bytes]: each its
    payload, its topic and some 400 bytes."""


class BrokerSettings(BaseSettings):
    """What the broker must know of ingest, where Hengjian writes the broker's configuration."""

    model_config = SettingsConfigDict(env_prefix="HENGJIAN_", env_file=".env", extra="ignore")

    ingest_password: SecretStr | None = None
    """Password of ingest at the broker."""
