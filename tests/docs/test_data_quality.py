"""The catalogue of docs/data-quality.md against what stands in the house."""

import re

from anomaly.catalogue import judge_called
from anomaly.policy import Policy
from anomaly.source_silence import SourceSilence
from ingest import errors
from metrology.event import EventCode
from metrology.kinds import KINDS
from metrology.quality import MEANINGS, Estimation, Quality
from tests.docs.reading import table

DOCUMENT = "docs/data-quality.md"
CATALOGUE = {row[0]: row for row in table(DOCUMENT, "Rule")}


def _named(sort: str) -> dict[str, set[str]]:
    """Rules by what they name of one sort: judge, flag, cause, event, estimate."""
    found: dict[str, set[str]] = {}
    for rule, row in CATALOGUE.items():
        for name in re.findall(rf"\b{sort} (\w+)", row[2]):
            found.setdefault(name, set()).add(rule)
    return found


def test_every_flag_is_told_with_its_rule_and_reason() -> None:
    told = {row[0]: row[1:] for row in table(DOCUMENT, "Code")}
    assert told == {
        code.value: [
            meaning.title.zh,
            meaning.rule,
            meaning.standing.value,
            re.sub(r":[^}]*}", "}", meaning.reason.en),
            meaning.source,
        ]
        for code, meaning in MEANINGS.items()
    }


def test_every_quality_code_answers_the_rule_that_it_names() -> None:
    flags = _named("flag")
    assert flags.keys() == {code.value for code in Quality}
    assert all(meaning.rule in flags[code.value] for code, meaning in MEANINGS.items())


def test_what_the_catalogue_names_is_there() -> None:
    judges = _named("judge")
    in_force = {judge.name for kind in KINDS for judge in Policy.load().judges(kind)} | {SourceSilence.name}
    assert judges.keys() <= in_force
    assert all(name == SourceSilence.name or judge_called(name).name == name for name in judges)
    causes = {error.code for error in vars(errors).values() if isinstance(error, type) and hasattr(error, "code")}
    assert _named("cause").keys() - {"bad_signature"} <= causes
    assert _named("event").keys() <= {code.value for code in EventCode}
    assert _named("estimate").keys() == {method.value for method in Estimation}


def test_every_published_rule_has_an_answer_and_what_has_none_says_why() -> None:
    """The lists count 9 rules of structure, 6 of time, 6 of gaps and so on: docs/data-quality.md names each of them."""
    groups: dict[str, int] = {}
    for rule in CATALOGUE:
        group = re.sub(r"VEE-([A-Z]+)\d+", r"\1", rule)
        groups[group] = groups.get(group, 0) + 1
    assert groups == {
        "S": 9,
        "T": 6,
        "G": 6,
        "L": 12,
        "C": 5,
        "Z": 3,
        "R": 7,
        "H": 8,
        "WA": 6,
        "GA": 3,
        "EL": 6,
        "FU": 11,
        "EV": 6,
        "ES": 7,
        "ED": 7,
    }
    assert all(row[3] != "–" for row in CATALOGUE.values() if row[2] == "none")
