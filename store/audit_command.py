"""`hengjian audit`: who did what, when, to which subject."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from store import audit, readiness
from store.command_line import escaped, refuse
from store.connection import connect
from store.errors import StoreError
from store.settings import StoreSettings

FORMATS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(show)


def show(
    *,
    actor: Annotated[str | None, typer.Option(help="Name of a key or service, as `watch` or `command:root`.")] = None,
    action: Annotated[str | None, typer.Option(help="`alert.acknowledge`, or `alert` for all of them.")] = None,
    subject: Annotated[str | None, typer.Option(help="`source:city-water`, or `source` for all of them.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=FORMATS, help="From this instant on; a day is UTC.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many, the latest.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the audit trail, oldest first."""
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    try:
        with connect(str(StoreSettings().database_url), application="hengjian audit") as connection:
            if missing := readiness.missing_migrations(connection):
                refuse(f"the database lacks {', '.join(missing)}: run `hengjian migrate`")
            entries = audit.latest(connection, actor=actor, action=action, subject=subject, since=since, limit=limit)
    except StoreError as error:
        refuse(error)
    for entry in entries:
        at = entry.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if as_json:
            typer.echo(json.dumps({**entry._asdict(), "at": at}))
        else:
            detail = json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
            typer.echo(escaped(f"{at}  {entry.actor}  {entry.action}  {entry.subject}  {detail}".rstrip()))
