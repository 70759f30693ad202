"""Every command of `hengjian`, as the command line itself knows it."""

from typing import Any

import typer

from standalone.command import application


def _commands(command: Any, path: tuple[str, ...] = ()) -> dict[str, Any]:  # typer's own copy of click has no types
    """Every command that does something, by its whole name."""
    below = getattr(command, "commands", None)
    if below is None:
        return {" ".join(path): command}
    return {name: found for word, child in below.items() for name, found in _commands(child, (*path, word)).items()}


COMMANDS: dict[str, Any] = _commands(typer.main.get_command(application()))
"""Command by its whole name, such as `quarantine list`."""


def options(name: str) -> set[str]:
    """Options that a command takes, as they are written."""
    return {
        option
        for parameter in COMMANDS[name].params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--")
    }
