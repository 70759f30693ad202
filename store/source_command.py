"""Commands on sources: `hengjian source add|list|change|rotate|revoke|admit`."""

import json
import re
from datetime import UTC, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from store import credentials, readiness, sources
from store.command_line import actor, refuse
from store.connection import Connection, connect
from store.credentials import Kind
from store.errors import SourceKnown, StoreError
from store.settings import StoreSettings

PAGE = 500

_DURATION = re.compile(r"PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?|P(\d+)D")

_source = typer.Typer(help="Who may send.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="Code of the source, its user name at the broker.")]
Name = Annotated[str | None, typer.Option(help="Name for people.")]
Interval = Annotated[
    str | None, typer.Option(help="Longest time between two messages that it declares, as PT15M; 'none' takes it back.")
]
Messages = Annotated[float | None, typer.Option(min=0, help="Most messages a second; 0 takes the limit back.")]
Payload = Annotated[float | None, typer.Option(min=0, help="Most payload a second [bytes/s]; 0 takes the limit back.")]
Largest = Annotated[int | None, typer.Option(min=0, help="Largest message [bytes]; 0 takes the limit back.")]
Certificate = Annotated[
    bool, typer.Option("--certificate", help="Let it in by a client certificate whose common name is its code.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_source, name="source")


@_source.command("add")
def add(
    code: Code,
    name: Name = None,
    interval: Interval = None,
    messages_per_second: Messages = None,
    bytes_per_second: Payload = None,
    largest_message: Largest = None,
    *,
    certificate: Certificate = False,
) -> None:
    """Let a source in and show its password, this once."""
    limits = _limits(interval, messages_per_second, bytes_per_second, largest_message)
    kind = Kind.CERTIFICATE if certificate else Kind.PASSWORD
    try:
        with _connect() as connection:
            secret = credentials.add(connection, code, actor=actor(), name=name, kind=kind, limits=limits)
    except StoreError as error:
        refuse(error)
    _show(code, secret)


@_source.command("list")
def show_all() -> None:
    """Say who may send, by what they are let in, and within which limits."""
    # Wrapped, never cut short: eighty columns are what many terminals have, and all that a log or a pipe has.
    table = Table(
        *(Column(heading, overflow="fold") for heading in ("source", "instruments", "let in by", "declared")),
        show_lines=True,
    )
    try:
        with _connect() as connection:
            after = ""
            while page := sources.page(connection, after=after, limit=PAGE):
                after = page[-1].code
                for view in page:
                    table.add_row(
                        escape(view.code if view.name == view.code else f"{view.code}\n{view.name}"),
                        str(view.instruments),
                        _let_in(view),
                        "\n".join(_declared(view)) or "-",
                    )
    except StoreError as error:
        refuse(error)
    Console().print(table)


@_source.command("change")
def change(
    code: Code,
    name: Name = None,
    interval: Interval = None,
    messages_per_second: Messages = None,
    bytes_per_second: Payload = None,
    largest_message: Largest = None,
) -> None:
    """Set name and limits of a source; what is not given stays."""
    changes = _limits(interval, messages_per_second, bytes_per_second, largest_message)
    if name is not None:
        changes["name"] = name
    if not changes:
        refuse("say what to change: --name, --interval or a limit")
    try:
        with _connect() as connection:
            credentials.change(connection, code, changes, actor=actor())
    except StoreError as error:
        refuse(error)
    typer.echo(f"changed {code}")


@_source.command("rotate")
def rotate(code: Code, *, certificate: Certificate = False) -> None:
    """Give a source another credential and show the new password, this once; the one before no longer holds."""
    try:
        with _connect() as connection:
            secret = credentials.rotate(connection, code, actor=actor(), kind=Kind.CERTIFICATE if certificate else None)
    except StoreError as error:
        refuse(error)
    _show(code, secret)


@_source.command("revoke")
def revoke(code: Code) -> None:
    """Let a source in no longer; the broker ends its connections within a minute."""
    try:
        with _connect() as connection:
            revoked = credentials.revoke(connection, code, actor=actor())
    except StoreError as error:
        refuse(error)
    typer.echo(f"revoked {code}" if revoked else f"{code} was revoked before")


@_source.command("admit")
def admit(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON object: password by source code.")],
) -> None:
    """Let in sources with passwords made elsewhere; those let in already stay as they are."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        refuse(f"{file} is not JSON: {error}")
    if not isinstance(known, dict) or not all(isinstance(word, str) and word for word in known.values()):
        refuse(f"{file} must hold one JSON object: password by source code")
    admitted = 0
    try:
        with _connect() as connection:
            for code, password in known.items():
                try:
                    credentials.add(connection, code, actor=actor(), password=password)
                except SourceKnown:
                    continue
                admitted += 1
    except StoreError as error:
        refuse(error)
    typer.echo(f"let in {admitted}, known before {len(known) - admitted}")


def _limits(
    interval: str | None, messages: float | None, payload: float | None, largest: int | None
) -> dict[str, object]:
    """Limits that were given; None for those taken back."""
    given: dict[str, object] = {}
    if interval is not None:
        given["report_interval"] = None if interval == "none" else _duration(interval)
    for column, limit in (
        ("messages_per_second", messages),
        ("bytes_per_second", payload),
        ("largest_message", largest),
    ):
        if limit is not None:
            given[column] = limit or None
    return given


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    hours, minutes, seconds, days = (int(part or 0) for part in found.groups()) if found else (0, 0, 0, 0)
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not length:
        refuse(f"--interval {text!r} is no duration; write it like PT15M, PT1H or P1D")
    return length


def _declared(view: sources.SourceView) -> list[str]:
    """What a source declared and is held to, one line each."""
    said = (
        ("every {}", view.report_interval),
        ("{:.15g} messages/s", view.messages_per_second),
        ("{:.15g} bytes/s", view.bytes_per_second),
        ("{} bytes/message", view.largest_message),
    )
    return [words.format(limit) for words, limit in said if limit is not None]


def _let_in(view: sources.SourceView) -> str:
    by = "revoked" if view.revoked_at else view.credential or "nothing yet"
    at = view.revoked_at or view.credential_since
    return by if at is None else f"{by}\n{at.astimezone(UTC):%Y-%m-%d %H:%M}Z"


def _show(code: str, secret: str | None) -> None:
    if secret is None:
        typer.echo(f"{code} is let in by a client certificate whose common name is {code}")
    else:
        typer.echo(secret)


def _connect() -> Connection:
    connection = connect(str(StoreSettings().database_url), application="hengjian source")
    missing = readiness.missing_migrations(connection)
    if missing:
        connection.close()
        refuse(f"the database lacks {', '.join(missing)}: run `hengjian migrate`")
    return connection
