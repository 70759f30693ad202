"""`hengjian replay`: recorded registers and transactions on the command line."""

import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.progress import Progress

from metrology.errors import UnknownKind
from simulators import telling
from simulators.broker_address import AddressUnreadable, CredentialsUnreadable
from simulators.instrument import Instrument, write_enrolment
from simulators.line import BrokerRefused, BrokerUnreachable, NotAcknowledged
from simulators.opening import BrokerUnnamed, open_publisher
from simulators.pace import Pace
from simulators.publisher import Publisher
from simulators.recordings.errors import RecordingRefused, ZoneUnknown
from simulators.recordings.recording import Recording, open_recording

_PER_MESSAGE = 96
"""Readings in one message unless asked otherwise: a day of quarter hours."""


def replay(
    files: Annotated[list[Path], typer.Argument(help="Parquet or CSV: registers or transactions.")],
    *,
    source: Annotated[str | None, typer.Option(help="Who sends it.  [default: the file's folder]")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Kinds in question, where the registers leave it open.")
    ] = None,
    time_zone: Annotated[str | None, typer.Option(help="IANA zone of naive times, and of the site.")] = None,
    speed: Annotated[str, typer.Option(help="N times as fast as it was, or max.")] = "max",
    per_message: Annotated[int, typer.Option(min=1, help="Most readings in one message.")] = _PER_MESSAGE,
    enrolment: Annotated[
        Path | None, typer.Option(help="Write the enrolment (NDJSON); without --broker nothing else is done.")
    ] = None,
    broker: Annotated[str | None, typer.Option(help="mqtt[s]://[user:password@]host[:port]")] = None,
    mqtt_version: Annotated[str | None, typer.Option(help="5 or 3.1.1")] = None,
    credentials: Annotated[Path | None, typer.Option(help="JSON object {source: password}.")] = None,
    summary: Annotated[Path | None, typer.Option(help="Append each file's totals as a JSON line here.")] = None,
) -> None:
    """Publish recorded registers or transactions through the broker as native messages.

    Wanted columns: instrument · taken_at · register · value, or instrument · seq · started_at · ended_at · quantity
    (and start_indication, end_indication, unit_price, amount, attributes, signed). Rows that the contract cannot carry
    are published as they are, each in its own message, and counted as unfit. Sending again is harmless: what the
    service has is recognised.
    """
    with telling.errors_as_sentences(
        RecordingRefused,
        UnknownKind,
        SpeedUnreadable,
        BrokerUnnamed,
        AddressUnreadable,
        CredentialsUnreadable,
        BrokerUnreachable,
        BrokerRefused,
        NotAcknowledged,
    ):
        zone, factor = _zone(time_zone), _speed(speed)
        if enrolment:
            instruments: dict[tuple[str, str], Instrument] = {}
            for path in files:
                for item in open_recording(path, source, tuple(kind or ()), zone, per_message).instruments:
                    instruments.setdefault((item.source, item.serial), item)
            typer.echo(f"{write_enrolment(enrolment, instruments.values())} instruments enrolled in {enrolment}")
            if broker is None:
                return
        telling.stop_on_termination()
        publisher: Publisher | None = None
        try:
            with open_publisher(broker, mqtt_version, credentials) as publisher, telling.progress() as bar:
                for path in files:
                    recording = open_recording(path, source, tuple(kind or ()), zone, per_message)
                    _publish(recording, publisher, factor, bar, summary)
        except KeyboardInterrupt:
            if publisher is not None:  # None: interrupted while the publisher was being made
                telling.say(publisher.totals)
            raise typer.Exit(130) from None


def _publish(recording: Recording, publisher: Publisher, speed: float, bar: Progress, summary: Path | None) -> None:
    """Publish one file, wait for every acknowledgement, and state its totals."""
    before, began = publisher.totals, time.monotonic()
    publisher.open([recording.source])
    if recording.ambiguous or recording.nonexistent:
        typer.echo(
            f"{recording.path}: the declared zone's clock showed {recording.ambiguous} of these times twice and "
            f"{recording.nonexistent} never; all are read with fold 0",
            err=True,
        )
    task = bar.add_task(f"{recording.source}/{recording.path.name}", total=recording.messages, said="")
    pace: Pace | None = None
    for number, message in enumerate(recording.encoded(), start=1):
        pace = pace or Pace(message.due, speed, bounded=False)
        pace.await_(message.due)
        publisher.publish(message)
        if number % 200 == 0 or speed < float("inf"):
            done = publisher.totals.since(before)
            bar.update(task, completed=number, said=telling.rate(done, time.monotonic() - began))
    publisher.settle()
    totals, seconds = publisher.totals.since(before), time.monotonic() - began
    bar.update(task, completed=recording.messages, said=telling.rate(totals, seconds))
    line = {
        "file": str(recording.path),
        "source": recording.source,
        "kinds": sorted({instrument.kind for instrument in recording.instruments}),
        "instruments": len(recording.instruments),
        "rows": recording.rows,
        "messages": totals.published.messages,
        "readings": totals.published.readings,
        "transactions": totals.published.transactions,
        "events": totals.published.events,
        "unfit": recording.unfit,
        "ambiguous_times": recording.ambiguous,
        "nonexistent_times": recording.nonexistent,
        "acknowledged": totals.acknowledged,
        "refused": totals.refused,
        "seconds": round(seconds, 3),
    }
    telling.append_summary(summary, line)
    typer.echo(telling.as_json(line))


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ZoneUnknown(name or "") from error


def _speed(text: str) -> float:
    if text == "max":
        return float("inf")
    try:
        factor = float(text)
    except ValueError as error:
        raise SpeedUnreadable(text) from error
    if not factor > 0:
        raise SpeedUnreadable(text)
    return factor


class SpeedUnreadable(ValueError):
    """A speed is a positive number or `max`."""

    def __init__(self, text: str) -> None:
        super().__init__(f"--speed {text!r} is neither a positive number nor max")
