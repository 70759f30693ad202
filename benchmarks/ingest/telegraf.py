"""What a user would otherwise run, where it is installed: Telegraf, mqtt_consumer into outputs.postgresql."""

import shutil
import time
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import psycopg

from benchmarks.ingest.bed import Bed
from benchmarks.ingest.processes import TookTooLong, await_that, ledger, load, started
from benchmarks.ingest.runs import Run, Shape
from benchmarks.ingest.speed import SOURCES, Speed
from benchmarks.processor import Spending
from benchmarks.servers import Broker

DATABASE = "telegraf"
TABLE = "reading"
CONFIGURATION = """\
[agent]
  interval = "1s"
  flush_interval = "200ms"
  metric_batch_size = 5000
  metric_buffer_limit = 10000000
  omit_hostname = true

[[inputs.mqtt_consumer]]
  servers = ["tcp://{host}:{port}"]
  username = "{user}"
  password = "{password}"
  topics = ["telemetry/#"]
  qos = 1
  client_id = "bench-telegraf"
  persistent_session = true
  max_undelivered_messages = 5000
  topic_tag = ""
  data_format = "json_v2"
  [[inputs.mqtt_consumer.json_v2]]
    measurement_name = "{table}"
    [[inputs.mqtt_consumer.json_v2.tag]]
      path = "instrument"
    [[inputs.mqtt_consumer.json_v2.object]]
      path = "readings"
      timestamp_key = "taken_at"
      timestamp_format = "2006-01-02T15:04:05Z07:00"
      disable_prepend_keys = true

[[outputs.postgresql]]
  connection = "{database}"
  tags_as_foreign_keys = false
"""
"""Tuned as its manual advises for throughput: large batches, a short flush, thousands of messages undelivered."""

EXISTS = "SELECT to_regclass(%(table)s) IS NOT NULL"
ROWS = "SELECT count(*) FROM reading"


def program() -> str | None:
    """Where it lies; None where it is not installed."""
    return shutil.which("telegraf")


def run(bed: Bed, speed: Speed, shape: Shape, say: Callable[[str], None], found: str) -> Run:
    """Messages until their slots are rows of Telegraf's own table, one row of all registers each.

    Raises
    ------
    TookTooLong
        if they never are.
    """
    say(f"{bed.name}: telegraf, {shape.readings} readings a message")
    with psycopg.connect(bed.postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
    database = bed.postgres.url(DATABASE)
    configuration, log = bed.directory / "telegraf.conf", bed.directory / "telegraf.log"
    with bed.broker(*SOURCES) as broker:
        configuration.write_text(_configured(broker, database), encoding="utf-8")
        configuration.chmod(0o600)
        with (
            log.open("wb") as lines,
            started([found, "--config", str(configuration)], {}, stdout=lines, stderr=lines) as process,
        ):
            await_that(
                lambda: b"Connected [tcp" in log.read_bytes() or process.poll() is not None,
                seconds=30,
                what="telegraf did not connect",
            )
            time.sleep(1)  # it says that before it subscribes
            if process.poll() is not None:
                raise TookTooLong(f"telegraf ended: {log.read_text(encoding='utf-8')[-1000:]}")
            spending = Spending({"telegraf": process.pid, **bed.servers(broker)})
            with load(broker, speed.fleets(shape), "--messages", str(shape.live)) as publisher:
                sent = ledger(publisher, seconds=600)
            ended = _await_rows(database, shape.live * shape.slots)
            used = spending.so_far(publisher=sent["processor"])
    return Run(shape.live, shape.live * shape.readings, ended - sent["began"], used)


def _configured(broker: Broker, database: str) -> str:
    address = urlsplit(broker.url("ingest"))
    return CONFIGURATION.format(
        host=address.hostname,
        port=address.port,
        user=unquote(address.username or ""),
        password=unquote(address.password or ""),
        table=TABLE,
        database=database,
    )


def _await_rows(database: str, rows: int) -> float:
    with psycopg.connect(database, autocommit=True) as connection:

        def arrived() -> bool:
            if connection.execute(EXISTS, {"table": TABLE}).fetchone() != (True,):
                return False
            ((found,),) = connection.execute(ROWS).fetchall()
            return int(found) >= rows

        await_that(arrived, seconds=120, what=f"{rows} rows did not arrive from telegraf", look=0.2)
        return time.time()
