"""Shapes of sources: as they are shown, and as they are written."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from store.credentials import Kind
from store.sources import CODE, SourceView

Code = Annotated[str, StringConstraints(pattern=f"^{CODE}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00]+$")]

_INTERVAL = Field(gt=timedelta(0), le=timedelta(days=400), description="Longest time between two messages.")
_MESSAGES = Field(gt=0, le=1e9, allow_inf_nan=False, description="Most messages a second over time.")
_PAYLOAD = Field(gt=0, le=1e12, allow_inf_nan=False, description="Most payload a second over time [bytes/s].")
_LARGEST = Field(gt=0, le=2**31 - 1, description="Largest message [bytes].")


class Source(BaseModel):
    """A utility's head-end, a station gateway or a single device."""

    code: str
    name: str
    instruments: int = Field(description="Instruments that it speaks for.")
    last_received_at: datetime | None = Field(description="When anything last came from it.")
    quarantined: int = Field(description="Its messages held in quarantine.")
    report_interval: timedelta | None = Field(description="Longest time between two messages that it declared.")
    messages_per_second: float | None = Field(description="Most messages a second; null: any number.")
    bytes_per_second: float | None = Field(description="Most payload a second [bytes/s]; null: any.")
    largest_message: int | None = Field(description="Largest message [bytes]; null: the largest of its format.")
    credential: Kind | None = Field(description="What the broker lets it in by; null: nothing.")
    credential_since: datetime | None
    revoked_at: datetime | None = Field(description="Since when it is no longer let in.")

    @classmethod
    def of(cls, view: SourceView) -> Self:
        """Shape of a stored source."""
        return cls(
            code=view.code,
            name=view.name,
            instruments=view.instruments,
            last_received_at=view.last_received_at,
            quarantined=view.quarantined,
            report_interval=view.report_interval,
            messages_per_second=view.messages_per_second,
            bytes_per_second=view.bytes_per_second,
            largest_message=view.largest_message,
            credential=None if view.credential is None else Kind(view.credential),
            credential_since=view.credential_since,
            revoked_at=view.revoked_at,
        )


class IssuedSource(Source):
    """A source with the password that was made for it: it is shown this once and kept nowhere."""

    password: str | None = Field(description="Null where a certificate lets it in.")

    @classmethod
    def with_password(cls, view: SourceView, password: str | None) -> Self:
        """Shape of a stored source with its new password."""
        return cls(**Source.of(view).model_dump(), password=password)


class Limits(BaseModel):
    """Name and limits; what is left out stays, null takes a limit back."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    report_interval: Annotated[timedelta, _INTERVAL] | None = None
    messages_per_second: Annotated[float, _MESSAGES] | None = None
    bytes_per_second: Annotated[float, _PAYLOAD] | None = None
    largest_message: Annotated[int, _LARGEST] | None = None

    @model_validator(mode="after")
    def _keeps_a_name(self) -> Self:
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("a source keeps a name")
        return self

    def stated(self) -> dict[str, object]:
        """What the request says, by column."""
        return {name: getattr(self, name) for name in Limits.model_fields if name in self.model_fields_set}


class NewSource(Limits):
    """A source to be let in."""

    code: Code = Field(description="Its user name at the broker and second level of its topics.")
    credential: Kind = Field(default=Kind.PASSWORD, description="What the broker shall let it in by.")


class Rotation(BaseModel):
    """Another credential."""

    model_config = ConfigDict(extra="forbid")

    credential: Kind | None = Field(default=None, description="Of another sort; as before where null.")
