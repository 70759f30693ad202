"""`hengjian up`: the whole product on one machine."""

import secrets
import shlex
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated, Never

import typer

from api import first_key
from ingest.broker.duration import sync_interval
from ingest.broker.layout import SYNC
from ingest.broker.private_file import write_private
from simulators.civil_day import day_of
from standalone.broker import EmbeddedBroker
from standalone.city import CityHome
from standalone.directory import DirectoryLock, require_own
from standalone.doorkeeper import Doorkeeper
from standalone.errors import StandaloneError
from standalone.port import LOOPBACK, require_free
from standalone.postgres import EmbeddedPostgres
from standalone.service import Service
from standalone.supervisor import Supervisor, end_forgotten
from standalone.voice import Voice
from store.connection import connect

ENVIRONMENT = "environment"
"""File of the data directory that sets what hengjian's other commands need; only its owner can read it."""

INGEST_NAME = "ingest-name"
"""File that keeps the secret name of ingest's session at the broker."""

READY = timedelta(minutes=2)
"""How long a service may take to get ready."""

ROUND = timedelta(seconds=1)
"""How often services are looked after."""

DOOR = timedelta(seconds=10)
"""How often newly enrolled sources are let in."""


def up(
    data: Annotated[
        Path, typer.Option(envvar="HENGJIAN_DATA", help="Directory of all data; it is kept between starts.")
    ] = Path("var"),
    port: Annotated[
        int, typer.Option(envvar="HENGJIAN_API_PORT", min=1, max=65535, help="Port of the console.")
    ] = 8080,
    broker_port: Annotated[int | None, typer.Option(help="Port of the MQTT broker.  [default: any free one]")] = None,
    broker_sync: Annotated[
        str, typer.Option(help="When the broker has on disk what it acknowledged: always before, or within 1s.")
    ] = SYNC,
    *,
    city: Annotated[bool, typer.Option(help="Simulate a city that sends telemetry.")] = True,
    instruments: Annotated[int, typer.Option(min=60, help="Size of the city, on its first start.")] = 2000,
    backfill: Annotated[
        int, typer.Option(min=1, max=400, help="Days of the city's history by the hour, on its first start.")
    ] = 30,
    daily_history: Annotated[
        int, typer.Option(min=0, max=400, help="Days of its history before those, by the day: detectors need months.")
    ] = 150,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the services' routine lines too.")] = False,
) -> None:
    """Start everything on this machine: database, broker, services, console and a simulated city.

    Ctrl-C stops everything and keeps the data.
    """
    try:
        broker = EmbeddedBroker(data.absolute() / "broker", port=broker_port, sync=sync_interval(broker_sync))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--broker-sync") from error
    signal.signal(signal.SIGTERM, _interrupt)
    past = (timedelta(days=backfill), timedelta(days=daily_history))
    home = CityHome(data.absolute() / "city", instruments, *past) if city else None
    try:
        with ExitStack() as stack:
            Machine(data.absolute(), port, broker, stack, verbose=verbose).run(home)
    except KeyboardInterrupt:
        typer.echo(f"stopped; the data stays in {data.absolute()}")
    except StandaloneError as error:
        typer.echo(f"hengjian: {error}", err=True)
        raise typer.Exit(1) from error


