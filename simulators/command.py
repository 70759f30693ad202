"""`hengjian simulate` and `hengjian replay`."""

import typer

from simulators.replay_command import replay
from simulators.simulate_command import simulate


def register(app: typer.Typer) -> None:
    """Add this room's commands to the house's."""
    app.command("simulate")(simulate)
    app.command("replay")(replay)
