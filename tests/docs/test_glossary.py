import re

import pytest

from tests.docs.reading import text

TABLES = re.findall(r"^CREATE TABLE (\w+)", text("store/sql/schema.sql"), re.MULTILINE)

NOUNS = (
    "Source",
    "Operator",
    "Site",
    "Instrument",
    "Instrument kind",
    "Register",
    "Reading",
    "Transaction",
    "Event",
    "Balance group",
    "Maximum permissible error, MPE",
    "Verification",
    "Rule",
    "Detector",
    "Finding",
    "Alert",
    "Case",
)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_a_word_of_the_glossary(table: str) -> None:
    assert f"`{table}`" in text("docs/glossary.md")


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_of_the_house_is_defined(noun: str) -> None:
    assert re.search(rf"^\| {noun}( \(`.*?\))? \|", text("docs/glossary.md"), re.MULTILINE)


def test_every_term_has_a_chinese_word_a_definition_and_a_source() -> None:
    rows = [line for line in text("docs/glossary.md").splitlines() if line.startswith("| ") and "---" not in line]
    for row in rows:
        term, chinese, definition, source = (cell.strip() for cell in row.strip("|").split("|"))
        assert term
        assert definition
        assert source
        assert re.search(r"[\u4e00-\u9fff]|^p 值$", chinese) or term == "Term"


def test_no_term_stands_twice() -> None:
    terms = re.findall(r"^\| ([^|]+?) \|", text("docs/glossary.md"), re.MULTILINE)
    defined = [term for term in terms if term != "Term" and "---" not in term]
    assert len(set(defined)) == len(defined)
