"""Lists the fields in which two forms of a model differ. Pure, and the only module that uses DeepDiff.

Equality decides whether two forms differ; DeepDiff finds the fields, for the plan's text and the update mask. A call
costs about 2 ms, so it runs only on models that differ. Forms are nested mappings with leaves of type `model.Value` in
normal form. For these, `==` and an empty DeepDiff mean the same (a property in tests/domain/test_diff.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec.domain.model import FieldChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def explain(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """List every leaf that differs, sorted by path. A list is a single leaf, because it is set as a whole."""
    if before == after:
        return ()
    from deepdiff import DeepDiff  # 0.2 s to import, needed only where something differs

    found = DeepDiff(before, after, view="tree", verbose_level=0, threshold_to_diff_deeper=0)
    paths = {_field(level.path(output_format="list")) for group in found.values() for level in group}
    leaves = {leaf for path in paths for leaf in _leaves(path, before, after)}
    return tuple(FieldChange(path, _at(before, path), _at(after, path)) for path in sorted(leaves))


def _field(path: list[Any]) -> tuple[str, ...]:
    """Cut a path at the first list index."""
    names = []
    for part in path:
        if not isinstance(part, str):
            break
        names.append(part)
    return tuple(names)


def _leaves(path: tuple[str, ...], *forms: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Give the path of a leaf, or the paths of all leaves of a branch that was added or removed."""
    branches = [value for value in (_at(form, path) for form in forms) if isinstance(value, dict)]
    if not branches:
        yield path
    for name in {name for branch in branches for name in branch}:
        yield from _leaves((*path, name), *forms)


def _at(form: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if not isinstance(form, dict) or name not in form:
            return None
        form = form[name]
    return form
