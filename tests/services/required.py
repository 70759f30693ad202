"""What to do when a service that tests need is not on this machine."""

import os
from typing import NoReturn

import pytest

VARIABLE = "HENGJIAN_REQUIRE_SERVICES"


def absent(reason: str) -> NoReturn:
    """Skip with the reason; fail where every service is required, as in continuous integration."""
    if os.environ.get(VARIABLE) == "1":
        pytest.fail(f"{reason} ({VARIABLE}=1 forbids skipping)", pytrace=False)
    pytest.skip(reason)
