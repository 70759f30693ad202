"""Commands of the memory: `hengjian migrate`, `hengjian instrument enrol`, `hengjian key create|revoke`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from store import (
    audit,
    audit_command,
    instrument_key_command,
    instruments,
    keys,
    readiness,
    source_command,
    weather_command,
)
from store.command_line import actor, refuse
from store.connection import Connection, connect
from store.enrolment_list import BadList, read_list
from store.errors import StoreError
from store.keys import Role
from store.migrate import migrate
from store.settings import StoreSettings

SHOWN = 50
"""Most faults of a list that are shown."""

NAMED = 5
"""Most instruments that are named of those that a list describes otherwise than they are known."""

_instrument = typer.Typer(help="Which instruments there are.", no_args_is_help=True)
_key = typer.Typer(help="Keys to the API.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    app.command("migrate")(bring_up_to_date)
    app.add_typer(_instrument, name="instrument")
    app.add_typer(_key, name="key")
    instrument_key_command.register(_instrument)
    source_command.register(app)
    audit_command.register(app)
    weather_command.register(app)


def bring_up_to_date() -> None:
    """Bring the database to this version."""
    try:
        with _connect() as connection:
            applied = migrate(connection)
    except StoreError as error:
        refuse(error)
    typer.echo(f"applied {', '.join(applied)}" if applied else "the database is up to date")


@_instrument.command("enrol")
def enrol(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="NDJSON, or CSV by suffix.")],
) -> None:
    """Enrol a list of instruments with their sites and operators: all of it, or nothing."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("reading", total=file.stat().st_size)
        try:
            listed = read_list(file, lambda size: progress.advance(task, size))
        except UnicodeDecodeError as error:
            refuse(f"{file} is not UTF-8 text: {error}")
        except BadList as error:
            for line, fault in error.faults[:SHOWN]:
                typer.echo(f"{file}:{line}: {fault}", err=True)
            refuse(error)
        task = progress.add_task("enrolling", total=len(listed))
        try:
            with _connect_migrated() as connection, connection.transaction():
                done = instruments.enrol(connection, progress.track(listed, task_id=task), actor=actor())
                otherwise = len(done.otherwise)
                detail = {"file": file.name, "entered": done.entered, "known": done.known, "otherwise": otherwise}
                audit.record(connection, actor=actor(), action="instrument.enrol", subject="instrument", detail=detail)
        except StoreError as error:
            refuse(f"{error}; nothing was enrolled")
    said = f"enrolled {done.entered}, known before {done.known}"
    if otherwise:
        first = ", ".join(done.otherwise[:NAMED]) + (", …" if otherwise > NAMED else "")
        said += f", of which {otherwise} differ and were left as they are: {first}"
    typer.echo(said)


@_key.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="Whose key it is.")],
    role: Annotated[
        Role | None, typer.Option(help="What it may do; viewer by default, source where one is named.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Valid for so many days; without end by default.")] = None,
    source: Annotated[str | None, typer.Option(help="Code of the one source that it speaks for (role source).")] = None,
) -> None:
    """Make a key and show it, this once."""
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    role = role or (Role.VIEWER if source is None else Role.SOURCE)
    try:
        with _connect_migrated() as connection:
            key = keys.create(connection, name=name, role=role, actor=actor(), expires_at=expires_at, source=source)
    except StoreError as error:
        refuse(error)
    typer.echo(key)


@_key.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="Id of the key, the part between hj_ and the second _.")],
) -> None:
    """Make a key invalid from now on."""
    key_id = key.removeprefix("hj_").partition("_")[0]
    try:
        with _connect_migrated() as connection:
            revoked = keys.revoke(connection, key_id=key_id, actor=actor())
    except StoreError as error:
        refuse(error)
    if not revoked:
        refuse(f"no valid key has the id {key_id}")
    typer.echo(f"revoked {key_id}")


def _connect() -> Connection:
    return connect(str(StoreSettings().database_url), application="hengjian command")


def _connect_migrated() -> Connection:
    connection = _connect()
    missing = readiness.missing_migrations(connection)
    if missing:
        connection.close()
        refuse(f"the database lacks {', '.join(missing)}: run `hengjian migrate`")
    return connection
