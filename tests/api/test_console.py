from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.application import create
from api.console import folder
from api.settings import ApiSettings
from tests.api.serving import serving

_BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("secret")
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html><title>Hengjian</title>")
    (built / "assets" / "index-abc123.js").write_text("export {}\n" * 500)
    (built / "assets" / "link").symlink_to(tmp_path / "secret")
    return built


@pytest.fixture
def site(files: Path, plain_database: str) -> Iterator[httpx.Client]:
    with (
        serving(create(ApiSettings(console_dir=files), plain_database), wait=False) as address,
        httpx.Client(base_url=address) as client,
    ):
        yield client


def test_serves_the_first_page_for_addresses_that_the_console_draws(site: httpx.Client) -> None:
    for path in ("/", "/alerts/12", "/instruments/7?from=x"):
        answer = site.get(path, headers=_BROWSER)
        assert answer.status_code == 200
        assert "<title>Hengjian</title>" in answer.text
        assert answer.headers["cache-control"] == "no-cache"
        assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_named_assets_never_change_and_are_sent_small(site: httpx.Client) -> None:
    answer = site.get("/assets/index-abc123.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    ["/assets/missing.js", "/v1/nothing", "/favicon.png", "/../secret", "/assets/%2e%2e/%2e%2e/secret", "/assets/link"],
)
def test_serves_nothing_else(site: httpx.Client, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "path_unknown"


def test_other_origins_get_no_leave(site: httpx.Client) -> None:
    answer = site.options(
        "/v1/alerts", headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    )
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_says_so_when_the_console_is_not_built(plain_database: str, tmp_path: Path) -> None:
    with serving(create(ApiSettings(console_dir=tmp_path), plain_database), wait=False) as address:
        answer = httpx.get(f"{address}/")
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/plain")
    assert "控制台尚未构建" in answer.text
    assert "not built" in answer.text


def test_a_folder_without_a_first_page_is_no_console(tmp_path: Path) -> None:
    assert folder(tmp_path) is None
