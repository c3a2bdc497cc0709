"""Compares a new plan with a plan that was reviewed and approved. Pure: works on plan documents.

A saved plan is an approval, not a program: the new plan is carried out, and only if all of its steps were approved. An
approved step that is no longer planned has been done already.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from gemspec.domain.actions import ACTIONS, KINDS, Action
from gemspec.domain.plan import StepRef, counts_of
from gemspec.reports.gates import tripped
from gemspec.reports.values import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from gemspec.reports.plan import OptionsEntry, PlanDocument
    from gemspec.reports.steps import FieldChangeEntry, StepEntry
    from gemspec.reports.values import Form

_IDENTITY: tuple[Literal["owner", "provider", "endpoint"], ...] = ("owner", "provider", "endpoint")
_UNDONE = frozenset(kind for kind, row in KINDS.items() if row.is_undone)
_FLAGS: tuple[Literal["target", "exclude", "replace", "undelete"], ...] = ("target", "exclude", "replace", "undelete")
_NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between a plan and the approved plan; `key` is "" where it concerns the whole plan."""

    key: str
    summary: str


def is_coherent(document: PlanDocument) -> bool:
    """Whether the keys and counts of a plan document follow from its steps: every key with steps has an entry of a
    fitting kind, the counts are right, and each gate of --fail-on stops what it has to. The digest covers the fields;
    reasons and notes are free text of the file.
    """
    entries = [entry for entry in document["resource_changes"] if "deposed" not in entry]
    actions: dict[str, set[str]] = {entry["name"]: set() for entry in entries}
    if len(actions) < len(entries) or not all(step["key"] in actions for step in document["steps"]):
        return False
    for step in document["steps"]:
        actions[step["key"]].add(step["action"])
    steps = [StepRef(step["key"], step["train"], Action(step["action"])) for step in document["steps"]]
    if not asdict(counts_of(steps)).items() <= document["counts"].items():
        return False
    if document["gates"] != tripped(document, [entry["gate"] for entry in document["gates"]]):
        return False
    return all(entry.get("kind") in _kinds(actions[entry["name"]]) for entry in entries)


def _kinds(actions: Set[str]) -> Set[str]:
    """The kinds that a key with exactly these actions may have. Checks without a promotion are no plan."""
    return next((row.kinds for action, row in ACTIONS.items() if action in actions), _UNDONE)


def differences(approved: PlanDocument, planned: PlanDocument) -> list[Difference]:
    """Compare a plan with the document that approves it; empty when all of its steps are approved.

    Waiting writes nothing, so it needs no approval. Every field that a step would write has to be approved, with its
    present and its new value. An approved field that the step does not write must have its new value already.
    """
    if found := [Difference("", words) for words in _elsewhere(approved, planned)]:
        return found
    known = {_address(step): step for step in approved["steps"]}
    for step in planned["steps"]:
        if not _needs_approval(step):
            continue
        if same := known.get(_address(step)):
            found += [Difference(step["key"], words) for words in _differing(same, step, planned)]
        else:
            found += [Difference(step["key"], words) for words in _unknown(step, approved, planned)]
    return [*found, *_other_uploads(approved, planned)]


def _elsewhere(approved: PlanDocument, planned: PlanDocument) -> Iterator[str]:
    """Report another service, or another place there: what was approved would be sent somewhere else."""
    before, now = ({**{name: made[name] for name in _IDENTITY}, **made["place"]} for made in (approved, planned))
    for name in dict.fromkeys((*before, *now)):
        if before.get(name) != now.get(name):
            yield f"it approves {name} {_value_text(before.get(name))}, and this is {_value_text(now.get(name))}"


def _other_uploads(approved: PlanDocument, planned: PlanDocument) -> Iterator[Difference]:
    """Report data that would be uploaded and was not approved, or under another name."""
    known = {(found["key"], found["use"]): found for found in approved["uploads"]}
    for now in planned["uploads"]:
        was = known.get((now["key"], now["use"]))
        if was is None or (was["uri"], was["size"], was["rows"]) != (now["uri"], now["size"], now["rows"]):
            words = (
                f"{now['use']} data would be uploaded to {now['uri']}; approved is {was['uri'] if was else _NOTHING}"
            )
            yield Difference(now["key"], words)


def missing_flags(approved: PlanDocument, planned: PlanDocument) -> list[str]:
    """Flags that the approved plan was made with, and that the new plan was made without."""
    before, now = _flags(approved["options"]), _flags(planned["options"])
    return [flag for flag in before if flag not in now]


def trainings(approved: PlanDocument) -> frozenset[tuple[str, str]]:
    """Keys and train hashes of the generations that the document approves to be made."""
    return frozenset((step["key"], step["train"]) for step in approved["steps"] if step["action"] == "create")


def done(approved: PlanDocument, planned: PlanDocument) -> int:
    """How many approved steps are no longer needed."""
    left = {_address(step) for step in planned["steps"]}
    return sum(_address(step) not in left for step in approved["steps"] if _needs_approval(step))


def _needs_approval(step: StepEntry) -> bool:
    return ACTIONS[Action(step["action"])].needs_approval


def _address(step: StepEntry) -> tuple[str, str, str]:
    return step["action"], step["key"], step["train"]


