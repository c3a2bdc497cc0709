"""Completion in the shell: keys of the project, fields of the schemas, files.

A shell waits for the answer, so no function here loads the manifest readers for keys, calls a service or hashes data.
An error gives no completions, and no message.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click
    from click.shell_completion import CompletionItem

SECONDS = 0.5
MAX_BYTES = 256 * 1024  # of each file: a manifest with longer examples has its name above them
_PROJECT = "gemspec.yaml"
_SUFFIXES = (".yaml", ".yml", ".json")
_KIND = re.compile(r"""\bkind["']?\s*:\s*["']?TunedModel\b""")
# `metadata` and, before any block within it ends, its `name`: in blocks, in braces, and in JSON.
_NAME = re.compile(
    r"""(?:^|[\s{,])["']?metadata["']?\s*:\s*\{?(?:[^{}]{0,400}?[\s,])??["']?name["']?\s*:"""
    r"""\s*["']?([a-z][a-z0-9-]{0,28})(?![a-z0-9-])"""
)


def complete_keys(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Offer the keys of the project's manifests, read from their text alone and for half a second at most."""
    from click.shell_completion import CompletionItem

    try:
        folder = _folder(ctx)
        keys = sorted({key for key in _keys(folder) if key.startswith(incomplete)}) if folder else []
    except Exception:  # a shell in the middle of a line is no place for errors
        return []
    return [CompletionItem(key) for key in keys]


def complete_fields(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Offer field paths for `explain`, a level deeper than what was typed."""
    from click.shell_completion import CompletionItem

    try:
        from gemspec.manifest.validation.schema_fields import all_fields

        deepest = incomplete.count(".") + 1
        fields = [field for field in all_fields() if field.address.count(".") <= deepest]
        return [
            CompletionItem(field.address, help=field.sentence)
            for field in fields
            if field.address.startswith(incomplete)
        ]
    except Exception:
        return []


def complete_files(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Leave it to the shell, which knows files best."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def _folder(ctx: click.Context) -> Path | None:
    """The folder of the project that the command line names so far: --project, a PATH, or the current folder."""
    project, paths = ctx.params.get("project"), ctx.params.get("paths", ())
    if paths == ():  # click leaves them aside while the value of an option is typed
        paths = ctx.args if "paths" in ctx.params else ()
    if project:
        return Path(project).parent
    given = Path(paths[0]) if paths else Path()
    above = given.absolute().parents if given.is_file() else ()
    return next((folder for folder in (given, *above) if (folder / _PROJECT).is_file()), None)


def _keys(folder: Path) -> Iterator[str]:
    deadline = time.monotonic() + SECONDS
    for current, folders, names in os.walk(folder):
        inner = [name for name in folders if not name.startswith(".")]
        folders[:] = [name for name in inner if not os.path.lexists(os.path.join(current, name, _PROJECT))]
        for name in [*names, ""]:
            if time.monotonic() > deadline:
                return
            if name.endswith(_SUFFIXES) and not name.startswith("."):
                yield from _named_in(os.path.join(current, name))


def _named_in(path: str) -> list[str]:
    if not os.path.isfile(path):  # a named pipe would be waited for
        return []
    with open(path, "rb") as file:
        text = file.read(MAX_BYTES).decode("utf-8", "replace")
    documents = re.split(r"^---", text, flags=re.MULTILINE)
    return [name for document in documents if _KIND.search(document) for name in _NAME.findall(document)[:1]]
