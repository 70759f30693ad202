"""Where the courier carries to, and how patiently."""

from datetime import timedelta

from pydantic import BaseModel, Field, HttpUrl, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bridge import signature


class Webhook(BaseModel):
    """A receiver: its address, and the secret that both sides know (`whsec_…`)."""

    url: HttpUrl
    secret: SecretStr

    @field_validator("secret")
    @classmethod
    def usable(cls, secret: SecretStr) -> SecretStr:
        """A secret of the form that Standard Webhooks demands."""
        signature.key_of(secret.get_secret_value())
        return secret


class BridgeSettings(BaseSettings):
    """Settings of the bridge, from `HENGJIAN_…` environment variables."""

    model_config = SettingsConfigDict(env_prefix="HENGJIAN_", env_file=".env", extra="ignore")

    webhooks: tuple[Webhook, ...] = Field(
        default=(), examples=['[{"url": "https://example.org/hook", "secret": "whsec_…"}]']
    )
    """Receivers, as JSON: `[{"url": "https://…", "secret": "whsec_…"}]`."""
    event_source: str = "urn:hengjian"
    """CloudEvents source: what this installation calls itself, a URI."""
    webhook_timeout: timedelta = timedelta(seconds=15)
    """How long a receiver may take in all, from the connection to its answer."""
    webhook_first_retry: timedelta = timedelta(seconds=2)
    """Pause after a first failure; it doubles with each further one."""
    webhook_longest_retry: timedelta = timedelta(hours=1)
    """Longest pause between attempts, which go on until one succeeds or the receiver says 410."""
    outbox_days: int = 30
    """Days for which events are kept, so that live feeds can be resumed; undelivered ones are kept longer."""
