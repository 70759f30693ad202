"""Decision records are of the form that the first of them asks for."""

import re
from pathlib import Path

import pytest

from tests.docs.reading import HOUSE

RECORDS = sorted((HOUSE / "docs" / "decisions").glob("*.md"))
SECTIONS = ["Context", "Decision", "Consequences", "Alternatives"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name[:4])
def test_a_record_has_its_number_its_date_its_state_and_its_sections(record: Path) -> None:
    title, nothing, state, *_ = record.read_text(encoding="utf-8").splitlines()
    assert title.startswith(f"# {int(record.name[:4])}. ")
    assert nothing == ""
    assert re.match(r"\d{4}-\d\d-\d\d · (accepted|superseded by )", state)
    headings = re.findall(r"^## (.+)$", record.read_text(encoding="utf-8"), re.MULTILINE)
    assert [heading for heading in headings if heading in SECTIONS] == SECTIONS


def test_no_number_is_used_twice() -> None:
    numbers = [record.name[:4] for record in RECORDS]
    assert len(set(numbers)) == len(numbers)
