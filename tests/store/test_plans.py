"""Lists that people look at must stay quick when the store is full: their plans use indexes."""

import json
from collections.abc import Iterator
from typing import Any, LiteralString

import pytest

from store import sql
from store.connection import Connection, connect
from tests.services.databases import DatabaseServer

_ALERTS = dict.fromkeys(("ids", "before", "judge", "severity", "instrument", "kind", "source", "site"))
_INSTRUMENTS = dict.fromkeys(("id", "kind", "source", "site", "serial"))

_FILL: tuple[LiteralString, ...] = (
    "insert into source (code, name) select 's' || n, 's' || n from generate_series(1, 20) n",
    "insert into site (code, name_zh, name_en) select 'site' || n, 'x', 'x' from generate_series(1, 200) n",
    (
        "insert into instrument (source_id, serial, kind, site_id) select n % 20 + 1, 'W-' || n, "
        "(array['water_meter', 'gas_meter', 'electricity_meter'])[n % 3 + 1], n % 200 + 1 "
        "from generate_series(1, 10000) n"
    ),
    (
        "insert into alert (judge_name, grade, instrument_id, severity, condition_present, since, last_finding_at, "
        "findings, statement_zh, statement_en, magnitude, magnitude_unit, acknowledged_at, closed_at, closed_reason) "
        "select 'judge' || n % 10, 'exact', n % 10000 + 1, "
        "(array['critical', 'major', 'minor', 'warning'])[case when n % 100 = 0 then 1 else n % 3 + 2 end], "
        "true, now(), now(), 1, 'x', 'x', 1, 'm3', case when n % 50 > 0 then now() end, "
        "case when n % 10 > 0 or n < 20000 then now() end, "
        "case when n % 10 > 0 or n < 20000 then 'handled' end from generate_series(1, 40000) n "
        "on conflict do nothing"
    ),
    "insert into intake (source_code) select 's' || n % 20 from generate_series(1, 20000) n",
    "analyze",
)


@pytest.fixture(scope="module", params=["plain", "timescale"])
def full(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A store with ten thousand instruments and forty thousand alerts."""
    server: DatabaseServer = request.getfixturevalue(f"{request.param}_databases")
    with server.fresh(migrated=True) as url, connect(url, application="test", autocommit=True) as connection:
        for statement in _FILL:
            connection.execute(statement)
        yield connection


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _scanned(connection: Connection, statement: LiteralString, parameters: dict[str, object]) -> set[str]:
    """Tables that a statement would read from end to end."""
    row = connection.execute("explain (format json) " + statement, parameters).fetchone()
    assert row is not None
    (plan,) = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return {node["Relation Name"] for node in _nodes(plan["Plan"]) if node["Node Type"] == "Seq Scan"}


@pytest.mark.parametrize(
    "narrowed",
    [
        pytest.param({"state": "open"}, id="open"),
        pytest.param({"state": "unacknowledged"}, id="unacknowledged"),
        pytest.param({"state": "all"}, id="all"),
        pytest.param({"state": "all", "before": 30000}, id="a later page"),
        pytest.param({"state": "open", "severity": "critical"}, id="severity"),
        pytest.param({"state": "all", "judge": "judge3"}, id="judge"),
        pytest.param({"state": "open", "instrument": 77}, id="instrument"),
        pytest.param({"state": "all", "instrument": 77}, id="instrument, all"),
        pytest.param({"state": "open", "kind": "gas_meter"}, id="kind"),
        pytest.param({"state": "open", "source": "s3"}, id="source"),
        pytest.param({"state": "open", "site": "site9"}, id="site"),
        pytest.param({"state": "all", "ids": [5, 6, 7]}, id="by number"),
    ],
)
def test_the_list_of_alerts_reads_by_index(full: Connection, narrowed: dict[str, object]) -> None:
    statement = sql.statements("alerts")["page"]
    assert not _scanned(full, statement, _ALERTS | {"limit": 51} | narrowed) & {"alert", "instrument"}


@pytest.mark.parametrize(
    "narrowed",
    [
        pytest.param({}, id="all"),
        pytest.param({"after": 5000}, id="a later page"),
        pytest.param({"id": 77}, id="by number"),
        pytest.param({"kind": "gas_meter"}, id="kind"),
        pytest.param({"source": "s3"}, id="source"),
        pytest.param({"site": "site9"}, id="site"),
        pytest.param({"serial": "w-77%"}, id="serial"),
    ],
)
def test_the_list_of_instruments_reads_by_index(full: Connection, narrowed: dict[str, object]) -> None:
    statement = sql.statements("instrument_views")["page"]
    assert not _scanned(full, statement, _INSTRUMENTS | {"after": 0, "limit": 51} | narrowed) & {"alert", "instrument"}


def test_the_list_of_sources_reads_by_index(full: Connection) -> None:
    statement = sql.statements("sources")["page"]
    assert not _scanned(full, statement, {"after": "", "limit": 51}) & {"intake", "instrument"}


def test_a_guard_that_sees_nothing_would_not_guard(full: Connection) -> None:
    assert _scanned(full, "select * from alert where statement_en = %(x)s", {"x": "x"}) == {"alert"}
