import re
from pathlib import PurePosixPath

import pytest

from tests.docs.reading import HOUSE, documents, prose, text


def anchors(document: str) -> set[str]:
    """Anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", documents())
def test_links_lead_to_what_is_there(document: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if target.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        place = (HOUSE / document).parent / path if path else HOUSE / document
        assert place.exists(), f"{document} points to {target}"
        if anchor:
            assert anchor in anchors(place.resolve().relative_to(HOUSE).as_posix()), f"{document} points to {target}"


@pytest.mark.parametrize("document", documents())
def test_files_that_are_named_exist(document: str) -> None:
    rooms = "anomaly|api|bridge|deploy|docs|ingest|metrology|simulators|standalone|store|tests"
    examples = set(re.findall(r"^```\w+ (\S+)$", text(document), re.MULTILINE))
    for named in re.findall(rf"`((?:{rooms})/[\w./-]+\.(?:py|sql|toml|md|json|sh))`", prose(document)):
        assert (HOUSE / PurePosixPath(named)).exists() or named in examples, f"{document} names {named}"


def test_every_test_named_in_the_architecture_exists() -> None:
    rows = re.findall(r"`(tests/[\w/]+\.py)` ((?:`test_\w+`(?:, )?)+)", text("docs/architecture.md"))
    assert len(rows) > 10
    for path, names in rows:
        for name in re.findall(r"`(test_\w+)`", names):
            assert f"def {name}(" in text(path), f"{path} has no {name}"


def test_decisions_have_a_number_of_their_own_a_date_a_state_and_the_four_sections() -> None:
    records = sorted((HOUSE / "docs/decisions").glob("*.md"))
    assert len({record.name[:4] for record in records}) == len(records)
    for record in records:
        content = record.read_text(encoding="utf-8")
        assert content.startswith(f"# {int(record.name[:4])}. ")
        state = content.splitlines()[2]
        assert re.match(r"\d{4}-\d\d-\d\d · (accepted|superseded by )", state), f"{record.name} has no date and state"
        for section in ("Context", "Decision", "Consequences", "Alternatives"):
            assert f"\n## {section}\n" in content, f"{record.name} has no section {section}"
