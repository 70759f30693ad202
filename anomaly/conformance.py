"""What every judge must satisfy, whoever wrote it: whatever stands in the folders is examined by default."""

import dataclasses
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import numpy as np

from anomaly import specimen
from anomaly.errors import AnomalyError
from anomaly.evidence import Evidence
from anomaly.judge import REMEMBERED, Judge, Judgement, Sight
from anomaly.specimen_world import FAULTY, arrays, subset, world
from metrology.finding import Finding, Grade
from metrology.kinds import KINDS

UNITS = (
    "hours",
    "days",
    "seconds",
    "percent",
    "fen",
    "cny",
    "sigma",
    "steps",
    "instruments",
    "spells",
    "per_year",
    "factor",
)
"""Last words of a parameter's name: the unit its number is counted in."""

SECTIONS = ("Parameters", "Notes", "References", "Examples")
TOPICS = ("Formula:", "Wrong when:", "Instead:", "Not judged:")

_HAN = re.compile(r"[一-鿿]")
_ENGLISH = re.compile(r"[a-z]{5}")
"""No unit, symbol or number of a regulation has so many small letters in a row."""
_DAYS = 240
_SEED = 20261122
_SMALL, _LARGE = 64, 4096
_MORE_CALLS = 1.25


class Nonconforming(AnomalyError):
    """A judge does not satisfy what every judge must."""

    def __init__(self, judge: type[Judge], why: str) -> None:
        self.judge = judge
        super().__init__(f"{judge.__name__}: {why}")


Check = Callable[[type[Judge]], None]


def declares_itself(judge: type[Judge]) -> None:
    """A frozen dataclass with name, version, grade, question, check, needs and memory."""
    _hold(judge, dataclasses.is_dataclass(judge), "must be a dataclass")
    _hold(judge, judge.__dataclass_params__.frozen, "must be frozen")  # type: ignore[attr-defined]  # the dataclass machinery's own record
    _hold(judge, re.fullmatch(r"[a-z]+(_[a-z]+)*", judge.name) is not None, "name must be words joined by _")
    _hold(judge, bool(judge.version), "must carry a version")
    _hold(judge, isinstance(judge.grade, Grade), "grade must be a Grade")
    _hold(judge, judge.question.zh.endswith("？"), "the Chinese question must end in ？")
    _hold(judge, judge.question.en.endswith("?"), "the English question must end in ?")
    _hold(judge, bool(judge.check.zh and judge.check.en), "must say in both languages how to check")
    _hold(judge, bool(judge.needs) and all(isinstance(sight, Sight) for sight in judge.needs), "must say what it needs")
    memory = judge().memory
    _hold(judge, (memory > timedelta(0)) == bool(judge.needs & REMEMBERED), "only a judge of days has a memory")


def names_units(judge: type[Judge]) -> None:
    """Every parameter has a default and a name that ends in its unit."""
    for field in dataclasses.fields(judge):  # type: ignore[arg-type]  # declares_itself holds first
        _hold(judge, field.default is not dataclasses.MISSING, f"parameter {field.name} needs a default")
        _hold(judge, field.name.endswith(UNITS), f"parameter {field.name} must end in a unit: {', '.join(UNITS)}")


def keeps_a_method_sheet(judge: type[Judge]) -> None:
    """The docstring is a method sheet with a runnable example."""
    sheet = judge.__doc__ or ""
    _hold(judge, sheet.strip().split("\n")[0].endswith("?"), "the method sheet must begin with its question")
    for section in SECTIONS:
        _hold(judge, re.search(rf"^\s*{section}\n\s*-+$", sheet, re.MULTILINE) is not None, f"no section {section}")
    for topic in TOPICS:
        _hold(judge, topic in sheet, f"the notes must say {topic!r}")
    for field in dataclasses.fields(judge):  # type: ignore[arg-type]  # declares_itself holds first
        described = re.search(rf"^\s*([a-z_]+, )*{field.name}(, [a-z_]+)*$", sheet, re.MULTILINE)
        _hold(judge, described is not None, f"parameter {field.name} is not described")
    _hold(judge, ">>> " in sheet, "the example must run")


