"""The filter of tunedModels.list: operators over roles, and a full text search over description and display name.

`owner:me`, `writers:me`, `readers:me`, `readers:everyone`, and words or "quoted phrases"; all must hold. Words are
compared whole and without case. Without an operator models shared with everyone are left out, also the caller's own,
as the proto of ListTunedModelsRequest says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..kernel.errors import invalid

if TYPE_CHECKING:
    from .store import StoredModel

_HELD = (
    "EXISTS (SELECT 1 FROM permissions p WHERE p.model = models.number AND p.email = :email AND p.grantee_type = 'USER'"
)
_HAS_ANY_ROLE = f"{_HELD})"
_IS_SHARED = "EXISTS (SELECT 1 FROM permissions p WHERE p.model = models.number AND p.grantee_type = 'EVERYONE')"
_OPERATORS = {
    "owner:me": f"{_HELD} AND p.role = 'OWNER')",
    "writers:me": f"{_HELD} AND p.role = 'WRITER')",
    "readers:me": f"{_HELD} AND p.role = 'READER')",
    "readers:everyone": _IS_SHARED,
}
_TERM = re.compile(r'"([^"]*)"|(\S+)')
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter: SQL conditions on `models` (with `:email` the caller), and phrases to look for in the text."""

    conditions: tuple[str, ...]
    phrases: tuple[str, ...]

    def matches_text(self, model: StoredModel) -> bool:
        """Whether every phrase stands in the description or the display name."""
        if not self.phrases:
            return True
        texts = [_words(model.settings.get(name, "")) for name in ("description", "display_name")]
        return all(any(phrase in text for text in texts) for phrase in self.phrases)


def parse(text: str) -> Filter:
    """Parses a filter. Raises ApiError (400) for `owner:`, `writers:`, `readers:` of anybody else."""
    conditions: list[str] = []
    phrases: list[str] = []
    for quoted, word in _TERM.findall(text):
        if word in _OPERATORS:
            conditions.append(_OPERATORS[word])
        elif word.startswith(("owner:", "writers:", "readers:")):
            raise invalid("filter", f"Invalid filter: {word} is not one of {', '.join(_OPERATORS)}.")
        else:
            phrases.append(_words(quoted or word))
    return Filter(tuple(conditions) or (_HAS_ANY_ROLE, f"NOT {_IS_SHARED}"), tuple(phrases))


def _words(text: str) -> str:
    """The words of a text, each between spaces, so that a phrase is found only as whole words."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "
