from pathlib import Path

from benchmarks.page import write_section


def test_the_section_replaces_itself_and_nothing_else(tmp_path: Path):
    page = tmp_path / "docs" / "scorecard.md"
    write_section(page, "judges", "one\n")
    page.write_text("before\n" + page.read_text(encoding="utf-8") + "after\n", encoding="utf-8")
    write_section(page, "judges", "two \\1\n")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "<!-- judges: begin -->\ntwo \\1\n<!-- judges: end -->" in text
    assert "one" not in text