def states_its_rate(judge: type[Judge]) -> None:
    """A rule has no false-alarm rate; a detector states one."""
    rate = judge.false_alarms_per_1000_instrument_years
    if judge.grade is Grade.EXACT:
        _hold(judge, rate is None, "a rule has no false-alarm rate")
    else:
        _hold(judge, rate is not None and rate > 0, "a detector must state its false-alarm rate")


def answers_alike(judge: type[Judge]) -> None:
    """The same evidence gets the same answer, and is left as it was."""
    for evidence in _faulty(judge):
        for array in arrays(evidence):
            array.flags.writeable = False
        try:
            first, second = judge().judge(evidence), judge().judge(evidence)
        except ValueError as error:
            raise Nonconforming(judge, f"must not change its evidence: {error}") from error
        _hold(judge, first == second, "the same evidence got two answers")


def heeds_no_order(judge: type[Judge]) -> None:
    """Instruments in another order get the same findings."""
    for evidence in _faulty(judge):
        # Turned round, so that no instrument keeps its place.
        order = np.arange(len(evidence.fleet))[::-1].copy()
        straight, shuffled = judge().judge(evidence), judge().judge(subset(evidence, order))
        _hold(judge, _sorted(straight) == _sorted(shuffled), "the order of instruments changed the findings")
        _hold(judge, straight.not_judged == shuffled.not_judged, "the order of instruments changed what is not judged")


def stands_alone(judge: type[Judge]) -> None:
    """Unless it says that it compares instruments, an instrument gets the same findings without its peers."""
    if judge.compares_instruments:
        return
    for evidence in _faulty(judge):
        some = np.arange(0, len(evidence.fleet), 2)
        chosen = set(evidence.fleet.ids[some].tolist())
        among = [finding for finding in _sorted(judge().judge(evidence)) if finding.instrument in chosen]
        _hold(judge, among == _sorted(judge().judge(subset(evidence, some))), "peers changed an instrument's findings")


def counts_what_it_cannot_judge(judge: type[Judge]) -> None:
    """No evidence: no finding, and every instrument counted as not judged; no instrument: nothing at all."""
    for kind in KINDS:
        for instruments in (0, 3):
            answer = judge().judge(specimen.empty(kind, instruments))
            _hold(judge, not answer.findings, "found something in empty evidence")
            counted = sum(answer.not_judged.values())
            _hold(judge, counted == instruments, f"{instruments} instruments without evidence, {counted} not judged")


def leaves_the_honest_alone(judge: type[Judge]) -> None:
    """Nothing is said of a constant, nor of an honest seeded fleet."""
    for kind in KINDS:
        honest = judge().judge(_seen(judge, world(kind, _SMALL, _DAYS, _SEED)))
        _hold(judge, not honest.findings, f"spoke of an honest {kind}")
        constant = _seen(judge, specimen.days(kind, np.ones((_DAYS, 12)), judged=_DAYS - 30))
        if constant.fleet.kind.register(constant.fleet.kind.principal_register).cumulative:
            _hold(judge, not judge().judge(constant).findings, f"spoke of a constant {kind}")


def speaks_well(judge: type[Judge]) -> None:
    """Some fault is found, and every finding is well formed."""
    found = 0
    for evidence in _faulty(judge):
        keys = set()
        for finding in judge().judge(evidence).findings:
            found += 1
            _examine(judge, finding, evidence)
            keys.add((finding.instrument, finding.register, finding.onset))
        _hold(judge, len(keys) == len(judge().judge(evidence).findings), "two findings of one key")
    _hold(judge, found > 0, "found no fault in any faulty fleet")


def bears_a_fleet(judge: type[Judge]) -> None:
    """A block of 4,096 instruments takes about as many Python calls as one of 64."""
    for kind in ("water_meter", "ev_charger"):
        calls = [_calls(judge(), _seen(judge, world(kind, count, 150, _SEED))) for count in (_SMALL, _LARGE)]
        _hold(
            judge, calls[1] <= calls[0] * _MORE_CALLS + 50, f"{calls[0]} calls for 64 instruments, {calls[1]} for 4,096"
        )


