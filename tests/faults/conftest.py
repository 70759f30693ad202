"""What fault tests have in common: each tells its seed and its counts, shown together at the end of the run."""

from collections.abc import Callable

import pytest

from tests.faults.scale import SOAK
from tests.services.fixtures import PAIRS, Pair

_TOLD = pytest.StashKey[list[tuple[str, str]]]()

Tell = Callable[..., None]


@pytest.fixture(params=PAIRS if SOAK else ["nats+plain"])
def pair(request: pytest.FixtureRequest) -> Pair:
    """The pair of one machine, and in a soak the other too; the journeys take both every day."""
    make, databases = PAIRS[request.param]
    return Pair(make, request.getfixturevalue(databases))


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Say seed and counts: `tell(seed=7, kills=5, account)`; the words stand in the summary of the run."""

    def say(*words: object, **counts: object) -> None:
        line = " ".join([*(f"{name}={count}" for name, count in counts.items()), *map(str, words)])
        request.config.stash.setdefault(_TOLD, []).append((request.node.nodeid.rpartition("/")[2], line))

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show what the fault tests told."""
    told = config.stash.get(_TOLD, [])
    if told:
        terminalreporter.section("faults: seeds and counts")
        for test, line in told:
            terminalreporter.write_line(f"{test}\n    {line}")
