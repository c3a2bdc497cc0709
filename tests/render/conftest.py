"""Plans written by hand, for every kind of change to a key, and golden files of what is drawn from them.

`GEMSPEC_UPDATE_GOLDEN=1` writes the golden files anew; read the difference before it is committed.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gemspec.domain.marker import Absent, Marker
from gemspec.domain.model import BaseModel, FieldChange, LiveModel, Progress, Snapshot, State
from gemspec.domain.plan import Action, Block, KeyPlan, Kind, NewGeneration, Plan, Step, Training
from gemspec.domain.project import Identity
from gemspec.domain.training_data import Dataset
from gemspec.reports.plan import plan_document

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parent / "golden"
IDENTITY = Identity(provider="emulator", endpoint=".gemspec/emulator.db", credential="no credentials needed")
OLD, NEW, OLDER = "0" * 12, "1" * 12, "2" * 12
BASE = "models/gemini-1.0-pro-001"
TUNING = "tuningTask"


def form(key: str, *, temperature: float = 0.2, data: str = "9f8e7d6c5b4a/15", epochs: int = 5) -> dict[str, Any]:
    """The attributes of a key, as the planner makes them."""
    return {
        "metadata": {"name": key},
        "baseModel": BASE,
        "displayName": "number generator model",
        "temperature": temperature,
        "tuningTask": {"hyperparameters": {"epochCount": epochs, "batchSize": 2}, "trainingData": data},
        "lifecycle": {"protect": False, "deletionPolicy": "delete"},
    }


def marker(key: str, train: str, *, serving: int | None = 1, **more: Any) -> Marker:
    return Marker(owner="support-bots", key=key, train=train, data="9f8e7d6c5b4a", examples=15, serving=serving, **more)


def live(key: str, train: str, state: State = State.ACTIVE, *, serving: int | None = 1, **more: Any) -> LiveModel:
    name = f"tunedModels/{key}-{train[:10]}"
    settings = {"displayName": "number generator model", "temperature": 0.2}
    return LiveModel(name, state, BaseModel(BASE), marker(key, train, serving=serving), settings, **more)


def create(key: str, train: str, reason: str, training: Training, *, carried: tuple[str, ...] = ()) -> Step:
    generation = NewGeneration(BaseModel(BASE), {"epochCount": 5}, Dataset("9f" * 32, 15), training, carried=carried)
    return Step(
        action=Action.CREATE,
        key=key,
        train=train,
        name=f"tunedModels/{key}-{train[:10]}",
        reason=reason,
        settings={"displayName": "number generator model", "temperature": 0.2},
        marker=marker(key, train, serving=2, rev="3c59dc0"),
        generation=generation,
    )


def after(step: Step, action: Action = Action.AWAIT) -> Step:
    return Step(action, step.key, step.train, step.name, "its training", waits=(step.ref,))


def on(model: LiveModel, action: Action, reason: str, **more: Any) -> Step:
    assert isinstance(model.marker, Marker)
    return Step(action, model.marker.key, model.marker.train, model.name, reason, live=model, **more)


def of(*keys: KeyPlan, **more: Any) -> Plan:
    steps = tuple(step for key in keys for step in key.steps)
    return Plan("support-bots", keys, steps, **{"seen": 3, "ours": 1, **more})


def first_training() -> KeyPlan:
    step = create("number-generator", NEW, "no model of this key serves yet", Training(15, 5, 2))
    return KeyPlan(
        "number-generator",
        Kind.CREATE,
        step.reason,
        (step, after(step)),
        target=NEW,
        after=form("number-generator"),
    )


def replacement(*, keeps: bool) -> KeyPlan:
    """The data changed: a new generation. The old generation is kept, or deleted when the new generation serves."""
    reason = "a new training: tuningTask.trainingData changed"
    old = live("greeter", OLD)
    step = create("greeter", NEW, reason, Training(16, 5, None, epochs_by_default=True), carried=("topP",))
    waiting = after(step)
    gone = on(old, Action.DELETE, "retired; keepPrevious is 0", waits=(waiting.ref,), successor=NEW)
    changes = (
        FieldChange(("temperature",), 0.2, 0.3),
        FieldChange((TUNING, "trainingData"), "9f8e7d6c5b4a/15", "0a1b2c3d4e5f/16"),
    )
    return KeyPlan(
        "greeter",
        Kind.REPLACE,
        reason,
        (replace(step, changes=changes), waiting, *(() if keeps else (gone,))),
        current=old,
        target=NEW,
        before=form("greeter"),
        after=form("greeter", temperature=0.3, data="0a1b2c3d4e5f/16"),
        changes=changes,
        notes=(f"{old.name} goes on answering until the next retrain (keepPrevious is 1)",) if keeps else (),
    )


def child() -> KeyPlan:
    """Tuned from number-generator, so its training waits for the training of that key."""
    parent = after(first_training().steps[0])
    key = first_training()
    step = replace(create("child", NEW, key.reason, Training(20, 3, 4)), waits=(parent.ref,))
    source = {"tunedModelSource": {"tunedModel": f"tunedModels/number-generator-{NEW[:10]}"}}
    form_ = {**source, **{name: value for name, value in form("child").items() if name != "baseModel"}}
    return KeyPlan("child", Kind.CREATE, step.reason, (step, after(step)), target=NEW, after=form_)


def update() -> KeyPlan:
    """Settings that can be changed in place: long texts, lists, a field that is added and a field that is removed."""
    old = live("summariser-of-support-tickets", OLD)
    long = "Summarises a support ticket in one sentence that says who is asking, for what, and how urgent it is"
    changes = (
        FieldChange(("description",), f"{long}, in English.", f"{long}, in French."),
        FieldChange(("displayName",), "old", 'the "new" one'),
        FieldChange(("readerProjectNumbers",), (), ("1234567890", "42")),
        FieldChange(("temperature",), 0.2, None),
        FieldChange(("topK",), None, 40),
    )
    step = on(
        old, Action.UPDATE, "the manifest differs from the service", changes=changes, settings={"displayName": "new"}
    )
    return KeyPlan(
        "summariser-of-support-tickets",
        Kind.UPDATE,
        step.reason,
        (step,),
        current=old,
        target=OLD,
        before=form("summariser-of-support-tickets"),
        after=form("summariser-of-support-tickets"),
        changes=changes,
    )


def promotion() -> KeyPlan:
    """Back to a retired generation, without a training."""
    newer, older = live("router", NEW, serving=2), live("router", OLD, serving=1)
    reason = f"it is what the manifest asks for: it serves instead of {newer.name}, without a training"
    step = on(older, Action.PROMOTE, reason, marker=marker("router", OLD, serving=3))
    return KeyPlan(
        "router", Kind.UPDATE, reason, (step,), newer, target=OLD, before=form("router"), after=form("router")
    )


def awaiting() -> KeyPlan:
    progress = Progress(16, 38, (Snapshot(16, 2, 0.1234),))
    model = live("translator", OLD, State.CREATING, progress=progress)
    step = on(model, Action.AWAIT, "its training is in progress")
    return KeyPlan(
        "translator",
        Kind.AWAIT,
        step.reason,
        (step,),
        target=OLD,
        before=form("translator"),
        after=form("translator"),
    )


def deletion() -> KeyPlan:
    """A removed manifest: its serving generation, the generation before it, and a generation in training."""
    reason = "no manifest declares it"
    now, before, young = (
        live("old-bot", OLD, serving=2),
        live("old-bot", OLDER, serving=1),
        live("old-bot", NEW, State.CREATING, serving=3),
    )
    steps = (
        on(before, Action.DELETE, reason),
        on(now, Action.DELETE, reason),
        on(young, Action.ABANDON, f"{reason}: its training is ended, and the model deleted"),
    )
    return KeyPlan("old-bot", Kind.DELETE, reason, steps, current=now, before=form("old-bot"))


def forgetting() -> KeyPlan:
    reason = "no manifest declares it; deletionPolicy is retain"
    model = live("archive", OLD)
    step = on(model, Action.FORGET, f"{reason}: the model stays, without gemspec")
    return KeyPlan("archive", Kind.FORGET, reason, (step,), current=model, before=form("archive"))


def pruning() -> KeyPlan:
    reason = "retired; keepPrevious is 0"
    step = on(live("greeter", OLDER, serving=1), Action.DELETE, reason, successor=OLD)
    return KeyPlan(
        "greeter",
        Kind.PRUNE,
        reason,
        (step,),
        current=live("greeter", OLD, serving=2),
        target=OLD,
        before=form("greeter"),
        after=form("greeter"),
    )


def failed() -> KeyPlan:
    name = f"tunedModels/number-generator-{OLD[:10]}"
    return KeyPlan(
        "number-generator",
        Kind.FAILED,
        f"the training of {name} failed: the loss diverged",
        target=OLD,
        notes=("--retry-failed trains it again under a new id; a changed manifest trains what it then says",),
    )


def unchanged(key: str = "steady", *notes: str) -> KeyPlan:
    return KeyPlan(key, Kind.NO_OP, current=live(key, OLD), target=OLD, before=form(key), after=form(key), notes=notes)


def blocked() -> Plan:
    key = KeyPlan("helper", Kind.BLOCKED, "its parent old-bot is deleted", after=form("helper"))
    blocks = (
        Block(
            "protect", "old-bot is protected, and no manifest declares it any more", "put its manifest back", "old-bot"
        ),
        Block(
            "rename",
            "new-bot is trained on what old-bot holds already, and old-bot goes: a rename would train nothing",
            "write in the manifest of new-bot:\n  metadata: {name: new-bot, movedFrom: old-bot}",
            "new-bot",
        ),
    )
    return of(key, deletion(), unchanged(), blocks=blocks, seen=9, ours=4)


def everything() -> Plan:
    keys = (
        forgetting(),
        replacement(keeps=False),
        first_training(),
        deletion(),
        promotion(),
        unchanged(),
        update(),
        awaiting(),
    )
    return of(*keys, seen=120, ours=9)


CASES: dict[str, Callable[[], Plan]] = {
    "empty": of,
    "create": lambda: of(first_training(), ours=0),
    "create-from-parent": lambda: of(child(), first_training(), ours=0),
    "replace-and-keep": lambda: of(replacement(keeps=True), unchanged(), ours=2),
    "replace-and-delete": lambda: of(replacement(keeps=False)),
    "update": lambda: of(update()),
    "promote": lambda: of(promotion()),
    "await": lambda: of(awaiting()),
    "delete": lambda: of(deletion()),
    "forget": lambda: of(forgetting()),
    "prune": lambda: of(pruning()),
    "failed": lambda: of(failed()),
    "no-changes": lambda: of(unchanged(), unchanged("other", "batchSize: 2 was asked for, the service reports 4")),
    "named-only": lambda: of(unchanged(), whole=False),
    "blocked": blocked,
    "everything": everything,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `plan` runs on every plan; `case` is its name."""
    if "plan" in metafunc.fixturenames:
        pairs = [(name, make()) for name, make in CASES.items()]
        metafunc.parametrize(("case", "plan"), pairs, ids=list(CASES))


@pytest.fixture(scope="session")
def cases() -> dict[str, Plan]:
    return {name: make() for name, make in CASES.items()}


@pytest.fixture(scope="session")
def document() -> Callable[..., dict[str, Any]]:
    """Make the document of a plan, with the tests' identity and version unless others are given."""

    def make(plan: Plan, identity: Identity = IDENTITY, *, version: str = "0.1.0", **more: Any) -> dict[str, Any]:
        return plan_document(plan, identity, version=version, **more)

    return make


@pytest.fixture(scope="session")
def golden() -> Callable[..., None]:
    """Compare text with tests/render/golden/NAME.txt, or with another ending."""

    def compare(name: str, text: str, ending: str = "txt") -> None:
        path = GOLDEN / f"{name}.{ending}"
        if os.environ.get("GEMSPEC_UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session")
def stranger() -> LiveModel:
    """A foreign model."""
    return LiveModel("tunedModels/stranger", State.ACTIVE, BaseModel(BASE), Absent())


@pytest.fixture(scope="session")
def make_live() -> Callable[..., LiveModel]:
    return live
