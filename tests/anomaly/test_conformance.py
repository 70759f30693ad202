"""Every judge in the folders is examined; the examination itself is tried on judges that are bad on purpose."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from anomaly import conformance
from anomaly.catalogue import CATALOGUE
from anomaly.conformance import CHECKS, Check, Nonconforming
from anomaly.evidence import Evidence
from anomaly.judge import Judge, Judgement
from anomaly.rules.backward_register import BackwardRegister
from metrology.finding import Finding, Grade, Magnitude
from metrology.wording import Wording


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_judge_in_the_folders_conforms(name: str, check: Check):
    check(CATALOGUE[name])


def spoiled(change: Callable[[Finding], Finding]) -> type[Judge]:
    """A good judge whose findings are changed."""

    @dataclass(frozen=True)
    class Spoiled(BackwardRegister):
        def judge(self, evidence: Evidence) -> Judgement:
            answer = super().judge(evidence)
            return replace(answer, findings=tuple(change(finding) for finding in answer.findings))

    return Spoiled


def declared(**attributes: object) -> type[Judge]:
    """A good judge that declares something else of itself."""
    return dataclass(frozen=True)(type("Declared", (BackwardRegister,), attributes))


@dataclass
class Mutable:
    """A judge that may change between two questions."""

    name = "mutable"


@dataclass(frozen=True)
class Unitless(BackwardRegister):
    threshold: float = 1.0


@dataclass(frozen=True)
class Meddling(BackwardRegister):
    def judge(self, evidence: Evidence) -> Judgement:
        for columns in evidence.readings.values():
            columns.value[:] = 0
        return super().judge(evidence)


ANSWERS: list[int] = []


@dataclass(frozen=True)
class Moody(BackwardRegister):
    def judge(self, evidence: Evidence) -> Judgement:
        ANSWERS.append(1)
        return replace(super().judge(evidence), not_judged={"mood": len(ANSWERS)})


@dataclass(frozen=True)
class FirstOnly(BackwardRegister):
    def judge(self, evidence: Evidence) -> Judgement:
        answer = super().judge(evidence)
        first = evidence.fleet.ids[:1]
        return replace(answer, findings=tuple(f for f in answer.findings if f.instrument in first))


@dataclass(frozen=True)
class Jealous(BackwardRegister):
    def judge(self, evidence: Evidence) -> Judgement:
        answer = super().judge(evidence)
        return answer if len(evidence.fleet) > 15 else replace(answer, findings=())


@dataclass(frozen=True)
class Mute(BackwardRegister):
    def judge(self, evidence: Evidence) -> Judgement:
        return replace(super().judge(evidence), findings=())


@dataclass(frozen=True)
class Secretive(BackwardRegister):
    def judge(self, evidence: Evidence) -> Judgement:
        return replace(super().judge(evidence), not_judged={})


@dataclass(frozen=True)
class Suspicious(BackwardRegister):
    def judge(self, evidence: Evidence) -> Judgement:
        onset = evidence.period.horizon - timedelta(days=1)
        findings = tuple(
            Finding(
                instrument=int(number),
                onset=onset,
                until=None,
                noticed_at=onset,
                statement=Wording("可疑", "suspicious"),
                magnitude=Magnitude(1.0, "m3"),
            )
            for number in evidence.fleet.ids
            if evidence.readings
        )
        return replace(super().judge(evidence), findings=findings)


@dataclass(frozen=True)
class Plodding(BackwardRegister):
    def judge(self, evidence: Evidence) -> Judgement:
        for number in evidence.fleet.ids:
            self.look(int(number))
        return super().judge(evidence)

    def look(self, number: int) -> int:
        return number


@dataclass(frozen=True)
class Repeating(BackwardRegister):
    def judge(self, evidence: Evidence) -> Judgement:
        answer = super().judge(evidence)
        return replace(answer, findings=answer.findings * 2)


NAIVE = datetime(2026, 10, 20)  # noqa: DTZ001 - naive on purpose

BAD: list[tuple[str, Check, type[Judge], str]] = [
    ("mutable", conformance.declares_itself, Mutable, "frozen"),
    ("asks_nothing", conformance.declares_itself, declared(question=Wording("倒走？", "It runs.")), r"end in \?"),
    ("asks_nothing_zh", conformance.declares_itself, declared(question=Wording("倒走", "Runs?")), "end in ？"),
    ("needs_nothing", conformance.declares_itself, declared(needs=frozenset()), "what it needs"),
    ("remembers", conformance.declares_itself, declared(memory=timedelta(days=3)), "memory"),
    ("unitless", conformance.names_units, Unitless, "threshold must end in a unit"),
    ("no_sheet", conformance.keeps_a_method_sheet, declared(__doc__="Does it run?"), "no section Parameters"),
    ("no_question", conformance.keeps_a_method_sheet, declared(__doc__="It runs."), "begin with its question"),
    (
        "no_example",
        conformance.keeps_a_method_sheet,
        declared(__doc__=(BackwardRegister.__doc__ or "").replace(">>>", "...")),
        "must run",
    ),
    (
        "undescribed",
        conformance.keeps_a_method_sheet,
        declared(__doc__=(BackwardRegister.__doc__ or "").replace("allowed_decrease_steps\n", "\n")),
        "not described",
    ),
    ("rule_with_rate", conformance.states_its_rate, declared(false_alarms_per_1000_instrument_years=3.0), "no false"),
    ("detector_without", conformance.states_its_rate, declared(grade=Grade.STATISTICAL), "must state"),
    ("meddling", conformance.answers_alike, Meddling, "must not change"),
    ("moody", conformance.answers_alike, Moody, "two answers"),
    ("first_only", conformance.heeds_no_order, FirstOnly, "order"),
    ("jealous", conformance.stands_alone, Jealous, "peers"),
    ("secretive", conformance.counts_what_it_cannot_judge, Secretive, "0 not judged"),
    ("suspicious", conformance.leaves_the_honest_alone, Suspicious, "honest"),
    ("mute", conformance.speaks_well, Mute, "found no fault"),
    ("repeating", conformance.speaks_well, Repeating, "one key"),
    ("naive", conformance.speaks_well, spoiled(lambda f: replace(f, onset=NAIVE)), "onset is naive"),
    ("early", conformance.speaks_well, spoiled(lambda f: replace(f, noticed_at=f.onset - timedelta(1))), "before"),
    ("late", conformance.speaks_well, spoiled(lambda f: replace(f, noticed_at=f.onset + timedelta(999))), "horizon"),
    ("ended", conformance.speaks_well, spoiled(lambda f: replace(f, until=f.onset - timedelta(1))), "over before"),
    ("english", conformance.speaks_well, spoiled(lambda f: replace(f, statement=Wording("it", "it"))), "not Chinese"),
    (
        "half_english",
        conformance.speaks_well,
        spoiled(lambda f: replace(f, statement=Wording("volume示值倒退", "it fell"))),
        "English word",
    ),
    (
        "half_chinese",
        conformance.speaks_well,
        spoiled(lambda f: replace(f, statement=Wording("倒退", "it fell 倒退"))),
        "not English",
    ),
    ("wordless", conformance.speaks_well, spoiled(lambda f: replace(f, statement=Wording("倒", ""))), "language"),
    (
        "template",
        conformance.speaks_well,
        spoiled(lambda f: replace(f, statement=Wording("倒{a}", "b"))),
        "placeholder",
    ),
    ("nowhere", conformance.speaks_well, spoiled(lambda f: replace(f, register="moon")), "no register"),
    ("stranger", conformance.speaks_well, spoiled(lambda f: replace(f, instrument=-1)), "not there"),
    ("objects", conformance.speaks_well, spoiled(lambda f: replace(f, evidence={"at": f.onset})), "plain JSON"),
    ("guessing", conformance.speaks_well, spoiled(lambda f: replace(f, p_value=0.5)), "p-value"),
    ("infinite", conformance.speaks_well, spoiled(lambda f: replace(f, loss=float("inf"))), "finite"),
    ("plodding", conformance.bears_a_fleet, Plodding, "calls"),
]


@pytest.mark.parametrize("check, judge, why", [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_judge_is_found_out(check: Check, judge: type[Judge], why: str):
    with pytest.raises(Nonconforming, match=why):
        check(judge)
    assert check in CHECKS


def test_every_check_has_found_a_bad_judge_out():
    assert {case[1] for case in BAD} == set(CHECKS)