class Machine:
    """Everything that one machine runs.

    Parameters
    ----------
    data
        Directory of all data.
    port
        Port of the console.
    broker
        Not yet started.
    stack
        What was started is stopped by leaving it, last first.
    verbose
        Whether routine lines are said on the terminal too.
    """

    def __init__(self, data: Path, port: int, broker: EmbeddedBroker, stack: ExitStack, *, verbose: bool) -> None:
        self._data = data
        self._port = port
        self._stack = stack
        self._postgres = EmbeddedPostgres(data / "postgres")
        self._broker = broker
        self._verbose = verbose

    def run(self, city: CityHome | None) -> None:
        """Start everything and look after it until interrupted.

        Raises
        ------
        StandaloneError
            When something stands in the way.
        """
        self._take_directory()
        voice = Voice(self._data / "logs", verbose=self._verbose)
        end_forgotten(self._data / "services")
        require_free(self._port, "the console")
        self._timed(voice, "PostgreSQL", self._postgres.start)
        self._stack.callback(self._postgres.stop)
        self._timed(voice, "MQTT broker", self._broker.start)
        self._stack.callback(self._broker.stop)
        self._tell_shells()
        supervisor = Supervisor(self._environment(), voice.tell, self._data / "services")
        self._stack.callback(supervisor.stop)
        self._stack.callback(_be_patient, voice)
        supervisor.run(Service("migrate", ("migrate",)))
        key = self._first_key()
        if city is not None:
            supervisor.run(city.enrolling())
            supervisor.run(Service("enrol", ("instrument", "enrol", str(city.enrolment))))
        weather = WeatherDesk(city, supervisor, voice)
        weather.report()
        doorkeeper = Doorkeeper(self._broker, self._postgres.url(), voice.tell)
        doorkeeper.admit()
        # What nobody has subscribed to is dropped: ingest listens before anyone speaks.
        supervisor.start(Service("ingest", ("ingest",))).await_line("subscribed", READY)
        for name in ("watch", "bridge"):
            supervisor.start(Service(name, (name,)))
        supervisor.start(Service("api", ("api",))).await_line("listening on", READY)
        if city is not None:
            known = self._broker.passwords.known()
            supervisor.start(
                city.living(self._broker.address(), {code: known[code] for code in city.sources() if code in known})
            )
        self._announce(key)
        self._look_after(voice, supervisor, doorkeeper, Progress(city, voice), weather)

    def _take_directory(self) -> None:
        require_own(self._data)
        # As root, PostgreSQL's account must pass through here; what is private lies in directories of its own.
        self._data.mkdir(mode=0o755, parents=True, exist_ok=True)
        lock = DirectoryLock(self._data / "lock")
        lock.take()
        self._stack.callback(lock.release)

    def _environment(self) -> dict[str, str]:
        return {
            "HENGJIAN_DATABASE_URL": self._postgres.url(),
            "HENGJIAN_BROKER_URL": self._broker.url(),
            "HENGJIAN_MQTT_VERSION": EmbeddedBroker.mqtt_version,
            "HENGJIAN_INGEST_NAME": self._ingest_name(),
            "HENGJIAN_SHARED_SUBSCRIPTION": "",
            "HENGJIAN_API_HOST": LOOPBACK,
            "HENGJIAN_API_PORT": str(self._port),
        }

    def _ingest_name(self) -> str:
        """The name of ingest's session, nobody else's knowledge: who knows it could take the session over."""
        note = self._data / "broker" / INGEST_NAME
        if not note.exists():
            write_private(note, f"hengjian-ingest-{secrets.token_hex(16)}")
        return note.read_text(encoding="utf-8")

    def _tell_shells(self) -> None:
        """Leave the addresses where another shell finds them: hengjian's other commands need them."""
        settings = {
            "HENGJIAN_DATABASE_URL": self._postgres.url(),
            "HENGJIAN_BROKER_URL": self._broker.address(),
            "HENGJIAN_MQTT_VERSION": EmbeddedBroker.mqtt_version,
            "HENGJIAN_INGEST_NAME": self._ingest_name(),
        }
        exports = [f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()]
        write_private(self._data / ENVIRONMENT, "".join(exports))
        self._stack.callback((self._data / ENVIRONMENT).unlink, missing_ok=True)

    def _first_key(self) -> str | None:
        """The administrator's key on the first start; later it is nowhere to be read."""
        with connect(self._postgres.url(), application="hengjian up") as connection:
            return first_key.ensure(connection)

    def _announce(self, key: str | None) -> None:
        address = f"http://{LOOPBACK}:{self._port}/"
        typer.echo("")
        if key is None:
            typer.echo(f"  Console: {address}   (enter your key; 'hengjian key create' makes another, see below)")
        else:
            typer.echo(f"  Console: {address}#key={key}")
            typer.echo("  This administrator's key is shown once: keep the address.")
        typer.echo(f"  For hengjian's other commands, in another shell first:  . {self._data / ENVIRONMENT}")
        typer.echo("  Ctrl-C stops everything and keeps the data.\n")

    def _look_after(
        self,
        voice: Voice,
        supervisor: Supervisor,
        doorkeeper: Doorkeeper,
        progress: "Progress",
        weather: "WeatherDesk",
    ) -> None:
        door = time.monotonic()
        while True:
            time.sleep(ROUND.total_seconds())
            for name, server in (("PostgreSQL", self._postgres), ("MQTT broker", self._broker)):
                if server.process is not None and server.process.poll() is not None:
                    voice.tell("up", f"{name} ended with status {server.process.returncode}; it is started again")
                    server.stop()
                    self._timed(voice, name, server.start)
            supervisor.look_after()
            progress.tell()
            if time.monotonic() - door > DOOR.total_seconds():
                doorkeeper.admit_or_say()
                weather.report_or_say()
                self._broker.look_after_room(partial(voice.tell, "broker"))
                door = time.monotonic()

    def _timed(self, voice: Voice, name: str, start: Callable[[], None]) -> None:
        began = time.monotonic()
        start()
        voice.tell("up", f"{name} is up ({time.monotonic() - began:.1f} s)")


class WeatherDesk:
    """Imports the city's weather of every day that is over, as a utility would: gas is judged by it.

    Parameters
    ----------
    city
        The city, or None where there is none.
    supervisor
        Runs the commands.
    voice
        Says what went wrong.
    """

    def __init__(self, city: CityHome | None, supervisor: Supervisor, voice: Voice) -> None:
        self._city = city
        self._supervisor = supervisor
        self._voice = voice
        self._reported: date | None = None

    def report(self) -> None:
        """Import what is new, once a day."""
        today = day_of(datetime.now(UTC))
        if self._city is None or self._reported == today:
            return
        self._reported = today
        self._supervisor.run(self._city.observing())
        self._supervisor.run(self._city.reporting())

    def report_or_say(self) -> None:
        """The same; what goes wrong is said, and tried again tomorrow."""
        try:
            self.report()
        except StandaloneError as error:
            self._voice.tell("up", f"the weather was not imported: {error}")


class Progress:
    """Says how far the city's history has got, now and then, until it has caught up.

    Parameters
    ----------
    city
        The city, or None where there is none.
    voice
        Says it.
    """

    def __init__(self, city: CityHome | None, voice: Voice) -> None:
        self._city = city
        self._voice = voice
        self._said: datetime | None = None

    def tell(self) -> None:
        """Say it, when there is something new to say."""
        if self._city is None:
            return
        until = self._city.published_until()
        if until is None:
            return
        behind = datetime.now(UTC) - until
        if behind < timedelta(hours=1):
            self._voice.tell("city", "its history is complete; from now on it lives at real pace")
            self._city = None
        elif behind.days and (self._said is None or until >= self._said + timedelta(days=1)):
            self._said = until
            self._voice.tell("city", f"history published up to {until:%Y-%m-%d}; {behind.days} days to go")


def _interrupt(_signal: int, _frame: FrameType | None) -> Never:
    raise KeyboardInterrupt


def _be_patient(voice: Voice) -> None:
    """While everything is being stopped, another Ctrl-C must not leave half of it running."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    voice.tell("up", "stopping")
