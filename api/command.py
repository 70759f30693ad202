"""Commands of the way out."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from api import first_key
from api.application import create
from api.server import listen, serve
from api.settings import ApiSettings
from store import readiness
from store.connection import connect
from store.errors import StoreError
from store.settings import StoreSettings


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command("api")(run)
    app.command("openapi")(write_openapi)


def run(
    host: Annotated[str | None, typer.Option(help="Address to listen on (HENGJIAN_API_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 lets the system choose (HENGJIAN_API_PORT).")] = None,
) -> None:
    """Serve the API and the console."""
    settings = ApiSettings()
    url = str(StoreSettings().database_url)
    try:
        with connect(url, application="hengjian api") as connection:
            missing = readiness.missing_migrations(connection)
            key = None if missing else first_key.ensure(connection)
    except StoreError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if missing:
        typer.echo(f"the database lacks {', '.join(missing)}: run `hengjian migrate`", err=True)
        raise typer.Exit(1)
    wanted = (host or settings.api_host, settings.api_port if port is None else port)
    try:
        listener = listen(*wanted)
    except OSError as error:
        typer.echo(f"cannot listen on {wanted[0]} port {wanted[1]}: {os.strerror(error.errno or 0)}", err=True)
        raise typer.Exit(1) from None
    if key is not None:
        print(f"first administrator key: {key}", flush=True)  # noqa: T201 - read by programs: no styling, no wrapping
    with listener:
        bound = listener.getsockname()
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        print(f"listening on http://{shown}:{bound[1]}/", flush=True)  # noqa: T201 - same
        serve(create(settings, url), listener)


def write_openapi(
    file: Annotated[Path | None, typer.Argument(help="Where to write it; standard output by default.")] = None,
) -> None:
    """Write the OpenAPI document."""
    text = openapi_text()
    if file is None:
        typer.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")


def openapi_text() -> str:
    """The OpenAPI document as it is kept in docs/openapi.json."""
    document = create(ApiSettings(), "postgresql://nowhere").openapi()
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
