"""`hengjian import FILE…`: what a source left in files is taken in as a push is, with the same guarantees."""

import signal
from collections.abc import Callable, Iterator
from hashlib import file_digest
from pathlib import Path
from threading import Event
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from ingest.chunks import Medium
from ingest.inflation import opened
from ingest.push import Desk, Push, Receipt
from ingest.push_errors import PushError, PushStopped
from store import pushes, readiness
from store.command_line import escaped, refuse
from store.connection import Connection, connect
from store.errors import StoreError
from store.pushes import PushName, Way
from store.settings import StoreSettings

BLOCK = 2**20
"""Read from a file at once [bytes]."""

SHOWN = 20
"""Refused messages that are shown of a file."""

INTERRUPTED = 130
"""Exit status of a command that Ctrl-C ended."""

_MEDIA = {
    ".json": Medium.JSON,
    ".ndjson": Medium.NDJSON,
    ".jsonl": Medium.NDJSON,
    ".csv": Medium.CSV,
    ".jws": Medium.JWS,
}
_FORMATS = {medium.name.lower(): medium for medium in Medium}


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="JSON, NDJSON, CSV or signed messages (JWS), also gzip."
        ),
    ],
    source: Annotated[str, typer.Option(help="Code of the source that speaks in them.")],
    written: Annotated[
        str | None, typer.Option("--format", help="json, ndjson, csv or jws; by the file's suffix where absent.")
    ] = None,
) -> None:
    """Take in what a source left in files; again is harmless, and goes on where it was interrupted."""
    media = [_medium(file, written) for file in files]
    stopping = Event()

    def stop(*_: object) -> None:
        stopping.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the second Ctrl-C does not wait

    with _connect() as connection, _connect() as asked:
        _require(connection, source)
        desk = Desk(lambda question: question(asked), stopping)
        before = signal.signal(signal.SIGINT, stop)
        try:
            clean = [_take(desk, connection, source, *each) for each in zip(files, media, strict=True)]
        except PushStopped:
            typer.echo("stopped; run the same again, it goes on behind what is committed", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except (psycopg.OperationalError, StoreError) as error:
            refuse(f"{error}\nrun the same again, it goes on behind what is committed")
        finally:
            signal.signal(signal.SIGINT, before)
    if not all(clean):
        raise typer.Exit(1)


def _take(desk: Desk, connection: Connection, source: str, file: Path, medium: Medium) -> bool:
    """Take one file in and say what became of it; false if anything of it was refused."""
    receipt, failure = Receipt(), None
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    try:
        console = Console(stderr=True)
        bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        with bar as progress, file.open("rb") as content:
            task = progress.add_task(escaped(file.name), total=file.stat().st_size)
            name = PushName(source, Way.IMPORT, f"sha256:{file_digest(content, 'sha256').hexdigest()}")
            content.seek(0)
            blocks = _blocks(content.read, lambda size: progress.advance(task, size))
            desk.take(connection, Push(name, medium, opened(blocks), limited=False), receipt)
    except PushStopped:
        typer.echo(_said(file, receipt))
        raise
    except PushError as error:
        failure = error
    typer.echo(_said(file, receipt))
    for refusal in receipt.refusals[:SHOWN]:
        held = f"{file}:{refusal.line}: {refusal.cause}: {escaped(refusal.detail)} (quarantine {refusal.quarantine})"
        typer.echo(held, err=True)
    if failure is not None:
        typer.echo(f"{file}: {failure}", err=True)
    return failure is None and not receipt.tally.messages_quarantined


def _said(file: Path, receipt: Receipt) -> str:
    tally, told = receipt.tally, []
    for noun in ("readings", "transactions", "events"):
        for fate in ("stored", "repeated", "conflicting", "quarantined"):
            count = getattr(tally, f"{noun}_{fate}", 0)
            if count:
                told.append(f"{noun} {fate} {count}")
    said = f"{file}: messages {tally.messages}, quarantined {tally.messages_quarantined}"
    known = " (committed before)" if receipt.known and not receipt.committed else ""
    return ", ".join([said, *told]) + known


def _blocks(read: Callable[[int], bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    while block := read(BLOCK):
        yield block
        advance(len(block))


def _medium(file: Path, written: str | None) -> Medium:
    if written is not None:
        medium = _FORMATS.get(written)
        if medium is None:
            refuse(f"no format is called {written!r}; known are {', '.join(_FORMATS)}")
        return medium
    name = file.with_suffix("") if file.suffix == ".gz" else file
    found = _MEDIA.get(name.suffix.lower())
    if found is None:
        refuse(f"{file}: the suffix tells no format; say --format {', '.join(_FORMATS)}")
    return found


def _connect() -> Connection:
    try:
        return connect(str(StoreSettings().database_url), application="hengjian import", autocommit=True)
    except StoreError as error:
        refuse(error)


def _require(connection: Connection, source: str) -> None:
    """Refuse to begin on a database that is not migrated, or for a source that nobody enrolled."""
    missing = readiness.missing_migrations(connection)
    if missing:
        refuse(f"the database lacks {', '.join(missing)}: run `hengjian migrate`")
    try:
        pushes.standing(connection, source)
    except StoreError as error:
        refuse(error)
