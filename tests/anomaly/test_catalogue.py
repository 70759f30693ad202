import importlib
import sys
from pathlib import Path

import pytest

from anomaly import detectors, rules
from anomaly.catalogue import CATALOGUE, judge_called, parameters, scan
from anomaly.errors import UnknownJudge
from metrology.finding import Grade

GOOD = """
from anomaly.rules.reading_gap import ReadingGap as Parent
class Good(Parent):
    name = "good"
"""


def test_every_file_of_the_folders_is_a_judge_of_its_name():
    files = {path.stem for folder in (rules, detectors) for path in Path(folder.__path__[0]).glob("*.py")} - {
        "__init__"
    }
    assert set(CATALOGUE) == files


def test_rules_are_exact_and_detectors_statistical():
    assert all(judge.grade is Grade.EXACT for judge in scan(rules).values())
    assert all(judge.grade is Grade.STATISTICAL for judge in scan(detectors).values())


def folder(path: Path, monkeypatch: pytest.MonkeyPatch, name: str, **files: str):
    package = path / name
    package.mkdir()
    (package / "__init__.py").write_text("")
    for stem, text in files.items():
        (package / f"{stem}.py").write_text(text)
    monkeypatch.syspath_prepend(str(path))
    importlib.invalidate_caches()
    for stem in ("", *files):
        monkeypatch.delitem(sys.modules, f"{name}.{stem}".rstrip("."), raising=False)
    return importlib.import_module(name)


def test_a_new_file_is_a_new_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert list(scan(folder(tmp_path, monkeypatch, "extra_rules", good=GOOD))) == ["good"]


@pytest.mark.parametrize(
    "files",
    [{"empty": "x = 1"}, {"other": GOOD}, {"good": GOOD + GOOD.replace("Good", "Better")}],
    ids=["none", "of_another_name", "two"],
)
def test_a_file_without_exactly_its_judge_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]
):
    with pytest.raises(TypeError, match="must declare one judge"):
        scan(folder(tmp_path, monkeypatch, "faulty_rules", **files))


def test_two_judges_of_one_name_are_refused():
    with pytest.raises(TypeError, match="two judges"):
        scan(rules, rules)


def test_an_unknown_judge_is_named_beside_those_there_are():
    with pytest.raises(UnknownJudge, match=r"clairvoyance.*amount_mismatch"):
        judge_called("clairvoyance")


def test_parameters_in_force_are_those_of_the_instance():
    assert parameters(judge_called("reading_gap")(limit_hours=5.0)) == {"limit_hours": 5.0}  # type: ignore[call-arg]  # each judge has its own
