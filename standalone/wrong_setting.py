"""A setting that cannot be used, as one line: which variable, what is wrong, and how it is written."""

import re
from datetime import timedelta

from pydantic import SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsError

PREFIX = "HENGJIAN_"
DURATION = "it is a duration in ISO 8601 (P for the period, T before hours, minutes and seconds)"


def lines(error: ValidationError | SettingsError) -> list[str] | None:
    """One line for each wrong setting, which never shows its value: that may be a secret; None for another error."""
    if isinstance(error, SettingsError):  # what should be JSON is none
        name = re.search('field "([^"]+)"', str(error))
        return [_line((name[1],), "it is no JSON", _fields().get(name[1]))] if name else None
    if error.title not in {kind.__name__ for kind in BaseSettings.__subclasses__()}:
        return None
    return [
        _line(
            fault["loc"],
            DURATION if fault["type"].startswith("time_delta") else fault["msg"],
            _fields().get(str(fault["loc"][0])) if fault["loc"] else None,
        )
        for fault in error.errors(include_url=False, include_input=False)
    ]


def _line(location: tuple[int | str, ...], wrong: str, field: FieldInfo | None) -> str:
    variable = PREFIX + str(location[0] if location else "").upper()
    within = ".".join(str(part) for part in location[1:])
    line = f"{variable} cannot be used{f' ({within})' if within else ''}: {wrong}"
    example = _example(field) if field else None
    return line if example is None else f"{line}; for example {variable}={example}"


def _example(field: FieldInfo) -> str | None:
    if field.examples:
        return str(field.examples[0])
    value = field.default
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, timedelta):
        return str(TypeAdapter(timedelta).dump_python(value, mode="json"))
    return str(value) if value not in (None, "", ()) else None


def _fields() -> dict[str, FieldInfo]:
    """Every setting of every room that is loaded."""
    return {name: field for kind in BaseSettings.__subclasses__() for name, field in kind.model_fields.items()}
