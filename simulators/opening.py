"""A publisher from what the command line and the environment say."""

from pathlib import Path

from simulators.broker_address import BrokerAddress, read_credentials
from simulators.line import VERSIONS
from simulators.publisher import Publisher
from simulators.settings import SimulatorSettings


def open_publisher(broker: str | None, version: str | None, credentials: Path | None) -> Publisher:
    """Publisher to the broker that is named, or to the one of `HENGJIAN_BROKER_URL`.

    Raises
    ------
    BrokerUnnamed
        if neither names one, or the version is not spoken here.
    """
    settings = SimulatorSettings()
    url, spoken = broker or settings.broker_url, version or settings.mqtt_version
    if url is None:
        raise BrokerUnnamed("no broker: give --broker URL or set HENGJIAN_BROKER_URL")
    if spoken not in VERSIONS:
        raise BrokerUnnamed(f"MQTT {spoken} is not spoken here, but {' and '.join(VERSIONS)}")
    return Publisher(BrokerAddress.of(url), read_credentials(credentials) if credentials else {}, spoken)


class BrokerUnnamed(ValueError):
    """Nobody said where to publish, or in which version of MQTT."""
