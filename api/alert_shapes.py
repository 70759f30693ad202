"""Shapes of alerts; their content is rendered by store.alert_document alone."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, JsonValue

from api.shapes import SiteName, Wording
from metrology.alert import AlertState, ClosedReason, Severity
from metrology.finding import Grade


class Magnitude(BaseModel):
    """Size of an effect; `uncertainty` is the expanded one, k = 2; null for an exact statement."""

    value: str = Field(examples=["12.3"])
    uncertainty: str | None = Field(examples=["0.4"])
    unit: str = Field(description="UCUM code.", examples=["m3"])
    relative_percent: str | None = Field(description="Effect as a share of what was expected [%].", examples=["-31.0"])
    mpe_multiple: str | None = Field(description="That share over the MPE, sign aside.", examples=["7.8"])
    mpe_multiple_uncertainty: str | None = Field(description="Expanded uncertainty, k = 2.", examples=["1.9"])


class Acknowledged(BaseModel):
    """Who took note of an alert, and when."""

    at: datetime
    by: str


class Closed(BaseModel):
    """When and why an alert was closed."""

    at: datetime
    reason: ClosedReason
    wording: Wording = Field(description="The reason as a sentence.")


class Cost(BaseModel):
    """Estimated cost to the public."""

    amount: str = Field(examples=["41.50"])
    currency: str = Field(description="ISO 4217 code.", examples=["CNY"])
    basis: Wording = Field(description="How it was reckoned: quantity and tariff.")


class CostOfFinding(Cost):
    """Estimated cost of one finding: quantity × price, to the fen."""

    quantity: str | None = Field(description="As it is told [magnitude.unit]; null where amounts were compared.")
    price: str | None = Field(description="Tariff [currency/magnitude.unit].")


class InstrumentOfAlert(BaseModel):
    """The instrument that an alert speaks of."""

    id: int
    serial: str
    kind: str
    source: str


class SourceOfAlert(BaseModel):
    """The source that an alert speaks of as a whole."""

    code: str
    name: str


class _Alert(BaseModel):
    id: int
    grade: Grade
    severity: Severity
    state: AlertState = Field(description="ISA-18.2 state, from the condition and the handling.")
    condition_present: bool
    acknowledged: Acknowledged | None
    opened_at: datetime
    since: datetime = Field(description="Onset of the first finding.")
    since_earliest: datetime | None = Field(description="Earliest that this onset can be; null where it is exact.")
    since_latest: datetime | None = Field(description="Latest that this onset can be; null where it is exact.")
    last_finding_at: datetime
    statement: Wording
    instrument: InstrumentOfAlert | None = Field(description="Null where a source as a whole is spoken of.")
    site: SiteName | None = Field(description="Where the instrument stands; null where a source is spoken of.")
    source: SourceOfAlert | None = Field(
        description="The source, where it is spoken of as a whole; null where an instrument is."
    )
    magnitude: Magnitude
    p_value: float | None = Field(description="Of the gravest finding; null for an exact claim.")
    q_value: float | None = Field(
        description="Of the statistical findings at least as strong as the gravest, the share that is chance, at most."
    )
    mpe_percent: str | None = Field(description="Maximum permissible error it is compared with [%].", examples=["4"])
    mpe_source: Wording | None = Field(description="Where that limit stands and what was assumed.")
    cost: Cost | None
    register_: str | None = Field(alias="register")
    closed: Closed | None
    version: int = Field(description="Grows with every change; its quoted form is the ETag.")


class AlertItem(_Alert):
    """An alert as lists, the live feed and webhooks show it."""

    judge: str
    findings: int = Field(description="Findings gathered, withdrawn ones left out.")


class Confidence(BaseModel):
    """How sure a statistical judge is; figures are null for an exact one."""

    p_value: float | None = Field(
        description="Probability that an honest instrument shows evidence at least as strong within a year."
    )
    false_alarms_per_1000_instrument_years: float | None = Field(description="What the judge states for this kind.")
    q_value: float | None = Field(
        description="Of the statistical findings of the month at least as strong, the share that is chance, at most."
    )
    stands_out: bool = Field(description="Whether it may open an alert: an exact one always.")
    meaning: Wording = Field(description="These figures in words.")


class Finding(BaseModel):
    """One claim with the evidence that reproduces it."""

    id: int
    onset: datetime
    onset_earliest: datetime | None = Field(description="Earliest that the onset can be; null where it is exact.")
    onset_latest: datetime | None = Field(description="Latest that the onset can be; null where it is exact.")
    until: datetime | None
    statement: Wording
    magnitude: Magnitude
    confidence: Confidence
    cost: CostOfFinding | None
    evidence_from: datetime | None = Field(description="Beginning of the data that the claim was made from.")
    evidence_to: datetime | None = Field(description="End of these data.")
    judge_version: str
    policy_hash: str = Field(description="SHA-256 of the policy in force when it was last said.")
    evidence: dict[str, JsonValue]
    withdrawn_at: datetime | None


class Judge(BaseModel):
    """The rule or detector that speaks, as it was when it spoke."""

    name: str
    version: str
    grade: Grade
    question: Wording
    method: str
    parameters: dict[str, JsonValue]
    policy_hash: str


class HistoryEntry(BaseModel):
    """Something done to an alert."""

    at: datetime
    who: str
    action: str
    detail: dict[str, Any]


class AlertDetail(_Alert):
    """An alert with its latest findings, its judge, and all that was done to it."""

    findings: list[Finding] = Field(description="The latest 200 findings, latest onset first.")
    findings_count: int = Field(description="Findings gathered, withdrawn ones left out.")
    severity_reasons: list[Wording] = Field(description="Why it is that severe.")
    judge: Judge | None
    history: list[HistoryEntry]
    check: Wording | None = Field(description="How a person on the spot can check the claim.")


class Comment(BaseModel):
    """What a person says about taking note."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"comment": "inspection arranged"}]}}

    comment: str = Field(default="", max_length=2000, pattern=r"^[^\x00]*$")
