"""The embedded broker, with a test's additional powers."""

from standalone.broker import EmbeddedBroker


class Nats(EmbeddedBroker):
    """The embedded broker that can be killed and brought back."""

    def kill(self) -> None:
        """Stop it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)

    def restart(self) -> None:
        """Bring it up again, on the same port, after `stop` or `kill`."""
        self.stop()
        self.start()
