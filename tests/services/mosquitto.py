"""A private Mosquitto of a test: as benchmarks start it, but it may be killed, and told of sources while it runs."""

import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks import servers
from store.credentials import Credential, Kind
from store.passwords import fresh, hashes
from tests.services.mqtt_client import Listener
from tests.services.required import absent


class Mosquitto(servers.Mosquitto):
    """Mosquitto with the configuration that the product writes."""

    def __init__(self, directory: Path, **options: Any) -> None:
        if not servers.mosquitto_is_installed():
            absent("mosquitto is not installed")
        super().__init__(directory, **options)

    def ensure_source(self, code: str) -> str:
        """Let a source in, also while others are connected, and return its password."""
        if code not in self._passwords:
            self._passwords[code] = fresh()
            self.let_in([*self._sources.values(), Credential(code, Kind.PASSWORD, hashes(self._passwords[code]))])
            if self.process is not None:
                self._await(lambda: self._lets_in(code))
        return self._passwords[code]

    def let_in(self, sources: Iterable[Credential]) -> None:
        """Let these sources in and no others."""
        self._sources = {source.source: source for source in sources}
        if self._configure() and self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """Stop it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)
        self.process = None

    def _lets_in(self, user: str) -> bool:
        # Mosquitto takes the signal up in its next round and says nothing of it.
        with Listener(self.url(user), f"probe-{user}", version=self.mqtt_version) as probe:
            return probe.connections > 0
