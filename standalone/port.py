"""Ports of this machine's loopback address."""

import socket

from standalone.errors import PortTaken

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port on which nothing listens at this moment.

    Returns
    -------
    int
        A port number; another program may take it before the caller does, so callers try again.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int, service: str) -> int:
    """The port itself when it can be listened on.

    Raises
    ------
    PortTaken
        When another program holds it.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Servers set this too: a connection still closing down does not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            # On some systems bind succeeds beside a listener on the wildcard address; listening does not.
            probe.listen(1)
        except OSError as error:
            raise PortTaken(service, port) from error
    return port
