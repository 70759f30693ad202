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


def escaped(text: str) -> str:
    r"""Text from outside, safe to show on a terminal: control and format characters are written as escapes.

    Examples
    --------
    >>> escaped("a\x1b[2Jb\u202e")
    'a\\x1b[2Jb\\u202e'
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )
