"""Configuration of Mosquitto: sessions on disk after every change, and each source under its own name alone."""

from ingest.broker.layout import INGEST, LARGEST_MESSAGE, Layout, Users

FILE = "mosquitto.conf"
PASSWORDS = "passwords"
RIGHTS = "acl"

_TEXT = """\
# Written by Hengjian from its store; a change here is overwritten.
listener {port} {host}
allow_anonymous false
{who}acl_file {directory}/acl

# Sessions and undelivered messages are written to disk as soon as anything changed.
persistence true
persistence_location {directory}/messages/
autosave_on_changes true
autosave_interval 1

# A message for a session that is away, or slow, waits on disk and in memory; it is never dropped for being too many.
max_queued_messages 0
max_queued_bytes 0

# How many messages are on their way to ingest at once; it acknowledges after COMMIT, a batch at a time.
max_inflight_messages {in_flight}

# Nonsense of up to 2 MiB reaches quarantine, where it can be seen; what is larger ends the connection.
max_packet_size {largest}

# No session of ours ever expires.
log_type error
log_type warning
log_type notice
log_dest stderr
{log}"""

_NAMED = """\
# Mosquitto names a refused publication among its debugging lines alone, and connections by client id.
log_type debug
log_type subscribe
connection_messages true
"""


def files(layout: Layout, users: Users) -> dict[str, str]:
    """The configuration, by name of file."""
    by_certificate = layout.tls is not None and layout.tls.clients
    who = "" if by_certificate else f"password_file {layout.directory}/{PASSWORDS}\n"
    if layout.tls is not None:
        # Mosquitto 2 takes this version and later ones.
        who += f"cafile {layout.tls.authority}\ncertfile {layout.tls.certificate}\nkeyfile {layout.tls.key}\n"
        who += "tls_version tlsv1.2\n"
        if by_certificate:
            who += "require_certificate true\nuse_identity_as_username true\n"
    log = _NAMED if layout.name_refusals else "connection_messages false\n"
    if not layout.retain:
        log += "\n# Retained messages would stay for ever, under as many topics as a source likes.\n"
        log += "retain_available false\n"
    if layout.account is not None:
        log += f"user {layout.account}\n"
    main = _TEXT.format(
        port=layout.port,
        host=layout.host,
        who=who,
        directory=layout.directory,
        in_flight=layout.in_flight,
        largest=LARGEST_MESSAGE,
        log=log,
    )
    beside = {RIGHTS: _rights(layout, users)} | ({} if by_certificate else {PASSWORDS: _passwords(layout, users)})
    return beside | {FILE: main}  # last: a broker may wait for it


def _rights(layout: Layout, users: Users) -> str:
    # By name, not by pattern: a revoked source whose certificate is still valid has no right left.
    lines = [f"user {INGEST}", "topic read telemetry/#", "topic readwrite probe/#"]
    lines += [f"topic read $SYS/broker/{what}" for what in ("version", "publish/messages/dropped")]
    for source in users.let_in(layout.tls):
        code = source.source
        lines += ["", f"user {code}", f"topic write telemetry/{code}/#", f"topic write answer/{code}/#"]
        lines += [f"topic read command/{code}/#"]
    return "\n".join(lines) + "\n"


def _passwords(layout: Layout, users: Users) -> str:
    known = {} if users.ingest is None else {INGEST: users.ingest.pbkdf2}
    known |= {source.source: source.hashes.pbkdf2 for source in users.let_in(layout.tls) if source.hashes is not None}
    return "".join(f"{user}:{line}\n" for user, line in known.items())
