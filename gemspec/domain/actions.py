"""`ACTIONS` and `KINDS`: a table of the actions of steps, and a table of what a plan does to a key.

`domain.plan` uses them, `applier.actions` carries them out, `reports` and `render` draw them. These modules read the
tables, or tests/parity compares them with the tables. So a new action is a row here, plus the places that those tests
name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What a step does. IMPORT puts our marker on an existing model; CHECK runs the checks of the manifest; REDEPLOY
    deploys a trained model that no endpoint deploys; ABANDON ends a running training and deletes the model; FORGET
    removes the marker and keeps the model.
    """

    IMPORT = "import"
    CREATE = "create"
    AWAIT = "await"
    UPDATE = "update"
    CHECK = "check"
    PROMOTE = "promote"
    REDEPLOY = "redeploy"
    PERMIT = "permit"
    ABANDON = "abandon"
    DELETE = "delete"
    FORGET = "forget"


class Kind(StrEnum):
    """What happens to a key as a whole.

    IMPORT adopts an existing model. REPLACE trains the next generation. PRUNE leaves the serving model as it is and
    deletes generations that are no longer needed. FAILED waits for a person's decision. BLOCKED has no steps, because
    of a block of the plan, a failed parent, or data that no manifest declares.
    """

    NO_OP = "no-op"
    IMPORT = "import"
    CREATE = "create"
    REPLACE = "replace"
    UPDATE = "update"
    AWAIT = "await"
    FAILED = "failed"
    PRUNE = "prune"
    FORGET = "forget"
    DELETE = "delete"
    BLOCKED = "blocked"


class Effect(StrEnum):
    """What a step does to the service: it only reads, it writes what a later step can correct, or it ends a model."""

    READS = "reads"
    WRITES = "writes"
    ENDS = "ends"


class Count(StrEnum):
    """Where a summary line counts a step. The values are the fields of `plan.Counts`."""

    IMPORTS = "imports"
    ADD = "add"
    CHANGE = "change"
    DESTROY = "destroy"
    FORGET = "forget"
    AWAITING = "awaiting"
    NOWHERE = ""


@dataclass(frozen=True, slots=True)
class ActionRow:
    """The facts about an action.

    `doing`, `done` and `to_do` are texts about the model {name}; `short` names the step in a table of progress.
    `kinds`: the kinds that a key can have where this is the most important of its steps. `gate`: the gate of --fail-on
    that counts it. `follows`: earlier steps of the same generation; where such a step was not done, this step is not
    reported. `implied_by`: the later step that says more. `needs_approval`: a saved plan must name it.
    """

    effect: Effect
    count: Count
    kinds: frozenset[Kind]
    symbol: str
    doing: str
    done: str
    to_do: str
    short: str
    gate: str | None = None
    follows: tuple[Action, ...] = ()
    implied_by: Action | None = None
    needs_approval: bool = True

    @property
    def writes(self) -> bool:
        """Whether anything changes on the service."""
        return self.effect is not Effect.READS


@dataclass(frozen=True, slots=True)
class KindRow:
    """The facts about a kind.

    `symbol`: "" for a key that is drawn only if it has steps. `change`: its word among the actions of
    `resource_changes`, where it neither creates nor ends a model; `reason`: the `action_reason` there, where the kind
    decides it. `nouns`: singular and plural for keys that a comment folds; None where they have a section of their own.
    `is_undone`: the key has no steps.
    """

    symbol: str
    change: str = ""
    reason: str | None = None
    nouns: tuple[str, str] | None = None
    is_undone: bool = False


