"""Commands on the weather: `hengjian weather import`."""

from pathlib import Path
from typing import Annotated

import typer

from store import readiness, weather
from store.command_line import actor, refuse
from store.connection import Connection, connect
from store.errors import StoreError
from store.settings import StoreSettings
from store.weather_list import COLUMNS, BadWeather, read_weather

SHOWN = 50
"""Most faults of a list that are shown."""

_weather = typer.Typer(help="Outdoor temperature, by which gas is judged.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_weather, name="weather")


@_weather.callback()
def weather_commands() -> None:
    """Outdoor temperature, by which gas is judged."""


@_weather.command("import")
def import_weather(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, readable=True, help=f"CSV with the heading {','.join(COLUMNS)}."),
    ],
) -> None:
    """Enter mean daily temperatures [°C] of regions (GB/T 2260): all of the file, or nothing.

    What differs from what stands replaces it. Detectors look again at every day that is new or changed.
    """
    try:
        days = read_weather(file)
    except UnicodeDecodeError as error:
        refuse(f"{file} is not UTF-8 text: {error}")
    except BadWeather as error:
        for line, fault in error.faults[:SHOWN]:
            typer.echo(f"{file}:{line}: {fault}", err=True)
        refuse(error)
    try:
        with _connect() as connection, connection.transaction():
            changed = weather.enter(connection, days, actor=actor())
    except StoreError as error:
        refuse(error)
    typer.echo(f"entered {changed} days of weather, known before {len(days) - changed}")


def _connect() -> Connection:
    connection = connect(str(StoreSettings().database_url), application="hengjian weather")
    missing = readiness.missing_migrations(connection)
    if missing:
        connection.close()
        refuse(f"the database lacks {', '.join(missing)}: run `hengjian migrate`")
    return connection
