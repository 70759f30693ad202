"""An open, de-duplicated finding that a person must handle; states after ISA-18.2."""

from enum import StrEnum

from metrology.wording import Wording


class AlertState(StrEnum):
    """ISA-18.2 alarm states, by their short names."""

    NORMAL = "NORM"
    UNACKNOWLEDGED = "UNACK"
    ACKNOWLEDGED = "ACKED"
    RETURNED_UNACKNOWLEDGED = "RTNUN"
    SHELVED = "SHLVD"
    SUPPRESSED = "DSUPR"
    OUT_OF_SERVICE = "OOSRV"


class Severity(StrEnum):
    """How urgently a person is needed; order is that of ThingsBoard's AlarmSeverity."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    WARNING = "warning"
    INDETERMINATE = "indeterminate"

    @property
    def wording(self) -> Wording:
        """What people call the level within a sentence."""
        return _LEVELS[self]


_LEVELS = {
    Severity.CRITICAL: Wording(zh="紧急", en="critical"),
    Severity.MAJOR: Wording(zh="重要", en="major"),
    Severity.MINOR: Wording(zh="次要", en="minor"),
    Severity.WARNING: Wording(zh="提示", en="warning"),
    Severity.INDETERMINATE: Wording(zh="未定", en="undetermined"),
}


class ClosedReason(StrEnum):
    """Why an alert was closed."""

    WITHDRAWN = "withdrawn"
    """Fuller evidence no longer shows what the alert says."""
    HANDLED = "handled"
    CHANCE = "chance"
    """With fuller evidence from the fleet, what the alert says no longer stands out from chance."""

    @property
    def wording(self) -> Wording:
        """The reason as a sentence."""
        return _REASONS[self]


_REASONS = {
    ClosedReason.WITHDRAWN: Wording(zh="后续数据已说明原因，判定撤回。", en="Withdrawn: later data explain it."),
    ClosedReason.HANDLED: Wording(zh="监管人员已处理完毕。", en="A supervisor has handled it."),
    ClosedReason.CHANCE: Wording(
        zh="结合全网数据，已不能与偶然波动区分。", en="Against the whole fleet it no longer stands out from chance."
    ),
}


def state(
    *,
    condition_present: bool,
    acknowledged: bool,
    shelved: bool = False,
    suppressed: bool = False,
    out_of_service: bool = False,
) -> AlertState:
    """ISA-18.2 state of an alert whose condition and human handling are two separate facts.

    Examples
    --------
    >>> state(condition_present=False, acknowledged=False).value
    'RTNUN'
    """
    if out_of_service:
        return AlertState.OUT_OF_SERVICE
    if suppressed:
        return AlertState.SUPPRESSED
    if shelved:
        return AlertState.SHELVED
    if acknowledged:
        return AlertState.ACKNOWLEDGED if condition_present else AlertState.NORMAL
    return AlertState.UNACKNOWLEDGED if condition_present else AlertState.RETURNED_UNACKNOWLEDGED
