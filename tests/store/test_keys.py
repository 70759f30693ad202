from collections.abc import Callable

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from store import command, keys
from store.keys import Role
from tests.services.enrolled import SOURCE, connect_to, enrol

Run = Callable[..., Result]


@pytest.fixture
def run(plain_database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("HENGJIAN_DATABASE_URL", plain_database)
    app = typer.Typer()
    command.register(app)
    return lambda *arguments: CliRunner().invoke(app, ["key", "create", "--name", "x", *arguments])


def test_a_key_of_a_source_speaks_for_it_alone(run: Run, plain_database: str) -> None:
    with connect_to(plain_database) as connection:
        enrol(connection)
        holder = keys.holder(connection, run("--source", SOURCE).output.strip())
        assert holder is not None
        assert (holder.role, holder.source) == (Role.SOURCE, SOURCE)
        people = keys.holder(connection, run().output.strip())
        assert people is not None
        assert (people.role, people.source) == (Role.VIEWER, None)


@pytest.mark.parametrize(
    "arguments,why",
    [
        (("--source", "nobody"), "source 'nobody' is not enrolled"),
        (("--role", "source"), "a key of role source needs a source"),
        (("--role", "administrator", "--source", SOURCE), "a key of role administrator speaks for no source"),
    ],
)
def test_no_other_key_names_a_source(run: Run, plain_database: str, arguments: tuple[str, ...], why: str) -> None:
    with connect_to(plain_database) as connection:
        enrol(connection)
        result = run(*arguments)
        assert (result.exit_code, why in result.output) == (1, True), result.output
        assert not keys.exists(connection)
