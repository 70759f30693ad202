import importlib
import re
from datetime import timedelta
from pathlib import PurePath

import pytest
from prometheus_client import REGISTRY
from prometheus_client.registry import CollectorRegistry
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from anomaly import watch
from api.metrics import Metrics
from ingest.broker.room import RoomKeeper
from ingest.metrics import IngestMetrics
from tests.docs.command_line import COMMANDS
from tests.docs.reading import HOUSE, table, text

OPERATIONS = text("docs/operations.md")
ROOMS = sorted(path.parent.name for path in HOUSE.glob("*/settings.py"))


def said(default: object) -> str:
    """A default as the table writes it."""
    if default is None or default == ():
        return "none"
    if default == "":
        return "empty"
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, timedelta):
        seconds = default.total_seconds()
        return f"PT{seconds / 3600:g}H" if seconds % 3600 == 0 else f"PT{seconds:g}S"
    return default.as_posix() if isinstance(default, PurePath) else str(default)


def settings_of(room: str) -> set[tuple[str, str, str]]:
    module = importlib.import_module(f"{room}.settings")
    return {
        (f"HENGJIAN_{name.upper()}", said(field.get_default()), room)
        for declared in vars(module).values()
        if isinstance(declared, type) and issubclass(declared, BaseSettings) and declared.__module__ == module.__name__
        for name, field in declared.model_fields.items()
    }


def test_the_table_of_settings_is_the_settings_classes() -> None:
    by_option = {
        (parameter.envvar, said(parameter.default), "standalone")
        for parameter in COMMANDS["up"].params
        if isinstance(parameter.envvar, str)
    }
    declared = set().union(*(settings_of(room) for room in ROOMS)) | by_option
    assert {(name, default, room) for name, default, room, _ in table("docs/operations.md", "Setting")} == declared


def test_no_setting_stands_in_the_code_alone() -> None:
    named = {
        name
        for path in (*HOUSE.glob("*/*.py"), HOUSE / "docker-compose.yml", HOUSE / "Makefile")
        for name in re.findall(r"HENGJIAN_[A-Z][A-Z_]*[A-Z]", path.read_text(encoding="utf-8"))
    }
    assert {name for name in named if f"`{name}" not in OPERATIONS} == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert re.search(rf"^\| `hengjian {command}[ `]", OPERATIONS, re.MULTILINE)


def test_every_documented_command_exists() -> None:
    documented = re.findall(r"^\| `hengjian ([a-z ]+?)(?: [A-Z-][^`]*)?` \|", OPERATIONS, re.MULTILINE)
    assert set(documented) == set(COMMANDS)


def names(registry: CollectorRegistry, *prefixes: str) -> set[str]:
    return {family.name for family in registry.collect() if family.name.startswith(prefixes)}


def test_every_metric_is_documented() -> None:
    assert watch.PASSES is not None
    of_processes = names(IngestMetrics().registry, "ingest_", "quarantine_") | names(REGISTRY, "watch_")
    of_broker = names(RoomKeeper("http://127.0.0.1:9", 0, HOUSE).registry, "broker_")
    assert of_broker
    of_api = names(Metrics().registry, "http_") | set(re.findall(r'MetricFamily\(\s*"(\w+)"', text("api/metrics.py")))
    assert of_processes
    assert of_api
    assert {name for name in of_processes | of_broker | of_api if f"`{name}`" not in OPERATIONS} == set()
