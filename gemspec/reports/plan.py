"""The plan as one JSON document, by schemas/plan.v1.schema.json: text, JSON and Markdown are all drawn from it.

Terraform's field names where they fit, so that policies written for Terraform plans read ours; beside them our own. It
holds digests of training data, never examples or credentials, and no Git commit: it says what would be done, no more.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING, Any

from gemspec.domain.actions import ACTIONS
from gemspec.domain.model import Marker
from gemspec.domain.plan import Action, Kind
from gemspec.planner.options import Options
from gemspec.reports.resource_changes import resource_changes, values
from gemspec.util import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.errors import Problem
    from gemspec.domain.model import Check, LiveModel, Progress
    from gemspec.domain.plan import KeyPlan, Plan, Step, Training, Verdict
    from gemspec.domain.project import Identity

FORMAT_VERSION = "1.0"


def plan_document(
    plan: Plan,
    identity: Identity,
    *,
    version: str,
    warnings: Sequence[Problem] = (),
    options: Options | None = None,
    errors: Sequence[Problem] = (),
) -> dict[str, Any]:
    """Give the document of `plan`, made by gemspec `version` with this identity and these options.

    With `errors` there is no plan, and nothing that may be applied.
    """
    document = {
        "format_version": FORMAT_VERSION,
        "gemspec_version": version,
        "owner": plan.owner,
        "provider": identity.provider,
        "endpoint": identity.endpoint,
        "credential": identity.credential,
        "whole": plan.whole,
        "left_out": list(plan.left_out),
        "models": {"seen": plan.seen, "ours": plan.ours},
        "options": _options(options or Options()),
        "applyable": plan.is_applyable and not errors,
        "complete": _is_complete(plan) and not errors,
        "errored": bool(errors),
        "counts": _counts(plan),
        "resource_changes": [entry for key in plan.keys for entry in resource_changes(key)],
        "steps": [_step(step) for step in plan.steps],
        "blocks": [asdict(block) for block in plan.blocks],
        "excludable": list(plan.excludable),
        "policy": [_verdict(verdict) for verdict in plan.verdicts],
        "gates": [],
        "failures": [_failure(key) for key in plan.failures],
        "notes": [{"key": key.key, "text": note} for key in plan.keys for note in key.notes],
        "warnings": [problem_entry(problem) for problem in warnings],
        "errors": [problem_entry(problem) for problem in errors],
    }
    return {**document, "digest": digest(document)}


def digest(document: dict[str, Any]) -> str:
    """Digest what would be done, to what and where: equal for plans that do the same, whoever makes them and when.

    It covers the fields of the keys that something is done to as they are drawn, so that nobody sees others above it.
    Awaiting is left out, since it writes nothing: a training that has ended since then does not change an approval.
    Order is left out too: it follows from the steps.
    """
    writing = [step for step in document["steps"] if ACTIONS[Action(step["action"])].needs_approval]
    steps = [{name: step[name] for name in _IDENTIFYING} for step in writing]
    steps.sort(key=lambda step: (step["key"], step["train"], step["action"]))
    keys = {step["key"] for step in writing}
    drawn = [
        [entry["name"], change["path"], change["before"], change["after"]]
        for entry in document["resource_changes"]
        for change in entry.get("changes", ())
        if entry["name"] in keys
    ]
    drawn.sort(key=lambda one: one[:2])
    content = {"steps": steps, "fields": drawn, **{name: document[name] for name in ("owner", "provider", "endpoint")}}
    text = "gemspec:1:plan\n" + json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def json_text(document: dict[str, Any]) -> str:
    """Print a document as JSON in pure ASCII, so that a terminal, or the log of a job, shows it safely."""
    return escape.json(json.dumps(document, indent=2, allow_nan=False))


def problem_entry(problem: Problem) -> dict[str, Any]:
    """One problem for machines; `file` is null where it stands in no file."""
    origin = problem.origin
    return {
        "severity": str(problem.severity),
        "message": f"{problem.summary}, {problem.detail}" if problem.detail else problem.summary,
        "summary": problem.summary,
        "detail": problem.detail,
        "file": origin.file if origin else None,
        "line": origin.line if origin else 0,
        "column": origin.column if origin else 0,
        "pointer": origin.pointer if origin else "",
    }


_UNPLANNED = ("rev", "terminating")
_IDENTIFYING = ("action", "key", "train", "name", "changes", "checks", "marker", "successor", "training", "carried")


def _options(options: Options) -> dict[str, Any]:
    """What was asked of the planner, as an approval has to be asked for again."""
    return {
        "target": list(options.targets),
        "exclude": list(options.excludes),
        "replace": sorted(options.replace),
        "undelete": sorted(options.undelete),
        "retry_failed": options.retry_failed,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {"rule": verdict.rule, "passed": verdict.passed, "found": verdict.found, "allowed": verdict.allowed}


def _is_complete(plan: Plan) -> bool:
    """Whether everything would be as the manifests say once this is applied."""
    return plan.whole and not plan.left_out and not plan.blocks and not plan.failures


def _counts(plan: Plan) -> dict[str, int]:
    return {**asdict(plan.counts), "unchanged": sum(_is_unchanged(key) for key in plan.keys)}


def _is_unchanged(key: KeyPlan) -> bool:
    return key.kind is Kind.NO_OP and not key.steps


def _failure(key: KeyPlan) -> dict[str, Any]:
    return {"key": key.key, "kind": str(key.kind), "train": key.target, "reason": key.reason}


def _step(step: Step) -> dict[str, Any]:
    return {
        "action": str(step.action),
        "key": step.key,
        "train": step.train,
        "name": step.name,
        "reason": step.reason,
        "waits": [{"action": str(ref.action), "key": ref.key, "train": ref.train} for ref in step.waits],
        "changes": _step_changes(step),
        "checks": _checks(step.checks) if step.checks else None,
        "marker": _marker(step.marker),
        "successor": step.successor,
        "training": _training(step.generation.training) if step.generation else None,
        "carried": list(step.generation.carried) if step.generation else [],
        "live": _live(step.live) if step.live else None,
    }


def _step_changes(step: Step) -> list[dict[str, Any]]:
    """What the step writes. A create writes all of its settings, so they all stand here, whether they differ or not."""
    changes = {change.field: (change.before, change.after) for change in step.changes}
    if step.action is Action.CREATE:
        written = {name: value for name, value in step.settings.items() if name not in changes}
        changes |= {name: (None, value) for name, value in written.items()}
    return [
        {"path": path, "before": values(before), "after": values(after)}
        for path, (before, after) in sorted(changes.items())
    ]


def _checks(checks: Sequence[Check]) -> dict[str, Any]:
    """Prompts may be as private as examples: a digest says whether they are those that were approved."""
    content = [[check.prompt, check.expectation, check.text, *filter(None, [check.system])] for check in checks]
    text = "gemspec:1:checks\n" + json.dumps(content, separators=(",", ":"))
    return {"count": len(checks), "digest": f"sha256:{sha256(text.encode()).hexdigest()}"}


def _marker(marker: Marker | None) -> dict[str, Any] | None:
    """The marker as it would be written, without the Git commit, which is never compared, and what an apply alone says
    of a delete that it has begun.
    """
    return {name: value for name, value in asdict(marker).items() if name not in _UNPLANNED} if marker else None


def _training(training: Training) -> dict[str, Any]:
    return {
        "examples": training.examples,
        "epochs": training.epochs,
        "epochs_by_default": training.epochs_by_default,
        "batch": training.batch,
        "steps": training.steps,
        "tokens": training.tokens,
    }


def _live(live: LiveModel) -> dict[str, Any]:
    marker = live.marker
    serving = marker.serving if isinstance(marker, Marker) else None
    return {
        "state": str(live.state),
        "serving": serving,
        "call_name": live.call_name,
        "progress": _progress(live.progress),
    }


def _progress(progress: Progress) -> dict[str, Any]:
    return {
        "completed_steps": progress.completed_steps,
        "total_steps": progress.total_steps,
        "percent": progress.percent,
        "waiting": progress.waiting or None,
        "loss": progress.last.mean_loss if progress.last and isfinite(progress.last.mean_loss) else None,
    }
