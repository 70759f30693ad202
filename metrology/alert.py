"""An open, de-duplicated finding that a person must handle; states after ISA-18.2."""

from enum import StrEnum


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
