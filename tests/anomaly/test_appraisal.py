from dataclasses import replace
from decimal import Decimal

import pytest

from anomaly.appraisal import Appraisal, appraise
from anomaly.catalogue import judge_called
from anomaly.policy import Policy
from anomaly.specimen import instant
from metrology.alert import Severity
from metrology.finding import Finding, Magnitude
from metrology.kinds import kind_called
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
    assert "5.00 CNY/m³" in (weighed.cost_basis or "")


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
    assert "policy" in weighed.reasons[-1].en


def test_the_mpe_comes_with_its_source_and_what_was_assumed():
    known, assumed, unknown = weigh("backward_register"), weigh("backward_register", accuracy_class=None), None
    assert known.mpe_percent == assumed.mpe_percent == Decimal(4)
    assert "not on record" not in (known.mpe_source or "")
    assert "not on record" in (assumed.mpe_source or "")
    unknown = weigh("backward_register", accuracy_class="7")
    assert unknown.mpe_percent is None
    assert "7" in (unknown.mpe_source or "")


def test_a_quantity_without_a_tariff_has_no_cost():
    silent = replace(FINDING, magnitude=Magnitude(30.0, "h"), loss=None)
    assert weigh("reading_gap", silent).cost_amount is None
    foreign = replace(FINDING, magnitude=Magnitude(-1.2, "kvar.h"))
    assert weigh("backward_register", foreign).cost_amount is None


def test_every_step_has_a_reason_in_both_languages():
    for reason in weigh("backward_register", replace(FINDING, loss=200.0)).reasons:
        assert reason.zh
        assert reason.en
        assert "{" not in reason.zh + reason.en
