"""Where a broker listens and with which credentials, from a URL and a credentials file."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Host, port, whether TLS is spoken, and the user of the URL if it names one."""

    host: str
    port: int
    encrypted: bool
    user: str | None = None
    password: str | None = None

    @classmethod
    def of(cls, url: str) -> "BrokerAddress":
        """Address that a URL `mqtt[s]://[user:password@]host[:port]` names.

        Raises
        ------
        AddressUnreadable
            for another scheme, no host or a port that is no number.

        Examples
        --------
        >>> BrokerAddress.of("mqtt://city-water:s3%40@127.0.0.1:18830").password
        's3@'
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise AddressUnreadable(url) from error
        if parts.scheme not in _PORTS or not parts.hostname:
            raise AddressUnreadable(url)
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            encrypted=parts.scheme == "mqtts",
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


class AddressUnreadable(ValueError):
    """The broker's address is not of the form mqtt[s]://[user:password@]host[:port]."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url.rsplit('@', 1)[-1]!r} is no address of the form mqtt[s]://[user:password@]host[:port]")


def read_credentials(path: Path) -> dict[str, str]:
    """Password of each source from a JSON object {source: password}.

    Raises
    ------
    CredentialsUnreadable
        if the file is missing or holds something else.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError) as error:
        raise CredentialsUnreadable(path, str(error)) from error


class CredentialsUnreadable(ValueError):
    """The credentials file does not hold one password a source."""

    def __init__(self, path: Path, cause: str) -> None:
        self.path = path
        super().__init__(f"{path} does not hold a JSON object of source and password: {cause}")
