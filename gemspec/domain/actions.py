"""`ACTIONS` and `KINDS`: a table of what a step of apply can be, and a table of what a plan does to a key.

`plan` is made of these, `apply.actions` carries them out, and reports and screens draw them. All of these read the
tables, or are held to them by tests/parity, so that a new step is a row here, and the places which those tests name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What a step does. IMPORT puts our marker on a model that exists; CHECK asks it the manifest's prompts; ABANDON
    ends a running training and deletes it; FORGET takes the marker off and leaves the model.
    """

    IMPORT = "import"
    CREATE = "create"
    AWAIT = "await"
    UPDATE = "update"
    CHECK = "check"
    PROMOTE = "promote"
    PERMIT = "permit"
    ABANDON = "abandon"
    DELETE = "delete"
    FORGET = "forget"


class Kind(StrEnum):
    """What happens to a key as a whole.

    IMPORT takes a model in that exists. REPLACE trains the next generation. PRUNE leaves the serving model as it is and
    deletes generations that nobody needs. FAILED waits for a person's word; BLOCKED has no steps, because of something
    in the plan's blocks, a failed parent, or data that nobody declares.
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
    """What a step does to the service: nothing, a write that a later step can correct, or an end."""

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

    `doing`, `done` and `to_do` are said of the model {name}; `short` names the step in a table of progress. `kinds`: as
    what a key may be drawn where this is the weightiest of its steps. `gate`: the gate of --fail-on that counts it.
    `follows`: steps of the same generation that come before it, without which it goes without saying that it is not
    done; `implied_by`: the step after it that says more. `needs_approval`: a saved plan must name it.
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

    `symbol`: "" for a key that is drawn only where it has steps all the same. `change`: the word for it among the
    actions of `resource_changes`, where it is no create and no end; `reason`: `action_reason` there, where the kind
    alone settles it. `nouns`: what a key and what many keys are called where a comment folds them; None where they have
    a section of their own. `is_undone`: the key has no steps.
    """

    symbol: str
    change: str = ""
    reason: str | None = None
    nouns: tuple[str, str] | None = None
    is_undone: bool = False


# The weightiest first: a key is drawn as what the first of these makes of it.
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
        follows=(Action.CREATE, Action.AWAIT, Action.CHECK),
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
        follows=(Action.CREATE, Action.AWAIT),
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
