"""What an instrument says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EventCode(StrEnum):
    """Canonical event vocabulary; values are the wire spelling of the native format v1."""

    COVER_OPEN = "cover_open"
    TERMINAL_COVER_OPEN = "terminal_cover_open"
    MAGNET = "magnet"
    REVERSE_FLOW = "reverse_flow"
    DRY = "dry"
    BLOCKED = "blocked"
    LEAK = "leak"
    BURST = "burst"
    BATTERY_LOW = "battery_low"
    VALVE_FAULT = "valve_fault"
    PHASE_LOSS = "phase_loss"
    UNDERVOLTAGE = "undervoltage"
    POWER_DOWN = "power_down"
    POWER_UP = "power_up"
    CLOCK_SET = "clock_set"
    PARAMETER_WRITE = "parameter_write"
    FIRMWARE_CHANGE = "firmware_change"
    SEAL_BROKEN = "seal_broken"
    BOARD_SWAP = "board_swap"
    SELF_LOCK = "self_lock"
    SENSOR_FRAUD = "sensor_fraud"
    REPLAY_SUSPECTED = "replay_suspected"
    LOG_CLEARED = "log_cleared"
    PRICE_CHANGE = "price_change"
    INSPECTION_MODE = "inspection_mode"


UNIVERSAL_EVENTS = frozenset(
    {
        EventCode.CLOCK_SET,
        EventCode.PARAMETER_WRITE,
        EventCode.FIRMWARE_CHANGE,
        EventCode.SEAL_BROKEN,
        EventCode.REPLAY_SUSPECTED,
        EventCode.LOG_CLEARED,
        EventCode.COVER_OPEN,
        EventCode.POWER_DOWN,
        EventCode.POWER_UP,
        EventCode.BATTERY_LOW,
        EventCode.SENSOR_FRAUD,
    },
)
"""Events that an instrument of any kind may report."""


@dataclass(frozen=True, slots=True)
class Event:
    """One self-report of an instrument: `code` at `at`, with whatever detail the device gave."""

    at: datetime
    code: EventCode
    detail: Mapping[str, object] = field(default_factory=dict)
