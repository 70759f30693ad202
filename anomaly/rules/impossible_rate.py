"""Was more registered in a time than the instrument can physically register?"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from fractions import Fraction
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from anomaly import telling
from anomaly.evidence import Evidence, ReadingColumns, TransactionColumns, to_instant
from anomaly.judge import Judgement, Sight
from anomaly.pairing import counted, paired
from anomaly.pruning import one_per_onset
from metrology.finding import Finding, Grade, Magnitude
from metrology.kind import InstrumentKind
from metrology.law import RateLimit
from metrology.quantity import to_decimal, to_text
from metrology.wording import Wording

_STATEMENT = Wording(
    zh="{what_zh}自{at}至{until}增加{growth} {unit}，平均{rate} {rate_unit}，"
    "超过规格{size}的上限{limit} {rate_unit}（依据：{source_zh}）。",
    en="{what_en} registered {growth} {unit} from {at} to {until}, {rate} {rate_unit} on average, more than the "
    "{limit} {rate_unit} that size {size} can register ({source_en}).",
)

_HOUR = 3_600_000_000
_MARGIN = 1e-9
"""Share by which the floating comparison errs on the side of a second, exact look."""


@dataclass(frozen=True)
class _Growth:
    """What was registered between two instants [count], and where it stands in its columns."""

    owner: int
    growth: int
    began: int
    ended: int
    decimals: int
    unit: str
    register: str | None
    sequence: int | None


@dataclass(frozen=True)
class ImpossibleRate:
    """Was more registered in a time than the instrument can physically register?

    Parameters
    ----------
    tolerance_percent
        By how much a mean rate may exceed the declared largest one [%].
    clock_tolerance_seconds
        By how much the time between two stamps may be too short: rounding and settings of the clock [s].

    Notes
    -----
    Formula: growth G in time T, between consecutive readings of the rated register or over one transaction, is
    impossible where (G − 1 resolution step) > L · (1 + `tolerance_percent`/100) · (T + `clock_tolerance_seconds`),
    L the largest rate of the instrument's size; compared in exact fractions. Magnitude: G less what was possible.

    Wrong when: the size on record is too small, or false. A jump back after a false low indication is found too, as
    growth that no flow made.

    Instead: `backward_register` for decreases.

    Not judged: `no_rate_limit` where the size is not on record or the kind declares no limit for it;
    `no_growth_seen` where neither readings nor transactions with a length came in;
    transactions of no length (stamps rounded to minutes) are left out.

    References
    ----------
    VEE-WA01, VEE-EL02, VEE-EV01, VEE-L01; limits of `metrology/kinds`, each with its source.

    Examples
    --------
    >>> from anomaly import specimen
    >>> evidence = specimen.readings("water_meter", [
    ...     (0, "2026-03-02T08:00+08:00", "105.250"),
    ...     (0, "2026-03-02T09:00+08:00", "353.250"),
    ... ], size="DN15")
    >>> finding, = ImpossibleRate().judge(evidence).findings
    >>> round(finding.magnitude.value, 3), finding.evidence["limit_per_hour"]
    (244.505, '3.125')
    """

    tolerance_percent: float = 10.0
    clock_tolerance_seconds: float = 60.0

    name: ClassVar[str] = "impossible_rate"
    version: ClassVar[str] = "1"
    grade: ClassVar[Grade] = Grade.EXACT
    question: ClassVar[Wording] = Wording(
        zh="单位时间内的计量值是否超过该规格器具的物理上限？",
        en="Was more registered in a time than the instrument can physically register?",
    )
    check: ClassVar[Wording] = Wording(
        zh="核对铭牌规格与登记规格是否一致；现场读取示值；查看上传数据中是否混入其他器具的数据；核对器具时钟。",
        en="Compare the nameplate with the size on record; read the register on site; see whether frames of another "
        "instrument came under its name; compare the clock.",
    )
    needs: ClassVar[frozenset[Sight]] = frozenset({Sight.READINGS, Sight.TRANSACTIONS})
    compares_instruments: ClassVar[bool] = False
    false_alarms_per_1000_instrument_years: ClassVar[float | None] = None

    @property
    def memory(self) -> timedelta:
        """None: the reading before each reading is enough."""
        return timedelta(0)

    def judge(self, evidence: Evidence) -> Judgement:
        """Every pair of readings and every transaction of the judged period above the limit of its instrument."""
        limits, number = _limits(evidence)
        rated = number >= 0
        seen = paired(evidence)
        suspects = [growth for columns in evidence.readings.values() for growth in self._pairs(columns, limits, number)]
        billed, columns = evidence.fleet.kind.transaction, evidence.transactions
        if billed is not None and columns is not None:
            lasting = columns.judged() & (columns.ended_at > columns.started_at)
            seen[columns.instrument[lasting]] = True
            suspects += self._transactions(columns, lasting, limits, number, billed.decimals, billed.unit)
        findings = [self._finding(evidence, growth, limits[number[growth.owner]]) for growth in suspects]
        sure = [finding for finding in findings if finding is not None]
        return Judgement(
            one_per_onset(sure), counted("no_rate_limit", ~rated) | counted("no_growth_seen", rated & ~seen)
        )

    def _pairs(
        self, columns: ReadingColumns, limits: Sequence[RateLimit], number: NDArray[np.int64]
    ) -> Iterator[_Growth]:
        register = columns.register
        later = columns.pairs()
        allowed = self._allowed(limits, number[columns.instrument[later]], register.name, register.decimals)
        growth = columns.grown[later].astype(np.float64) - columns.grown[later - 1].astype(np.float64)
        elapsed = columns.taken_at[later] - columns.taken_at[later - 1]
        for row in later[self._suspect(growth, elapsed, allowed)]:
            yield _Growth(
                owner=int(columns.instrument[row]),
                growth=int(columns.grown[row]) - int(columns.grown[row - 1]),
                began=int(columns.taken_at[row - 1]),
                ended=int(columns.taken_at[row]),
                decimals=register.decimals,
                unit=register.unit,
                register=register.name,
                sequence=None,
            )

    def _transactions(
        self,
        columns: TransactionColumns,
        lasting: NDArray[np.bool_],
        limits: Sequence[RateLimit],
        number: NDArray[np.int64],
        decimals: int,
        unit: str,
    ) -> Iterator[_Growth]:
        rows = np.flatnonzero(lasting)
        allowed = self._allowed(limits, number[columns.instrument[rows]], None, decimals)
        elapsed = columns.ended_at[rows] - columns.started_at[rows]
        for row in rows[self._suspect(columns.quantity[rows].astype(np.float64), elapsed, allowed)]:
            yield _Growth(
                owner=int(columns.instrument[row]),
                growth=int(columns.quantity[row]),
                began=int(columns.started_at[row]),
                ended=int(columns.ended_at[row]),
                decimals=decimals,
                unit=unit,
                register=None,
                sequence=int(columns.sequence[row]),
            )

    def _allowed(
        self, limits: Sequence[RateLimit], number: NDArray[np.int64], register: str | None, decimals: int
    ) -> NDArray[np.float64]:
        """Largest possible rate of each row [count/h]; infinite without a limit, or with one of another register."""
        declared = [limit.per_hour if register in (None, limit.register) else np.inf for limit in limits]
        by_size = np.array([float(per_hour) * 10**decimals for per_hour in declared] + [np.inf])
        return by_size[number]

    def _suspect(
        self, growth: NDArray[np.float64], elapsed: NDArray[np.int64], allowed: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        hours = elapsed / _HOUR + self.clock_tolerance_seconds / 3600
        possible = allowed * (1 + self.tolerance_percent / 100) * hours
        return np.asarray(growth - 1 > possible * (1 - _MARGIN), dtype=np.bool_)

    def _finding(self, evidence: Evidence, seen: _Growth, limit: RateLimit) -> Finding | None:
        """Finding, if the exact comparison bears the floating one out."""
        elapsed = Fraction(seen.ended - seen.began, _HOUR)
        slack = Fraction(str(self.clock_tolerance_seconds)) / 3600
        factor = 1 + Fraction(str(self.tolerance_percent)) / 100
        possible = Fraction(limit.per_hour) * 10**seen.decimals * factor * (elapsed + slack)
        if seen.growth - 1 <= possible:
            return None
        fleet, zone = evidence.fleet, evidence.fleet.zones[seen.owner]
        growth = float(to_decimal(seen.growth, seen.decimals))
        excess = growth - float(possible) / 10**seen.decimals
        what = _what(evidence.fleet.kind, seen)
        rate = growth / float(max(elapsed, Fraction(1, _HOUR)))
        return Finding(
            instrument=int(fleet.ids[seen.owner]),
            onset=to_instant(seen.began),
            until=to_instant(seen.ended),
            noticed_at=to_instant(seen.ended),
            statement=_STATEMENT.fill(
                what_zh=what.zh,
                what_en=what.en,
                size=limit.size,
                at=telling.moment(seen.began, zone),
                until=telling.moment(seen.ended, zone),
                growth=to_text(seen.growth, seen.decimals),
                rate=telling.figures(rate),
                limit=limit.per_hour,
                unit=telling.unit(seen.unit),
                rate_unit=telling.rate(seen.unit),
                source_zh=limit.source.text.zh,
                source_en=limit.source.text.en,
            ),
            magnitude=Magnitude(
                value=excess, unit=seen.unit, relative_percent=100 * (seen.growth / float(possible) - 1)
            ),
            register=seen.register,
            loss=excess,
            evidence={
                "growth": to_text(seen.growth, seen.decimals),
                "unit": seen.unit,
                "from": to_instant(seen.began).isoformat(),
                "to": to_instant(seen.ended).isoformat(),
                "sequence": seen.sequence,
                "limit_per_hour": str(limit.per_hour),
                "limit_size": limit.size,
                "limit_source": asdict(limit.source.text),
                "tolerance_percent": self.tolerance_percent,
                "clock_tolerance_seconds": self.clock_tolerance_seconds,
            },
        )


def _what(kind: InstrumentKind, seen: _Growth) -> Wording:
    if seen.register is None:
        return Wording(zh=f"第{seen.sequence}号交易计量值", en=f"Transaction {seen.sequence}")
    title = kind.register(seen.register).title
    return Wording(zh=f"{title.zh}示值", en=f"The {title.en} register")


def _limits(evidence: Evidence) -> tuple[tuple[RateLimit, ...], NDArray[np.int64]]:
    """Rate limits of a fleet's kind, and the number of each instrument's, −1 without one, shape (instruments,)."""
    limits = evidence.fleet.kind.rate_limits
    position = {limit.size: index for index, limit in enumerate(limits)}
    numbers = [-1 if size is None else position.get(size, -1) for size in evidence.fleet.sizes]
    return limits, np.array(numbers, dtype=np.int64)
