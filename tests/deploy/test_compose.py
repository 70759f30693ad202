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

from simulators.city import City, CityPlan
from standalone.command import application

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
        else:
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


def test_the_broker_reads_the_paths_that_are_mounted() -> None:
    configuration = (HOUSE / "deploy" / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8")
    targets = [target for _, target in mounts(SERVICES["broker"])]
    for path in re.findall(r"^\w+ (/mosquitto/\S+)$", configuration, re.MULTILINE):
        assert any(path.rstrip("/") == target or path.startswith(f"{target}/") for target in targets), path


def test_new_secrets_cover_the_city_and_are_kept(tmp_path: Path) -> None:
    script = tmp_path / "deploy" / "new-secrets.sh"
    script.parent.mkdir()
    script.write_bytes((HOUSE / "deploy" / "new-secrets.sh").read_bytes())
    subprocess.run(["/bin/bash", script, "water.company"], check=True)
    users = dict(line.split(":", 1) for line in (tmp_path / "deploy/secrets/users").read_text().splitlines())
    city = yaml.safe_load((tmp_path / "deploy/secrets/city.json").read_text())
    sources = {instrument.source for instrument in City(CityPlan(1, 2000, date(2026, 1, 1))).instruments}
    assert set(city) == sources
    assert set(users) == sources | {"ingest", "water.company"}
    assert all(users[source] == password for source, password in city.items())
    assert len(set(users.values())) == len(users)
    assert f"HENGJIAN_INGEST_PASSWORD={users['ingest']}" in (tmp_path / ".env").read_text()
    before = (tmp_path / "deploy/secrets/users").read_bytes()
    subprocess.run(["/bin/bash", script, "water.company"], check=True)
    assert (tmp_path / "deploy/secrets/users").read_bytes() == before
    assert (tmp_path / "deploy/secrets").stat().st_mode & 0o777 == 0o700


def test_the_image_is_built_from_files_that_exist() -> None:
    dockerfile = (HOUSE / "Dockerfile").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE):
        *sources, _ = line.split()
        for source in sources:
            assert (HOUSE / source).exists(), source
    assert re.search(r"^USER hengjian$", dockerfile, re.MULTILINE)
