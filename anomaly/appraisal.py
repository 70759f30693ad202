"""How much a finding matters: against the MPE, in money, by how sure it is; each step with its reason."""

from dataclasses import dataclass
from decimal import Context, Decimal

from anomaly import telling
from anomaly.judge import Judge
from anomaly.policy import Policy, SeverityLimits
from metrology import plain_number
from metrology.alert import Severity
from metrology.errors import UnknownAccuracyClass
from metrology.finding import Finding, Grade
from metrology.kind import InstrumentKind
from metrology.wording import Wording

_LADDER = (Severity.WARNING, Severity.MINOR, Severity.MAJOR, Severity.CRITICAL)
_EXACT_START, _STATISTICAL_START = 1, 0
_FEN = Decimal("0.01")
_WIDE = Context(prec=60)
"""Digits enough for the largest count times the largest price; a finding's size must not stop its appraisal."""


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What a finding weighs.

    Parameters
    ----------
    severity
        How urgently a person is needed.
    reasons
        Why, one sentence for each step.
    mpe_percent
        ± maximum permissible error it is compared with [%]; None where the law names none.
    mpe_source
        Where that limit stands, and what was assumed.
    cost_amount
        Possible cost [CNY], rounded to the fen; None where no quantity can be stated.
    cost_basis
        Quantity, tariff, their product, and where the tariff comes from.
    cost_quantity, cost_price
        The quantity as it is told [magnitude.unit] and the tariff [CNY/unit]: the cost is their product, to the fen;
        None where amounts were compared.
    """

    severity: Severity
    reasons: tuple[Wording, ...]
    mpe_percent: Decimal | None
    mpe_source: Wording | None
    cost_amount: Decimal | None
    cost_basis: Wording | None
    cost_quantity: Decimal | None = None
    cost_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Cost:
    amount: Decimal | None = None
    basis: Wording | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None


def appraise(
    finding: Finding, judge: Judge, kind: InstrumentKind, accuracy_class: str | None, policy: Policy
) -> Appraisal:
    """Weigh a finding.

    Parameters
    ----------
    accuracy_class
        The instrument's class; None where it is not on record: the kind's default is assumed, and said.

    Examples
    --------
    >>> from anomaly import specimen
    >>> from anomaly.catalogue import judge_called
    >>> judge = judge_called("amount_mismatch")()
    >>> evidence = specimen.transactions("fuel_dispenser", [
    ...     (0, 2, "2026-03-02T08:10+08:00", "2026-03-02T08:12+08:00", "35.00", "7.85", "283.00")])
    >>> finding, = judge.judge(evidence).findings
    >>> weighed = appraise(finding, judge, evidence.fleet.kind, None, Policy.load())
    >>> weighed.severity.value, weighed.cost_amount, weighed.mpe_percent
    ('major', Decimal('8.25'), Decimal('0.30'))
    """
    mpe_percent, mpe_source = _permissible(kind, accuracy_class)
    limits = policy.severity
    exact = judge.grade is Grade.EXACT
    cost = _cost(finding, kind, policy, exact=exact)
    told = (mpe_percent, mpe_source, cost.amount, cost.basis, cost.quantity, cost.price)
    step = _EXACT_START if exact else _STATISTICAL_START
    reasons = [_EXACT if exact else _STATISTICAL]
    for change, reason in (
        _by_error(finding, mpe_percent, limits, exact=exact),
        _by_certainty(finding, limits, exact=exact),
        _by_cost(cost.amount, limits),
    ):
        step += change
        reasons += reason
    severity = _LADDER[min(max(step, 0), len(_LADDER) - 1)]
    if not exact and _undecided(finding, limits):
        return Appraisal(Severity.INDETERMINATE, (*reasons, _UNDECIDED), *told)
    ceilings = [limits.at_most.get(judge.name)] + ([] if exact else [limits.statistical_at_most])
    for ceiling in ceilings:
        if ceiling is not None and ceiling in _LADDER and _LADDER.index(severity) > _LADDER.index(ceiling):
            severity = ceiling
            reasons.append(_CEILING.fill(level_zh=ceiling.wording.zh, level_en=ceiling.wording.en))
    return Appraisal(severity, tuple(reasons), *told)


_EXACT = Wording(
    zh="确定性判定：由示值或交易记录直接得出，不依赖统计推断。",
    en="Exact: it follows from the indications or records themselves, without statistics.",
)
_STATISTICAL = Wording(
    zh="统计性判定：须经现场核查方可作为结论。",
    en="Statistical: it needs checking on the spot before it is a conclusion.",
)
_TIMES_MPE = Wording(
    zh="相对偏差{relative} %，为最大允许误差±{mpe} %的{times}倍。",
    en="The effect of {relative} % is {times} times the maximum permissible error of ±{mpe} %.",
)
_CHANGE_OF_USE = Wording(
    zh="用量变化{relative} %，远超最大允许误差±{mpe} %；但用量变化不等于示值误差，不据此提高级别。",
    en="The change of {relative} % is far beyond the maximum permissible error of ±{mpe} %, but a change of use is not "
    "an error of metering and does not count here.",
)
_CERTAIN = Wording(
    zh="正常器具一年内出现同等或更强证据的概率约为{p}。",
    en="An honest instrument would show this within a year with a probability of about {p}.",
)
_COSTLY = Wording(zh="可能涉及金额约{cost}元。", en="About {cost} CNY may be at stake.")
_TRIFLING = Wording(zh="可能涉及金额不足{limit}元。", en="Less than {limit} CNY may be at stake.")
_UNDECIDED = Wording(
    zh="偏差量小于其扩展不确定度，尚不能判定。", en="The effect is smaller than its uncertainty: not decided yet."
)
_CEILING = Wording(zh="按判定策略，级别最高定为“{level_zh}”。", en="The policy lets it be {level_en} at most.")

_LIMIT = Wording(
    zh="{accuracy_class}级，{zone}，{stage_zh}：{source_zh}（{quotability_zh}）",
    en="class {accuracy_class}, {zone}, {stage_en}: {source_en} ({quotability_en})",
)
_IN_SERVICE = Wording(zh="使用中最大允许误差", en="in-service MPE")
_INITIAL = Wording(zh="首次检定最大允许误差", en="initial verification MPE")
_ASSUMED = Wording(
    zh="{limit_zh}；准确度等级未登记，按{accuracy_class}级计",
    en="{limit_en}; accuracy class not on record, class {accuracy_class} assumed",
)
_NO_LIMIT = Wording(zh="{kind_zh}的最大允许误差表中没有准确度等级“{accuracy_class}”", en="{because}")
_DIFFERENCE = Wording(
    zh="按上传的金额与应收金额之差计：{amount}元", en="difference of the amounts as stated: {amount} CNY"
)
_PRICED = Wording(
    zh="{quantity} {unit} × {price}元/{unit} = {amount}元（{source_zh}）",
    en="{quantity} {unit} × {price} CNY/{unit} = {amount} CNY ({source_en})",
)
_LEAST_DIGITS = 3

_Step = tuple[int, list[Wording]]


def _permissible(kind: InstrumentKind, accuracy_class: str | None) -> tuple[Decimal | None, Wording]:
    try:
        error = kind.principal_error(accuracy_class)
    except UnknownAccuracyClass as unknown:
        return None, _NO_LIMIT.fill(kind_zh=kind.title.zh, accuracy_class=unknown.accuracy_class[:80], because=unknown)
    stage = _INITIAL if error.in_service_percent is None else _IN_SERVICE
    limit = _LIMIT.fill(
        accuracy_class=error.accuracy_class,
        zone=error.zone,
        stage_zh=stage.zh,
        stage_en=stage.en,
        source_zh=error.source.text.zh,
        source_en=error.source.text.en,
        quotability_zh=error.source.quotability.wording.zh,
        quotability_en=error.source.quotability.wording.en,
    )
    if accuracy_class is None:
        limit = _ASSUMED.fill(limit_zh=limit.zh, limit_en=limit.en, accuracy_class=error.accuracy_class)
    return error.limit_percent, limit


def _cost(finding: Finding, kind: InstrumentKind, policy: Policy, *, exact: bool) -> _Cost:
    """Cost of the quantity as it is told: whoever multiplies the figures shown gets the amount shown."""
    if finding.loss is None:
        return _Cost()
    if finding.magnitude.unit == "CNY":
        amount = Decimal(repr(finding.loss)).quantize(_FEN, context=_WIDE)
        return _Cost(amount, _DIFFERENCE.fill(amount=f"{amount:,f}"))
    tariff = policy.tariff(kind.name)
    if tariff is None or tariff.unit != finding.magnitude.unit:
        return _Cost()
    quantity = _told(finding.loss, None if exact else finding.magnitude.uncertainty)
    amount = _WIDE.multiply(quantity, tariff.cny_per_unit).quantize(_FEN, context=_WIDE)
    basis = _PRICED.fill(
        quantity=f"{quantity:,f}",
        unit=telling.unit(tariff.unit),
        price=tariff.cny_per_unit,
        amount=f"{amount:,f}",
        source_zh=tariff.source.zh,
        source_en=tariff.source.en,
    )
    return _Cost(amount, basis, quantity, tariff.cny_per_unit)


def _told(quantity: float, uncertainty: float | None) -> Decimal:
    """Quantity with the digits that it is told with: those the uncertainty leaves meaningful, at least three."""
    told = Decimal(plain_number.estimate(quantity, uncertainty)[0])
    if uncertainty is None:
        return told
    least = plain_number.significant(quantity, _LEAST_DIGITS)
    return min(told, least, key=lambda number: int(number.as_tuple().exponent))


def _by_error(finding: Finding, mpe: Decimal | None, limits: SeverityLimits, *, exact: bool) -> _Step:
    relative = finding.magnitude.relative_percent
    if relative is None or not mpe:
        return 0, []
    times = abs(relative) / float(mpe)
    if times < limits.mpe_multiple:
        return 0, []
    told = {"relative": telling.figures(relative), "mpe": f"{mpe:f}", "times": telling.figures(times, 2)}
    return (1, [_TIMES_MPE.fill(**told)]) if exact else (0, [_CHANGE_OF_USE.fill(**told)])


def _by_certainty(finding: Finding, limits: SeverityLimits, *, exact: bool) -> _Step:
    if exact or finding.p_value is None or finding.p_value >= limits.certain_p_value:
        return 0, []
    return 1, [_CERTAIN.fill(p=plain_number.probability(finding.p_value))]


def _by_cost(cost: Decimal | None, limits: SeverityLimits) -> _Step:
    if cost is None:
        return 0, []
    if cost >= limits.very_costly_cny:
        return 2, [_COSTLY.fill(cost=cost)]
    if cost >= limits.costly_cny:
        return 1, [_COSTLY.fill(cost=cost)]
    if cost < limits.trifling_cny:
        return -1, [_TRIFLING.fill(limit=limits.trifling_cny)]
    return 0, []


def _undecided(finding: Finding, limits: SeverityLimits) -> bool:
    """Whether the amount leaves open that there is nothing; where the evidence is certain, only how much is open."""
    if finding.p_value is not None and finding.p_value < limits.certain_p_value:
        return False
    uncertainty = finding.magnitude.uncertainty
    return uncertainty is not None and uncertainty >= abs(finding.magnitude.value)
