"""What every command of the house does alike: says on whose behalf it acts, and why it stops."""

import getpass
from typing import NoReturn

import typer


def actor() -> str:
    """Account on whose behalf a command acts, for the audit."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may run under a number without a name
        return "command"


def refuse(reason: object) -> NoReturn:
    """Say why on standard error, and end the command with status 1."""
    typer.echo(str(reason), err=True)
    raise typer.Exit(1)
