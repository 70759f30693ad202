"""Where the simulators publish."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class SimulatorSettings(BaseSettings):
    """Settings of the simulators, from `HENGJIAN_…` environment variables; the command line goes before them."""

    model_config = SettingsConfigDict(env_prefix="HENGJIAN_", env_file=".env", extra="ignore")

    broker_url: str | None = None
    """Address of the broker: `mqtt://[user:password@]host[:port]`, or `mqtts://` for TLS."""

    mqtt_version: str = "5"
    """Protocol version: `5` or `3.1.1`."""
