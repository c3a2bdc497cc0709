"""A small language for planner tables: manifests and live models in a line each, plans as lines like sentences.

Generations are spelled `key:data`, with `#n` for attempts after the first; so `a:x` is key a trained on data x.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gemspec.domain.marker import UNKNOWN_DATA, Absent, Marker, Reading
from gemspec.domain.model import (
    Adoption,
    BaseModel,
    Check,
    DeletionPolicy,
    DesiredModel,
    Expectation,
    Lifecycle,
    LiveModel,
    ParentKey,
    ParentModel,
    Progress,
    State,
)
from gemspec.domain.plan import Action, KeyPlan, Plan
from gemspec.domain.project import Limit, Project
from gemspec.domain.training_data import Dataset, Example
from gemspec.identity import fingerprint, hashing
from gemspec.planner import PlanOptions, plan
from gemspec.providers.gemini.spec import SPEC as GEMINI
from gemspec.providers.vertex.spec import SPEC as VERTEX

if TYPE_CHECKING:
    from collections.abc import Sequence

OWNER = "team"
BASE = BaseModel("models/gemini-1.0-pro-001")
TRAITS = GEMINI.traits
CLOUD = VERTEX.traits  # which makes its own ids, and keeps failed trainings as records
PROJECT = Project(OWNER, "emulator", Limit(30, percent=True), 10)


def data(label: str) -> Dataset:
    """Training data that differs with its label."""
    return fingerprint.fingerprint([Example(label, label.upper())])


def want(key: str, label: str | None = "x", **options: Any) -> DesiredModel:
    """A manifest, with no data where `label` is None.

    Options: settings, hyper, fixed, parent (key or name), moved, protect, retain, keep, base, permit, checks (how
    many), adopt (a remote name), declared (that it was trained on just this data).
    """
    return DesiredModel(
        key=key,
        source=_source(options),
        dataset=data(label) if label else None,
        settings=options.get("settings", {}),
        hyperparameters=options.get("hyper", {}),
        fixed=options.get("fixed", {}),
        permissions=options.get("permit"),
        lifecycle=Lifecycle(
            protect=options.get("protect", False),
            deletion_policy=DeletionPolicy.RETAIN if options.get("retain") else DeletionPolicy.DELETE,
            keep_previous=options.get("keep", 1),
            keep_for=options.get("days", 0),
        ),
        moved_from=_moved(options.get("moved", ())),
        checks=tuple(Check(f"prompt {n}", Expectation.EQUALS, "X") for n in range(options.get("checks", 0))),
        adopts=Adoption(options["adopt"], options.get("declared", False)) if "adopt" in options else None,
    )


def have(key: str, label: str = "x", serving: int | None = 1, **options: Any) -> LiveModel:
    """A model of ours, as a create of `want(key, label, ...)` would have made it.

    Options: state, attempt, settings (live), hyper (declared then), fixed, reported (hyperparameters now), parent_model
    (what it was tuned from), owner, protect, retain, terminating, gen, noted, waiting (the service's word), deployed
    (None: nobody can read that), own (whether it is of this account), unlabelled, made (when).
    """
    parent, fixed = options.get("parent_model"), options.get("fixed", {})
    declared = want(key, label, parent="parent" if parent else None, hyper=options.get("hyper", {}), fixed=fixed)
    assert declared.dataset
    attempt = options.get("attempt", 1)
    train = hashing.train_hash(
        declared.source,
        declared.hyperparameters,
        declared.dataset.fingerprint,
        fixed=declared.fixed,
        attempt=attempt,
        parent_train=parent.marker.train if parent else None,
    )
    owner = options.get("owner", OWNER)
    marker = Marker(
        owner=owner,
        key=key,
        train=train,
        data=declared.dataset.fingerprint[: fingerprint.DATA_DIGITS],
        examples=1,
        attempt=attempt,
        serving=serving,
        parent=parent.marker.train if parent else None,
        protect=options.get("protect", False),
        retain=options.get("retain", False),
        terminating=options.get("terminating", False),
        gen=options.get("gen", 1),
    )
    return LiveModel(
        name=f"tunedModels/{hashing.remote_id(owner, key, train)}",
        state=State[options.get("state", "ACTIVE")],
        source=ParentModel(parent.name) if parent else BASE,
        marker=marker,
        settings=options.get("settings", {}),
        fixed=fixed,
        hyperparameters=options.get("reported", {"epochCount": 5, "batchSize": 4, "learningRate": 0.001}),
        failure=options.get("failure", ""),
        permissions=options.get("permissions"),
        create_time=options.get("made", ""),
        complete_time=options.get("trained", ""),
        is_noted=options.get("noted", not options.get("unlabelled", False)),
        is_unlabelled=options.get("unlabelled", False),
        trained_as=marker if options.get("unlabelled") else None,
        is_own=options.get("own"),
        is_deployed=options.get("deployed", True),
        progress=Progress(waiting=options.get("waiting", "")),
    )


def unmarked(name: str, marker: Reading = Absent(), **options: Any) -> LiveModel:  # noqa: B008 - frozen
    """A model that is not ours."""
    return LiveModel(
        name=name,
        state=State[options.get("state", "ACTIVE")],
        source=options.get("source", BASE),
        marker=marker,
        is_own=options.get("own"),
        trained_as=options.get("was"),
        create_time=options.get("made", ""),
        settings=options.get("settings", {}),
        hyperparameters=options.get("reported", {"epochCount": 5, "batchSize": 4, "learningRate": 0.001}),
    )


def twin(model: LiveModel, made: str, name: str | None = None) -> LiveModel:
    """A second training of the same, under another id."""
    return replace(model, name=name or f"{model.name}-{made}", create_time=made)


def planned(
    live: Sequence[LiveModel], desired: Sequence[DesiredModel], *, project: Project = PROJECT, **options: Any
) -> Plan:
    """Plan, with `replace` and `accept` as sets of keys, `target` and `exclude` as lists of globs."""
    asked = PlanOptions(
        whole=options.get("whole", True),
        retry_failed=options.get("retry", False),
        replace=frozenset(options.get("replace", ())),
        targets=tuple(options.get("target", ())),
        excludes=tuple(options.get("exclude", ())),
        undelete=frozenset(options.get("undelete", ())),
        accept=frozenset(options.get("accept", ())),
        destroy=options.get("destroy", False),
        from_owner=options.get("from_owner"),
        allowed=frozenset(options.get("allow", ())),
        now=options.get("now"),
    )
    return plan(desired, live, project, options.get("traits", TRAITS), asked, options.get("elsewhere", {}))


def lines(result: Plan) -> list[str]:
    """The plan as sentences: `action key:data <- what it waits for`, then failed and blocked keys, then blocks."""
    names = _names(result)
    said = []
    for step in result.steps:
        waits = ", ".join(f"{ref.action} {names[ref.key, ref.train]}" for ref in sorted(step.waits))
        said.append(f"{step.action} {names[step.key, step.train]}{_serving(step)}" + (f" <- {waits}" if waits else ""))
    said += [f"{key.kind} {key.key}" for key in result.keys if key.kind in ("failed", "blocked")]
    return [*said, *(f"! {block.rule}" + (f" {block.key}" if block.key else "") for block in result.blocks)]


def _serving(step: Any) -> str:
    if step.action in (Action.CREATE, Action.IMPORT, Action.PROMOTE) and step.marker:
        return f" serving={step.marker.serving}" if step.marker.serving else " as candidate"
    if step.action in (Action.UPDATE, Action.PERMIT):
        return f" {','.join(change.field for change in step.changes) or 'marker'}"
    return ""


def _names(result: Plan) -> dict[tuple[str, str], str]:
    labels = {UNKNOWN_DATA: "?"} | {data(label).fingerprint[: fingerprint.DATA_DIGITS]: label for label in "uvwxyz"}
    found = {}
    for key in result.keys:
        there = (*key.generations, *([key.current] if key.current else []))
        markers = [model.marker for model in there] + [step.marker for step in key.steps]
        for marker in markers:
            if isinstance(marker, Marker):
                attempt = f"#{marker.attempt}" if marker.attempt > 1 else ""
                found[key.key, marker.train] = f"{key.key}:{labels[marker.data]}{attempt}"
    return found


def key_texts(result: Plan) -> list[str]:
    """The texts of a plan for its keys: kind and reason, the serving model and the next, differences and notes."""
    said = []
    for key in result.keys:
        said.append(f"{key.kind} {key.key}" + (f": {key.reason}" if key.reason else ""))
        said += [f"  serves: {key.current.name}"] if key.current else []
        said += [f"  will serve: {_target(key)}"] if key.target else []
        said += [f"  {change.field}: {change.before} -> {change.after}" for change in key.changes]
        said += [f"  note: {note}" for note in key.notes]
    return _readable(said, result)


def reasons(result: Plan) -> list[str]:
    """Why each step is taken: `action key:data: reason`."""
    names = _names(result)
    return _readable([f"{step.action} {names[step.key, step.train]}: {step.reason}" for step in result.steps], result)


def blocks_of(result: Plan) -> list[str]:
    """The blocks of a plan: rule and keys, summary, and hints, a line each."""
    said = []
    for block in result.blocks:
        keys = " and ".join(key for key in (block.key, block.partner) if key)
        said += [f"! {block.rule} {keys}".rstrip(), f"  {block.summary}", *(f"  > {h}" for h in block.hint.split("\n"))]
    return _readable(said, result)


def step_writes(result: Plan) -> list[str]:
    """What each step writes, and over which differences: `action key:data (field) setting=value [marker]`; of a marker,
    what is unusual. Then the number of checks, and the generation that has to serve before a delete.
    """
    names = _names(result)
    said = []
    for step in result.steps:
        parts = [f"({', '.join(change.field for change in step.changes)})"] if step.changes else []
        parts += [f"{name}={value}" for name, value in sorted(step.settings.items())]
        parts += [f"{permission.role}={permission.email or permission.grantee_type}" for permission in step.permissions]
        parts += [_marked(step.marker)] if step.marker else []
        parts += [f"checks={len(step.checks)}"] if step.checks else []
        parts += [f"after {names[step.key, step.successor]}"] if step.successor else []
        said.append(" ".join([step.action, names[step.key, step.train], *parts]))
    return said


def _target(key: KeyPlan) -> str:
    known = {model.marker.train: model.name for model in key.generations if isinstance(model.marker, Marker)}
    assert key.target_name == known.get(key.target or "", key.target_name)
    return key.target_name or "what has no name yet"


def _marked(marker: Marker) -> str:
    flags = [name for name in ("protect", "retain", "terminating") if getattr(marker, name)]
    attempt = [f"try={marker.attempt}"] if marker.attempt > 1 else []
    serving = [f"serving={marker.serving}"] if marker.serving else []
    parent = ["from"] if marker.parent else []
    owner = [marker.owner] if marker.owner != OWNER else []
    return "[" + " ".join([*owner, marker.key, *attempt, *serving, *parent, *flags]) + "]"


def _readable(said: Sequence[str], result: Plan) -> list[str]:
    """Lines with remote names as `key:data`, and digests of data as what it was made of."""
    names = _names(result)
    steps = {step.name: names[step.key, step.train] for step in result.steps if step.name}
    models = [(key, model) for key in result.keys for model in (*key.generations, key.current) if model]
    there = {
        model.name: names[key.key, model.marker.train] for key, model in models if isinstance(model.marker, Marker)
    }
    digests = {f"{data(label).fingerprint[: fingerprint.DATA_DIGITS]}/1": label for label in "uvwxyz"}
    return [_replaced(line, {**digests, **there, **steps}) for line in said]


def _replaced(text: str, words: dict[str, str]) -> str:
    for word, instead in words.items():
        text = text.replace(word, instead)
    return text


def _source(options: dict[str, Any]) -> BaseModel | ParentModel | ParentKey:
    parent = options.get("parent")
    if parent is None:
        return options.get("base", BASE)
    return ParentModel(parent) if "/" in parent else ParentKey(parent)


def carry_out(result: Plan, live: Sequence[LiveModel]) -> list[LiveModel]:
    """What the service holds once every step of the plan has been taken, and every training has ended well."""
    models = {model.name: model for model in live}
    for step in result.steps:
        name = step.name or ""
        match step.action:
            case Action.IMPORT:
                models[name] = replace(models[name], marker=step.marker, is_noted=True, is_unlabelled=False)
            case Action.CREATE:
                models[name] = _trained(step, result)
            case Action.AWAIT:
                models[name] = replace(models[name], state=State.ACTIVE, is_noted=True)
            case Action.UPDATE | Action.PROMOTE:
                before = models[name]
                settings = {**before.settings, **step.settings}
                marker = step.marker or before.marker
                models[name] = replace(before, settings=settings, marker=marker, is_noted=True, is_unlabelled=False)
            case Action.REDEPLOY:
                models[name] = replace(models[name], is_deployed=True)
            case Action.PERMIT:
                models[name] = replace(models[name], permissions=step.permissions)
            case Action.DELETE | Action.ABANDON:
                del models[name]
            case Action.FORGET:
                models[name] = replace(models[name], marker=Absent(released=True))
    return list(models.values())


def _trained(step: Any, result: Plan) -> LiveModel:
    source = step.generation.source
    if isinstance(source, ParentKey):
        target = next(key.target_name for key in result.keys if key.key == source.key)
        source = ParentModel(target or "")
    defaults = {"epochCount": 5, "batchSize": 4, "learningRate": 0.001}
    return LiveModel(
        name=step.name or "",
        state=State.CREATING,
        source=source,
        marker=step.marker,
        settings=step.settings,
        hyperparameters={**defaults, **step.generation.hyperparameters},
    )


def _moved(old: str | Sequence[str]) -> tuple[str, ...]:
    return (old,) if isinstance(old, str) else tuple(old)
