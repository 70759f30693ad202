"""Where the memory is."""

from pydantic import PostgresDsn
from pydantic_settings import BaseSettings, SettingsConfigDict


class StoreSettings(BaseSettings):
    """Settings of the store, from `HENGJIAN_…` environment variables."""

    model_config = SettingsConfigDict(env_prefix="HENGJIAN_", env_file=".env", extra="ignore")

    database_url: PostgresDsn = PostgresDsn("postgresql://hengjian@127.0.0.1:5432/hengjian")
    """Address of the database."""
