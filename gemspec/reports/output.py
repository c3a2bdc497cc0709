"""What `gemspec output --format json` prints: the document of schemas/output.v1.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.model import LiveModel

OutputDocument = dict[str, str | dict[str, str]]


def output_document(serving: Mapping[str, LiveModel]) -> OutputDocument:
    """Give the name of the model that serves each key, or the names of its resources."""
    return {key: dict(model.resources) or model.name for key, model in serving.items()}
