"""How the watch watches."""

from datetime import timedelta
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class WatchSettings(BaseSettings):
    """Settings of the watch, from `HENGJIAN_…` environment variables."""

    model_config = SettingsConfigDict(env_prefix="HENGJIAN_", env_file=".env", extra="ignore")

    policy: Path | None = None
    """Policy file; the one that comes with this version where none is named."""

    watch_quiet: timedelta = timedelta(seconds=20)
    """How long a block's past days are left alone before detectors look: a backfill is judged once, not often."""

    watch_metrics_port: int | None = None
    """Port on 127.0.0.1 for Prometheus; no metrics where none is given."""
