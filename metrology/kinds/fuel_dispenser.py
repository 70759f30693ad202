"""Fuel dispenser nozzle 加油机: JJG 443-2023, OIML R 117-1."""

from datetime import timedelta
from decimal import Decimal

from metrology.event import UNIVERSAL_EVENTS, EventCode
from metrology.kind import InstrumentKind, TransactionQuantity
from metrology.law import Citation, PermissibleError, Quotability, RateLimit, VerificationRule
from metrology.register import cumulative
from metrology.wording import Wording

_JJG443 = Citation(
    Wording(
        zh="JJG 443-2023，±0.30 %，重复性≤0.10 %；未单列使用中限值",
        en="JJG 443-2023 ±0.30 %, repeatability ≤ 0.10 %; no separate in-service limit is listed",
    ),
    Quotability.CITED,
)
_FLOW = Citation(
    Wording(
        zh="JJG 443-2023适用范围Qmax≤200 L/min；常见产品小车50 L/min、货车90 L/min",
        en="JJG 443-2023 scope Qmax ≤ 200 L/min; 50 L/min for cars and 90 L/min for lorries as usually sold",
    )
)
_INTERVAL = Citation(Wording(zh="加油机检定周期不超过6个月", en="verification interval of fuel dispensers ≤ 6 months"))

KIND = InstrumentKind(
    name="fuel_dispenser",
    title=Wording(zh="加油机", en="fuel dispenser nozzle"),
    registers=(cumulative("volume_total", "L", 2, "累计加油量"), cumulative("amount_total", "CNY", 2, "累计金额")),
    principal_register="volume_total",
    events=UNIVERSAL_EVENTS
    | {EventCode.BOARD_SWAP, EventCode.SELF_LOCK, EventCode.PRICE_CHANGE, EventCode.INSPECTION_MODE},
    permissible_errors=(PermissibleError("0.3", "Qmin ≤ Q ≤ Qmax", Decimal("0.30"), None, _JJG443, principal=True),),
    default_class="0.3",
    rate_limits=(
        RateLimit("50L/min", "volume_total", Decimal(3000), _FLOW),
        RateLimit("90L/min", "volume_total", Decimal(5400), _FLOW),
        RateLimit("200L/min", "volume_total", Decimal(12000), _FLOW),
    ),
    verification=(VerificationRule("all", timedelta(days=183), None, _INTERVAL),),
    transaction=TransactionQuantity(unit="L", decimals=2, register="volume_total"),
)
