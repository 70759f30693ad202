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
