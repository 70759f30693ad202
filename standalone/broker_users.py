"""Who may speak to the embedded broker, and about what."""

import json
import os
import re
import secrets
from pathlib import Path

from standalone.errors import UnfitSourceCode

INGEST = "ingest"

# What a NATS subject cannot hold, what an MQTT wildcard is, and what would end a configured string.
_UNFIT = re.compile(r"[\s/+#*>$\"'\\\x00-\x1f\x7f]")


class BrokerUsers:
    """The broker's users and their passwords, kept in a file that only its owner can read.

    Parameters
    ----------
    path
        The file; made when absent.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def passwords(self) -> dict[str, str]:
        """Password by user name."""
        if not self.path.exists():
            return {}
        found: dict[str, str] = json.loads(self.path.read_text(encoding="utf-8"))
        return found

    def ensure(self, user: str) -> bool:
        """Give a user a password if he has none yet.

        Returns
        -------
        bool
            Whether he is new.

        Raises
        ------
        UnfitSourceCode
            When the name cannot be a level of an MQTT topic and a NATS subject.
        """
        if not user or _UNFIT.search(user):
            raise UnfitSourceCode(user)
        known = self.passwords()
        if user in known:
            return False
        write_private(self.path, json.dumps(known | {user: secrets.token_urlsafe(24)}, indent=1, ensure_ascii=False))
        return True

    def configuration(self) -> str:
        """The `users` list of nats-server's configuration."""
        return "\n".join(_entry(user, password) for user, password in sorted(self.passwords().items()))


def _entry(user: str, password: str) -> str:
    if user == INGEST:
        # MQTT's "telemetry/#" covers "telemetry" itself, which is a subject of its own.
        rights = 'subscribe: ["telemetry", "telemetry.>"], publish: { deny: ">" }'
    else:
        subject = user.replace(".", "//")  # how nats-server writes a dot inside an MQTT level
        rights = (
            f'publish: ["telemetry.{subject}", "telemetry.{subject}.>"], '
            f'subscribe: ["command.{subject}", "command.{subject}.>"]'
        )
    return (
        f'    {{ user: "{user}", password: "{password}", allowed_connection_types: ["MQTT"], '
        f"permissions: {{ {rights} }} }}"
    )


def write_private(path: Path, text: str) -> None:
    """Replace a file at one stroke; only its owner can read the new one."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
