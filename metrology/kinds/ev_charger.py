"""EV charger connector 充电桩: JJG 1148-2022 (AC), JJG 1149-2022 (DC); OIML G 22."""

from decimal import Decimal

from metrology.event import UNIVERSAL_EVENTS, EventCode
from metrology.kind import InstrumentKind, TransactionQuantity
from metrology.law import YEAR, Citation, PermissibleError, RateLimit, VerificationRule
from metrology.register import cumulative, momentary
from metrology.wording import Wording

_JJG = Citation(
    Wording(
        zh="JJG 1148-2022和JJG 1149-2022，1级±1 %，2级±2 %；未单列使用中限值",
        en="JJG 1148-2022 and JJG 1149-2022, class 1 ±1 %, class 2 ±2 %; no separate in-service limit is listed",
    )
)
_POWER = Citation(
    Wording(
        zh="额定输出功率；常见产品交流≤22 kW，直流60～480 kW",
        en="rated output power; AC ≤ 22 kW, DC 60 … 480 kW as usually sold",
    )
)
_INTERVAL = Citation(
    Wording(zh="JJG 1148/1149-2022，检定周期不超过3年", en="JJG 1148/1149-2022 verification interval ≤ 3 years")
)

KIND = InstrumentKind(
    name="ev_charger",
    title=Wording(zh="充电桩", en="EV charger connector"),
    registers=(
        cumulative("active_energy_import", "kW.h", 4, "正向有功电能"),
        cumulative("supply_energy_import", "kW.h", 3, "电网侧电能"),
        momentary("power", "kW", 3, "功率"),
        momentary("voltage", "V", 1, "电压"),
        momentary("current", "A", 2, "电流"),
        momentary("soc", "%", 1, "荷电状态"),
    ),
    principal_register="active_energy_import",
    events=UNIVERSAL_EVENTS | {EventCode.BOARD_SWAP, EventCode.PRICE_CHANGE, EventCode.INSPECTION_MODE},
    permissible_errors=(
        PermissibleError("1", "Imin ≤ I ≤ Imax", Decimal(1), None, _JJG, principal=True),
        PermissibleError("2", "Imin ≤ I ≤ Imax", Decimal(2), None, _JJG, principal=True),
    ),
    default_class="2",
    rate_limits=(
        RateLimit("AC7kW", "active_energy_import", Decimal("7.7"), _POWER),
        RateLimit("AC22kW", "active_energy_import", Decimal("24.2"), _POWER),
        RateLimit("DC60kW", "active_energy_import", Decimal(66), _POWER),
        RateLimit("DC120kW", "active_energy_import", Decimal(132), _POWER),
        RateLimit("DC480kW", "active_energy_import", Decimal(528), _POWER),
    ),
    verification=(VerificationRule("all", 3 * YEAR, None, _INTERVAL),),
    transaction=TransactionQuantity(unit="kW.h", decimals=4, register="active_energy_import"),
)
