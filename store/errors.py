"""What the store refuses, as nouns with data."""


class StoreError(Exception):
    """The store cannot do what was asked."""


class StoreUnreachable(StoreError):
    """No connection to the database."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"no connection to the database: {reason}. Is it running, and is HENGJIAN_DATABASE_URL right?",
        )


class MigrationChanged(StoreError):
    """A migration that was applied before has since been edited."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"migration {name} was applied in another wording; migrations are forward only: add a new one")


class MigrationUnknown(StoreError):
    """The database has a migration that this version does not know."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the database was migrated by a newer version ({name}); run that version or a later one")


class RegisterChanged(StoreError):
    """A kind now declares another unit or resolution for a register that has readings."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind = kind
        self.name = name
        super().__init__(
            f"register {name} of {kind} is stored with another unit or resolution; give the new meaning a new name",
        )


class EnrolmentRefused(StoreError):
    """A row of an enrolment list cannot be taken."""

    def __init__(self, row: int, reason: str) -> None:
        self.row = row
        self.reason = reason
        super().__init__(f"row {row} of the enrolment list: {reason}")


class SourceUnknown(StoreError):
    """Nobody enrolled the source."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"source {code[:80]!r} is not enrolled; let it in with `hengjian source add`")


class KeyWithoutSource(StoreError):
    """A key speaks for a source exactly if its role is source."""

    def __init__(self, role: str) -> None:
        self.role = role
        super().__init__(f"a key of role {role} {'needs a source' if role == 'source' else 'speaks for no source'}")


class SourceCodeUnfit(StoreError):
    """A source's code cannot be a user name of the broker and a level of its topics."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(
            f"source code {code[:80]!r} is not one: it has 1 to 64 letters, digits, '-' or '_', and is not 'ingest'"
        )


class SourceKnown(StoreError):
    """The source is let in already."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"source {code!r} is let in already; give it another credential with `hengjian source rotate`")


class SourceRevoked(StoreError):
    """The source was revoked: giving it another credential would let it in again by the back door."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"source {code!r} was revoked; to let it in again, add it anew")


class SourceChanged(StoreError):
    """The source has changed since it was read."""

    def __init__(self, code: str, version: int) -> None:
        self.code = code
        self.version = version
        super().__init__(f"source {code!r} is at version {version} now; read it again")


class PublicKeyRefused(StoreError):
    """A public key that cannot be enrolled."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the public key cannot be enrolled: {reason}")


class InstrumentUnknown(StoreError):
    """No instrument of this serial is enrolled with the source."""

    def __init__(self, source: str, serial: str) -> None:
        self.source = source
        self.serial = serial
        super().__init__(f"source {source} has no instrument {serial}")
