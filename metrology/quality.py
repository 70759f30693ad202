"""What may be said of a day of one register short of an alert: quality codes, each with its reason in words.

A flag is no accusation and raises no alert: it tells who reads a figure what it rests on. One code for each rule, so
that the cause is never lost. Which rule of the published lists is a flag, which one a judge, and which one is met
elsewhere stands in docs/data-quality.md.
"""

from dataclasses import dataclass
from enum import StrEnum

from metrology.wording import Wording


class Standing(StrEnum):
    """What a flag makes of the value, words of the validation catalogue."""

    VALID = "valid"
    """The value stands; the flag only tells how it came."""
    SUSPECT = "suspect"
    """The value is kept and stands, cause open."""
    MISSING = "missing"
    """Expected, not received."""


class Quality(StrEnum):
    """Quality codes of a civil day of one register; values are the spelling of the API."""

    NO_READINGS = "no_readings"
    REGISTER_ABSENT = "register_absent"
    FEWER_READINGS = "fewer_readings"
    MORE_READINGS = "more_readings"
    HOURS_MISSING = "hours_missing"
    CONSUMPTION_UNKNOWN = "consumption_unknown"
    CLOCK_AHEAD = "clock_ahead"
    RECEIVED_LATE = "received_late"
    STAMPED_ON_RECEIPT = "stamped_on_receipt"
    ZERO_CONSUMPTION = "zero_consumption"
    NEVER_AT_REST = "never_at_rest"
    REVERSE_GROWTH = "reverse_growth"
    HIGH_DAY = "high_day"
    LOW_DAY = "low_day"
    HOURLY_SPIKE = "hourly_spike"
    EVEN_HOURS = "even_hours"
    REPEATED_DAY = "repeated_day"
    ESTIMATED_LONG = "estimated_long"


class Estimation(StrEnum):
    """How the hours between two readings were estimated; values are the spelling of the API."""

    LINEAR = "linear"
    """Evenly over the time between the two readings: VEE-ES01."""
    LIKE_DAYS = "like_days"
    """By the shape of like days before, scaled to the register's growth: VEE-ES02."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means.

    Parameters
    ----------
    title
        Name for people.
    reason
        Sentence with `{found}`, `{limit}` and `{unit}`, numbers as the flag carries them.
    standing
        What it makes of the value.
    rule
        Code in the validation catalogue.
    source
        Where the rule was published.
    """

    title: Wording
    reason: Wording
    standing: Standing
    rule: str
    source: str


_ORACLE = "Oracle Utilities base package, validation rules"
_ITRON = "Itron Enterprise Edition, interval and register rules"
_MV90 = "IESO MV-90 flags"
_CALIFORNIA = "California DASMMD, Attachment VEE"
_OWN = "our own; tampering catalogue"

