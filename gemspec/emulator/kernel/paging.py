"""Pages of lists: sizes as the protos say, and tokens that only their own list accepts.

A token has the number of the last row of its page, so that pages neither repeat nor skip a row when rows come and go
in between, and a digest of its list: "all other parameters must match the call that provided it". Cloud Storage's lists
have names in place of numbers (`storage.listing`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Generic, TypeVar

from .errors import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .fields import Value

MAX_PAGE = 1000

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of a list; `token` leads to the next page and is empty on the last."""

    rows: list[Row]
    token: str


def read_page(
    parameters: Value,
    scope: str,
    default_size: int,
    rows_after: Callable[[int], Generator[Row, None, None]],
    *,
    matches: Callable[[Row], bool] | None = None,
    number: Callable[[Row], int] = attrgetter("number"),
) -> Page[Row]:
    """The page that query parameters ask for.

    scope: which list it is, with its filter; rows_after: the rows after a number, in the order of their numbers;
    matches: the filter, None for all rows.
    To be called in a transaction. Raises ApiError (400).
    """
    after, size = page_position(parameters, scope), page_size(parameters, default_size)
    with closing(rows_after(after)) as found:
        rows = list(islice(filter(matches, found), size + 1))
    page = rows[:size]
    return Page(page, _token(number(page[-1]), scope) if len(rows) > size else "")


def page_size(parameters: Value, default: int) -> int:
    """Rows on a page: the default for 0, at most 1000. Raises ApiError (400) for a negative size."""
    size: int = parameters.get("page_size", 0)
    if size < 0:
        raise invalid("page_size", "page_size must not be negative.")
    return min(size, MAX_PAGE) or default


def page_position(parameters: Value, scope: str) -> int:
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


def _token(number: int, scope: str) -> str:
    return base64.urlsafe_b64encode(f"{number}.{_digest(scope)}".encode()).decode()


def _digest(scope: str) -> str:
    return hashlib.sha256(scope.encode()).hexdigest()[:12]
