"""Diaphragm gas meter 燃气表: JJG 577-2012, OIML R 137-1&2:2012, EN 1359."""

from decimal import Decimal

from metrology.event import UNIVERSAL_EVENTS, EventCode
from metrology.kind import InstrumentKind
from metrology.law import YEAR, Citation, PermissibleError, Quotability, RateLimit, VerificationRule
from metrology.register import cumulative, momentary
from metrology.wording import Wording

_JJG577 = Citation(
    Wording(
        zh="JJG 577-2012，使用中最大允许误差为首次检定的2倍；qt = 0.1 qmax",
        en="JJG 577-2012, in-service MPE = 2 × initial; qt = 0.1 qmax",
    )
)
_SIZES = Citation(
    Wording(
        zh="EN 1359规格G1.6～G25，过载流量1.2 qmax（2014/32/EU指令MI-002）",
        en="EN 1359 size designations G1.6 … G25, overload 1.2 qmax (Directive 2014/32/EU MI-002)",
    )
)
_NATURAL_GAS = Citation(
    Wording(zh="JJG 577-2012，天然气表不超过10年", en="JJG 577-2012, natural gas ≤ 10 years"), Quotability.CITED
)
_OTHER_GAS = Citation(
    Wording(zh="JJG 577-2012，人工燃气、液化石油气表不超过6年", en="JJG 577-2012, manufactured gas and LPG ≤ 6 years")
)
_INDUSTRIAL = Citation(
    Wording(
        zh="JJG 577-2012，仅qmax＞10 m³/h者作后续检定；周期3年尚未确认",
        en="JJG 577-2012, later verification only for qmax > 10 m³/h; the period of 3 years is unconfirmed",
    )
)

KIND = InstrumentKind(
    name="gas_meter",
    title=Wording(zh="燃气表", en="gas meter"),
    registers=(
        cumulative("volume", "m3", 3, "累积体积"),
        cumulative("volume_converted", "m3", 3, "标况体积"),
        momentary("temperature", "Cel", 2, "温度"),
        momentary("pressure", "kPa", 2, "压力"),
        momentary("battery_voltage", "V", 2, "电池电压"),
    ),
    principal_register="volume",
    events=UNIVERSAL_EVENTS | {EventCode.MAGNET, EventCode.REVERSE_FLOW, EventCode.BLOCKED, EventCode.VALVE_FAULT},
    permissible_errors=(
        PermissibleError("1.5", "qmin ≤ q < qt", Decimal(3), Decimal(6), _JJG577),
        PermissibleError("1.5", "qt ≤ q ≤ qmax", Decimal("1.5"), Decimal(3), _JJG577, principal=True),
    ),
    default_class="1.5",
    rate_limits=(
        RateLimit("G1.6", "volume", Decimal("3.0"), _SIZES),
        RateLimit("G2.5", "volume", Decimal("4.8"), _SIZES),
        RateLimit("G4", "volume", Decimal("7.2"), _SIZES),
        RateLimit("G6", "volume", Decimal(12), _SIZES),
        RateLimit("G10", "volume", Decimal("19.2"), _SIZES),
        RateLimit("G16", "volume", Decimal(30), _SIZES),
        RateLimit("G25", "volume", Decimal(48), _SIZES),
    ),
    verification=(
        VerificationRule("natural gas, qmax ≤ 10 m³/h", None, 10 * YEAR, _NATURAL_GAS),
        VerificationRule("manufactured gas or LPG, qmax ≤ 10 m³/h", None, 6 * YEAR, _OTHER_GAS),
        VerificationRule("qmax > 10 m³/h", 3 * YEAR, None, _INDUSTRIAL),
    ),
)