# In order of importance: a key is drawn with the symbol and words of its most important step.
ACTIONS = {
    Action.CREATE: ActionRow(
        effect=Effect.WRITES,
        count=Count.ADD,
        kinds=frozenset({Kind.CREATE, Kind.REPLACE}),
        symbol="+",
        doing="creating {name}",
        done="created {name}",
        to_do="create {name}",
        short="creating",
        gate="train",
        implied_by=Action.AWAIT,
    ),
    Action.IMPORT: ActionRow(
        effect=Effect.WRITES,
        count=Count.IMPORTS,
        kinds=frozenset({Kind.IMPORT}),
        symbol="=",
        doing="importing {name}",
        done="imported {name}",
        to_do="import {name}",
        short="importing",
    ),
    Action.PROMOTE: ActionRow(
        effect=Effect.WRITES,
        count=Count.CHANGE,
        kinds=frozenset({Kind.UPDATE}),
        symbol="~",
        doing="making {name} the serving one",
        done="{name} serves",
        to_do="let {name} serve",
        short="promoting",
        follows=(Action.CREATE, Action.AWAIT, Action.REDEPLOY, Action.CHECK),
    ),
    Action.REDEPLOY: ActionRow(
        effect=Effect.WRITES,
        count=Count.CHANGE,
        kinds=frozenset({Kind.UPDATE, Kind.FAILED}),
        symbol="~",
        doing="redeploying {name}",
        done="redeployed {name}",
        to_do="redeploy {name}",
        short="redeploying",
    ),
    Action.PERMIT: ActionRow(
        effect=Effect.WRITES,
        count=Count.CHANGE,
        kinds=frozenset({Kind.UPDATE}),
        symbol="+",
        doing="setting who may use {name}",
        done="set who may use {name}",
        to_do="set who may use {name}",
        short="permitting",
        follows=(Action.CREATE,),
    ),
    Action.UPDATE: ActionRow(
        effect=Effect.WRITES,
        count=Count.CHANGE,
        kinds=frozenset({Kind.UPDATE, Kind.FAILED}),
        symbol="~",
        doing="changing {name}",
        done="changed {name}",
        to_do="change {name}",
        short="changing",
    ),
    Action.FORGET: ActionRow(
        effect=Effect.ENDS,
        count=Count.FORGET,
        kinds=frozenset({Kind.FORGET}),
        symbol=".",
        doing="releasing {name}",
        done="released {name}: it stays on the service, unmanaged",
        to_do="release {name}",
        short="releasing",
    ),
    Action.AWAIT: ActionRow(
        effect=Effect.READS,
        count=Count.AWAITING,
        kinds=frozenset({Kind.AWAIT}),
        symbol=">",
        doing="training {name}",
        done="trained {name}",
        to_do="train {name}",
        short="training",
        follows=(Action.CREATE,),
        needs_approval=False,
    ),
    Action.DELETE: ActionRow(
        effect=Effect.ENDS,
        count=Count.DESTROY,
        kinds=frozenset({Kind.DELETE, Kind.PRUNE, Kind.FORGET}),
        symbol="-",
        doing="deleting {name}",
        done="deleted {name}",
        to_do="delete {name}",
        short="deleting",
        gate="delete",
    ),
    Action.ABANDON: ActionRow(
        effect=Effect.ENDS,
        count=Count.DESTROY,
        kinds=frozenset({Kind.DELETE, Kind.PRUNE, Kind.AWAIT}),
        symbol="-",
        doing="ending the training of {name}",
        done="ended the training of {name}, and deleted it",
        to_do="end the training of {name}",
        short="ending",
        gate="delete",
    ),
    Action.CHECK: ActionRow(
        effect=Effect.READS,
        count=Count.NOWHERE,
        kinds=frozenset(),  # it is never the only step of its key
        symbol="",
        doing="checking {name}",
        done="{name} passed its {checks}",
        to_do="check {name}",
        short="checking",
        follows=(Action.CREATE, Action.AWAIT, Action.REDEPLOY),
        implied_by=Action.PROMOTE,
    ),
}

# In the order in which a comment on a pull request folds them.
KINDS = {
    Kind.CREATE: KindRow("+", "create", nouns=("model to train", "models to train")),
    Kind.UPDATE: KindRow("~", "update", nouns=("key to change in place", "keys to change in place")),
    Kind.IMPORT: KindRow("=", nouns=("model to import", "models to import")),
    Kind.AWAIT: KindRow(">", reason="training_in_progress", nouns=("training in progress", "trainings in progress")),
    Kind.FORGET: KindRow(".", nouns=("model to leave unmanaged", "models to leave unmanaged")),
    Kind.REPLACE: KindRow("+/-"),
    Kind.DELETE: KindRow("-", reason="delete_because_no_resource_config"),
    Kind.PRUNE: KindRow("-"),
    Kind.NO_OP: KindRow("", is_undone=True),
    Kind.FAILED: KindRow("", reason="training_failed", is_undone=True),
    Kind.BLOCKED: KindRow("!", reason="blocked", is_undone=True),
}


def actions_of(effect: Effect) -> frozenset[Action]:
    """The actions that have this effect."""
    return frozenset(action for action, row in ACTIONS.items() if row.effect is effect)
