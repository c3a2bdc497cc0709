"""The `resource_changes` of a plan document: one entry a key, and one for each other generation that goes. Pure.

Every model that is added, destroyed or forgotten is exactly one entry's action, so that counting them over the entries
gives the plan's own counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec.domain.actions import ACTIONS, KINDS, Count, Effect
from gemspec.domain.model import Marker
from gemspec.domain.plan import UNKNOWN, Action, Kind
from gemspec.domain.settings import trained_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gemspec.domain.model import LiveModel
    from gemspec.domain.plan import KeyPlan, Step

TYPE = "tuned_model"

_PLAIN = frozenset([str, int, float, bool, type(None)])


def resource_changes(key: KeyPlan) -> list[dict[str, Any]]:
    """Give the entry of the key, then those of its other generations that the plan ends, as Terraform has `deposed`."""
    endings = [step for step in key.steps if ACTIONS[step.action].effect is Effect.ENDS]
    own = _own_ending(key, endings)
    return [_main(key, own), *(_deposed(step) for step in endings if step is not own)]


def values(value: Any) -> Any:
    """Give a form or a value as JSON has it: lists for tuples, plain dicts for mappings."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, tuple | list):
        return [values(item) for item in value]
    return {name: values(item) for name, item in value.items()} if hasattr(value, "items") else value


def _ending(step: Step) -> str:
    """The word of `resource_changes` for a step that ends a model."""
    return "forget" if ACTIONS[step.action].count is Count.FORGET else "delete"


def _own_ending(key: KeyPlan, endings: list[Step]) -> Step | None:
    """Which of the endings is the key's own; the others are those of generations that do not serve."""
    serving = next((step for step in endings if key.current and step.name == key.current.name), None)
    if key.kind in (Kind.DELETE, Kind.FORGET):
        return serving or next(iter(endings), None)
    return serving if key.kind is Kind.REPLACE else None


def _main(key: KeyPlan, own: Step | None) -> dict[str, Any]:
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


def _change(key: KeyPlan, own: Step | None, changes: list[dict[str, Any]]) -> dict[str, Any]:
    ends = [_ending(own)] if own else []
    begins = "create" if key.step(Action.CREATE) else KINDS[key.kind].change
    if key.kind is Kind.IMPORT and changes:
        begins = "update"
    before, after = _before(key, own), None if ends and not begins else _after(key)
    return {
        "actions": [begins, *ends] if begins else ends or ["no-op"],
        "before": before,
        "after": _known(after) if after else None,
        "after_unknown": _unknown(after) if after else {},
        "replace_paths": [change["path"].split(".") for change in changes if change["forces_training"]],
        **({"importing": {"id": adopt.name}} if (adopt := key.step(Action.IMPORT)) else {}),
    }


def _changes(key: KeyPlan) -> list[dict[str, Any]]:
    """The key's difference field by field; for a first training every field of what is made."""
    pairs = [(change.path, change.before, change.after) for change in key.changes]
    if not pairs and key.before is None and key.after:
        pairs = [(path, None, value) for path, value in _leaves(key.after)]
    replaces = key.kind is Kind.REPLACE
    return [
        {
            "path": ".".join(path),
            "before": values(before),
            "after": values(after),
            "forces_training": replaces and path[0] in trained_fields(),
        }
        for path, before, after in pairs
    ]


def _leaves(form: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in form.items():
        if hasattr(value, "items"):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _before(key: KeyPlan, own: Step | None) -> dict[str, Any] | None:
    name = own.name if own else key.current.name if key.current else None
    return {"name": name, **values(key.before)} if key.before is not None else None


def _after(key: KeyPlan) -> dict[str, Any] | None:
    return {"name": _remote_name(key, None) or UNKNOWN, **values(key.after)} if key.after is not None else None


def _remote_name(key: KeyPlan, own: Step | None) -> str | None:
    """The name of the model that the entry is about: the one that is trained, else the one that is there."""
    if create := key.step(Action.CREATE):
        return create.name
    if own:
        return own.name
    meant = next((step for step in key.steps if step.train == key.target and step.name), None)
    return meant.name if meant else key.current.name if key.current else None


def _known(form: dict[str, Any]) -> dict[str, Any]:
    """Leave out what only the service can know, as Terraform does; `after_unknown` names it."""
    return {
        name: _known(value) if isinstance(value, dict) else value
        for name, value in form.items()
        if not (name in _MAY_BE_UNKNOWN and value == UNKNOWN)
    }


def _unknown(form: dict[str, Any]) -> dict[str, Any]:
    found = {name: _unknown(value) for name, value in form.items() if isinstance(value, dict)}
    named = {name: True for name, value in form.items() if name in _MAY_BE_UNKNOWN and value == UNKNOWN}
    return {**named, **{name: value for name, value in found.items() if value}}


# Nobody's own text: a description that happens to say "(known after apply)" is known.
_MAY_BE_UNKNOWN = ("name", "tunedModel")


def _action_reason(key: KeyPlan, changes: list[dict[str, Any]]) -> str | None:
    """Terraform's words where it has one, for machines; `reason` is for people."""
    if key.kind is Kind.REPLACE:
        cannot = any(change["forces_training"] for change in changes)
        return "replace_because_cannot_update" if cannot else "replace_by_request"
    return KINDS[key.kind].reason


def _current(live: LiveModel) -> dict[str, Any]:
    train = live.marker.train if isinstance(live.marker, Marker) else None
    return {"name": live.name, "train": train, "state": str(live.state)}


def _deposed(step: Step) -> dict[str, Any]:
    settings = values(step.live.settings) if step.live else {}
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
