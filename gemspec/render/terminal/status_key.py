"""A key in full: its model, settings, permissions, generations, loss curve. Drawn from the status document.

For `gemspec status KEY`; the table of generations is that of `status`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.render.layout import PLAIN_LOOK, Look, count, number, wrap
from gemspec.render.terminal.loss_curve import curve_lines
from gemspec.render.terminal.status import age_words, loss_words, role_text, status_lines, table_lines
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemspec.reports.status import DataEntry, ModelEntry, PermissionEntry, StatusDocument
    from gemspec.reports.values import Form

_LABEL = 24
_WIDEST_CURVE = 100


def status_key_lines(document: StatusDocument, key: str, look: Look = PLAIN_LOOK) -> list[str]:
    """Draw what the document has of `key`. The serving generation, or else the generation nearest to it, is in full."""
    models = [entry for entry in document["models"] if entry["key"] == key]
    rest = status_lines({**document, "models": [], "unmanaged": 0}, look) if document["unreadable"] else []
    if not models:
        return rest
    subject = models[0]
    sections = [
        list(_facts(subject, look)),
        _values("Settings", subject["settings"], look),
        _values("Hyperparameters", subject["hyperparameters"], look),
        _permissions(subject["permissions"], look) if document["has_permissions"] else [],
        [_title("Generations", look), *_generations(models, look)],
        *(_curve(entry, look) for entry in _drawn(models)),
        rest,
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines).split("\n")


def subject_name(document: StatusDocument, key: str) -> str | None:
    """The remote name of the model that `status_key_lines` shows in full, whose permissions it shows."""
    return next((str(entry["name"]) for entry in document["models"] if entry["key"] == key), None)


def _facts(entry: ModelEntry, look: Look) -> Iterator[str]:
    yield f"{look.style.paint(terminal(entry['key']), 'bold')}: {role_text(entry['role'], look.style)}"
    facts: dict[str, str] = {
        **(entry["resources"] or {"model": entry["name"]}),
        "state": _state(entry),
        "failure": entry["failure"] if entry["role"] == "failed" else "",
        "source": entry["source"].get("baseModel") or entry["source"].get("tunedModel", ""),
        "training data": _data(entry["data"]),
        "generation": _generation(entry),
        "created": _moment(entry["create_time"], entry["age_seconds"]),
        "changed": _moment(entry["update_time"], None),
        "lifecycle": ", ".join(name for name in ("protect", "retain") if entry[name]),
        "Git commit": entry["rev"] or "",
    }
    for name, text in facts.items():
        yield from _fact(name, terminal(text), look)


def _data(data: DataEntry) -> str:
    """How many examples, as far as that is known, and their fingerprint."""
    examples = data["examples"]
    counted = "number of examples not known" if examples is None else count(examples, "example")
    return f"{counted} ({data['fingerprint']})"


def _state(entry: ModelEntry) -> str:
    parts = [entry["state"]]
    if entry["state"] == "ACTIVE" and entry["answering"] != "yes":
        is_known = entry["answering"] == "no"
        parts.append("no endpoint deploys it" if is_known else "whether it answers is not known")
    if entry["waiting"]:
        parts.append(f"{entry['waiting']} at the service")
    if entry["percent"] is not None and entry["state"] != "ACTIVE":
        parts.append(f"{int(entry['percent'])}%")
    if entry["completed_steps"]:
        total = f" of {entry['total_steps']}" if entry["total_steps"] else ""
        parts.append(f"step {entry['completed_steps']}{total}")
    if entry["epoch"] is not None:
        parts.append(f"epoch {entry['epoch']}")
    if loss := loss_words(entry):
        parts.append(f"loss {loss}")
    return ", ".join(parts)


def _generation(entry: ModelEntry) -> str:
    numbered = str(entry["generation"]) + ("" if entry["serving"] else ", which has never served")
    again = f", attempt {entry['attempt']}" if entry["attempt"] > 1 else ""
    child = f", tuned from generation {entry['parent']}" if entry["parent"] else ""
    return f"{numbered} (train {entry['train']}){again}{child}"


def _moment(time: str | None, age: int | None) -> str:
    if not time:
        return ""
    whole = f"{time.partition('.')[0].removesuffix('Z')}Z" if time.endswith("Z") else time
    return f"{whole} ({age_words(age)} ago)" if age is not None else whole


def _values(title: str, values: Form, look: Look) -> list[str]:
    """The values that are set: the service also reports empty texts and lists."""
    is_set = {name: value for name, value in sorted(values.items()) if value not in ("", [])}
    lines = [line for name, value in is_set.items() for line in _fact(terminal(name), _shown(value), look)]
    return [_title(title, look), *lines] if lines else []


def _shown(value: object) -> str:
    """A value as in a manifest."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return terminal(json.dumps(value, ensure_ascii=False))


def _permissions(permissions: list[PermissionEntry] | None, look: Look) -> list[str]:
    if permissions is None:
        return [_title("Permissions", look), "  not to be read with these credentials"]
    grantees = [
        (permission["role"], " ".join(filter(None, (permission["granteeType"], permission["emailAddress"]))))
        for permission in permissions
    ]
    lines = [line for role, grantee in grantees for line in _fact(terminal(role), terminal(grantee), look)]
    return [_title("Permissions", look), *(lines or ["  none but the owner's"])]


def _generations(models: list[ModelEntry], look: Look) -> list[str]:
    """The table without the key: here the generations have different names."""
    narrower = replace(look, width=look.width - 2)
    return [f"  {line}" for line in table_lines(models, narrower, without=("KEY",), first=("MODEL", "GEN"))]


def _drawn(models: list[ModelEntry]) -> list[ModelEntry]:
    """The models whose curves matter now: the model shown in full, and a training that will replace it."""
    with_losses = [entry for entry in models if any(point["loss"] is not None for point in entry["snapshots"])]
    return [entry for entry in with_losses if entry is models[0] or entry["role"] == "creating"][:2]


def _curve(entry: ModelEntry, look: Look) -> list[str]:
    points = [(point["step"], point["loss"]) for point in entry["snapshots"] if point["loss"] is not None]
    width = min(look.width, _WIDEST_CURVE) - 2
    lines = curve_lines(points, width=width, last_step=entry["total_steps"], unicode=look.unicode)
    return [_title(f"Loss of {terminal(entry['name'])}, {entry['role']}", look), *(f"  {line}" for line in lines)]


def _fact(name: str, text: str, look: Look) -> list[str]:
    label = f"  {name}: "
    first = f"{label:<{_LABEL}}" if len(label) <= _LABEL else label
    return wrap(text, look.width, first=first, rest=" " * _LABEL) if text else []


def _title(text: str, look: Look) -> str:
    return look.style.paint(f"{text}:", "bold")
