"""What a plan says beside its keys, as items of a list in Markdown: blocks, failures, notes, warnings, errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec.render.layout import count
from gemspec.render.markdown.escape import code, fenced, prose
from gemspec.render.markdown.fit import Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHORT = 120
# Names in a list, and characters of each.
_LISTED = 20
_NAME = 60


def block_item(block: Mapping[str, Any]) -> Part:
    """What is in the way, and what lifts it; what of a hint is to be copied stays as it is."""
    lines = [f"- `!` {prose(block['summary'])}"]
    for line in block["hint"].splitlines():
        lines += ["", *fenced([line.strip()], indent="    ")] if line.startswith(" ") else [f"  - → {prose(line)}"]
    return Part("\n".join(lines), f"- `!` {prose(block['summary'], limit=_SHORT)}")


def excludable_item(keys: Sequence[str]) -> Part:
    """How to go on without what is blocked."""
    text = f"- To apply everything else: {code(' '.join(f'--exclude {key}' for key in keys), limit=2000)}"
    return Part(text, text if len(keys) == 1 else "- Everything else can be applied with --exclude.")


def gate_item(gate: Mapping[str, Any]) -> Part:
    """A gate of --fail-on, and what it stops."""
    head = f"- {code(gate['gate'])}"
    return Part(f"{head}: {listed(gate['stops'])}", f"{head}: {count(len(gate['stops']), 'stop')}")


def failure_item(failure: Mapping[str, Any], notes: Sequence[str]) -> Part:
    """A key whose training failed, why, and what can be done."""
    key = f"- `!` **{code(failure['key'])}**"
    lines = [f"{key}: {prose(failure['reason'])}", *(f"  - Note: {prose(note)}" for note in notes)]
    return Part("\n".join(lines), f"{key}: {prose(failure['reason'], limit=_SHORT)}")


def note_item(note: Mapping[str, Any]) -> Part:
    """A note on a key that nothing else is said of."""
    key = f"- {code(note['key'])}"
    return Part(f"{key}: {prose(note['text'])}", f"{key}: {prose(note['text'], limit=_SHORT)}")


def problem_item(problem: Mapping[str, Any]) -> Part:
    """A warning or an error about the files, with its place."""
    place = ":".join(str(problem[name]) for name in ("file", "line", "column") if problem[name])
    head = f"- {code(place)}: " if place else "- `!` "
    return Part(f"{head}{prose(problem['message'])}", f"{head}{prose(problem['message'], limit=_SHORT)}")


def listed(keys: Sequence[str]) -> str:
    """Name keys or files; of many the first, and how many more there are."""
    more = f" and {count(len(keys) - _LISTED, 'other')}" if len(keys) > _LISTED else ""
    return f"{', '.join(code(key, limit=_NAME) for key in keys[:_LISTED])}{more}"
