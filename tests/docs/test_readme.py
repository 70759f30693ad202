import re
import shlex

import pytest

from tests.docs.command_line import COMMANDS, options
from tests.docs.reading import HOUSE, fences, prose, text

BOTH = ("README.md", "README.zh-CN.md")


def shell_lines(document: str) -> list[str]:
    """Lines of the shell examples, here-documents left out."""
    examples = "".join(fence.text for fence in fences(document) if fence.language == "bash")
    return re.sub(r"(<<'END'\n).*?^END\n", r"\1", examples, flags=re.MULTILINE | re.DOTALL).splitlines()


def command_of(words: list[str]) -> str:
    """The longest name of a command that the words begin with."""
    return max((name for name in COMMANDS if words[: len(name.split())] == name.split()), key=len, default="")


def test_both_languages_have_the_same_headings() -> None:
    levels = [[len(mark) for mark in re.findall(r"^(#+) ", prose(document), re.MULTILINE)] for document in BOTH]
    assert levels[0] == levels[1]
    assert len(levels[0]) > 5


def test_both_languages_have_the_same_examples_tables_and_links() -> None:
    english, chinese = BOTH
    assert fences(english) == fences(chinese)
    for pattern in (r"^\|", r"`hengjian [a-z ]+`", r"\]\((docs[^)]*)\)"):
        found = [re.findall(pattern, prose(document), re.MULTILINE) for document in BOTH]
        assert found[0] == found[1]


def test_the_two_first_commands_are_up_and_test() -> None:
    assert shell_lines("README.md")[:2] == ["make up", "make test"]


@pytest.mark.parametrize("line", [line for line in shell_lines("README.md") if line.startswith("hengjian ")])
def test_a_command_of_the_readme_exists_with_its_options(line: str) -> None:
    words = shlex.split(line)[1:]
    name = command_of(words)
    assert name
    assert {word for word in words if word.startswith("--")} <= options(name)


@pytest.mark.parametrize("line", [line for line in shell_lines("README.md") if line.startswith("make ")])
def test_a_target_of_the_readme_exists_with_its_options(line: str) -> None:
    _, target, *rest = shlex.split(line)
    assert re.search(rf"^{target}:", text("Makefile"), re.MULTILINE)
    for given in rest:
        variable, _, value = given.partition("=")
        assert f"$({variable})" in text("Makefile")
        assert {word for word in value.split() if word.startswith("--")} <= options("up")


@pytest.mark.parametrize("document", BOTH)
def test_every_command_is_in_the_readme(document: str) -> None:
    assert set(re.findall(r"`hengjian ([a-z ]+)`", prose(document))) == set(COMMANDS)


def test_what_production_starts_with_exists() -> None:
    for line in shell_lines("README.md"):
        if line.startswith("deploy/"):
            assert (HOUSE / line.split()[0]).exists()
        if line.startswith("docker compose run"):
            _, _, _, _, service, *words = line.split()
            assert re.search(rf"^  {service}:$", text("docker-compose.yml"), re.MULTILINE)
            assert command_of(words)
