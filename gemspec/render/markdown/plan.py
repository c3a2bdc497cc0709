"""Draws the plan document as Markdown, for a comment on a pull request: what must be seen is open, the rest is folded.

Drawn from the document alone. What in it comes from manifests or the service is made inert by `markdown_text`; keys are
drawn by `markdown_keys`, everything else by `markdown_items`; `markdown_fit` keeps the whole below a limit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gemspec.domain.actions import ACTIONS, KINDS, Action, Count
from gemspec.render.layout import count
from gemspec.render.markdown.escape import code, prose
from gemspec.render.markdown.fit import Part, Section, fitted
from gemspec.render.markdown.items import (
    block_item,
    excludable_item,
    failure_item,
    gate_item,
    listed,
    note_item,
    problem_item,
)
from gemspec.render.markdown.keys import key_part
from gemspec.render.terminal.key import Block, blocks_of
from gemspec.render.terminal.plan import summary_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# GitHub takes 65,536 characters: this is below that in bytes, with room for what a workflow adds.
LIMIT = 64_000
_NOT_OWNER = re.compile(r"[^a-z0-9-]")
_FOLDED = {str(kind): row.nouns for kind, row in KINDS.items() if row.nouns}


def plan_markdown(document: dict[str, Any], *, limit: int = LIMIT) -> str:
    """Draw a plan document in at most `limit` bytes of UTF-8.

    The first line is hidden, and the same for every plan of a project: `<!-- gemspec:plan OWNER -->`. By it a workflow
    finds the comment to write anew. Raises ValueError for a limit that leaves no room for a plan; 16,384 always do.
    """
    drawn = blocks_of(document)
    sections = [*_hindrances(document, drawn), *_changes(drawn), *_remarks(document, drawn)]
    return fitted(_head(document), sections, limit)


def _head(document: Mapping[str, Any]) -> str:
    owner = _NOT_OWNER.sub("", document["owner"])[:40]
    lines = [f"<!-- gemspec:plan {owner}{' ' if owner else ''}-->", f"### {_headline(document)}"]
    if document["errored"]:  # nobody was asked, so there is nothing to say of the service
        lines.append(f"Project {code(document['owner'])}." if owner else "")
    else:
        lines += [f"Digest: {code(document['digest'])}", _where(document), _scope(document)]
    return "".join(f"{line}\n\n" for line in lines if line)


def _headline(document: Mapping[str, Any]) -> str:
    """The counts, and what is wrong where something is: mails and lists of comments show this line alone."""
    counts, blocks = document["counts"], document["blocks"]
    if document["errored"]:
        return f"No plan: {count(len(document['errors']), 'error')}."
    has_changes = any(counts[name] for name in ("imports", "add", "change", "destroy", "forget"))
    said = [summary_line(counts) if has_changes or blocks else "No changes."]
    said += ["Blocked."] if blocks else []
    if failed := sum(failure["kind"] == "failed" for failure in document["failures"]):
        said.append(f"{count(failed, 'training')} failed.")
    if counts["awaiting"] and not has_changes and not blocks:
        said.append(f"{count(counts['awaiting'], 'training')} in progress.")
    return " ".join(said)


def _where(document: Mapping[str, Any]) -> str:
    models, unchanged = document["models"], document["counts"]["unchanged"]
    project = f"Project {code(document['owner'])} owns {models['ours']} of {count(models['seen'], 'model')} seen"
    service = f"on {code(document['provider'])} at {code(document['endpoint'])}"
    credential = f" ({prose(document['credential'], limit=200)})" if document["credential"] else ""
    rest = f" {count(unchanged, 'key')} {'is' if unchanged == 1 else 'are'} unchanged." if unchanged else ""
    return f"{project} {service}{credential}.{rest}"


def _scope(document: Mapping[str, Any]) -> str:
    if not document["whole"]:
        return "Only the keys that were named are planned; all others stay as they are."
    if left_out := document["left_out"]:
        return f"**This plan is incomplete.** Left out: {listed(left_out)}"
    return ""


def _hindrances(document: Mapping[str, Any], drawn: Sequence[Block]) -> list[Section]:
    """What keeps the plan, or a key, from what its manifests say."""
    blocks = [block_item(block) for block in document["blocks"]]
    blocks += [excludable_item(document["excludable"])] if document["excludable"] else []
    gates = [gate_item(gate) for gate in document["gates"] if gate["stops"]]
    waiting = [key_part(block) for block in drawn if block.entry["kind"] == "blocked"]
    noted = {block.key for block in drawn}
    failures = [
        failure_item(failure, [] if failure["key"] in noted else _notes_on(document, failure["key"]))
        for failure in document["failures"]
        if failure["kind"] == "failed"
    ]
    return [
        _section("error", map(problem_item, document["errors"]), "Errors"),
        _section("block", blocks, "Blocked: nothing is applied until this is settled"),
        _section("gate", gates, "Stopped by --fail-on"),
        _section("blocked key", waiting, "Keys that are blocked"),
        _section("failed key", failures, "Failed"),
    ]


def _changes(drawn: Sequence[Block]) -> list[Section]:
    """What cannot be taken back is open: deletes, then replacements. Everything else is folded, by what happens."""
    going = sorted(filter(_goes, drawn), key=lambda block: block.entry["kind"] == "replace")
    others = [block for block in drawn if not _goes(block) and block.entry["kind"] != "blocked"]
    folded = {kind: [block for block in others if block.entry["kind"] == kind] for kind in _FOLDED}
    rest = [block for block in others if block.entry["kind"] not in _FOLDED]
    return [
        _section("delete or replacement", map(key_part, going), "Deletes and replacements", "deletes and replacements"),
        *(_section(one, map(key_part, folded[kind]), nouns=many) for kind, (one, many) in _FOLDED.items()),
        _section("other key", map(key_part, rest)),
    ]


def _remarks(document: Mapping[str, Any], drawn: Sequence[Block]) -> list[Section]:
    """Notes on keys of which nothing else is said, and advice on the files."""
    said = {block.key for block in drawn} | {failure["key"] for failure in document["failures"]}
    notes = [note_item(note) for note in document["notes"] if note["key"] not in said]
    return [_section("note", notes), _section("warning", map(problem_item, document["warnings"]))]


def _section(noun: str, parts: Iterable[Part], heading: str = "", nouns: str = "") -> Section:
    return Section(noun, nouns or f"{noun}s", tuple(parts), heading)


def _goes(block: Block) -> bool:
    """Whether a model of the key goes, or makes way for another."""
    kind = block.entry["kind"]
    destroys = any(ACTIONS[Action(step["action"])].count is Count.DESTROY for step in block.steps)
    return kind == "replace" or (kind != "blocked" and destroys)


def _notes_on(document: Mapping[str, Any], key: str) -> list[str]:
    return [note["text"] for note in document["notes"] if note["key"] == key]
