"""Electricity meter 电能表: JJG 596-2012, GB/T 17215.211/.321, IEC 62053-21/-22, OIML R 46:2012."""

from decimal import Decimal

from metrology.event import UNIVERSAL_EVENTS, EventCode
from metrology.kind import InstrumentKind
from metrology.law import YEAR, Citation, PermissibleError, Quotability, RateLimit, VerificationRule
from metrology.register import cumulative, momentary
from metrology.wording import Wording

_JJG596 = Citation(
    Wording(
        zh="JJG 596-2012基本误差限表；未单列使用中限值",
        en="JJG 596-2012 table of basic errors; no separate in-service limit is listed",
    )
)
_SIZES = Citation(
    Wording(
        zh="P = U·Imax，每相220 V，直接接入式电能表（符号按OIML R 46:2012）",
        en="P = U·Imax at 220 V a phase, direct-connected meters (OIML R 46:2012 symbols)",
    )
)
_LIFE = Citation(
    Wording(zh="JJG 596-2012，1级、2级：8年", en="JJG 596-2012, class 1 and 2: 8 years"), Quotability.CITED
)
_LIFE_S = Citation(Wording(zh="JJG 596-2012，0.2S级、0.5S级：6年", en="JJG 596-2012, class 0.2S and 0.5S: 6 years"))

KIND = InstrumentKind(
    name="electricity_meter",
    title=Wording(zh="电能表", en="electricity meter"),
    registers=(
        cumulative("active_energy_import", "kW.h", 3, "正向有功电能"),
        cumulative("active_energy_export", "kW.h", 3, "反向有功电能"),
        cumulative("reactive_energy_import", "kvar.h", 3, "正向无功电能"),
        momentary("active_power", "kW", 3, "有功功率"),
        momentary("voltage_l1", "V", 1, "L1相电压"),
        momentary("voltage_l2", "V", 1, "L2相电压"),
        momentary("voltage_l3", "V", 1, "L3相电压"),
        momentary("current_l1", "A", 3, "L1相电流"),
        momentary("current_l2", "A", 3, "L2相电流"),
        momentary("current_l3", "A", 3, "L3相电流"),
        momentary("current_n", "A", 3, "中性线电流"),
        momentary("power_factor", "1", 3, "功率因数"),
    ),
    principal_register="active_energy_import",
    events=UNIVERSAL_EVENTS
    | {
        EventCode.TERMINAL_COVER_OPEN,
        EventCode.MAGNET,
        EventCode.REVERSE_FLOW,
        EventCode.PHASE_LOSS,
        EventCode.UNDERVOLTAGE,
    },
    permissible_errors=(
        PermissibleError("1", "0.05 Ib ≤ I < 0.1 Ib", Decimal("1.5"), None, _JJG596),
        PermissibleError("1", "0.1 Ib ≤ I ≤ Imax", Decimal("1.0"), None, _JJG596, principal=True),
        PermissibleError("2", "0.05 Ib ≤ I < 0.1 Ib", Decimal("2.5"), None, _JJG596),
        PermissibleError("2", "0.1 Ib ≤ I ≤ Imax", Decimal("2.0"), None, _JJG596, principal=True),
        PermissibleError("0.5S", "0.01 In ≤ I < 0.05 In", Decimal("1.0"), None, _JJG596),
        PermissibleError("0.5S", "0.05 In ≤ I ≤ Imax", Decimal("0.5"), None, _JJG596, principal=True),
    ),
    default_class="2",
    rate_limits=(
        RateLimit("5(40)A", "active_energy_import", Decimal("8.8"), _SIZES),
        RateLimit("5(60)A", "active_energy_import", Decimal("13.2"), _SIZES),
        RateLimit("10(100)A", "active_energy_import", Decimal(22), _SIZES),
        RateLimit("3x5(60)A", "active_energy_import", Decimal("39.6"), _SIZES),
        RateLimit("3x10(100)A", "active_energy_import", Decimal(66), _SIZES),
    ),
    verification=(
        VerificationRule("class 1, 2", None, 8 * YEAR, _LIFE),
        VerificationRule("class 0.2S, 0.5S", 6 * YEAR, None, _LIFE_S),
    ),
)
