"""Configuration of nats-server as an MQTT broker that keeps what it acknowledged, on disk."""

import json
from pathlib import Path

from ingest.broker.layout import INGEST, KEEPER, LARGEST_MESSAGE, MOST_PENDING, Layout, Users
from ingest.broker.nats_connection import INBOX
from store.passwords import Hashes

FILE = "nats.conf"

_TEXT = """\
# Written by Hengjian from its store; a change here is overwritten.
server_name: hengjian
# Its own protocol, at any free port, with the keeper of its room alone.
listen: {own}
max_payload: {largest}
max_pending: {pending}
pid_file: {pid_file}
{monitor}{log}jetstream {{
  store_dir: {store}
  max_memory_store: {memory}
  max_file_store: {disk}
  # A kill loses nothing, a power cut what was acknowledged within this time; with always neither does.
  sync_interval: {sync}
}}
mqtt {{
  listen: {listen}
  ack_wait: "{redelivery:.0f}s"
  max_ack_pending: {in_flight}
  # What is published with QoS 2 and never released would stay here for ever, and ingest hears with QoS 1 anyway.
  reject_qos2_publish: true
{tls}}}
authorization {{
  users: [
{users}
  ]
}}
"""

_LOG = """\
log_file: {log}
logfile_size_limit: {size}
logfile_max_num: 2
"""

LOG_SIZE = 16 * 2**20
"""Size at which a log is put aside; one former one is kept [bytes]."""

_TLS = """\
  tls {{
    cert_file: {certificate}
    key_file: {key}
    ca_file: {authority}
    min_version: "1.2"
    verify_and_map: {clients}
  }}
"""


_KEEPS = ("$JS.API.STREAM.INFO.*", "$JS.API.STREAM.UPDATE.*", "$JS.API.STREAM.PURGE.$MQTT_rmsgs")
"""What the keeper may ask for."""


def files(layout: Layout, users: Users) -> dict[str, str]:
    """The configuration, by name of file."""
    monitor = "" if layout.monitor is None else f"http: {_quoted(layout.monitor)}\n"
    own = "127.0.0.1" if layout.monitor is None else layout.monitor.rpartition(":")[0]
    log = "" if layout.log is None else _LOG.format(log=_quoted(layout.log), size=LOG_SIZE)
    tls = layout.tls
    return {
        FILE: _TEXT.format(
            largest=LARGEST_MESSAGE,
            pending=MOST_PENDING,
            pid_file=_quoted(layout.directory / "broker.pid"),
            own=_quoted(f"{own}:-1"),
            monitor=monitor,
            log=log,
            store=_quoted(layout.directory / "messages"),
            memory=64 * 2**20,
            disk=layout.disk + layout.headroom,
            # Without quotes nats-server reads 2m as two million, of seconds.
            sync=_quoted(layout.sync),
            listen=_quoted(f"{layout.host}:{layout.port}"),
            redelivery=layout.redelivery.total_seconds(),
            in_flight=layout.in_flight,
            tls=""
            if tls is None
            else _TLS.format(
                certificate=_quoted(tls.certificate),
                key=_quoted(tls.key),
                authority=_quoted(tls.authority),
                clients="true" if tls.clients else "false",
            ),
            users="\n".join(_entries(layout, users)),
        )
    }


def _entries(layout: Layout, users: Users) -> list[str]:
    # MQTT's "telemetry/#" covers "telemetry" itself, which is a subject of its own.
    entries = [_entry(INGEST, users.ingest, hears=("telemetry", "probe"), speaks=("probe",))]
    if users.keeper is not None:
        entries.append(
            f"    {{ user: {_quoted(KEEPER)}, password: {_quoted(users.keeper.bcrypt)}, "
            f'allowed_connection_types: ["STANDARD"], '
            f"permissions: {{ publish: {json.dumps(_KEEPS)}, subscribe: {_quoted(INBOX)} }} }}"
        )
    for source in users.let_in(layout.tls):
        code = source.source
        speaks = (f"telemetry.{code}", f"answer.{code}")
        entries.append(_entry(code, source.hashes, hears=(f"command.{code}",), speaks=speaks))
    return entries


def _entry(user: str, hashes: Hashes | None, *, hears: tuple[str, ...], speaks: tuple[str, ...]) -> str:
    who = f"user: {_quoted(user)}, password: {_quoted(hashes.bcrypt)}" if hashes else f"user: {_quoted(f'CN={user}')}"
    return (
        f'    {{ {who}, allowed_connection_types: ["MQTT"], '
        f"permissions: {{ publish: {_subjects(speaks)}, subscribe: {_subjects(hears)} }} }}"
    )


def _subjects(roots: tuple[str, ...]) -> str:
    return json.dumps([subject for root in roots for subject in (root, f"{root}.>")])


def _quoted(text: str | Path) -> str:
    return json.dumps(str(text), ensure_ascii=False)
