"""What `spec.manifests` names: the globs that a search keeps to, and what is wrong with them. Used by `search`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.domain.errors import Problem
from gemspec.manifest.discovery.filesystem import IS_URL, URL_ADVICE, Glob, leaves_folder
from gemspec.manifest.validation import schema
from gemspec.util.text import shortened

if TYPE_CHECKING:
    from gemspec.manifest.syntax.nodes import Document

_AT = ("spec", "manifests")


def is_too_long(project: Document | None) -> bool:
    """Whether the list, or a glob in it, is longer than it may be, which is a problem already: matching would take
    long.
    """
    patterns = project.get(*_AT) if project else None
    if not isinstance(patterns, list):
        return False
    limits = schema.property_schema("Project", *_AT)
    longest = limits["items"]["maxLength"]
    return len(patterns) > limits["maxItems"] or any(isinstance(one, str) and len(one) > longest for one in patterns)


def globs(project: Document | None) -> tuple[dict[str, Glob] | None, list[Problem]]:
    """Give the globs by how they are written, None where every file is searched; those that lead outside are
    problems.
    """
    patterns = project.get(*_AT) if project else None
    if not project or not isinstance(patterns, list):
        return None, []
    found: dict[str, Glob] = {}
    problems: list[Problem] = []
    for index, pattern in enumerate(patterns):
        if not isinstance(pattern, str):
            continue
        if wrong := leaves_folder(pattern):
            advice = URL_ADVICE if wrong == IS_URL else "write a glob below the project folder"
            problems.append(Problem(f"{shortened(pattern)} {wrong}", advice, project.origin((*_AT, index))))
        else:
            found[pattern] = Glob.parse(pattern)
    return found, problems


def unmatched(pattern: str, project: Document) -> Problem:
    """Say that a glob matches no file."""
    patterns = project.get(*_AT)
    origin = project.origin((*_AT, patterns.index(pattern) if isinstance(patterns, list) else 0))
    if pattern == "-":
        advice = "pipe them into the command, and give it `-`: kubectl kustomize overlays/prod | gemspec plan -"
        return Problem("the manifests of this project come from standard input", advice, origin)
    advice = "write the path of .yaml, .yml or .json files below this folder"
    return Problem(f"no file matches {shortened(pattern)}", advice, origin)
