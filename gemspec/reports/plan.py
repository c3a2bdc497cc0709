"""The plan as a JSON document, by schemas/plan.v1.schema.json: text, JSON and Markdown are all drawn from it.

It has Terraform's field names where they fit, so that policies for Terraform plans can read it, and further fields. It
contains digests of training data, never examples or credentials, and no Git commit.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, TypedDict

from gemspec.domain.actions import ACTIONS
from gemspec.domain.overrides import OVERRIDES, line_hint
from gemspec.domain.plan import Action, Kind
from gemspec.planner import PlanOptions
from gemspec.reports.errors import ProblemEntry, problem_entry
from gemspec.reports.resource_changes import ResourceChange, resource_changes
from gemspec.reports.steps import StepEntry, step_entry
from gemspec.util import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.domain.errors import Problem
    from gemspec.domain.overrides import Allowance
    from gemspec.domain.plan import Block, KeyPlan, Plan, Upload, Verdict
    from gemspec.domain.project import Identity

FORMAT_VERSION = "1.0"


class ModelsSeen(TypedDict):
    """How many models the service has, and how many of them the project owns."""

    seen: int
    ours: int


class OptionsEntry(TypedDict):
    """The flags that the plan was made with, where they change what it does."""

    target: list[str]
    exclude: list[str]
    replace: list[str]
    undelete: list[str]
    retry_failed: bool


class PlanCounts(TypedDict):
    """The numbers of the summary line."""

    imports: int
    add: int
    change: int
    destroy: int
    forget: int
    awaiting: int
    unchanged: int


class BlockEntry(TypedDict):
    """Why the plan must not be applied as it is, and what lifts the block."""

    rule: str
    summary: str
    hint: str
    key: str | None
    partner: str | None


class VerdictEntry(TypedDict):
    """The verdict of a rule of the project's policy."""

    rule: str
    passed: bool
    found: int
    allowed: int


class AllowanceEntry(TypedDict):
    """A line of spec.policy.allow; `expired`: its last day has passed, and it lifts nothing any more."""

    rule: str
    key: str
    reason: str
    until: str | None
    expired: bool


class FailureEntry(TypedDict):
    """A key that stays behind its manifest."""

    key: str
    kind: str
    train: str | None
    reason: str


class UploadEntry(TypedDict):
    """Data that a create would upload; `there`: the object is there already, None where that is not known."""

    key: str
    use: str
    uri: str
    rows: int
    size: int
    there: bool | None


class NoteEntry(TypedDict):
    """A note about a key."""

    key: str
    text: str


class PlanContent(TypedDict):
    """A plan document before its digest is known."""

    format_version: str
    gemspec_version: str
    owner: str
    provider: str
    endpoint: str
    credential: str
    place: dict[str, str]
    whole: bool
    left_out: list[str]
    models: ModelsSeen
    options: OptionsEntry
    applyable: bool
    complete: bool
    errored: bool
    counts: PlanCounts
    resource_changes: list[ResourceChange]
    steps: list[StepEntry]
    uploads: list[UploadEntry]
    blocks: list[BlockEntry]
    allowances: list[AllowanceEntry]
    excludable: list[str]
    policy: list[VerdictEntry]
    gates: list[GateEntry]
    failures: list[FailureEntry]
    uncompared: list[str]
    notes: list[NoteEntry]
    warnings: list[ProblemEntry]
    errors: list[ProblemEntry]


class GateEntry(TypedDict):
    """A gate of --fail-on, and the keys that it stops; `warning` names files instead of keys."""

    gate: str
    stops: list[str]


class PlanDocument(PlanContent):
    """The plan document."""

    digest: str


def plan_document(
    plan: Plan,
    identity: Identity,
    *,
    version: str,
    warnings: Sequence[Problem] = (),
    options: PlanOptions | None = None,
    errors: Sequence[Problem] = (),
) -> PlanDocument:
    """Give the document of `plan`, made by gemspec `version` with this identity and these options.

    With `errors` there is no plan, and nothing that may be applied.
    """
    document: PlanContent = {
        "format_version": FORMAT_VERSION,
        "gemspec_version": version,
        "owner": plan.owner,
        "provider": identity.provider,
        "endpoint": identity.endpoint,
        "credential": identity.credential,
        "place": dict(identity.place),
        "whole": plan.whole,
        "left_out": list(plan.left_out),
        "models": {"seen": plan.seen, "ours": plan.ours},
        "options": _options(options or PlanOptions()),
        "applyable": plan.is_applyable and not errors,
        "complete": _is_complete(plan) and not errors,
        "errored": bool(errors),
        "counts": _counts(plan),
        "resource_changes": [entry for key in plan.keys for entry in resource_changes(key)],
        "steps": [step_entry(step) for step in plan.steps],
        "uploads": [_upload(upload) for upload in plan.uploads],
        "blocks": [_block(block) for block in plan.blocks],
        "allowances": [
            *(_allowance(line, expired=False) for line in plan.allowances),
            *(_allowance(line, expired=True) for line in plan.expired),
        ],
        "excludable": list(plan.excludable),
        "policy": [_verdict(verdict) for verdict in plan.verdicts],
        "gates": [],
        "failures": [_failure(key) for key in plan.failures],
        "uncompared": list(plan.uncompared),
        "notes": [{"key": key.key, "text": note} for key in plan.keys for note in key.notes],
        "warnings": [problem_entry(problem) for problem in warnings],
        "errors": [problem_entry(problem) for problem in errors],
    }
    return {**document, "digest": digest(document)}


