"""A key of a plan as text: its symbol, its reason, its fields, its training, and which names stop working when.

`KeyView` and the words about it are also what `markdown.keys` draws from, and `plan` with --compact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from gemspec.domain.actions import ACTIONS, KINDS, Action, Effect, Kind, actions_of
from gemspec.domain.settings import SettingKind, of_kind
from gemspec.render.layout import Style, byte_size, columns, count, object_words, wrap
from gemspec.render.terminal.fields import field_lines
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gemspec.reports.plan import NoteEntry, PlanDocument, UploadEntry
    from gemspec.reports.resource_changes import KeyChange, ResourceChange
    from gemspec.reports.steps import ObjectEntry, ProgressEntry, StepEntry
    from gemspec.reports.values import FieldValue

    Keyed = TypeVar("Keyed", StepEntry, NoteEntry, UploadEntry)

# In the order of the legend: symbol -> its colour, and what it means.
SYMBOLS = {
    "=": ("cyan", "take in a model that exists"),
    "+": ("green", "train a new model"),
    "~": ("yellow", "change in place"),
    "+/-": ("yellow", "train a replacement"),
    "-": ("red", "delete"),
    ".": ("yellow", "leave on the service, unmanaged"),
    ">": ("cyan", "in training"),
    "!": ("red", "blocked"),
}
ENDINGS = actions_of(Effect.ENDS)
_INDENT = 6
_VALIDATION = "tuningTask.validationData"
DATA_DIGITS = 12  # of a fingerprint
# What every manifest has unless it says otherwise.
_USUAL = {"lifecycle.protect": False, "lifecycle.deletionPolicy": "delete"}


@dataclass(frozen=True, slots=True)
class KeyView:
    """The entry of a key with its steps and notes."""

    key: str
    entry: ResourceChange
    steps: tuple[StepEntry, ...]
    notes: tuple[str, ...]
    uploads: tuple[UploadEntry, ...] = ()

    @property
    def symbol(self) -> str:
        return KINDS[Kind(self.entry["kind"])].symbol or "~"

    @property
    def symbols(self) -> list[str]:
        """The symbols that the legend explains: its own, and those of the generations that end."""
        ends = [step_symbol(step) for step in self.steps if step["action"] in ENDINGS]
        return ends if self.symbol in ends else [self.symbol, *ends]

    def step(self, action: str) -> StepEntry | None:
        return next((step for step in self.steps if step["action"] == action), None)

    @property
    def changes(self) -> list[KeyChange]:
        """The differences; of a new model without its key, and without what every model has."""
        usual = {"metadata.name": self.key, **_USUAL} if self.entry["change"]["before"] is None else {}
        return [change for change in self.entry["changes"] if (change["path"], change["after"]) not in usual.items()]


def key_views(document: PlanDocument) -> list[KeyView]:
    """The keys that are drawn one by one: all but the unchanged, and the failed, which have a section of their own."""
    steps, notes = _by_key(document["steps"]), _by_key(document["notes"])
    uploads = _by_key(document["uploads"])
    return [
        KeyView(
            key=entry["name"],
            entry=entry,
            steps=tuple(steps.get(entry["name"], ())),
            notes=tuple(note["text"] for note in notes.get(entry["name"], ())),
            uploads=tuple(uploads.get(entry["name"], ())),
        )
        for entry in document["resource_changes"]
        # A failed key is drawn here only where it has steps nevertheless.
        if "deposed" not in entry and (KINDS[Kind(entry["kind"])].symbol or entry["name"] in steps)
    ]


def _by_key(entries: Iterable[Keyed]) -> dict[str, list[Keyed]]:
    found: dict[str, list[Keyed]] = {}
    for entry in entries:
        found.setdefault(entry["key"], []).append(entry)
    return found


def key_lines(view: KeyView, *, width: int, style: Style) -> list[str]:
    """Draw a key in full."""
    return [
        *_head(view, width, style),
        *(line for change in view.changes for line in field_lines(change, indent=_INDENT, width=width, style=style)),
        *(line for text in facts(view) for line in wrap(text, width, first=" " * _INDENT, rest=" " * (_INDENT + 2))),
        *(line for step in view.steps for line in step_lines(view, step, width, style)),
        *(line for note in view.notes for line in wrap(terminal(note), width, first=" " * _INDENT)),
    ]


def title(view: KeyView, style: Style) -> str:
    """`  + number-generator`."""
    symbol = style.paint(f"{view.symbol:>3}", "bold", SYMBOLS[view.symbol][0])
    return f"{symbol} {style.paint(terminal(view.key), 'bold')}"


def _head(view: KeyView, width: int, style: Style) -> list[str]:
    about = about_words(view, width)
    lines = [title(view, style)]
    if about and 4 + columns(terminal(view.key)) + 3 + columns(about) <= width:
        lines[0] += f" ({about})"
    elif about:
        lines.append(f"{' ' * _INDENT}({about})")
    reason = reason_words(view)
    return [*lines, *wrap(reason, width, first=" " * _INDENT)] if reason else lines


def about_words(view: KeyView, width: int) -> str:
    """The name of the model; of a replacement both names, where they have room."""
    name, current = view.entry["remote_name"] or "", view.entry["current"]
    if view.entry["kind"] == "prune":
        return "its serving model stays"
    if view.entry["kind"] == "replace" and current:
        both = f"{terminal(current['name'])} -> {terminal(name) or 'a new one'}"
        return both if _INDENT + 2 + columns(both) <= width else terminal(name)
    return terminal(name)


def reason_words(view: KeyView) -> str:
    """Why the key changes; of a key that only waits, also how far its training is."""
    reason, waiting = terminal(view.entry["reason"]), view.step("await")
    if view.entry["kind"] != "await" or not waiting or not waiting["live"]:
        return reason
    progress = progress_text(waiting["live"]["progress"])
    return f"{reason}: {progress}" if progress else reason


def facts(view: KeyView) -> Iterator[str]:
    """How large a training is, what it waits for, how far it is."""
    if create := view.step("create"):
        yield f"training: {training_text(create)}"
        if parents := sorted({wait["key"] for wait in create["waits"] if wait["key"] != view.key}):
            yield f"starts when {terminal(' and '.join(parents))} {'has' if len(parents) == 1 else 'have'} been trained"
        yield from map(_object_words, create["objects"])
        yield from map(_upload_words, view.uploads)
        if sent := sent_words(create):
            yield f"sent with it: {sent}"
        if create["carried"]:
            yield f"carried over from the serving model: {terminal(', '.join(create['carried']))}"
    if (check := view.step("check")) and check["checks"]:
        yield f"serves when it has passed {count(check['checks']['count'], 'check')}"
    if (
        not view.step("create")
        and view.entry["kind"] != "await"
        and (waiting := view.step("await"))
        and waiting["live"]
    ):
        progress = waiting["live"]["progress"]
        text = progress_text(progress)
        if progress["waiting"]:
            yield ": ".join(filter(None, (terminal(waiting["reason"]), text)))
        else:
            yield f"in training: {text or 'no progress reported yet'}"


def training_text(create: StepEntry) -> str:
    """`15 examples x 5 epochs / batch 2 = 38 steps`, or `..., about 1,200 tokens`, as far as it is known."""
    training = create["training"]
    if training is None:
        return "size unknown"
    epochs, batch, steps, tokens = training["epochs"], training["batch"], training["steps"], training["tokens"]
    default = " (the service's default)" if training["epochs_by_default"] else ""
    examples = training["examples"]
    text = _read_object(create) if examples is None else count(examples, "example")
    text += f" x {count(epochs, 'epoch')}{default}" if epochs is not None else ", epochs as the service decides"
    if tokens is not None:
        return f"{text}, about {tokens * (epochs or 1):,} tokens{'' if epochs else ' an epoch'}"
    if batch is None:
        return f"{text}, batch size as the service decides"
    return f"{text} / batch {batch} = {count(steps, 'step')}" if steps is not None else f"{text}, batch {batch}"


def _read_object(create: StepEntry) -> str:
    return object_words(next((found["size"] for found in create["objects"] if found["use"] == "training"), None))


def _object_words(found: ObjectEntry) -> str:
    """`validation data: gs://bucket/held.jsonl, 2.3 kB, generation 1700000000000000`."""
    about = f"{byte_size(found['size'])}, generation {found['generation']}"
    return terminal(f"{found['use']} data: {found['uri']}, {about}")


def _upload_words(upload: UploadEntry) -> str:
    """`upload: 20 training examples, 2.3 kB, to gs://bucket/gemspec/team/x.jsonl`."""
    what = f"{count(upload['rows'], upload['use'] + ' example')}, {byte_size(upload['size'])}"
    there = {True: ", there already", False: "", None: ", if it is not there"}[upload["there"]]
    return terminal(f"upload: {what}, to {upload['uri']}{there}")


def sent_words(create: StepEntry) -> str:
    """What a training is sent that no field of the model shows, such as a service account; "" where it is the usual."""
    usual = {row.field: row.default for row in of_kind(SettingKind.EXTRA)}
    hidden = {path for path in create["sent"] if path in usual or path.startswith(_VALIDATION)}
    found = {path: value for path, value in create["sent"].items() if path in hidden and value != usual.get(path)}
    return terminal(", ".join(f"{path} {_sent_value(path, value)}" for path, value in found.items()))


def _sent_value(path: str, value: FieldValue) -> str:
    if path == _VALIDATION:
        return str(value)[:DATA_DIGITS]
    return str(value).lower() if isinstance(value, bool) else str(value)


def progress_text(progress: ProgressEntry) -> str:
    """`16 of 38 steps, 42%`, as far as it is known; "" where nothing is."""
    done, total, percent = progress["completed_steps"], progress["total_steps"], progress["percent"]
    if not total:
        return f"{count(done, 'step')} done" if done else ""
    share = "" if percent is None else f", {int(percent)}%"
    return f"{done} of {count(total, 'step')}{share}"


def step_lines(view: KeyView, step: StepEntry, width: int, style: Style) -> list[str]:
    """Draw what the head and the fields do not show of a step."""
    text, symbol, indent = step_text(view, step), step_symbol(step), " " * (_INDENT + 2)
    if not text:
        return []
    first, *rest = wrap(text, width, first=indent, rest=indent)
    return [f"{' ' * _INDENT}{style.paint(symbol, SYMBOLS[symbol][0])}{first[_INDENT + 1 :]}", *rest]


def step_symbol(step: StepEntry) -> str:
    return ACTIONS[Action(step["action"])].symbol


def step_text(view: KeyView, step: StepEntry) -> str:
    """A name that stops working, or a step of another generation; "" where the head and the fields show the step."""
    action = step["action"]
    if action in ENDINGS:
        return _ending(view, step)
    if action == "permit" and step["reason"] != view.entry["reason"] and not _is_shown(view, step):
        granted = ", ".join(
            f"{change['path'].removeprefix('permissions.')} {change['after']}" for change in step["changes"]
        )
        return f"permissions {terminal(step['reason'])}: {terminal(granted)}"
    if action == "import" and step["name"] != view.entry["remote_name"]:
        return _name(step)
    is_in_head = step["name"] == view.entry["remote_name"] and step["reason"] == view.entry["reason"]
    is_promotion = action == "promote" and not view.step("create")  # of a new model, the facts say when it serves
    is_bare = action == "redeploy" or (action == "update" and not step["changes"])
    if (is_promotion or is_bare) and not is_in_head:
        return f"{_name(step)}: {terminal(step['reason'])}"
    return ""


def _is_shown(view: KeyView, step: StepEntry) -> bool:
    """Whether the fields of the key show these changes already."""
    return all(change["path"] in {shown["path"] for shown in view.entry["changes"]} for change in step["changes"])


def _ending(view: KeyView, step: StepEntry) -> str:
    """The name and the reason; of a model with callers, which serves or has served, when its name stops working."""
    live = step["live"]
    is_called = live and live["serving"] and live["state"] == "ACTIVE" and live["call_name"]
    has_callers = step["action"] == "delete" and is_called
    # The reason of the whole key is in its head, and is not repeated for each of its models.
    reason = terminal(step["reason"].removeprefix(view.entry["reason"]).lstrip(":;, "))
    if live and has_callers:
        when = " when the new one serves" if step["waits"] and step["successor"] else ""
        return f"{terminal(live['call_name'])} stops working{when}{f' ({reason})' if reason else ''}"
    return f"{_name(step)}: {reason}" if reason else _name(step)


def _name(step: StepEntry) -> str:
    return terminal(step["name"] or f"generation {step['train']}")
