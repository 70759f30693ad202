"""Automatic tank gauge 液位仪: OIML R 85; the station's witness, not itself a settlement instrument."""

from decimal import Decimal

from metrology.event import UNIVERSAL_EVENTS, EventCode
from metrology.kind import InstrumentKind, TransactionQuantity
from metrology.law import YEAR, Citation, PermissibleError, RateLimit, VerificationRule
from metrology.register import momentary
from metrology.wording import Wording

_R85 = Citation(
    Wording(
        zh="OIML R 85液位准确度折算到体积；按体积的±1 %作估算值",
        en="OIML R 85 level accuracy expressed on volume; ±1 % of volume as a planning figure",
    )
)
_DELIVERY = Citation(
    Wording(
        zh="油罐车自流卸油，通常不超过1000 L/min",
        en="gravity delivery from a road tanker ≤ 1,000 L/min as usually seen",
    )
)
_INTERVAL = Citation(
    Wording(zh="液位仪按约定校准，通常约定1年", en="level gauges are calibrated by agreement; 1 year as usually agreed")
)

KIND = InstrumentKind(
    name="tank_gauge",
    title=Wording(zh="液位仪", en="tank gauge"),
    registers=(
        momentary("volume", "L", 1, "油品体积"),
        momentary("product_height", "mm", 1, "油高"),
        momentary("water_height", "mm", 1, "水高"),
        momentary("temperature", "Cel", 2, "温度"),
    ),
    principal_register="volume",
    events=UNIVERSAL_EVENTS | {EventCode.LEAK},
    permissible_errors=(PermissibleError("1", "Vmin ≤ V ≤ Vmax", Decimal(1), None, _R85, principal=True),),
    default_class="1",
    rate_limits=(RateLimit("50m3", "volume", Decimal(60000), _DELIVERY),),
    verification=(VerificationRule("all", YEAR, None, _INTERVAL),),
    transaction=TransactionQuantity(unit="L", decimals=1, register=None),
)
