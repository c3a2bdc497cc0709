"""Parses the bytes of a file into documents with places.

Called by `discovery.search`. Then `discovery.ownership` decides which documents are ours, and `validation.schema` finds
their problems.
"""

from __future__ import annotations

import json

from gemspec.domain.errors import Origin, Problem
from gemspec.manifest.syntax.encoding import LFS_POINTER, decode, decode_yaml
from gemspec.manifest.syntax.json_reader import read_json
from gemspec.manifest.syntax.nodes import Broken, Document
from gemspec.manifest.syntax.yaml_reader import read_yaml


def read_documents(data: bytes, file: str) -> tuple[list[Document], list[Problem]]:
    """Read every document of a file. It is JSON by its name, or if its content is a JSON object; else YAML.

    Gives the documents that could be read, and the problems of those that could not; never raises. Problems that did
    not stop the reading of a document (a duplicate key, a tag) are in its `problems`. `file` is the name to show.
    """
    if data.startswith(LFS_POINTER):
        advice = "run git lfs pull; if it is no manifest, leave it out with spec.manifests in the project file"
        return [], [Problem("this is a Git LFS pointer, not the file itself", advice, Origin(file, 1))]
    try:
        if file.endswith(".json") or _is_json(data):
            return [read_json(decode(data, file), file)] if data.strip() else [], []
        return read_yaml(decode_yaml(data, file), file)
    except Broken as broken:
        return [], [broken.problem]


def _is_json(data: bytes) -> bool:
    """Whether `data` is a JSON object: kubectl and kustomize can write either to standard output."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True
