"""The document of `gemspec import --format json`, by schemas/import.v1.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

from gemspec.util.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT_VERSION = "1.0"


class LeftOutField(TypedDict):
    """A field that the service reports and a manifest cannot express."""

    field: str
    reason: str


class WrittenManifest(TypedDict):
    """A manifest, and the model that it imports."""

    key: str
    tunedModel: str
    file: str
    left_out: list[LeftOutField]


class SkippedModel(TypedDict):
    """A model that no manifest was written for."""

    tunedModel: str
    reason: str


class ImportDocument(TypedDict):
    """The manifests that were written, and the models that were skipped."""

    format_version: str
    gemspec_version: str
    errored: Literal[False]
    written: list[WrittenManifest]
    skipped: list[SkippedModel]


def import_document(written: list[WrittenManifest], skipped: Mapping[str, str]) -> ImportDocument:
    """Give the manifests that were written, and the reason for each model that was skipped."""
    return {
        "format_version": FORMAT_VERSION,
        "gemspec_version": __version__,
        "errored": False,
        "written": written,
        "skipped": [{"tunedModel": name, "reason": reason} for name, reason in skipped.items()],
    }
