"""docs/sending.md: its examples are enrolled and imported as they stand, its tables are those of the code."""

import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from ingest import command as ingest_command
from ingest.conversion import LARGEST_ATTRIBUTES, LARGEST_DETAIL
from ingest.formats.table import COLUMNS
from ingest.message import EventStatement, Message, Reading, TransactionStatement
from metrology.event import EventCode
from metrology.kinds import KINDS
from store import command as store_command
from store import intake
from store.enrolment_list import EnrolmentRow
from tests.docs.reading import fences, table, text
from tests.services.enrolled import connect_to

PAGE = "docs/sending.md"
LISTS = ("instruments.ndjson", "more-instruments.csv")
CONTENT = ("day.ndjson", "readings.csv")


def test_the_examples_are_enrolled_and_taken_in(
    plain_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HENGJIAN_DATABASE_URL", plain_database)
    app = typer.Typer()
    store_command.register(app)
    ingest_command.register(app)
    files = {Path(fence.path).name: tmp_path / Path(fence.path).name for fence in fences(PAGE) if fence.path}
    assert sorted(files) == sorted(LISTS + CONTENT)
    for fence in fences(PAGE):
        files[Path(fence.path).name].write_text(fence.text, encoding="utf-8")
    said = [CliRunner().invoke(app, ["instrument", "enrol", str(files[name])]) for name in LISTS]
    assert [answer.stdout.strip() for answer in said] == ["enrolled 3, known before 0", "enrolled 2, known before 0"]
    taken = CliRunner().invoke(app, ["import", *(str(files[name]) for name in CONTENT), "--source", "my-utility"])
    assert taken.exit_code == 0, taken.output
    with connect_to(plain_database) as connection:
        tally = intake.totals(connection)["my-utility"]
        keys = connection.execute("SELECT kid, algorithm FROM instrument_key").fetchall()
    assert (tally.readings_stored, tally.transactions_stored, tally.events_stored) == (8, 1, 1)
    assert keys == [("C-1/1", "EdDSA")]


@pytest.mark.parametrize(
    "noun, statement",
    [("message", Message), ("reading", Reading), ("transaction", TransactionStatement), ("event", EventStatement)],
)
def test_members_are_those_of_the_code(noun: str, statement: type) -> None:
    rows = table(PAGE, f"Member of {'an' if noun == 'event' else 'a'} {noun}")
    told = {name: needed == "required" for names, needed, _ in rows for name in names.split(", ")}
    required = {field.name for field in _fields(statement) if field.required}
    assert told == {field.name: field.name in required for field in _fields(statement)}


def _fields(statement: type) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(statement)


def test_the_list_has_the_members_of_the_code() -> None:
    told = {name.partition(".")[0] for names, _, _ in table(PAGE, "Member") for name in names.split(", ")}
    assert told == set(EnrolmentRow.model_fields)
    nested = {name for names, _, _ in table(PAGE, "Member") for name in names.split(", ") if "." in name}
    for outer in ("site", "operator", "key"):
        inner = EnrolmentRow.model_fields[outer].annotation
        [row] = [part for part in getattr(inner, "__args__", (inner,)) if hasattr(part, "model_fields")]
        assert {name for name in nested if name.startswith(f"{outer}.")} == {f"{outer}.{x}" for x in row.model_fields}


def test_kinds_registers_and_codes_are_those_of_the_code() -> None:
    told = {kind: (registers, classes, sizes) for kind, registers, classes, sizes in table(PAGE, "Kind")}
    assert told == {
        kind.name: (
            ", ".join(
                f"{each.name} {each.unit} {Decimal(1).scaleb(-each.decimals)}{' ∑' if each.cumulative else ''}"
                for each in kind.registers
            ),
            ", ".join(
                sorted(
                    (error.accuracy_class for error in kind.permissible_errors if error.principal),
                    key=lambda name: name != kind.default_class,
                )
            ),
            ", ".join(limit.size for limit in kind.rate_limits),
        )
        for kind in KINDS.values()
    }
    [codes] = re.findall(r"^Event codes: (.*)\.$", text(PAGE), re.MULTILINE)
    assert codes.replace("`", "").split(", ") == [code.value for code in EventCode]


def test_its_figures_are_those_of_the_code() -> None:
    assert ", ".join(f"`{column}`" for column in COLUMNS) in text(PAGE)
    for size in (LARGEST_ATTRIBUTES, LARGEST_DETAIL):
        assert f"an object of at most {size} bytes" in text(PAGE)
