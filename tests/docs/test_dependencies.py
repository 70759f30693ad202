import re
import tomllib

from tests.docs.reading import table, text


def test_every_dependency_has_its_line_of_reason_and_its_licence() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    declared = [
        *project["project"]["dependencies"],
        *(entry for extra in project["project"]["optional-dependencies"].values() for entry in extra),
        *project["dependency-groups"]["dev"],
    ]
    names = {re.split(r"[\[<>=~ ]", entry, maxsplit=1)[0] for entry in declared}
    rows = table("docs/decisions/0005-dependencies.md", "Distribution")
    assert {name for row in rows for name in row[0].split(", ")} == names
    assert all(len(row) == 4 and all(row) for row in rows)
