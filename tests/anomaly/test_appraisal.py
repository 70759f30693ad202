import re
from dataclasses import replace
from decimal import Decimal

import pytest

from anomaly import specimen
from anomaly.appraisal import Appraisal, appraise
from anomaly.catalogue import judge_called
from anomaly.policy import Policy
from anomaly.specimen import instant
from metrology.alert import Severity
from metrology.finding import Finding, Magnitude
from metrology.kinds import KINDS, kind_called
from metrology.wording import Wording

POLICY = Policy.load()
AT = instant("2026-03-02T08:00+08:00")
FINDING = Finding(
    instrument=1,
    onset=AT,
    until=None,
    noticed_at=AT,
    statement=Wording("示值减少。", "It fell."),
    magnitude=Magnitude(-1.2, "m3"),
    register="volume",
    loss=1.2,
)


def weigh(
    judge: str, finding: Finding = FINDING, accuracy_class: str | None = "2", kind: str = "water_meter"
) -> Appraisal:
    return appraise(finding, judge_called(judge)(), kind_called(kind), accuracy_class, POLICY)


@pytest.mark.parametrize(
    "loss, severity",
    [(0.001, "warning"), (1.0, "minor"), (20.0, "major"), (200.0, "critical")],
    ids=["trifling", "some", "costly", "very_costly"],
)
def test_money_moves_an_exact_finding_up_and_down(loss: float, severity: str):
    weighed = weigh("backward_register", replace(FINDING, loss=loss))
    assert weighed.severity.value == severity
    assert weighed.cost_amount == (Decimal(repr(loss)) * 5).quantize(Decimal("0.01"))
    assert weighed.cost_basis is not None
    assert f"× 5.00 CNY/m³ = {weighed.cost_amount:,} CNY (configuration" in weighed.cost_basis.en
    assert f"× 5.00元/m³ = {weighed.cost_amount:,}元（配置" in weighed.cost_basis.zh


@pytest.mark.parametrize("loss", [0.1 + 0.2, 12.3456, 98765.4321, 1e-7])
@pytest.mark.parametrize("judge", ["backward_register", "level_shift"])
def test_whoever_multiplies_the_figures_shown_gets_the_cost_shown(judge: str, loss: float) -> None:
    weighed = weigh(judge, statistical(-loss, loss / 7, 0.001, loss))
    assert weighed.cost_basis is not None
    quantity, rest = weighed.cost_basis.en.split(" m³ × ")
    price, amount = rest.split(" CNY/m³ = ")
    shown = Decimal(quantity.replace(",", "")) * Decimal(price)
    assert shown.quantize(Decimal("0.01")) == Decimal(amount.split(" CNY")[0].replace(",", "")) == weighed.cost_amount
    assert (weighed.cost_quantity, weighed.cost_price) == (Decimal(quantity.replace(",", "")), Decimal(price))


def statistical(value: float, uncertainty: float, p_value: float, loss: float) -> Finding:
    return replace(
        FINDING,
        magnitude=Magnitude(value, "m3", uncertainty=uncertainty, relative_percent=-60.0),
        p_value=p_value,
        loss=loss,
    )


def test_a_statistical_finding_is_never_critical():
    assert weigh("stopped_register", statistical(-900, 30, 1e-9, 900)).severity is Severity.MAJOR


def test_an_effect_within_its_uncertainty_is_indeterminate():
    weighed = weigh("level_shift", statistical(-10, 12, 0.01, 900))
    assert weighed.severity is Severity.INDETERMINATE
    assert "uncertainty" in weighed.reasons[-1].en


def test_what_is_certain_is_not_undecided_because_its_amount_is_uncertain():
    assert weigh("stopped_register", statistical(-200, 220, 4e-6, 200)).severity is Severity.MAJOR


def test_a_change_of_use_far_beyond_the_mpe_is_not_raised_for_that():
    weighed = weigh("level_shift", statistical(-10, 2, 0.01, 10))
    assert weighed.severity is Severity.WARNING
    assert any("a change of use is not an error of metering" in reason.en for reason in weighed.reasons)


def test_an_exact_effect_beyond_the_mpe_is_raised():
    amount = replace(FINDING, magnitude=Magnitude(2.0, "CNY", relative_percent=3.0), register=None, loss=2.0)
    assert weigh("amount_mismatch", amount, "0.3", "fuel_dispenser").severity is Severity.MAJOR
    within = replace(amount, magnitude=Magnitude(2.0, "CNY", relative_percent=0.3))
    assert weigh("amount_mismatch", within, "0.3", "fuel_dispenser").severity is Severity.MINOR


