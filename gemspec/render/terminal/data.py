"""Draws uploaded training data: what `status --data` adds, the list of `data prune`, and what `destroy` leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.render.layout import aligned, byte_size, count, wrap
from gemspec.render.terminal.status import age_words
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gemspec.reports.data import DataDocument, DataObject, UnusedData

PRUNE = "`gemspec data prune`"


def unused_lines(data: UnusedData, service: str, days: int, width: int) -> list[str]:
    """List the uploads that no generation refers to."""
    if data["folder"] is None:
        return wrap(no_uploads(service), width)
    if not data["objects"]:
        return wrap(f"A generation refers to all data that was uploaded to {terminal(data['folder'])}.", width)
    head = f"Uploaded data that no generation refers to, in {terminal(data['folder'])}:"
    ready = sum(entry["prunable"] for entry in data["objects"])
    rest = f"{PRUNE} deletes what no training needs and is older than {days} days: {ready} of these."
    return [*wrap(head, width), *object_lines(data["objects"]), *wrap(rest, width)]


def prune_lines(document: DataDocument, width: int) -> list[str]:
    """The list that a person approves: what would be deleted, and how much is kept."""
    folder, entries = terminal(document["folder"] or ""), document["objects"]
    going = [entry for entry in entries if entry["outcome"] == "planned"]
    kept = len(entries) - len(going)
    if not going:
        why = f"{count(kept, 'object')} kept: trainings need them, or did within {document['days']} days."
        return wrap(f"Nothing to delete in {folder}" + (f": {why}" if kept else "."), width)
    head = f"To delete in {folder}: older than {document['days']} days, and no training needs it"
    total = byte_size(sum(entry["size"] for entry in going))
    return [
        *wrap(head, width),
        *object_lines(going),
        f"Objects: {len(going)} to delete ({total}), {kept} to keep.",
    ]


def pruned_lines(document: DataDocument, width: int) -> list[str]:
    """What became of it."""
    entries = document["objects"]
    gone = [entry for entry in entries if entry["outcome"] == "deleted"]
    lines = [f"Deleted {count(len(gone), 'object')}, {byte_size(sum(entry['size'] for entry in gone))}."]
    for entry in entries:
        if entry["outcome"] == "changed":
            lines += wrap(f"{terminal(entry['name'])} is kept: it was uploaded again, or is needed now.", width)
        elif entry["outcome"] == "failed":
            lines += wrap(f"{terminal(entry['name'])} was not deleted: {terminal(entry['error'] or '')}", width)
    return lines


def left_lines(folder: str, sizes: Sequence[int], days: int, width: int) -> list[str]:
    """What stays in the bucket when models are gone."""
    if not sizes:
        return []
    what = f"{count(len(sizes), 'uploaded object')} ({byte_size(sum(sizes))})"
    text = f"{what} with training data {'stays' if len(sizes) == 1 else 'stay'} in {terminal(folder)}."
    return wrap(f"{text} {PRUNE} deletes what no training needs when it is older than {days} days.", width)


def no_uploads(service: str) -> str:
    """What there is to say of a service without a bucket."""
    return f"{service[:1].upper()}{service[1:]} takes training data with each request: there is none in a bucket."


def object_lines(entries: Iterable[DataObject]) -> list[str]:
    """A line for each object: size, age, name. Names are whole, since they are what a person would look for."""
    rows = [(byte_size(entry["size"]), _age(entry["age_seconds"]), terminal(entry["name"])) for entry in entries]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return [f"  {aligned(size, widths[0], right=True)}  {aligned(age, widths[1])}  {name}" for size, age, name in rows]


def _age(seconds: int | None) -> str:
    return "age not known" if seconds is None else age_words(seconds)
