"""The judge of sources that send nothing, though they declared how often they would."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from anomaly import telling
from anomaly.evidence import to_microseconds
from metrology.alert import Severity
from metrology.finding import Grade, Magnitude, SourceFinding
from metrology.wording import Wording

_LASTING = Wording(
    zh="数据来源{code}自{at}（{since_zh}）起未再报送，已超过其申报的报送间隔{limit_zh}；其负责{instruments}台器具。",
    en="Source {code} has sent nothing since {at} ({since_en}), longer than the report interval of {limit_en} that it "
    "declared; it speaks for {instruments} instruments.",
)
_ENDED = Wording(
    zh="数据来源{code}自{at}（{since_zh}）至{until}共{length_zh}未报送，超过其申报的报送间隔{limit_zh}；"
    "其负责{instruments}台器具。",
    en="Source {code} sent nothing from {at} ({since_en}) to {until}, {length_en}, longer than the report interval of "
    "{limit_en} that it declared; it speaks for {instruments} instruments.",
)
_LAST = Wording(zh="最后一次收到报送", en="last message received")
_ENROLMENT = Wording(zh="登记，此后从未报送", en="enrolled; nothing ever came")
_EXACT = Wording(
    zh="确定性判定：由收数台账和申报的报送间隔直接得出，不依赖统计推断。",
    en="Exact: it follows from the intake ledger and the declared interval, without statistics.",
)
_MANY = Wording(
    zh="其负责{instruments}台器具，静默期间均不在监管之下。",
    en="It speaks for {instruments} instruments, none of which is supervised meanwhile.",
)
_HOUR = timedelta(hours=1)


class Unjudged(StrEnum):
    """Why a source that sends nothing is not judged."""

    NOBODY_LISTENED = "nobody_listened"
    """Nobody is able to hear where the source speaks: the silence may be ours."""
    NOT_EVERYBODY_LISTENED = "not_everybody_listened"
    """An ingest is missing for which the broker may keep messages of this source."""
    LISTENING_TOO_SHORT = "listening_too_short"
    """Everybody listens again, but not yet for as long as the source may be silent."""


@dataclass(frozen=True, slots=True)
class Heard:
    """All that is known of a source's silence.

    Parameters
    ----------
    source, code
        Number and name of the source.
    onset
        When its last message was received, or while none ever came when it was enrolled.
    ever_spoke
        Whether a message ever came.
    report_interval
        Longest time between two messages that it declared.
    listening_since
        Since when it has been heard without a break, by every way in that it uses; None where it cannot be now.
    instruments
        Number of instruments that it speaks for.
    zone
        Civil zone by whose clock a person reads of it.
    """

    source: int
    code: str
    onset: datetime
    ever_spoke: bool
    report_interval: timedelta
    listening_since: datetime | None
    instruments: int
    zone: str
    intake: int = 0
    """Ledger row of the last message; 0 while none ever came."""
    everybody_listens: bool = True
    """Whether nobody is missing for whom messages may be kept."""


@dataclass(frozen=True)
class SourceSilence:
    """Has a source been silent for longer than it declared?

    Parameters
    ----------
    grace_seconds
        Time beyond the declared interval for a message on its way [s].
    many_instruments
        From so many instruments on, a source's silence is one step more severe.

    Notes
    -----
    Formula: the last message was received at t₀ (while none ever came: the source was enrolled at t₀), everybody on
    the ways in that it uses has been able to hear without a break since t₁, the source declared the interval T. At
    any instant t with t − max(t₀, t₁) > T + `grace_seconds` there is a finding. Onset t₀; until: when the next message
    is received; magnitude: until − t₀, and while it lasts what it was when it was noticed. Quarantined messages count:
    such a source speaks, but badly. What the broker delivers again and what is replayed from quarantine do not count.

    Wrong when: the network between the source and the broker failed, or the broker refused the source (look at its
    credentials): nothing was received all the same, but the cause is not the source's. The time in which we
    could not hear is never held against a source: not connected, held back by the database, behind, or not serving.

    Instead: `reading_gap` where single instruments of a source that speaks stay silent.

    Not judged: `nobody_listened`, `not_everybody_listened`, `listening_too_short`; a source that declared no interval
    is not asked about.

    References
    ----------
    docs/decisions/0022-silence-of-a-source.md.

    Examples
    --------
    >>> from datetime import UTC
    >>> nine = datetime(2026, 3, 2, 1, tzinfo=UTC)
    >>> heard = Heard(1, "city-water", nine, True, timedelta(minutes=15), nine - timedelta(days=1), 12, "Asia/Shanghai")
    >>> SourceSilence().judge(heard, nine + timedelta(minutes=16)) is None
    True
    >>> print(SourceSilence().judge(heard, nine + timedelta(minutes=17)).statement.en)
    ... # doctest: +NORMALIZE_WHITESPACE
    Source city-water has sent nothing since 2026-03-02 09:00 (last message received), longer than the report interval
    of 15 min that it declared; it speaks for 12 instruments.
    """  # noqa: D400 - a method sheet begins with its question

    grace_seconds: float = 60.0
    many_instruments: int = 100

    name: ClassVar[str] = "source_silence"
    version: ClassVar[str] = "1"
    grade: ClassVar[Grade] = Grade.EXACT
    question: ClassVar[Wording] = Wording(
        zh="数据来源的静默时间是否超过其申报的报送间隔？", en="Has a source been silent for longer than it declared?"
    )
    check: ClassVar[Wording] = Wording(
        zh="联系数据来源单位，查其采集系统、网络和报送凭证是否正常；恢复后核对静默期间的读数是否补报齐全、与器具内冻结数据是否一致。",
        en="Call the source: are its head-end, its network and its credentials in order? When it speaks again, see "
        "whether the readings of the time of silence are complete and agree with those frozen in the instruments.",
    )

    def judge(self, heard: Heard, now: datetime) -> SourceFinding | Unjudged | None:
        """Finding, why there is no judgement, or None where the source is not silent beyond what it declared."""
        allowed = heard.report_interval + timedelta(seconds=self.grace_seconds)
        if now - heard.onset <= allowed:
            return None
        if heard.listening_since is None:
            return Unjudged.NOBODY_LISTENED
        if not heard.everybody_listens:
            return Unjudged.NOT_EVERYBODY_LISTENED
        noticed_at = max(heard.onset, heard.listening_since) + allowed
        if now <= noticed_at:
            return Unjudged.LISTENING_TOO_SHORT
        return self._finding(heard, noticed_at, None)

    def ended(self, heard: Heard, noticed_at: datetime, until: datetime) -> SourceFinding:
        """The finding of a silence that is over."""
        return self._finding(heard, noticed_at, until)

    def severity(self, instruments: int) -> tuple[Severity, tuple[Wording, ...]]:
        """How urgently a person is needed, and why."""
        if instruments >= self.many_instruments:
            return Severity.MAJOR, (_EXACT, _MANY.fill(instruments=instruments))
        return Severity.MINOR, (_EXACT,)

    def _finding(self, heard: Heard, noticed_at: datetime, until: datetime | None) -> SourceFinding:
        hours = ((until or noticed_at) - heard.onset) / _HOUR
        since = _LAST if heard.ever_spoke else _ENROLMENT
        limit_zh, limit_en = telling.length(heard.report_interval)
        length_zh, length_en = telling.length((until or noticed_at) - heard.onset)
        told = _LASTING if until is None else _ENDED
        return SourceFinding(
            source=heard.source,
            onset=heard.onset,
            until=until,
            noticed_at=noticed_at,
            statement=told.fill(
                code=heard.code,
                at=telling.moment(to_microseconds(heard.onset), heard.zone),
                until="" if until is None else telling.moment(to_microseconds(until), heard.zone),
                since_zh=since.zh,
                since_en=since.en,
                length_zh=length_zh,
                length_en=length_en,
                limit_zh=limit_zh,
                limit_en=limit_en,
                instruments=heard.instruments,
            ),
            magnitude=Magnitude(value=hours, unit="h"),
            evidence={
                "last_received_at": heard.onset.isoformat() if heard.ever_spoke else None,
                "enrolled_at": None if heard.ever_spoke else heard.onset.isoformat(),
                "next_received_at": None if until is None else until.isoformat(),
                "report_interval_seconds": heard.report_interval.total_seconds(),
                "grace_seconds": self.grace_seconds,
                "listening_since": None if heard.listening_since is None else heard.listening_since.isoformat(),
                "noticed_at": noticed_at.isoformat(),
                "instruments": heard.instruments,
                "intake": heard.intake,
            },
        )
