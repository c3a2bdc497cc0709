"""What projects go through: states that are there, a change, and the command that carries it out.

A state is what the manifests say: key -> spec. `says` is what the model is trained to answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.services import SERVICES

from .invariants import GEMINI, PROMPT
from .request_gate import PACE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

State = dict[str, dict[str, Any]]

EXAMPLES = 20  # as many as bring no warning
LONG = 30_000  # characters of an example, of which 20 are sent in several pieces
SLOWER, SLOW = PACE / 3, PACE / 10  # so that what is in training is so still when a command ends it, or the one after
APPLY = ("apply", "--auto-approve")
START = (*APPLY, "--no-wait")
PROVIDERS = {GEMINI: "Gemini API", "vertex": "Vertex AI"}


@dataclass(frozen=True)
class Story:
    """`before`: states and the commands that brought them; then `state` is declared, and `command` is run on it.

    serving: keys that serve before and after, each with the name that it gets meanwhile; free: models without an owner
    that are there from the beginning; pace: seconds that pass with each request.
    """

    before: tuple[tuple[State, tuple[str, ...]], ...]
    state: State
    command: tuple[str, ...] = APPLY
    serving: tuple[tuple[str, ...], ...] = ()
    free: tuple[str, ...] = ()
    pace: float = PACE


def stories(provider: str) -> dict[str, Story]:
    """By what happens in them."""
    labels = provider != GEMINI
    old, new = _old(labels=labels), _new(labels=labels)
    first, second = {"base": model("one", keep=1)}, {"base": model("two", keep=1)}
    kept = {"kept": model("four", lifecycle={"deletionPolicy": "retain"})}
    adopting = {"import": {"tunedModel": "wild", "data": "asDeclared"}}
    return {
        "creates": Story((), old),
        "update, replacement, deletes": Story(((old, APPLY),), new, serving=(("base",), ("child",), ("text",))),
        "abandoned training": Story(
            ((first, APPLY), (second, START)), {"base": model("three", keep=1)}, serving=(("base",),), pace=SLOW
        ),
        "rollback": Story(((first, APPLY), (second, APPLY)), {"base": model("one", keep=0)}, serving=(("base",),)),
        "rename, release": Story(
            ((first | kept, APPLY), (second | kept, APPLY)),
            {"name": model("two", keep=1, movedFrom="base")},
            serving=(("base", "name"),),
        ),
        "adoption": Story((), {"own": model("wild", keep=1, **adopting)}, free=("wild",)),
        "begun again": Story(
            ((first, START), (first, ("cancel", "base", "--auto-approve"))),
            first,
            (*APPLY, "--retry-failed"),
            pace=SLOWER,
        ),
        "destroy": Story(((first | kept, APPLY), (second | kept, APPLY)), second | kept, ("destroy", "--auto-approve")),
    }


@dataclass(frozen=True)
class Race:
    """While `first` is carried out on what `before` has brought, one state after the other, another client declares
    `second`; `serving` as in a story.
    """

    before: tuple[State, ...]
    first: State
    second: State
    command: tuple[str, ...] = APPLY
    serving: tuple[tuple[str, ...], ...] = (("base",), ("text",))


def races() -> dict[str, Race]:
    """By what the second one wants. But for the old states nothing is kept, so that more is deleted."""
    old, new = _pair("one", "five"), _pair("two", "six")
    kept = [_pair(*said, keep=1) for said in (("three", "seven"), ("one", "five"), ("two", "six"))]
    return {
        "the same": Race((old,), new, new),
        "other texts": Race((old,), new, _pair("two", "six", "new")),
        "newer data": Race((old,), new, _pair("three", "seven")),
        "a key less": Race((old,), new, {"text": new["text"]}, (*APPLY, "--max-deletes", "2"), (("text",),)),
        "the old state": Race((kept[0], kept[1]), kept[2], kept[1]),
        "an older state": Race((kept[0], kept[1]), kept[2], kept[0]),
        "the old state, of which nothing is kept": Race((old,), new, old),
    }


def _pair(says: str, other: str, name: str = "old", *, keep: int = 0) -> State:
    """A key that is promoted after its checks, and one that serves as soon as it is trained."""
    checked = model(says, keep=keep, checks=[_check(says)])
    return {"base": checked, "text": model(other, keep=keep, displayName=name)}


def model(says: str, *, keep: int | None = None, movedFrom: str = "", **spec: Any) -> dict[str, Any]:  # noqa: N803
    """What a manifest says of one model."""
    lifecycle = spec.pop("lifecycle", {}) | ({} if keep is None else {"keepPrevious": keep})
    return {"says": says, "movedFrom": movedFrom, "lifecycle": lifecycle, **spec}


def write(folder: Path, provider: str, owner: str, state: State, names: Mapping[str, str]) -> None:
    """Write a project of this state in place of what is there. `names` are those of models that are adopted."""
    folder.mkdir(exist_ok=True)
    for file in folder.glob("*.*"):
        file.unlink()
    place = SERVICES[provider].place
    metadata = f"{{name: {owner}, distinctFrom: [team, other]}}"
    head = f"apiVersion: gemspec/v1\nkind: Project\nmetadata: {metadata}\nspec:\n  provider: emulator\n"
    (folder / "gemspec.yaml").write_text(head + place)
    for key, told in state.items():
        manifest, rows = _manifest(provider, key, told, names)
        (folder / f"{key}.yaml").write_text(json.dumps(manifest))  # which is YAML, too
        (folder / f"{key}.jsonl").write_text(rows)


def examples(says: str, *, long: bool = False) -> list[tuple[str, str]]:
    """Training data for a model that always says the same."""
    rest = [(f"letter {n}" + " again" * (long * LONG // 6), says) for n in range(1, EXAMPLES)]
    return [(PROMPT, says), *rest]


def _old(*, labels: bool) -> State:
    base = model("one", keep=0, checks=[_check("one")], **_permitted("READER", labels=labels))
    return {
        "base": base,
        "child": model("four", keep=0, parent="base"),
        "text": model("five", displayName="old", long=labels, **_labelled("old", labels=labels)),
        "gone": model("six"),
    }


def _new(*, labels: bool) -> State:
    base = model("two", keep=0, checks=[_check("two")], **_permitted("WRITER", labels=labels))
    text = _labelled("new", labels=labels) | _permitted("READER", labels=labels)
    return {
        "base": base,
        "child": model("four", keep=0, parent="base"),
        "text": model("five", displayName="new", description="Says five.", long=labels, **text),
    }


def _check(says: str) -> dict[str, Any]:
    return {"prompt": PROMPT, "expect": {"equals": says}}


def _permitted(role: str, *, labels: bool) -> dict[str, Any]:
    if labels:
        return {}
    other = "users" if role == "READER" else "testers"
    who = (("GROUP", "ml@example.com", role), ("GROUP", f"{other}@example.com", "READER"))
    return {"permissions": [{"granteeType": kind, "emailAddress": mail, "role": role} for kind, mail, role in who]}


def _labelled(value: str, *, labels: bool) -> dict[str, Any]:
    return {"labels": {"stage": value}} if labels else {"temperature": 0.5 if value == "old" else 0.25}


def _manifest(provider: str, key: str, told: dict[str, Any], names: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    spec = dict(told)
    says, moved, parent = spec.pop("says"), spec.pop("movedFrom"), spec.pop("parent", None)
    rows = examples(says, long=spec.pop("long", False))
    spec |= {"tunedModelSource": {"key": parent}} if parent else {"baseModel": SERVICES[provider].base_model}
    spec["tuningTask"] = {"trainingData": {"files": [f"{key}.jsonl"]}}
    if "import" in spec:
        spec["import"] = {**spec["import"], "tunedModel": names[spec["import"]["tunedModel"]]}
    metadata = {"name": key} | ({"movedFrom": moved} if moved else {})
    manifest = {"apiVersion": "gemspec/v1", "kind": "TunedModel", "metadata": metadata, "spec": spec}
    return manifest, "".join(f"{json.dumps({'textInput': text, 'output': output})}\n" for text, output in rows)
