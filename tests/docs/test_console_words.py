"""What the console calls things that judges add: a code without a word is shown raw, in both languages."""

import re

import pytest

from anomaly.catalogue import CATALOGUE
from anomaly.hearing import JUDGE_FAILED
from anomaly.source_silence import SourceSilence
from metrology.kinds import KINDS
from tests.docs.reading import text

REASONS = {
    code
    for judge in CATALOGUE.values()
    for line in re.findall(r"^    Not judged: (.*?)\n\n", judge.__doc__ or "", re.MULTILINE | re.DOTALL)
    for code in re.findall(r"`([a-z_]+)`", line)
    if code not in judge.__dataclass_fields__  # type: ignore[attr-defined]  # every judge is a dataclass: conformance
} | {JUDGE_FAILED}


def words(language: str, group: str) -> set[str]:
    """Codes that a group of the console's texts has a word for."""
    found = re.search(rf"(?ms)^ +{group}: {{\n(.*?)^ +}},", text(f"console/src/languages/{language}.ts"))
    assert found
    return set(re.findall(r"^ +(\w+): '.+',$", found[1], re.MULTILINE))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_judge_kind_and_reason_has_a_word(language: str) -> None:
    assert len(REASONS) > 10
    assert words(language, "judge") == {*CATALOGUE, SourceSilence.name}
    assert words(language, "reason") == REASONS
    assert words(language, "kind") == {*KINDS}
