"""The `resource_changes` of a plan document: an entry for each key, and for each other generation that ends. Pure.

Every model that is added, destroyed or forgotten is the action of exactly one entry, so that the actions of all entries
add up to the counts of the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

from gemspec.domain.actions import ACTIONS, KINDS, Count, Effect
from gemspec.domain.marker import Marker
from gemspec.domain.plan import UNKNOWN, Action, Kind
from gemspec.domain.settings import trained_fields
from gemspec.reports.values import FieldValue, Form, field_value, form, leaves

if TYPE_CHECKING:
    from gemspec.domain.model import LiveModel
    from gemspec.domain.plan import KeyPlan, Step


class KeyChange(TypedDict):
    """A field of a key on both sides."""

    path: str
    before: FieldValue
    after: FieldValue
    forces_training: bool


class Importing(TypedDict):
    """The model that is imported, by its remote name."""

    id: str


# The fields that only the service knows: `{"name": true}`, nested like the form.
UnknownFields = dict[str, "Literal[True] | UnknownFields"]


class Change(TypedDict):
    """What happens to a resource, as Terraform has it."""

    actions: list[str]
    before: Form | None
    after: Form | None
    after_unknown: UnknownFields
    replace_paths: list[list[str]]
    importing: NotRequired[Importing]


class CurrentModel(TypedDict):
    """The generation that serves now."""

    name: str
    train: str | None
    state: str


class ResourceChange(TypedDict):
    """A key; or with `deposed` another generation of it, which has no `kind`, `current` and `changes`."""

    address: str
    type: Literal["tuned_model"]
    name: str
    deposed: NotRequired[str]
    change: Change
    action_reason: str | None
    kind: NotRequired[str]
    reason: str
    remote_name: str | None
    current: NotRequired[CurrentModel | None]
    changes: NotRequired[list[KeyChange]]


TYPE: Literal["tuned_model"] = "tuned_model"


def resource_changes(key: KeyPlan) -> list[ResourceChange]:
    """Give the entry of the key, then those of its other generations that the plan ends, as Terraform has `deposed`."""
    endings = [step for step in key.steps if ACTIONS[step.action].effect is Effect.ENDS]
    own = _own_ending(key, endings)
    return [_main(key, own), *(_deposed(step) for step in endings if step is not own)]


def _ending(step: Step) -> str:
    """The word of `resource_changes` for a step that ends a model."""
    return "forget" if ACTIONS[step.action].count is Count.FORGET else "delete"


def _own_ending(key: KeyPlan, endings: list[Step]) -> Step | None:
    """Which of the endings is the key's own; the others are those of generations that do not serve."""
    serving = next((step for step in endings if key.current and step.name == key.current.name), None)
    if key.kind in (Kind.DELETE, Kind.FORGET):
        return serving or next(iter(endings), None)
    return serving if key.kind is Kind.REPLACE else None


def _main(key: KeyPlan, own: Step | None) -> ResourceChange:
    changes = _changes(key)
    return {
        "address": f"{TYPE}.{key.key}",
        "type": TYPE,
        "name": key.key,
        "change": _change(key, own, changes),
        "action_reason": _action_reason(key, changes),
        "kind": str(key.kind),
        "reason": key.reason,
        "remote_name": _remote_name(key, own),
        "current": _current(key.current) if key.current else None,
        "changes": changes,
    }


def _change(key: KeyPlan, own: Step | None, changes: list[KeyChange]) -> Change:
    ends = [_ending(own)] if own else []
    begins = "create" if key.step(Action.CREATE) else KINDS[key.kind].change
    if key.kind is Kind.IMPORT and changes:
        begins = "update"
    before, after = _before(key, own), None if ends and not begins else _after(key)
    change: Change = {
        "actions": [begins, *ends] if begins else ends or ["no-op"],
        "before": before,
        "after": _known(after) if after else None,
        "after_unknown": _unknown(after) if after else {},
        "replace_paths": [change["path"].split(".") for change in changes if change["forces_training"]],
    }
    if (adopt := key.step(Action.IMPORT)) and adopt.name:
        change["importing"] = {"id": adopt.name}
    return change


def _changes(key: KeyPlan) -> list[KeyChange]:
    """The key's difference field by field; for a first training every field of what is made."""
    pairs: list[tuple[tuple[str, ...], object, object]]
    pairs = [(change.path, change.before, change.after) for change in key.changes]
    if not pairs and key.before is None and key.after:
        pairs = [(path, None, value) for path, value in leaves(key.after)]
    replaces = key.kind is Kind.REPLACE
    return [
        {
            "path": ".".join(path),
            "before": field_value(before),
            "after": field_value(after),
            "forces_training": replaces and path[0] in trained_fields(),
        }
        for path, before, after in pairs
    ]


def _before(key: KeyPlan, own: Step | None) -> Form | None:
    name = own.name if own else key.current.name if key.current else None
    return {"name": name, **form(key.before)} if key.before is not None else None


def _after(key: KeyPlan) -> Form | None:
    return {"name": _remote_name(key, None) or UNKNOWN, **form(key.after)} if key.after is not None else None


def _remote_name(key: KeyPlan, own: Step | None) -> str | None:
    """The name of the model that the entry is about: the model that is trained, else the model that is there."""
    if create := key.step(Action.CREATE):
        return create.name
    if own:
        return own.name
    meant = next((step for step in key.steps if step.train == key.target and step.name), None)
    return meant.name if meant else key.current.name if key.current else None


def _known(fields: Form) -> Form:
    """Leave out what only the service can know, as Terraform does; `after_unknown` names it."""
    return {
        name: _known(value) if isinstance(value, dict) else value
        for name, value in fields.items()
        if not (name in _MAY_BE_UNKNOWN and value == UNKNOWN)
    }


def _unknown(fields: Form) -> UnknownFields:
    found: UnknownFields = {}
    for name, value in fields.items():
        if name in _MAY_BE_UNKNOWN and value == UNKNOWN:
            found[name] = True
        elif isinstance(value, dict) and (inner := _unknown(value)):
            found[name] = inner
    return found


# Fields without free text: a description that happens to be "(known after apply)" is known.
_MAY_BE_UNKNOWN = ("name", "tunedModel")


def _action_reason(key: KeyPlan, changes: list[KeyChange]) -> str | None:
    """Terraform's word for the reason where it has such a word, for machines; `reason` is for people."""
    if key.kind is Kind.REPLACE:
        cannot = any(change["forces_training"] for change in changes)
        return "replace_because_cannot_update" if cannot else "replace_by_request"
    return KINDS[key.kind].reason


def _current(live: LiveModel) -> CurrentModel:
    train = live.marker.train if isinstance(live.marker, Marker) else None
    return {"name": live.name, "train": train, "state": str(live.state)}


def _deposed(step: Step) -> ResourceChange:
    settings = form(step.live.settings) if step.live else {}
    return {
        "address": f"{TYPE}.{step.key} (deposed {step.train})",
        "type": TYPE,
        "name": step.key,
        "deposed": step.train,
        "change": {
            "actions": [_ending(step)],
            "before": {"name": step.name, **settings},
            "after": None,
            "after_unknown": {},
            "replace_paths": [],
        },
        "action_reason": None,
        "reason": step.reason,
        "remote_name": step.name,
    }
