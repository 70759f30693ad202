"""Puts the built console into the wheel, beside the API that serves it."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConsoleInWheel(BuildHookInterface):  # type: ignore[type-arg]  # the builder's configuration is not ours to name
    """Includes console/dist when it has been built; a checkout serves it from where it lies."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the console to what the wheel holds.

        Parameters
        ----------
        version
            `standard` for a wheel, `editable` for a checkout.
        build_data
            What the builder is told.
        """
        built = Path(self.root) / "console" / "dist"
        if version != "editable" and (built / "index.html").exists():
            build_data["force_include"][str(built)] = "api/console"
