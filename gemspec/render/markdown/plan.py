"""Draws the plan document as Markdown, for a comment on a pull request: what must be seen is open, the rest is folded.

`keys` draws the keys, this module everything else; `escape` makes text from manifests and services inert, and `fit`
keeps the whole below a limit. The same document is drawn for terminals by `terminal.plan`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gemspec.domain.actions import ACTIONS, KINDS, Action, Count
from gemspec.render.layout import count
from gemspec.render.markdown.escape import code, fenced, prose
from gemspec.render.markdown.fit import Part, Section, fitted
from gemspec.render.markdown.keys import key_part
from gemspec.render.terminal.key import KeyView, key_views
from gemspec.render.terminal.plan import allowance_words, summary_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gemspec.reports.errors import ProblemEntry
    from gemspec.reports.plan import AllowanceEntry, BlockEntry, FailureEntry, GateEntry, NoteEntry, PlanDocument

# GitHub takes 65,536 characters; below that, in bytes, there is room for what a workflow adds.
LIMIT = 64_000
_NOT_OWNER = re.compile(r"[^a-z0-9-]")
_FOLDED = {str(kind): row.nouns for kind, row in KINDS.items() if row.nouns}
# Characters of an item's text where there is room only for a short line.
_SHORT = 120
# Names in a list, and characters of each.
_LISTED = 20
_NAME = 60


def plan_markdown(document: PlanDocument, *, limit: int = LIMIT) -> str:
    """Draw a plan document in at most `limit` bytes of UTF-8.

    The first line is hidden, and the same for every plan of a project: `<!-- gemspec:plan OWNER -->`. A workflow finds
    the comment to replace by it. Raises ValueError for a limit without room for a plan; 16,384 is always enough.
    """
    views = key_views(document)
    sections = [*_blockers(document, views), *_changes(views), *_remarks(document, views)]
    return fitted(_head(document), sections, limit)


def _head(document: PlanDocument) -> str:
    owner = _NOT_OWNER.sub("", document["owner"])[:40]
    lines = [f"<!-- gemspec:plan {owner}{' ' if owner else ''}-->", f"### {_headline(document)}"]
    if document["errored"]:  # the service was not asked
        lines.append(f"Project {code(document['owner'])}." if owner else "")
    else:
        lines += [f"Digest: {code(document['digest'])}", _where(document), _scope(document)]
    return "".join(f"{line}\n\n" for line in lines if line)


def _headline(document: PlanDocument) -> str:
    """The counts, and whether something is wrong: mails and lists of comments show only this line."""
    counts, blocks = document["counts"], document["blocks"]
    if document["errored"]:
        return f"No plan: {count(len(document['errors']), 'error')}."
    has_changes = any(counts[name] for name in ("imports", "add", "change", "destroy", "forget"))
    sentences = [summary_line(counts) if has_changes or blocks else "No changes."]
    sentences += ["Blocked."] if blocks else []
    sentences += ["Stopped by --fail-on."] if any(gate["stops"] for gate in document["gates"]) else []
    if failed := sum(failure["kind"] == "failed" for failure in document["failures"]):
        sentences.append(f"{count(failed, 'training')} failed.")
    if document["uncompared"]:
        sentences.append(f"{count(len(document['uncompared']), 'key')} cannot be compared.")
    if counts["awaiting"] and not has_changes and not blocks:
        sentences.append(f"{count(counts['awaiting'], 'training')} in progress.")
    return " ".join(sentences)


def _where(document: PlanDocument) -> str:
    models, unchanged = document["models"], document["counts"]["unchanged"]
    project = f"Project {code(document['owner'])} owns {models['ours']} of {count(models['seen'], 'model')} seen"
    service = f"on {code(document['provider'])} at {code(document['endpoint'])}"
    credential = f" ({prose(document['credential'], limit=200)})" if document["credential"] else ""
    place = "".join(f", {prose(what)} {code(name)}" for what, name in document["place"].items())
    rest = f" {count(unchanged, 'key')} {'is' if unchanged == 1 else 'are'} unchanged." if unchanged else ""
    return f"{project} {service}{credential}{place}.{rest}"


def _scope(document: PlanDocument) -> str:
    if not document["whole"]:
        return "Only the keys that were named are planned; all others stay as they are."
    if left_out := document["left_out"]:
        return f"**This plan is incomplete.** Left out: {_listed(left_out)}"
    return ""


def _blockers(document: PlanDocument, views: Sequence[KeyView]) -> list[Section]:
    """What blocks the plan, or a key of it."""
    blocks = [_block_item(block) for block in document["blocks"]]
    blocks += [_excludable_item(document["excludable"])] if document["excludable"] else []
    gates = [_gate_item(gate) for gate in document["gates"] if gate["stops"]]
    waiting = [key_part(view) for view in views if view.entry["kind"] == "blocked"]
    with_notes = {view.key for view in views}
    failures = [
        _failure_item(failure, [] if failure["key"] in with_notes else _notes_on(document, failure["key"]))
        for failure in document["failures"]
        if failure["kind"] == "failed"
    ]
    return [
        _section("error", map(_problem_item, document["errors"]), "Errors"),
        _section("block", blocks, "Blocked: nothing is applied until this is settled"),
        _section("allowance", map(_allowance_item, document["allowances"]), "Allowed by spec.policy.allow"),
        _section("gate", gates, "Stopped by --fail-on"),
        _section("blocked key", waiting, "Keys that are blocked"),
        _section("failed key", failures, "Failed"),
    ]


def _changes(views: Sequence[KeyView]) -> list[Section]:
    """What cannot be undone is open: deletes, then replacements. Everything else is folded, by kind."""
    ending = sorted(filter(_is_destructive, views), key=lambda view: view.entry["kind"] == "replace")
    others = [view for view in views if not _is_destructive(view) and view.entry["kind"] != "blocked"]
    folded = {kind: [view for view in others if view.entry["kind"] == kind] for kind in _FOLDED}
    rest = [view for view in others if view.entry["kind"] not in _FOLDED]
    return [
        _section(
            "delete or replacement", map(key_part, ending), "Deletes and replacements", "deletes and replacements"
        ),
        *(_section(noun, map(key_part, folded[kind]), nouns=nouns) for kind, (noun, nouns) in _FOLDED.items()),
        _section("other key", map(key_part, rest)),
    ]


def _remarks(document: PlanDocument, views: Sequence[KeyView]) -> list[Section]:
    """Notes on keys that have no entry above, and warnings about the files."""
    drawn = {view.key for view in views} | {failure["key"] for failure in document["failures"]}
    notes = [_note_item(note) for note in document["notes"] if note["key"] not in drawn]
    return [_section("note", notes), _section("warning", map(_problem_item, document["warnings"]))]


def _section(noun: str, parts: Iterable[Part], heading: str = "", nouns: str = "") -> Section:
    return Section(noun, nouns or f"{noun}s", tuple(parts), heading)


def _is_destructive(view: KeyView) -> bool:
    """Whether a model of the key is deleted or replaced."""
    kind = view.entry["kind"]
    destroys = any(ACTIONS[Action(step["action"])].count is Count.DESTROY for step in view.steps)
    return kind == "replace" or (kind != "blocked" and destroys)


def _notes_on(document: PlanDocument, key: str) -> list[str]:
    return [note["text"] for note in document["notes"] if note["key"] == key]


def _block_item(block: BlockEntry) -> Part:
    """What blocks the plan, and what resolves it; the lines of a hint that are there to be copied stay as they are."""
    lines = [f"- `!` {prose(block['summary'])}"]
    for line in block["hint"].splitlines():
        lines += ["", *fenced([line.strip()], indent="    ")] if line.startswith(" ") else [f"  - → {prose(line)}"]
    return Part("\n".join(lines), f"- `!` {prose(block['summary'], limit=_SHORT)}")


def _excludable_item(keys: Sequence[str]) -> Part:
    """How to apply everything that is not blocked."""
    text = f"- To apply everything else: {code(' '.join(f'--exclude {key}' for key in keys), limit=2000)}"
    return Part(text, text if len(keys) == 1 else "- Everything else can be applied with --exclude.")


def _allowance_item(allowance: AllowanceEntry) -> Part:
    """A line of spec.policy.allow, with its reason."""
    text = allowance_words(allowance)
    return Part(f"- {prose(text)}", f"- {prose(text, limit=_SHORT)}")


def _gate_item(gate: GateEntry) -> Part:
    """A gate of --fail-on, and what it stops."""
    head = f"- {code(gate['gate'])}"
    return Part(f"{head}: {_listed(gate['stops'])}", f"{head}: {count(len(gate['stops']), 'stop')}")


def _failure_item(failure: FailureEntry, notes: Sequence[str]) -> Part:
    """A key with a failed training, why it failed, and what to do."""
    key = f"- `!` **{code(failure['key'])}**"
    lines = [f"{key}: {prose(failure['reason'])}", *(f"  - Note: {prose(note)}" for note in notes)]
    return Part("\n".join(lines), f"{key}: {prose(failure['reason'], limit=_SHORT)}")


def _note_item(note: NoteEntry) -> Part:
    """A note on a key that has no entry of its own."""
    key = f"- {code(note['key'])}"
    return Part(f"{key}: {prose(note['text'])}", f"{key}: {prose(note['text'], limit=_SHORT)}")


def _problem_item(problem: ProblemEntry) -> Part:
    """A warning or an error about the files, with its place."""
    place = ":".join(str(problem[name]) for name in ("file", "line", "column") if problem[name])
    head = f"- {code(place)}: " if place else "- `!` "
    return Part(f"{head}{prose(problem['message'])}", f"{head}{prose(problem['message'], limit=_SHORT)}")


def _listed(keys: Sequence[str]) -> str:
    """Names of keys or files; of many names the first, and how many more there are."""
    more = f" and {count(len(keys) - _LISTED, 'other')}" if len(keys) > _LISTED else ""
    return f"{', '.join(code(key, limit=_NAME) for key in keys[:_LISTED])}{more}"
