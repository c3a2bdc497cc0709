"""Pages of lists: sizes as the protos say, and tokens that only their own list takes.

A token holds the number of the last row of its page, so that pages neither repeat nor skip a row when others come and
go in between, and a digest of the list it belongs to: "all other parameters must match the call that provided it".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from .errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .fields import Value

MAX_PAGE = 1000

Row = TypeVar("Row")


def page_size(parameters: Value, default: int) -> int:
    """Rows on a page: the default for 0, at most 1000. Raises ApiError (400) for a negative size."""
    size: int = parameters.get("page_size", 0)
    if size < 0:
        raise invalid("page_size", "page_size must not be negative.")
    return min(size, MAX_PAGE) or default


def position(parameters: Value, scope: str) -> int:
    """The number of the row that the page comes after, 0 for the first page. Raises ApiError (400)."""
    token: str = parameters.get("page_token", "")
    if not token:
        return 0
    try:
        number, digest = base64.urlsafe_b64decode(token.encode()).decode().split(".")
        if digest == _digest(scope) and number.isdecimal() and len(number) < 19:
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise invalid("page_token", "Page token is invalid.")


def cut(rows: Iterable[Row], size: int) -> tuple[list[Row], bool]:
    """The first `size` rows, and whether there are more."""
    page = list(islice(rows, size + 1))
    return page[:size], len(page) > size


def token(number: int, scope: str) -> str:
    """The token of the page after that row."""
    return base64.urlsafe_b64encode(f"{number}.{_digest(scope)}".encode()).decode()


def _digest(scope: str) -> str:
    return hashlib.sha256(scope.encode()).hexdigest()[:12]
