"""What a run says: progress while it goes, counts at the end, errors as one sentence."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from simulators.totals import Totals

_FOUR_PLACES = (
    "messages {0.messages:,} · readings {0.readings:,} · transactions {0.transactions:,} · events {0.events:,}"
)


def progress() -> Progress:
    """Progress on the error stream, so that the standard output stays for results."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def rate(totals: Totals, seconds: float) -> str:
    """Acknowledged messages, and how many in a second."""
    return f"{totals.acknowledged.messages:,} messages, {totals.acknowledged.messages / max(seconds, 1e-3):,.0f}/s"


def say(totals: Totals) -> None:
    """Print what was published and acknowledged."""
    typer.echo("published:    " + _FOUR_PLACES.format(totals.published))
    typer.echo("acknowledged: " + _FOUR_PLACES.format(totals.acknowledged))
    if totals.refused.messages:
        typer.echo("refused:      " + _FOUR_PLACES.format(totals.refused))


def append_summary(path: Path | None, line: Mapping[str, object]) -> None:
    """Append one JSON line to a summary file."""
    if path is not None:
        with path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")


def as_json(line: Mapping[str, object]) -> str:
    """One line of JSON."""
    return msgspec.json.encode(line).decode()


@contextmanager
def errors_as_sentences(*kinds: type[Exception]) -> Iterator[None]:
    """Turn foreseen errors into one sentence on the error stream and exit status 1."""
    try:
        yield
    except kinds as error:
        typer.echo(f"hengjian: {error}", err=True)
        raise typer.Exit(1) from error


def stop_on_termination() -> None:
    """Let SIGTERM end a run as Ctrl-C does."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
