"""Decides which documents are ours: a typo must not hide a manifest, since that would delete its model.

Used by `search`. A folder may contain YAML of other tools. It is skipped, but only if it does not resemble ours.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from enum import Enum, auto
from typing import TYPE_CHECKING

from gemspec.domain.errors import Problem
from gemspec.manifest.syntax.encoding import LFS_POINTER
from gemspec.manifest.syntax.nodes import Document
from gemspec.util.text import closest, shortened

if TYPE_CHECKING:
    from gemspec.domain.errors import Origin

API_VERSION = "gemspec/v1"
KINDS = ("TunedModel", "Project")
_GROUP = "gemspec"
# Between "gemspc" (0.92) and words such as "gem" (0.6) or "spec" (0.73) that other tools use.
_NEAR_GROUP = 0.75
_NEAR_KIND = 0.85
_NEAR_FIELD = 0.8
# Fields of `spec` by which a document without apiVersion is recognized, and words that only our files have.
_OF_MODEL = frozenset(["baseModel", "tunedModelSource", "tuningTask"])
_OF_PROJECT = frozenset(["provider", "vertex", "manifests", "notOurs", "policy"])
# The beginning of gemspec's own documents, such as a saved plan, which may be large.
_PLAN = re.compile(rb'\{\n  "format_version": "[\d.]+",\n  "gemspec_version": "')
_WORDS = (_GROUP, "tunedmodel", "basemodel", "tuningtask")
_CLAIM = re.compile(r"(?i)\b(?:api_?version|kind)[\"']?[ \t]*:[ \t]*[\"']?([\w./-]{1,80})")


class Ownership(Enum):
    """The kind of a document, as far as it concerns gemspec."""

    MODEL = auto()
    PROJECT = auto()
    UNKNOWN = auto()  # ours, but of an unknown kind
    FOREIGN = auto()


def classify(document: Document) -> Ownership:
    """Recognize a document by its apiVersion and kind, with typos in both and in the names of those fields.

    Without an apiVersion its other fields count, too.
    """
    if not document.mapping():
        return Ownership.FOREIGN
    version, kind = _claimed(document, "apiVersion"), _claimed(document, "kind")
    if kind in KINDS:
        return Ownership.MODEL if kind == "TunedModel" else Ownership.PROJECT
    if is_near_version(version):
        return Ownership.UNKNOWN
    looks_like = _looks_like(document)
    is_like_ours = is_near_kind(kind) or looks_like == "TunedModel" or (looks_like == "Project" and not kind)
    return Ownership.UNKNOWN if is_like_ours and not version else Ownership.FOREIGN


def _looks_like(document: Document) -> str | None:
    """Give the kind that a document has by its fields."""
    fields = document.mapping("spec").keys()
    if "name" not in document.mapping("metadata"):
        return None
    return "TunedModel" if fields & _OF_MODEL else "Project" if fields & _OF_PROJECT else None


def manifest_in_list(document: Document) -> Origin | None:
    """Give the place of the first manifest within a list, as `kind: List` or bare; None where there is none."""
    is_list = _claimed(document, "kind").endswith("List")
    around = document.root.children.get("items") if is_list else document.root
    for item in around.children.values() if around and isinstance(around.value, list) else ():
        if classify(Document(document.file, item)) is not Ownership.FOREIGN:
            return Document(document.file, item).origin()
    return None


def unknown_kind(document: Document, expected: str) -> Problem:
    """Word the problem of a document that is ours, but of an unknown kind.

    `expected` is the usual kind in its file, for a document that does not show what it is.
    """
    expected = _looks_like(document) or expected
    if not _claimed(document, "apiVersion") and not _claimed(document, "kind"):
        advice = f"write apiVersion: {API_VERSION} and kind: {expected}"
        return Problem("apiVersion and kind are missing", advice, document.origin())
    kind = document.text("kind")
    if kind is None:
        return Problem('missing or unreadable field "kind"', f"write kind: {expected}", document.origin())
    guess = closest(kind, KINDS) or expected
    return Problem(
        f"kind {shortened(kind)} is not one that gemspec knows", f"write kind: {guess}", document.origin(("kind",))
    )


def may_be_ours(data: bytes) -> bool:
    """Whether the bytes of a file, readable or not, contain anything that could be a document of ours.

    It is True for every document that `classify` does not call FOREIGN, except where escapes hide its words, or for a
    Project without apiVersion and kind (which declares no model). Our words are ASCII, which UTF-16 and Latin-1 keep. A
    Git LFS pointer may replace a manifest. A saved plan names our fields, but is not a manifest.
    """
    if data.startswith(LFS_POINTER):
        return True
    if _PLAN.match(data):
        return False
    text = data.replace(b"\0", b"").decode("utf-8", "replace")
    lower = text.lower()
    if any(word in lower for word in _WORDS):
        return True
    claims = _CLAIM.findall(text)
    return any(claim in KINDS or is_near_version(claim) or is_near_kind(claim) for claim in set(claims))


def is_near_version(version: str) -> bool:
    """Whether an apiVersion is ours or was probably meant to be."""
    group = version.lower().partition("/")[0][:40]
    return _GROUP in group or _is_near(group, _GROUP, _NEAR_GROUP)


def is_near_kind(kind: str) -> bool:
    """Whether a kind was probably meant to be TunedModel."""
    return _is_near(kind.lower()[:40], "tunedmodel", _NEAR_KIND)


def _is_near(word: str, target: str, least: float) -> bool:
    """Whether two words have at least this similarity. For most words, their lengths alone rule that out."""
    could_be = 2 * min(len(word), len(target)) / (len(word) + len(target))
    return could_be >= least and SequenceMatcher(None, word, target, autojunk=False).ratio() >= least


def _claimed(document: Document, name: str) -> str:
    """Give the text of a field, or of the field with the most similar name; "" where there is none."""
    fields = document.mapping()
    if name not in fields:
        name = (
            closest(name, (field for field in fields if _is_near(field.lower()[:40], name.lower(), _NEAR_FIELD)))
            or name
        )
    return document.text(name) or ""
