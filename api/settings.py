"""How the way out is served."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ApiSettings(BaseSettings):
    """Settings of the API, from `HENGJIAN_…` environment variables."""

    model_config = SettingsConfigDict(env_prefix="HENGJIAN_", env_file=".env", extra="ignore")

    api_host: str = "127.0.0.1"
    """Address to listen on."""
    api_port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen on; 0 lets the system choose."""
    api_connections: int = Field(default=10, ge=1, le=200)
    """Most database connections held at once."""
    api_patience: timedelta = timedelta(seconds=5)
    """How long a request waits for a free connection before it is told that the database does not answer."""
    api_statement_timeout: timedelta = timedelta(seconds=10)
    """A question to the database that takes longer is given up."""
    api_body_limit: int = Field(default=65_536, ge=1024)
    """Largest request body taken [bytes]."""
    api_pushes: int = Field(default=4, ge=1, le=100)
    """Most pushes of telemetry taken in at once; further ones are told to come again."""
    api_push_stall: timedelta = timedelta(seconds=30)
    """A push of which nothing more comes for so long is given up."""
    api_heartbeat: timedelta = timedelta(seconds=15)
    """How often an idle live feed says that it is alive."""
    api_longest_stream: timedelta = timedelta(hours=1)
    """A live feed is ended after so long, so that a revoked key hears no more; listeners resume without a gap."""
    console_dir: Path | None = None
    """Folder of the built console; by default the one beside this package, or console/dist of a checkout."""