def _unknown(step: StepEntry, approved: PlanDocument, planned: PlanDocument) -> Iterator[str]:
    """Report a step that was not approved. Where another training of the key was approved, report the fields in which
    the two differ; the steps that follow from that training are not reported.
    """
    key, what = step["key"], f"{step['action']} {step['name'] or 'a new model'}"
    made = {other["train"] for other in approved["steps"] if (other["action"], other["key"]) == ("create", key)}
    makes = {other["train"] for other in planned["steps"] if (other["action"], other["key"]) == ("create", key)}
    if not made or not makes - made:
        yield f"{what} was not approved: {step['reason']}"
    elif step["action"] == "create":
        before, now = _wanted(approved, key), _wanted(planned, key)
        fields = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
        fields = [path for path in fields if path != "name"]
        for path in fields:
            yield f"{path} would be {_value_text(now.get(path))}; approved is {_value_text(before.get(path))}"
        if not fields:
            yield f"{what} was not approved, but another training of the same"


def _wanted(document: PlanDocument, key: str) -> dict[str, object]:
    """The fields of the model that a plan makes for a key, by their paths."""
    return _by_path(_form(document, key, "after"))


def _by_path(form: Form) -> dict[str, object]:
    return {".".join(path): value for path, value in leaves(form)}


def _differing(approved: StepEntry, step: StepEntry, planned: PlanDocument) -> Iterator[str]:
    """Report how a step differs from the approved step."""
    what = f"{step['action']} {step['name'] or 'a new model'}"
    if approved["name"] not in (None, step["name"]):
        yield f"{what}: approved is {approved['name']}"
    before = {change["path"]: change for change in approved["changes"]}
    now = {change["path"]: change for change in step["changes"]}
    for path, change in now.items():
        was = before.get(path)
        if was is None or (was["before"], was["after"]) != (change["before"], change["after"]):
            yield f"{path} would be {_change(change)}; approved is {_change(was)}"
    for path in sorted(before.keys() - now.keys()):
        if not _is_done(before[path], step, planned):
            yield f"{path} would not be set; approved is {_change(before[path])}"
    if step["checks"] != approved["checks"] or (_is_checked(approved) and not _is_checked(step)):
        yield f"{what}: the checks are not those that were approved"
    yield from _other_content(approved["sent"], step["sent"])
    yield from _other_objects(approved, step)
    if step["successor"] != approved["successor"]:
        yield f"{what}: another generation would take its place"
    marker: Mapping[str, object] = approved["marker"] or {}
    for name, value in (step["marker"] or {}).items():
        marked = marker.get(name)
        if value != marked and not (name in ("serving", "gen") and _is_lower(value, marked)):
            yield f"{what}: its marker would say {name}={_value_text(value)}; approved is {_value_text(marked)}"


def _other_content(before: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    """Report what a training would be sent, and was not approved."""
    for path in sorted(before.keys() | now.keys()):
        if before.get(path) != now.get(path):
            yield f"{path} would be {_value_text(now.get(path))}; approved is {_value_text(before.get(path))}"


def _other_objects(approved: StepEntry, step: StepEntry) -> Iterator[str]:
    """Objects that a training would read, and that are elsewhere, or hold something else, than was approved. MD5 is
    compared where both have it; another generation of the same content is the same.
    """
    before = {found["use"]: found for found in approved["objects"]}
    for now in step["objects"]:
        was = before.get(now["use"])
        if was is None or was["uri"] != now["uri"]:
            yield f"{now['use']} data would be read from {now['uri']}; approved is {was['uri'] if was else _NOTHING}"
        elif (was["size"], was["crc32c"]) != (now["size"], now["crc32c"]) or _differ(was["md5"], now["md5"]):
            yield f"{now['uri']} holds something else than when it was approved"


def _differ(before: str | None, now: str | None) -> bool:
    return before is not None and now is not None and before != now


def _is_lower(number: object, approved: object) -> bool:
    """A lower number is what is left when the generation with a higher number has gone."""
    return isinstance(number, int) and isinstance(approved, int) and number < approved


def _is_checked(step: StepEntry) -> bool:
    return any(wait["action"] == "check" for wait in step["waits"])


def _is_done(change: FieldChangeEntry, step: StepEntry, planned: PlanDocument) -> bool:
    """Whether an approved change that is no longer planned has been made already. A field that the manifest no longer
    declares has not. Undeclared permissions are carried over, and those that are no longer planned have been set.
    """
    form = _form(planned, step["key"], "before")
    is_carried = step["action"] == "permit" and "permissions" not in _form(planned, step["key"], "after")
    return is_carried or _by_path(form).get(change["path"]) == change["after"]


def _form(document: PlanDocument, key: str, side: Literal["before", "after"]) -> Form:
    """The model of a key before or after a plan, in the fields that its manifest declares."""
    own = (entry for entry in document["resource_changes"] if entry["name"] == key and "deposed" not in entry)
    return next((entry["change"][side] for entry in own), None) or {}


def _change(change: FieldChangeEntry | None) -> str:
    return f"{_value_text(change['before'])} -> {_value_text(change['after'])}" if change else "no change"


def _value_text(value: object) -> str:
    return _NOTHING if value is None else str(value)


def _flags(options: OptionsEntry) -> list[str]:
    flags = [f"--{name} {value}" for name in _FLAGS for value in options[name]]
    return [*flags, *(["--retry-failed"] if options["retry_failed"] else [])]
