"""`hengjian simulate`: the seeded city on the command line."""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from simulators import state, telling
from simulators.broker_address import AddressUnreadable, CredentialsUnreadable
from simulators.city import City, CityPlan, CityTooSmall
from simulators.civil_day import day_of, midnight
from simulators.instrument import write_enrolment
from simulators.line import BrokerRefused, BrokerUnreachable, NotAcknowledged
from simulators.opening import BrokerUnnamed, open_publisher
from simulators.publisher import Publisher
from simulators.simulation import Simulation
from simulators.truth import truths, write_truth
from simulators.weather_list import write_weather

_SEED, _SIZE = 1, 2000


def simulate(
    *,
    seed: Annotated[int | None, typer.Option(help=f"Chance of the city.  [default: {_SEED}]")] = None,
    instruments: Annotated[int | None, typer.Option(help=f"About how many.  [default: {_SIZE}]")] = None,
    epoch: Annotated[
        str | None, typer.Option(help="First day of the city, YYYY-MM-DD.  [default: first day published]")
    ] = None,
    honest: Annotated[bool, typer.Option("--honest", help="No tampering at all.")] = False,
    enrolment: Annotated[Path | None, typer.Option(help="Write the enrolment (NDJSON) here.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Write what was tampered with (NDJSON) here.")] = None,
    weather: Annotated[
        Path | None, typer.Option(help="Write the mean temperature of every day before --until (CSV) here.")
    ] = None,
    memory: Annotated[
        Path | None, typer.Option("--state", help="Remember the city here; a later start continues it.")
    ] = None,
    backfill: Annotated[int | None, typer.Option(min=0, help="Publish so many whole days before --until.")] = None,
    daily_history: Annotated[
        int | None,
        typer.Option(min=0, help="So many days before the backfill are published too, by the day.  [default: 0]"),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Instant with offset, RFC 3339.  [default: now]")] = None,
    live: Annotated[bool, typer.Option("--live", help="Go on at real pace after the backfill.")] = False,
    speed: Annotated[
        float | None, typer.Option(min=0.001, help="Play the backfill N times as fast as time; never beyond now.")
    ] = None,
    broker: Annotated[str | None, typer.Option(help="mqtt[s]://[user:password@]host[:port]")] = None,
    mqtt_version: Annotated[str | None, typer.Option(help="5 or 3.1.1")] = None,
    credentials: Annotated[Path | None, typer.Option(help="JSON object {source: password}.")] = None,
    summary: Annotated[Path | None, typer.Option(help="Append the totals as a JSON line here.")] = None,
) -> None:
    """Publish a seeded city of instruments of all kinds, with labelled tampering.

    With --enrolment, --truth or --weather and neither --backfill nor --live, only those are written. The daily history
    holds the midnights of each principal cumulative register, as meters send frozen days; --backfill goes on from it.
    """
    with telling.errors_as_sentences(
        Refused,
        CityTooSmall,
        state.StateUnreadable,
        BrokerUnnamed,
        AddressUnreadable,
        CredentialsUnreadable,
        BrokerUnreachable,
        BrokerRefused,
        NotAcknowledged,
    ):
        end = _instant(until)
        earlier = state.load(memory) if memory else None
        history = daily_history or 0
        first = day_of(end) - timedelta(days=(backfill or 0) + history)
        asked = CityPlan(
            seed=_SEED if seed is None else seed,
            instruments=_SIZE if instruments is None else instruments,
            epoch=_day(epoch) if epoch else first,
            tampered=not honest,
            daily_history=history,
        )
        plan = earlier.plan if earlier else asked
        if earlier and (seed, instruments, epoch, daily_history) != (
            None if seed is None else plan.seed,
            None if instruments is None else plan.instruments,
            None if epoch is None else plan.epoch.isoformat(),
            None if daily_history is None else plan.daily_history,
        ):
            raise Refused(f"{memory} remembers another city: {plan}")
        city = City(plan)
        publishing = backfill is not None or live
        if enrolment:
            typer.echo(f"{write_enrolment(enrolment, city.instruments)} instruments enrolled in {enrolment}")
        if weather:
            written = write_weather(weather, plan.seed, plan.epoch, day_of(end) - timedelta(days=1))
            typer.echo(f"{written} days of weather in {weather}")
        if not publishing:
            if truth:
                typer.echo(f"{write_truth(truth, truths(city, day_of(end)))} truths in {truth}")
            if not enrolment and not truth and not weather:
                raise Refused("nothing to do: give --backfill DAYS, --live, or a FILE: --enrolment, --truth, --weather")
            return
        if plan.tampered and truth is None:
            raise Refused("synthetic data never travels without its truth: give --truth FILE, or --honest")
        if midnight(plan.hourly_from) > end:
            raise Refused(f"the daily history ends with {plan.hourly_from}, after {end}: give an earlier --epoch")
        # A daily history is continued by the hour from its last midnight on, however long ago that was.
        begin = plan.epoch if plan.daily_history else max(first, plan.epoch)
        start = (earlier.published_until if earlier else None) or midnight(begin)
        publisher = open_publisher(broker, mqtt_version, credentials)
        _run(city, publisher, start, end, live=live, speed=speed, truth=truth, memory=memory, summary=summary)


def _run(
    city: City,
    publisher: Publisher,
    start: datetime,
    end: datetime,
    *,
    live: bool,
    speed: float | None,
    truth: Path | None,
    memory: Path | None,
    summary: Path | None,
) -> None:
    """Publish from one instant to another, and on if live."""
    telling.stop_on_termination()
    began = time.monotonic()
    live_now = False
    with telling.progress() as bar, publisher:
        task = bar.add_task("city", total=max((end - start).total_seconds(), 1), said="")

        def told(instant: datetime) -> None:
            said = f"{instant:%Y-%m-%d %H:%M} UTC, {telling.rate(publisher.totals, time.monotonic() - began)}"
            bar.update(task, completed=(instant - start).total_seconds(), said=said)

        simulation = Simulation(city, publisher, start, truth, memory, lambda instant: told(instant.astimezone(UTC)))
        interrupted = False
        try:
            publisher.open(sorted({instrument.source for instrument in city.instruments}))
            simulation.history()
            if speed is None:
                simulation.backfill(end)
                typer.echo(f"backfill done: {telling.rate(publisher.totals, time.monotonic() - began)}")
            live_now = live
            if live or speed is not None:
                simulation.play(None if live else end, speed)
        except KeyboardInterrupt:
            interrupted = True
    totals = publisher.totals
    telling.say(totals)
    telling.append_summary(
        summary,
        {
            "seed": city.plan.seed,
            "instruments": len(city.instruments),
            "epoch": city.plan.epoch,
            "seconds": round(time.monotonic() - began, 3),
            "published": totals.published,
            "acknowledged": totals.acknowledged,
            "refused": totals.refused,
        },
    )
    if interrupted and not live_now:
        raise typer.Exit(130)


def _instant(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"{text!r} is no RFC 3339 instant") from error
    if instant.tzinfo is None:
        raise Refused(f"{text!r} has no offset: a naive time is refused")
    return instant


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"{text!r} is no day of the form YYYY-MM-DD") from error


class Refused(ValueError):
    """What was asked for on the command line cannot be done."""