MEANINGS: dict[Quality, Meaning] = {
    Quality.NO_READINGS: Meaning(
        Wording("无读数", "no readings"),
        Wording(
            "当日没有读数，通常每日{limit:.0f}个。", "No reading was taken on the day; {limit:.0f} a day are usual."
        ),
        Standing.MISSING,
        "VEE-G01",
        _MV90,
    ),
    Quality.REGISTER_ABSENT: Meaning(
        Wording("缺少该示值", "register absent"),
        Wording(
            "当日该器具有读数，但缺少该示值；通常每日{limit:.0f}个。",
            "The instrument reported on the day, but not this register; {limit:.0f} a day are usual.",
        ),
        Standing.MISSING,
        "VEE-G05",
        _ORACLE,
    ),
    Quality.FEWER_READINGS: Meaning(
        Wording("读数偏少", "fewer readings"),
        Wording(
            "当日收到{found:.0f}个读数，通常每日{limit:.0f}个。",
            "{found:.0f} readings were taken on the day; {limit:.0f} a day are usual.",
        ),
        Standing.MISSING,
        "VEE-G02",
        _MV90,
    ),
    Quality.MORE_READINGS: Meaning(
        Wording("读数偏多", "more readings"),
        Wording(
            "当日收到{found:.0f}个读数，通常每日{limit:.0f}个：抄表间隔已变，或混入其他数据。",
            "{found:.0f} readings were taken on the day; {limit:.0f} a day are usual: the interval was changed, or "
            "other data are mixed in.",
        ),
        Standing.SUSPECT,
        "VEE-S03",
        _ORACLE,
    ),
    Quality.HOURS_MISSING: Meaning(
        Wording("部分小时用量未知", "hours missing"),
        Wording(
            "当日有{found:.0f}个小时的用量未知，平时逐小时可知。",
            "The consumption of {found:.0f} hours of the day is unknown; usually every hour is known.",
        ),
        Standing.MISSING,
        "VEE-G03",
        _MV90,
    ),
    Quality.CONSUMPTION_UNKNOWN: Meaning(
        Wording("日用量未知", "consumption unknown"),
        Wording(
            "当日零点前后读数间隔过长，或示值倒退，日用量未知。",
            "The day's consumption is unknown: too long a gap lies about a midnight, or the register fell.",
        ),
        Standing.MISSING,
        "VEE-G04",
        _ITRON,
    ),
    Quality.CLOCK_AHEAD: Meaning(
        Wording("时钟超前", "clock ahead"),
        Wording(
            "有读数的时间比收到的时间晚{found:.0f}秒（允许{limit:.0f}秒）：器具时钟超前。",
            "A reading is stamped {found:.0f} s later than it was received ({limit:.0f} s allowed): the device's clock "
            "is ahead.",
        ),
        Standing.SUSPECT,
        "VEE-T06",
        _OWN,
    ),
    Quality.RECEIVED_LATE: Meaning(
        Wording("收到过晚", "received late"),
        Wording(
            "当日读数最快也在{found:.1f}小时后才收到（允许{limit:.1f}小时）：补传，或器具时钟落后。",
            "Even the quickest reading of the day was received after {found:.1f} h ({limit:.1f} h allowed): it was "
            "sent later, or the device's clock is behind.",
        ),
        Standing.VALID,
        "VEE-T02",
        _MV90,
    ),
    Quality.STAMPED_ON_RECEIPT: Meaning(
        Wording("时间疑为收到时所加", "stamped on receipt"),
        Wording(
            "当日各读数从采集到收到的时间相差不超过{found:.3f}秒：时间可能在传送途中所加，而非器具时钟。",
            "From stamp to receipt all readings of the day took the same time to within {found:.3f} s: they were "
            "perhaps stamped on the way, not by the device's clock.",
        ),
        Standing.SUSPECT,
        "VEE-T01",
        _CALIFORNIA,
    ),
    Quality.ZERO_CONSUMPTION: Meaning(
        Wording("零用量", "zero consumption"),
        Wording(
            "截至当日已连续{found:.0f}天示值不变。",
            "The register has shown one value for {found:.0f} days up to this one.",
        ),
        Standing.VALID,
        "VEE-Z02",
        _ORACLE,
    ),
    Quality.NEVER_AT_REST: Meaning(
        Wording("持续用水", "never at rest"),
        Wording(
            "截至当日已连续{found:.0f}天每小时均有用量，最少一小时{limit:.3g} {unit}：可能漏水。",
            "For {found:.0f} days up to this one no hour was without consumption, the least {limit:.3g} {unit}: "
            "perhaps a leak.",
        ),
        Standing.SUSPECT,
        "VEE-WA03",
        _OWN,
    ),
    Quality.REVERSE_GROWTH: Meaning(
        Wording("反向走动", "reverse growth"),
        Wording(
            "反向示值当日增加{found:.3g} {unit}。",
            "The reverse register grew by {found:.3g} {unit} on the day.",
        ),
        Standing.VALID,
        "VEE-Z01",
        _ORACLE,
    ),
    Quality.HIGH_DAY: Meaning(
        Wording("高于历史", "high against history"),
        Wording(
            "当日用量{found:.3g} {unit}，高于限值{limit:.3g} {unit}（按此前28天）。",
            "The day's consumption of {found:.3g} {unit} is above {limit:.3g} {unit}, the limit by the 28 days before.",
        ),
        Standing.SUSPECT,
        "VEE-L07",
        _ITRON,
    ),
    Quality.LOW_DAY: Meaning(
        Wording("低于历史", "low against history"),
        Wording(
            "当日用量{found:.3g} {unit}，低于限值{limit:.3g} {unit}（按此前28天）。",
            "The day's consumption of {found:.3g} {unit} is below {limit:.3g} {unit}, the limit by the 28 days before.",
        ),
        Standing.SUSPECT,
        "VEE-L06",
        _ORACLE,
    ),
    Quality.HOURLY_SPIKE: Meaning(
        Wording("小时尖峰", "hourly spike"),
        Wording(
            "当日有一小时用量{found:.3g} {unit}，而前14天最高一小时为{limit:.3g} {unit}。",
            "One hour of the day took {found:.3g} {unit}; the highest of the 14 days before was {limit:.3g} {unit}.",
        ),
        Standing.SUSPECT,
        "VEE-C03",
        _ORACLE,
    ),
    Quality.EVEN_HOURS: Meaning(
        Wording("各小时过于均匀", "even hours"),
        Wording(
            "当日各小时用量的变异系数为{found:.3f}，而前14天最小为{limit:.3f}。",
            "The hours of the day vary by a coefficient of {found:.3f}; the least of the 14 days before was "
            "{limit:.3f}.",
        ),
        Standing.SUSPECT,
        "VEE-C05",
        _ORACLE,
    ),
    Quality.REPEATED_DAY: Meaning(
        Wording("重复此前某日", "repeated day"),
        Wording(
            "当日逐小时用量与{found:.0f}天前完全相同；按自身历史估算，偶然相同的概率为10的{limit:.0f}次方。",
            "Hour by hour the day equals the one {found:.0f} days before; by own history the chance of a coincidence "
            "is 10^{limit:.0f}.",
        ),
        Standing.SUSPECT,
        "VEE-EL06",
        _OWN,
    ),
    Quality.ESTIMATED_LONG: Meaning(
        Wording("长期估算", "estimated for long"),
        Wording(
            "截至当日已连续{found:.0f}天为估算值（允许{limit:.0f}天）。",
            "For {found:.0f} days up to this one the consumption is estimated ({limit:.0f} allowed).",
        ),
        Standing.SUSPECT,
        "VEE-ES07",
        _ORACLE,
    ),
}
"""Every code with its meaning."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A code on one day of one register.

    Parameters
    ----------
    found, limit
        What was found, and what it was held against, as the reason tells them; NaN where there is none.
    """

    code: Quality
    found: float
    limit: float

    def reason(self, unit: str) -> Wording:
        """The reason in words.

        Parameters
        ----------
        unit
            Unit of the register, as people read it.

        Examples
        --------
        >>> Flag(Quality.REVERSE_GROWTH, 0.25, 0).reason("m³").en
        'The reverse register grew by 0.25 m³ on the day.'
        """
        return MEANINGS[self.code].reason.fill(found=self.found, limit=self.limit, unit=unit)
