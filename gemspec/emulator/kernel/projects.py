"""Google Cloud projects: every well-formed id exists, and has a number.

The service prints a project's number where the caller wrote its id. Here the number is a function of the id, so that
nothing is stored, and a path may have either.
"""

from __future__ import annotations

import hashlib
import re

_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_FIRST, _HOW_MANY = 10**11, 9 * 10**11  # numbers of twelve digits


def number_of(project: str) -> int | None:
    """The number of a project that a request names by id or number; None for any other text."""
    if _NUMBER.fullmatch(project):
        return int(project)
    if not _ID.fullmatch(project):
        return None
    return _FIRST + int.from_bytes(hashlib.sha256(project.encode()).digest()[:8]) % _HOW_MANY
