import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import pytest

from bridge import service
from bridge.courier import Courier
from bridge.service import tidy
from store import courier, outbox
from store.connection import Connection, connect
from tests.api.world import enrol, finding, raise_alerts
from tests.bridge.receiver import SECRET, Receiver

_PROGRAM = "from standalone.command import main; main()"


@pytest.fixture
def connection(plain_database: str) -> Iterator[Connection]:
    with connect(plain_database, application="test") as made:
        yield made


def _start(database: str, webhooks: object, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-c", _PROGRAM, "bridge", *arguments],
        env=os.environ | {"HENGJIAN_DATABASE_URL": database, "HENGJIAN_WEBHOOKS": json.dumps(webhooks)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _known(connection: Connection) -> int:
    row = connection.execute("select count(*) from courier").fetchone()
    connection.commit()
    assert row is not None
    return int(row[0])


def test_carries_to_every_receiver_and_goes_on_where_it_stopped(plain_database: str, connection: Connection) -> None:
    meters = enrol(connection, 2)
    with Receiver() as one, Receiver() as other:
        webhooks = [{"url": receiver.url, "secret": SECRET} for receiver in (one, other)]
        process = _start(plain_database, webhooks)
        deadline = time.monotonic() + 20
        while _known(connection) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        raise_alerts(connection, finding(meters[0]))
        assert one.wait_for(1)
        assert other.wait_for(1)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=10)
        assert out == f"carrying to {one.url}, {other.url}\n"
        assert process.returncode == 0, errors
        raise_alerts(connection, finding(meters[1]))
        process = _start(plain_database, webhooks)
        assert one.wait_for(2)
        assert other.wait_for(2)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
        assert len(one.got) == len(other.got) == 2


def test_idles_and_says_so_without_a_receiver(plain_database: str) -> None:
    process = _start(plain_database, [])
    assert process.stdout is not None
    assert process.stdout.readline() == "no receiver is configured (HENGJIAN_WEBHOOKS): nothing is carried\n"
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 0


def test_refuses_settings_that_cannot_work_without_telling_the_secret(plain_database: str) -> None:
    process = _start(plain_database, [{"url": "http://127.0.0.1/", "secret": "topsecret"}])
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "hengjian: HENGJIAN_WEBHOOKS cannot be used (0.secret): " in errors
    assert len(errors.splitlines()) == 1
    assert "topsecret" not in errors


def test_a_courier_goes_on_after_what_nobody_foresaw(
    plain_database: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, tries = threading.Event(), []

    class Stumbling:
        destination = "somewhere"

        def deliver_next(self, _connection: Connection) -> bool:
            tries.append(1)
            if len(tries) == 1:
                raise KeyError("an alert that nobody foresaw")
            stop.set()
            return True

    monkeypatch.setattr(service, "_RETRY", 0.01)
    service._carry(cast("Courier", Stumbling()), plain_database, stop)
    assert len(tries) == 2
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [KeyError]


def test_prunes_only_what_is_old_and_delivered(connection: Connection) -> None:
    meters = enrol(connection, 3)
    courier.enter(connection, "behind")
    ids = []
    for meter in meters:
        raise_alerts(connection, finding(meter))
        ids.append(outbox.span(connection).newest)
    connection.execute("update outbox set at = at - interval '31 days' where id <= %s", (ids[1],))
    connection.commit()
    keep = timedelta(days=30)
    assert tidy(connection, ["behind"], keep=keep) == 0
    connection.execute("update courier set delivered = %s", (ids[0],))
    connection.commit()
    assert tidy(connection, ["behind"], keep=keep) == ids[0]
    assert tidy(connection, [], keep=keep) == ids[1]
    connection.commit()
    assert [row.id for row in outbox.after(connection, 0, limit=9)] == ids[2:]
    assert outbox.span(connection).pruned_through == ids[1]