def test_a_nuisance_stays_below_its_ceiling():
    weighed = weigh("reading_gap", replace(FINDING, loss=2000.0))
    assert weighed.severity is Severity.MINOR
    assert weighed.reasons[-1].en == "The policy lets it be minor at most."
    assert weighed.reasons[-1].zh == "按判定策略，级别最高定为“次要”。"


def test_the_mpe_comes_with_its_source_and_what_was_assumed():
    known, assumed = weigh("backward_register"), weigh("backward_register", accuracy_class=None)
    assert known.mpe_percent == assumed.mpe_percent == Decimal(4)
    assert known.mpe_source is not None
    assert known.mpe_source.en.startswith("class 2, Q2 ≤ Q ≤ Q4, ≤ 30 °C, in-service MPE: JJG 162-2019")
    assert known.mpe_source.zh.startswith("2级，Q2 ≤ Q ≤ Q4, ≤ 30 °C，使用中最大允许误差：JJG 162-2019")
    assert known.mpe_source.zh.endswith("（尚未与正式文本核对）")
    assert assumed.mpe_source is not None
    assert assumed.mpe_source.en.endswith("; accuracy class not on record, class 2 assumed")
    assert assumed.mpe_source.zh.endswith("；准确度等级未登记，按2级计")


def test_an_initial_limit_is_said_to_be_one():
    weighed = weigh("backward_register", accuracy_class="2", kind="electricity_meter")
    assert weighed.mpe_source is not None
    assert "initial verification MPE" in weighed.mpe_source.en
    assert "首次检定最大允许误差" in weighed.mpe_source.zh


def test_a_class_without_a_limit_is_named_in_both_languages():
    weighed = weigh("backward_register", accuracy_class="7")
    assert weighed.mpe_percent is None
    assert weighed.mpe_source is not None
    assert "'7'" in weighed.mpe_source.en
    assert "水表" in weighed.mpe_source.zh
    assert "7" in weighed.mpe_source.zh


def test_a_quantity_without_a_tariff_has_no_cost():
    silent = replace(FINDING, magnitude=Magnitude(30.0, "h"), loss=None)
    assert weigh("reading_gap", silent).cost_amount is None
    foreign = replace(FINDING, magnitude=Magnitude(-1.2, "kvar.h"))
    assert weigh("backward_register", foreign).cost_amount is None


APPRAISALS = [
    weigh("backward_register", replace(FINDING, loss=200.0)),
    weigh("backward_register", accuracy_class=None),
    weigh("backward_register", accuracy_class="7"),
    weigh("reading_gap", replace(FINDING, loss=2000.0)),
    weigh("level_shift", statistical(-10, 12, 0.01, 0.1)),
    weigh("level_shift", statistical(-900, 2, 1e-12, 900)),
    weigh("amount_mismatch", replace(FINDING, magnitude=Magnitude(2.0, "CNY", relative_percent=3.0)), None),
    *(weigh("backward_register", kind=name, accuracy_class=None) for name in KINDS),
]


@pytest.mark.parametrize("weighed", APPRAISALS)
def test_every_text_is_whole_in_both_languages(weighed: Appraisal):
    for text in (*weighed.reasons, weighed.mpe_source, weighed.cost_basis):
        if text is not None:
            assert re.search(r"[\u4e00-\u9fff]", text.zh)
            assert not re.search(r"[a-z]{5}", text.zh)
            assert not re.search(r"[\u4e00-\u9fff]", text.en)
            assert "{" not in text.zh + text.en


def test_a_tiny_probability_is_told_as_people_write_it():
    (reason,) = [
        r for r in weigh("level_shift", statistical(-900, 2, 3e-12, 900)).reasons if "3" in r.zh and "概率" in r.zh
    ]
    assert "3×10⁻¹²" in reason.zh
    assert "3×10⁻¹²" in reason.en


def test_the_largest_sale_that_can_be_stated_does_not_stop_the_appraisal() -> None:
    evidence = specimen.transactions(
        "fuel_dispenser",
        [(0, 1, "2026-03-02T08:10+08:00", "2026-03-02T08:12+08:00", "9" * 13 + ".99", "9" * 10 + ".99999", "1.00")],
    )
    judge = judge_called("amount_mismatch")()
    (finding,) = judge.judge(evidence).findings
    weighed = appraise(finding, judge, evidence.fleet.kind, None, POLICY)
    assert weighed.cost_amount is not None
    assert weighed.cost_amount > 10**22