def digest(document: PlanContent) -> str:
    """Digest the steps of a plan, and where they send what: equal for plans that do the same, made by any person at any
    time. Whether an object is there already does not count. What blocks a plan does, so that the digest of a plan that
    nobody could apply approves none that can be.

    It covers the drawn fields of all keys with steps, so that the digest below a plan belongs to what a reviewer has
    seen. Awaiting is left out, since it writes nothing: the end of a training does not change an approval. Order is
    left out, too: it follows from the steps.
    """
    writing = [step for step in document["steps"] if ACTIONS[Action(step["action"])].needs_approval]
    writing.sort(key=lambda step: (step["key"], step["train"], step["action"]))
    steps = [
        {name: value for name, value in step.items() if name in _IDENTIFYING} | _read_objects(step) for step in writing
    ]
    keys = {step["key"] for step in writing}
    drawn = [
        [entry["name"], change["path"], change["before"], change["after"]]
        for entry in document["resource_changes"]
        for change in entry.get("changes", ())
        if entry["name"] in keys
    ]
    drawn.sort(key=lambda field: field[:2])
    uploads = [
        [found["key"], found["use"], found["uri"], found["rows"], found["size"]] for found in document["uploads"]
    ]
    blocks = [[block["rule"], block["key"], block["partner"]] for block in document["blocks"]]
    place = {name: document[name] for name in ("owner", "provider", "endpoint", "place")}
    content = {"steps": steps, "fields": drawn, "uploads": sorted(uploads), "blocks": sorted(blocks, key=str), **place}
    text = "gemspec:1:plan\n" + json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def json_text(document: Mapping[str, object]) -> str:
    """Print a document as JSON in pure ASCII, so that a terminal, or the log of a job, shows it safely."""
    return escape.json(json.dumps(document, indent=2, allow_nan=False))


def _read_objects(step: StepEntry) -> dict[str, object]:
    """The objects that a training reads: where they are and what they hold. Neither MD5 nor generation counts, which
    another upload of the same bytes may change.
    """
    found = [[entry["use"], entry["uri"], entry["size"], entry["crc32c"]] for entry in step["objects"]]
    return {"objects": found} if found else {}


_IDENTIFYING = (
    "action",
    "key",
    "train",
    "name",
    "changes",
    "checks",
    "marker",
    "successor",
    "training",
    "sent",
    "carried",
)


def _options(options: PlanOptions) -> OptionsEntry:
    """The options of the planner, which an apply of the approved plan has to repeat."""
    return {
        "target": list(options.targets),
        "exclude": list(options.excludes),
        "replace": sorted(options.replace),
        "undelete": sorted(options.undelete),
        "retry_failed": options.retry_failed,
    }


def _upload(upload: Upload) -> UploadEntry:
    return {
        "key": upload.key,
        "use": upload.use,
        "uri": upload.uri,
        "rows": upload.rows,
        "size": upload.size,
        "there": upload.is_there,
    }


def _block(block: Block) -> BlockEntry:
    return {
        "rule": block.rule,
        "summary": block.summary,
        "hint": f"{block.hint}\n{line_hint(block.rule, block.key)}" if block.rule in OVERRIDES else block.hint,
        "key": block.key,
        "partner": block.partner,
    }


def _allowance(line: Allowance, *, expired: bool) -> AllowanceEntry:
    until = line.until.isoformat() if line.until else None
    return {"rule": line.rule, "key": line.key, "reason": line.reason, "until": until, "expired": expired}


def _verdict(verdict: Verdict) -> VerdictEntry:
    return {"rule": verdict.rule, "passed": verdict.passed, "found": verdict.found, "allowed": verdict.allowed}


def _is_complete(plan: Plan) -> bool:
    """Whether all models would match their manifests once this is applied."""
    return plan.whole and not (plan.left_out or plan.blocks or plan.failures or plan.uncompared)


def _counts(plan: Plan) -> PlanCounts:
    counts = plan.counts
    return {
        "imports": counts.imports,
        "add": counts.add,
        "change": counts.change,
        "destroy": counts.destroy,
        "forget": counts.forget,
        "awaiting": counts.awaiting,
        "unchanged": sum(_is_unchanged(key) for key in plan.keys),
    }


def _is_unchanged(key: KeyPlan) -> bool:
    return key.kind is Kind.NO_OP and not key.steps


def _failure(key: KeyPlan) -> FailureEntry:
    return {"key": key.key, "kind": str(key.kind), "train": key.target, "reason": key.reason}
