"""Fixtures of the whole house: real servers, found or started."""

pytest_plugins = ["tests.services.fixtures"]
