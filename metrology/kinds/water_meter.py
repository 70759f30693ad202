"""Cold-water meter 水表: JJG 162-2019, GB/T 778.1-2018 = ISO 4064-1:2014, OIML R 49-1:2013."""

from decimal import Decimal

from metrology.event import UNIVERSAL_EVENTS, EventCode
from metrology.kind import InstrumentKind
from metrology.law import YEAR, Citation, PermissibleError, Quotability, RateLimit, VerificationRule
from metrology.register import cumulative, momentary
from metrology.wording import Wording

_R49 = Citation(
    Wording(
        zh="OIML R 49-1:2013第4.2条；JJG 162-2019待核对",
        en="OIML R 49-1:2013 §4.2; JJG 162-2019 to be checked against the paper",
    )
)
_IN_SERVICE = Citation(
    Wording(
        zh="JJG 162-2019，使用中最大允许误差为首次检定的2倍；首次检定限值见OIML R 49-1:2013第4.2条",
        en="JJG 162-2019, in-service MPE = 2 × initial; initial = OIML R 49-1:2013 §4.2",
    )
)
_SIZES = Citation(
    Wording(
        zh="ISO 4064-1:2014第4.1.3条，Q4 = 1.25 Q3；规格按常见产品",
        en="ISO 4064-1:2014 §4.1.3, Q4 = 1.25 Q3; sizes as usually sold",
    )
)
_LIFE = Citation(
    Wording(
        zh="JJG 162-2019检定周期，据省级检定机构公布内容",
        en="JJG 162-2019 verification interval, as published by a provincial verification body",
    ),
    Quotability.CITED,
)

KIND = InstrumentKind(
    name="water_meter",
    title=Wording(zh="水表", en="water meter"),
    registers=(
        cumulative("volume", "m3", 3, "累积体积"),
        cumulative("volume_reverse", "m3", 3, "反向累积体积"),
        momentary("flow", "m3/h", 3, "流量"),
        momentary("temperature", "Cel", 1, "温度"),
        momentary("battery_voltage", "V", 2, "电池电压"),
    ),
    principal_register="volume",
    events=UNIVERSAL_EVENTS
    | {
        EventCode.MAGNET,
        EventCode.REVERSE_FLOW,
        EventCode.DRY,
        EventCode.BLOCKED,
        EventCode.LEAK,
        EventCode.BURST,
        EventCode.VALVE_FAULT,
    },
    permissible_errors=(
        PermissibleError("2", "Q1 ≤ Q < Q2", Decimal(5), Decimal(10), _IN_SERVICE),
        PermissibleError("2", "Q2 ≤ Q ≤ Q4, ≤ 30 °C", Decimal(2), Decimal(4), _IN_SERVICE, principal=True),
        PermissibleError("2", "Q2 ≤ Q ≤ Q4, > 30 °C", Decimal(3), Decimal(6), _IN_SERVICE),
        PermissibleError("1", "Q1 ≤ Q < Q2", Decimal(3), Decimal(6), _R49),
        PermissibleError("1", "Q2 ≤ Q ≤ Q4, ≤ 30 °C", Decimal(1), Decimal(2), _R49, principal=True),
        PermissibleError("1", "Q2 ≤ Q ≤ Q4, > 30 °C", Decimal(2), Decimal(4), _R49),
    ),
    default_class="2",
    rate_limits=(
        RateLimit("DN15", "volume", Decimal("3.125"), _SIZES),
        RateLimit("DN20", "volume", Decimal(5), _SIZES),
        RateLimit("DN25", "volume", Decimal("7.875"), _SIZES),
        RateLimit("DN40", "volume", Decimal(20), _SIZES),
        RateLimit("DN50", "volume", Decimal("31.25"), _SIZES),
    ),
    verification=(
        VerificationRule("DN ≤ 25", None, 6 * YEAR, _LIFE),
        VerificationRule("25 < DN ≤ 50", None, 4 * YEAR, _LIFE),
        VerificationRule("DN > 50 or Q3 > 16 m³/h", 2 * YEAR, None, _LIFE),
    ),
)
