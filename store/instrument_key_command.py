"""Commands on the keys that instruments sign with: `hengjian instrument key add|list|revoke`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from store import instrument_keys, readiness
from store.command_line import actor, refuse
from store.connection import Connection, connect
from store.errors import StoreError
from store.public_key import LARGEST, Algorithm, bare, read_public_key
from store.settings import StoreSettings

_key = typer.Typer(help="Keys that instruments sign their messages with.", no_args_is_help=True)

Serial = Annotated[str, typer.Argument(help="Serial of the instrument.")]
Source = Annotated[str, typer.Option(help="Code of the source that speaks for it.")]
Kid = Annotated[str, typer.Option(help="Name of the key, as its messages say it (kid).")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_key, name="key")


@_key.command("add")
def add(
    serial: Serial,
    source: Source,
    kid: Kid,
    public_key: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, readable=True, help="File: PEM, JSON Web Key or hexadecimal digits."),
    ],
    algorithm: Annotated[Algorithm | None, typer.Option(help="What the key is for; digits of a point need it.")] = None,
    valid_from: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z"], help="Messages received from then on are proven by it; now by default."
        ),
    ] = None,
) -> None:
    """Enter a public key: from then on the instrument's messages are taken only if they are signed."""
    with public_key.open("rb") as opened:
        text = opened.read(LARGEST + 1)
    try:
        key = read_public_key(text, algorithm)
        with _connect() as connection:
            number = instrument_keys.number_of(connection, source, serial)
            added = instrument_keys.add(connection, number, kid, key, actor=actor(), valid_from=valid_from)
    except StoreError as error:
        refuse(error)
    typer.echo(f"{'entered' if added else 'known before:'} key {kid} of {serial}, {key.algorithm.value}")


@_key.command("list")
def list_keys(serial: Serial, source: Source) -> None:
    """Show every key that an instrument ever had."""
    try:
        with _connect() as connection:
            number = instrument_keys.number_of(connection, source, serial)
            known = instrument_keys.of_instrument(connection, number)
    except StoreError as error:
        refuse(error)
    for key in known:
        said = f"{key.kid}  {key.public_key.algorithm.value}  valid from {_instant(key.valid_from)} by {key.added_by}"
        if key.revoked_at is not None:
            said += f", revoked {_instant(key.revoked_at)} by {key.revoked_by}"
        typer.echo(f"{said}\n  {bare(key.public_key).hex()}")


@_key.command("revoke")
def revoke(serial: Serial, source: Source, kid: Kid) -> None:
    """End a key's validity now: what is received from now on is not taken under it."""
    try:
        with _connect() as connection:
            number = instrument_keys.number_of(connection, source, serial)
            revoked = instrument_keys.revoke(connection, number, kid, actor=actor())
    except StoreError as error:
        refuse(error)
    if not revoked:
        refuse(f"{serial} has no valid key {kid}")
    typer.echo(f"revoked key {kid} of {serial}")


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _connect() -> Connection:
    connection = connect(str(StoreSettings().database_url), application="hengjian instrument key")
    missing = readiness.missing_migrations(connection)
    if missing:
        connection.close()
        refuse(f"the database lacks {', '.join(missing)}: run `hengjian migrate`")
    return connection
