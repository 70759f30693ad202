"""The command `hengjian verify`: whether what is stored of an instrument is what it signed."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ingest.proof import EARLIEST, LATEST, verify
from store import readiness
from store.command_line import escaped, refuse
from store.connection import connect
from store.errors import StoreError
from store.settings import StoreSettings

_FORMATS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(prove)


def prove(
    serial: Annotated[str, typer.Argument(help="Serial of the instrument.")],
    source: Annotated[str, typer.Option(help="Code of the source that speaks for it.")],
    since: Annotated[
        datetime | None, typer.Option("--from", formats=_FORMATS, help="Statements from this instant on; a day is UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=_FORMATS, help="Statements before this instant; a day is UTC.")
    ] = None,
) -> None:
    """Prove from the stored bytes that what is stored of an instrument is what it signed; name what is not."""
    try:
        with connect(str(StoreSettings().database_url), application="hengjian verify", autocommit=True) as connection:
            missing = readiness.missing_migrations(connection)
            if missing:
                refuse(f"the database lacks {', '.join(missing)}: run `hengjian migrate`")
            verdict = verify(connection, source, serial, since=_aware(since, EARLIEST), until=_aware(until, LATEST))
    except StoreError as error:
        refuse(error)
    for fault in verdict.faults:
        typer.echo(escaped(fault))
    typer.echo(
        f"signed messages that hold {verdict.messages}, stored statements proven {verdict.proven}, "
        f"received before the first key {verdict.older}, faults {len(verdict.faults)}"
    )
    if not verdict.messages and not verdict.faults:
        refuse(f"nothing that {serial} signed is stored in that time: nothing is proven")
    if verdict.faults:
        raise typer.Exit(1)


def _aware(moment: datetime | None, default: datetime) -> datetime:
    if moment is None:
        return default
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
