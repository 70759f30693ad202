"""The examples of docs/extending.md, laid over a copy of the checkout as new files: they must work as they stand."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.reading import HOUSE, Fence, fences

EXAMPLES = [fence for fence in fences("docs/extending.md") if fence.path]
MODULES = [fence.path for fence in EXAMPLES if fence.language == "python" and not fence.path.startswith("tests/")]
TESTS = [fence.path for fence in EXAMPLES if fence.path.startswith("tests/")]
ROOMS = ("metrology", "store", "ingest", "anomaly", "api", "bridge", "simulators", "standalone")
EXAMINATIONS = (
    "tests/metrology/test_kinds.py",
    "tests/ingest/formats/test_native.py",
    "tests/anomaly/test_conformance.py",
)
EXAMINED = ("tests/conftest.py", "tests/services", "tests/metrology", "tests/anomaly", "tests/ingest", "pyproject.toml")


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with the examples in it."""
    copy = tmp_path_factory.mktemp("extended")
    for name in (*ROOMS, *EXAMINED):
        origin, place = HOUSE / name, copy / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, place)
    for example in EXAMPLES:
        place = copy / example.path
        if example.language == "toml":
            place.write_text(_under_its_heading(place.read_text(encoding="utf-8"), example), encoding="utf-8")
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(example.text, encoding="utf-8")
    return copy


def _under_its_heading(content: str, example: Fence) -> str:
    heading, _, lines = example.text.partition("\n")
    if f"{heading}\n" in content:
        return content.replace(f"{heading}\n", f"{heading}\n{lines}", 1)
    return f"{content}\n{example.text}"


def _run(copy: Path, *arguments: str) -> str:
    """Output of a module run in the copy, which must succeed and must import the copy's rooms, not the checkout's."""
    finished = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=copy, capture_output=True, text=True, check=False, timeout=280
    )
    assert finished.returncode == 0, finished.stdout[-6000:] + finished.stderr[-2000:]
    return finished.stdout


def test_there_is_an_example_of_each_sort() -> None:
    assert {str(Path(path).parent) for path in MODULES} == {
        "metrology/kinds",
        "ingest/formats",
        "anomaly/rules",
        "anomaly/detectors",
    }


@pytest.mark.parametrize("path", MODULES + TESTS)
def test_an_example_is_a_new_file(path: str) -> None:
    assert not (HOUSE / path).exists(), f"{path} stands already: give the example of docs/extending.md another name"


@pytest.mark.parametrize("fence", [fence for fence in EXAMPLES if fence.language == "python"], ids=lambda f: f.path)
def test_an_example_is_named_in_the_text_above_it(fence: Fence) -> None:
    ast.parse(fence.text)
    assert f"`{fence.path}`" in (HOUSE / "docs/extending.md").read_text(encoding="utf-8")


def test_examples_obey_the_laws_of_style(extended: Path) -> None:
    _run(extended, "ruff", "check", "--no-cache", *MODULES, *TESTS)
    _run(extended, "ruff", "format", "--no-cache", "--check", *MODULES, *TESTS)


def test_examples_pass_their_own_tests_and_doctests(extended: Path) -> None:
    output = _run(extended, "pytest", "-q", "-p", "no:cacheprovider", *MODULES, *TESTS)
    assert " passed" in output
    assert " skipped" not in output


def test_the_examinations_of_their_folders_find_them(extended: Path) -> None:
    output = _run(extended, "pytest", "-v", "-p", "no:cacheprovider", *EXAMINATIONS)
    for path in MODULES:
        name = Path(path).stem
        assert re.search(rf"\[(.*-)?{name}(-.*)?\] PASSED", output), f"{path} was not examined"
