"""Pages of names: prefix, delimiter, offsets and page tokens of buckets.list and objects.list. Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..kernel.fields import Value

MAX_RESULTS = 1000


@dataclass(frozen=True, slots=True)
class ListRequest:
    """The parameters of a list. `after` is the last name of the page before, or its last common prefix."""

    prefix: str = ""
    delimiter: str = ""
    start: str = ""
    end: str = ""
    size: int = MAX_RESULTS
    after: str = ""
    after_prefix: bool = False

    @classmethod
    def from_parameters(cls, parameters: Value) -> ListRequest:
        """From query parameters. Raises StorageError (400)."""
        size = parameters.get("maxResults", MAX_RESULTS)
        if size <= 0:
            raise invalid(f"Invalid unsigned integer value: '{size}'.")
        after, after_prefix = _position(parameters.get("pageToken", ""))
        return cls(
            prefix=parameters.get("prefix", ""),
            delimiter=parameters.get("delimiter", ""),
            start=parameters.get("startOffset", ""),
            end=parameters.get("endOffset", ""),
            size=min(size, MAX_RESULTS),
            after=after,
            after_prefix=after_prefix,
        )

    @property
    def first(self) -> str:
        """The first name that can be on the page."""
        return max(self.prefix, self.start, self.after)


@dataclass(frozen=True, slots=True)
class NamePage:
    """Names, the common prefixes of names not shown, and the token of the next page, empty after the last."""

    names: list[str]
    prefixes: list[str]
    token: str


def page_of(names: Iterable[str], request: ListRequest) -> NamePage:
    """The page of names, which are in order."""
    shown: list[str] = []
    prefixes: list[str] = []
    last, is_prefix = "", False
    for name in names:
        group = _group(name, request)
        if not _matches(name, request) or (group and group in prefixes[-1:]):
            continue
        if len(shown) + len(prefixes) >= request.size:
            return NamePage(shown, prefixes, _token(last, is_prefix))
        (prefixes if group else shown).append(group or name)
        last, is_prefix = group or name, bool(group)
    return NamePage(shown, prefixes, "")


def _matches(name: str, request: ListRequest) -> bool:
    if not name.startswith(request.prefix) or name < request.start or (request.end and name >= request.end):
        return False
    if request.after_prefix:
        return name > request.after and not name.startswith(request.after)
    return name > request.after


def _group(name: str, request: ListRequest) -> str:
    """The common prefix of the name, up to and with the first delimiter after the prefix; empty without delimiter."""
    if not request.delimiter:
        return ""
    head, delimiter, _ = name[len(request.prefix) :].partition(request.delimiter)
    return request.prefix + head + delimiter if delimiter else ""


def _token(last: str, is_prefix: bool) -> str:
    return base64.urlsafe_b64encode(f"{int(is_prefix)}{last}".encode()).decode()


def _position(token: str) -> tuple[str, bool]:
    if not token:
        return "", False
    try:
        text = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        text = ""
    if text[:1] not in ("0", "1") or len(text) < 2:
        raise invalid("Invalid argument: pageToken.")
    return text[1:], text[0] == "1"
