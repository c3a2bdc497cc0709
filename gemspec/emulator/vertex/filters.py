"""Lists with a filter: the part of AIP-160 that Vertex AI's reference shows for them.

`labels.key=value`, `labels.key!=value`, `labels.key:*` and `labels:key` (has the label), and for models and endpoints
`display_name="..."` and `display_name!="..."`; joined by AND. Everything else is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ..kernel.errors import invalid
from ..kernel.paging import Page, read_page

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from ..kernel.fields import Value
    from .jobs import StoredJob
    from .stored_models import StoredEndpoint, StoredModel

DEFAULT_PAGE = 10

Row = TypeVar("Row", "StoredJob", "StoredModel", "StoredEndpoint")

_VALUE = r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"()=!:,]+))'
_LABEL = re.compile(rf'labels\.(?:"(?P<key>[^"]+)"|(?P<plain>[\w-]+))\s*(?P<operator>!=|=|:)\s*{_VALUE}')
_HAS_LABEL = re.compile(r'labels\s*:\s*"?(?P<key>[\w-]+)"?')
_NAME = re.compile(rf"(?:display_name|displayName)\s*(?P<operator>!=|=)\s*{_VALUE}")
_AND = re.compile(r'\s+AND\s+(?=(?:[^"]*"[^"]*")*[^"]*$)')  # not between quotes


@dataclass(frozen=True, slots=True)
class _Term:
    """A comparison; `key` is a label, or None for the display name; `value` None tests for presence."""

    key: str | None
    value: str | None
    negated: bool

    def matches(self, labels: Mapping[str, str], display_name: str) -> bool:
        found = display_name if self.key is None else labels.get(self.key)
        holds = found is not None if self.value is None else found == self.value
        return holds != self.negated


@dataclass(frozen=True, slots=True)
class _Filter:
    """A parsed filter: terms that must all hold."""

    terms: tuple[_Term, ...]

    def matches(self, resource: StoredJob | StoredModel | StoredEndpoint) -> bool:
        """Whether all terms hold for a resource."""
        settings = resource.settings
        labels, name = settings.get("labels", {}), settings.get("display_name", "")
        return all(term.matches(labels, name) for term in self.terms)


def filtered_page(
    parameters: Value,
    scope: str,
    rows_after: Callable[[int], Generator[Row, None, None]],
    *,
    by_name: bool = True,
) -> Page[Row]:
    """The page of a list that query parameters ask for; `by_name` allows terms with the display name.

    scope: which list it is; rows_after: its rows after a number. To be called in a transaction. Raises ApiError (400).
    """
    text = parameters.get("filter", "")
    wanted = _parse(text, by_name=by_name)
    return read_page(parameters, f"{scope} {text}", DEFAULT_PAGE, rows_after, matches=wanted.matches)


def _parse(text: str, *, by_name: bool) -> _Filter:
    if not text.strip():
        return _Filter(())
    return _Filter(tuple(_term(part, by_name=by_name) for part in _AND.split(text.strip())))


def _term(text: str, *, by_name: bool) -> _Term:
    if match := _LABEL.fullmatch(text):
        key = match["key"] or match["plain"]
        value = _value(match)
        if value == "*" and match["quoted"] is None:
            if match["operator"] != ":":
                raise _unknown_term(text)
            return _Term(key, None, negated=False)
        return _Term(key, value, negated=match["operator"] == "!=")
    if match := _HAS_LABEL.fullmatch(text):
        return _Term(match["key"], None, negated=False)
    if by_name and (match := _NAME.fullmatch(text)):
        return _Term(None, _value(match), negated=match["operator"] == "!=")
    raise _unknown_term(text)


def _value(match: re.Match[str]) -> str:
    quoted: str | None = match["quoted"]
    return str(match["bare"]) if quoted is None else re.sub(r"\\(.)", r"\1", quoted)


def _unknown_term(text: str) -> Exception:
    return invalid("filter", f"Invalid filter: the emulator does not know the term '{text}'.")
