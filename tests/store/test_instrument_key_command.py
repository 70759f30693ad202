import re
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from ingest import command as ingest_commands
from store import command
from store.public_key import Algorithm, bare, to_pem
from tests.services.enrolled import SOURCE, connect_to, enrol
from tests.services.signing import Signer

Run = Callable[..., Result]
SIGNER = Signer(Algorithm.SM2SM3, "k1")


@pytest.fixture
def run(plain_database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    with connect_to(plain_database) as connection:
        enrol(connection)
    monkeypatch.setenv("HENGJIAN_DATABASE_URL", plain_database)
    app = typer.Typer()
    command.register(app)
    ingest_commands.register(app)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def of(serial: str = "F-1", *options: object) -> tuple[object, ...]:
    return (serial, "--source", SOURCE, *options)


def test_a_key_is_entered_listed_and_revoked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(bare(SIGNER.public_key).hex(), encoding="ascii")
    options = ("--kid", "k1", "--public-key", file)
    assert "say the algorithm" in run("instrument", "key", "add", *of("F-1", *options)).output
    add = ("instrument", "key", "add", *of("F-1", *options, "--algorithm", "SM2SM3"))
    assert run(*add).output == "entered key k1 of F-1, SM2SM3\n"
    assert run(*add).output == "known before: key k1 of F-1, SM2SM3\n"
    listed = run("instrument", "key", "list", *of()).output
    assert re.fullmatch(r"k1  SM2SM3  valid from \S+ by command:\S+\n  [0-9a-f]{128}\n", listed)
    assert bare(SIGNER.public_key).hex() in listed  # whole, however narrow the terminal
    revoke = ("instrument", "key", "revoke", *of("F-1", "--kid", "k1"))
    assert run(*revoke).output == "revoked key k1 of F-1\n"
    assert re.search(r", revoked \S+ by command:\S+\n", run("instrument", "key", "list", *of()).output)
    again = run(*revoke)
    assert (again.exit_code, again.output) == (1, "F-1 has no valid key k1\n")
    assert run(*add).exit_code == 1


def test_an_instrument_that_is_not_there_is_said_so(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(to_pem(SIGNER.public_key), encoding="ascii")
    for arguments in (
        ("instrument", "key", "add", *of("F-9", "--kid", "k1", "--public-key", file)),
        ("instrument", "key", "list", *of("F-9")),
        ("instrument", "key", "revoke", *of("F-9", "--kid", "k1")),
        ("verify", *of("F-9")),
    ):
        result = run(*arguments)
        assert (result.exit_code, result.output) == (1, "source city has no instrument F-9\n")


def test_an_instrument_that_never_signed_proves_nothing_and_that_is_no_success(run: Run) -> None:
    result = run("verify", *of("W-1", "--from", "2026-11-22", "--to", "2026-11-23T00:00:00+08:00"))
    assert result.exit_code == 1
    assert "signed messages that hold 0, stored statements proven 0" in result.output
    assert "nothing that W-1 signed is stored in that time: nothing is proven" in result.output
