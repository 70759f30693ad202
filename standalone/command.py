"""The one command `hengjian`, put together from the rooms' own commands."""

import sys

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from anomaly import command as anomaly_commands
from api import command as api_commands
from bridge import command as bridge_commands
from ingest import command as ingest_commands
from simulators import command as simulator_commands
from standalone import wrong_setting
from standalone.up import up
from store import command as store_commands

ROOMS = (store_commands, ingest_commands, anomaly_commands, api_commands, bridge_commands, simulator_commands)


def application() -> typer.Typer:
    """The command line of the whole house."""
    app = typer.Typer(
        name="hengjian",
        help="Supervision of legal measuring instruments without visiting them.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # it would take what stands in square brackets for markup, and leave it out
    )
    app.command("up")(up)
    for room in ROOMS:
        room.register(app)
    return app


def main() -> None:
    """Entry point of `hengjian`."""
    try:
        application()()
    except (ValidationError, SettingsError) as error:
        wrong = wrong_setting.lines(error)
        if wrong is None:
            raise
        for line in wrong:
            typer.echo(f"hengjian: {line}", err=True)
        sys.exit(1)