CHECKS: tuple[Check, ...] = (
    declares_itself,
    names_units,
    keeps_a_method_sheet,
    states_its_rate,
    answers_alike,
    heeds_no_order,
    stands_alone,
    counts_what_it_cannot_judge,
    leaves_the_honest_alone,
    speaks_well,
    bears_a_fleet,
)
"""Every check; a judge in the folders must pass them all."""


def _hold(judge: type[Judge], condition: bool, why: str) -> None:  # noqa: FBT001 - an assertion's shape
    if not condition:
        raise Nonconforming(judge, why)


def _faulty(judge: type[Judge]) -> Iterator[Evidence]:
    """Fleets with the faults known here, and `faulty()` of the judge's own file, where its fault is of a new sort."""
    for kind in KINDS:
        yield _seen(judge, world(kind, 3 * FAULTY, _DAYS, _SEED, faulty=True))
    own = getattr(sys.modules[judge.__module__], "faulty", None)
    if own is not None:
        yield own()


def _seen(judge: type[Judge], evidence: Evidence) -> Evidence:
    """Evidence as the judge asks for it: by the hour too, where it needs hours; with weather where it needs that."""
    if Sight.WEATHER in judge.needs:
        evidence = specimen.under_weather(evidence, _SEED)
    return specimen.hours(evidence, _SEED) if Sight.HOURS in judge.needs else evidence


def _sorted(answer: Judgement) -> list[Finding]:
    return sorted(answer.findings, key=lambda finding: (finding.instrument, finding.register or "", finding.onset))


def _examine(judge: type[Judge], finding: Finding, evidence: Evidence) -> None:
    _hold(judge, finding.instrument in evidence.fleet.ids, "spoke of an instrument that is not there")
    for name in ("onset", "onset_earliest", "onset_latest", "noticed_at", "until"):
        at: datetime | None = getattr(finding, name)
        _hold(judge, at is None or at.utcoffset() is not None, f"{name} is naive")
    _hold(judge, finding.noticed_at >= finding.onset, "noticed before the onset")
    _hold(judge, finding.noticed_at <= evidence.period.horizon, "noticed beyond the horizon")
    _hold(judge, finding.until is None or finding.until >= finding.onset, "over before the onset")
    _hold(judge, bool(finding.statement.zh and finding.statement.en), "the statement lacks a language")
    _hold(judge, _HAN.search(finding.statement.zh) is not None, "the Chinese statement is not Chinese")
    _hold(judge, _HAN.search(finding.statement.en) is None, "the English statement is not English")
    _hold(judge, _ENGLISH.search(finding.statement.zh) is None, "an English word stands in the Chinese statement")
    _hold(judge, "{" not in finding.statement.zh + finding.statement.en, "a placeholder was left unfilled")
    _hold(judge, "+00:00" not in finding.statement.en, "a raw UTC stamp stands in the statement")
    numbers = [finding.magnitude.value, finding.magnitude.uncertainty, finding.magnitude.relative_percent, finding.loss]
    _hold(judge, all(number is None or np.isfinite(number) for number in numbers), "a number is not finite")
    known = finding.register is None or finding.register in evidence.fleet.kind.by_name
    _hold(judge, known, f"the kind has no register {finding.register!r}")
    try:
        json.dumps(finding.evidence, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Nonconforming(judge, f"the evidence is not plain JSON: {error}") from error
    exact = judge.grade is Grade.EXACT
    _hold(judge, exact == (finding.p_value is None), "a rule has no p-value, a detector has one")
    _hold(judge, finding.p_value is None or 0 <= finding.p_value <= 1, "the p-value is no probability")


def _calls(judge: Judge, evidence: Evidence) -> int:
    """Python function calls that one judgement takes."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        judge.judge(evidence)
    finally:
        sys.setprofile(before)
    return calls
