"""Native telemetry format, version 1: UTF-8 JSON, one message or an array of them, optionally gzip.

Examples
--------
>>> [message] = FORMAT.decode(
...     b'{"instrument": "W-1", "readings": [{"taken_at": "2026-11-22T08:15:00+08:00", "registers": {"volume": 1.10}}]}'
... )
>>> message.readings[0].registers
{'volume': '1.10'}
"""

from typing import Any

import msgspec

from ingest.compression import MAGIC, inflate
from ingest.duplicates import refuse_duplicates
from ingest.errors import BadEncoding, BadJson, BadStructure, TooDeep, TooLarge
from ingest.message import Census, Message

LARGEST = 2**20
"""Largest payload, inflated [bytes]."""

# A JSON number with a fraction stays the text it was written as.
_MESSAGES = msgspec.json.Decoder(Message | list[Message], float_hook=str)
_ANYTHING = msgspec.json.Decoder(Any, float_hook=str)


class Native:
    """Decoder of the native format."""

    name = "native"

    def decode(self, payload: bytes) -> list[Message]:
        """Messages of a payload; unknown members are ignored.

        Raises
        ------
        TooLarge, BadCompression, BadEncoding, BadJson, TooDeep, BadStructure, DuplicateMember
        """
        if payload.startswith(MAGIC):
            payload = inflate(payload, LARGEST)
        elif len(payload) > LARGEST:
            raise TooLarge(len(payload), LARGEST)
        try:
            decoded = _MESSAGES.decode(payload)
        except msgspec.ValidationError as error:
            raise BadStructure(str(error)).counted(_census_of_anything(payload)) from error
        except UnicodeDecodeError as error:
            raise BadEncoding(str(error)) from error
        except msgspec.DecodeError as error:
            raise _not_json(payload, str(error)) from error
        except RecursionError as error:
            raise TooDeep from error
        messages = decoded if isinstance(decoded, list) else [decoded]
        refuse_duplicates(payload, messages)
        return messages


FORMAT = Native()


def _not_json(payload: bytes, reason: str) -> BadEncoding | BadJson:
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        return BadEncoding(str(error))
    return BadJson(reason)


def _census_of_anything(payload: bytes) -> Census:
    """What can be counted in JSON that is no message: whatever looks like readings, transactions and events."""
    try:
        decoded = _ANYTHING.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Census()
    objects = [item for item in (decoded if isinstance(decoded, list) else [decoded]) if isinstance(item, dict)]
    registers = [
        reading["registers"]
        for item in objects
        for reading in _list(item, "readings")
        if isinstance(reading, dict) and isinstance(reading.get("registers"), dict)
    ]
    return Census(
        sum(len(named) for named in registers),
        sum(len(_list(item, "transactions")) for item in objects),
        sum(len(_list(item, "events")) for item in objects),
    )


def _list(item: dict[str, Any], name: str) -> list[Any]:
    value = item.get(name)
    return value if isinstance(value, list) else []
