"""`spec.permissions`: a rule that a schema cannot express, and the normal form. Used by `builder` and `desired`.

To Google, upper and lower case of an address are the same, so grantees are compared and kept in lower case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec.domain.errors import Problem
from gemspec.domain.model import Permission
from gemspec.manifest.validation.schema import property_schema
from gemspec.util.text import cut

if TYPE_CHECKING:
    from gemspec.manifest.syntax.nodes import Document

_AT = ("spec", "permissions")


def problems(document: Document) -> list[Problem]:
    """Find grantees that appear twice, in any case; entries with other mistakes take part."""
    found: list[Problem] = []
    first: dict[str, int] = {}
    for index, entry in enumerate(_entries(document)):
        grantee = _grantee(entry)
        if grantee is None:
            continue
        origin = document.origin((*_AT, index))
        if grantee in first:
            summary = f"{cut(grantee)} stands in permissions twice (first in line {first[grantee]})"
            found.append(Problem(summary, "keep one of them (a WRITER may do all that a READER may)", origin))
        first.setdefault(grantee, origin.line)
    return found


def declared(document: Document) -> tuple[Permission, ...] | None:
    """Give the permissions of a document without problems, sorted; None where it does not declare any."""
    if "permissions" not in document.mapping("spec"):
        return None
    return tuple(
        sorted(
            Permission(str(entry["granteeType"]), str(entry.get("emailAddress", "")).lower(), str(entry["role"]))
            for entry in _entries(document)
        )
    )


def _entries(document: Document) -> list[dict[str, Any]]:
    entries, most = document.get(*_AT), property_schema("TunedModel", *_AT)["maxItems"]
    return [entry if isinstance(entry, dict) else {} for entry in entries[:most]] if isinstance(entries, list) else []


def _grantee(entry: dict[str, Any]) -> str | None:
    """Give the grantee of an entry. An address is either a user's or a group's, so the type does not matter."""
    if entry.get("granteeType") == "EVERYONE":
        return "EVERYONE"
    email = entry.get("emailAddress")
    return email.lower() if isinstance(email, str) else None
