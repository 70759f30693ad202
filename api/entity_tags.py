"""Entity tags: the version of what was read, and the versions that a write may replace."""

import re

from api import problems

_LIST = re.compile(r'\s*(?:W/)?"[\x21\x23-\x7e]*"\s*(?:,\s*(?:W/)?"[\x21\x23-\x7e]*"\s*)*')
_STRONG = re.compile(r'(?<!W/)"(\d{1,9})"')


def of(version: int) -> str:
    """Entity tag of a version.

    Examples
    --------
    >>> of(3)
    '"3"'
    """
    return f'"{version}"'


def versions(if_match: str | None) -> list[int] | None:
    """Versions named by If-Match (RFC 9110 §13.1.1); None for `*`. Weak and foreign tags match nothing.

    Raises
    ------
    VersionMissing
        without the header.
    EntityTagMalformed
        if it is no list of entity tags.

    Examples
    --------
    >>> versions('"3", "4"')
    [3, 4]
    >>> versions('W/"3"')
    []
    """
    if if_match is None:
        raise problems.VersionMissing("send If-Match with the ETag of what you read")
    if if_match.strip() == "*":
        return None
    if not _LIST.fullmatch(if_match):
        raise problems.EntityTagMalformed('If-Match holds no entity tag; it looks like this: "3"')
    return [int(version) for version in _STRONG.findall(if_match)]
