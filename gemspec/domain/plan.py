"""The plan as a value: its steps, their order and reasons, and what blocks it.

`planner.plan` makes it, `reports.plan` writes it as a document, `applier` carries it out. `actions` has the actions of
steps. A replacement is not a step: it is a create and deletes that wait for each other. Steps are addressed by (action,
key, train), never by remote id, since some services make their own ids.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from gemspec.domain.actions import ACTIONS, Action, Count, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gemspec.domain.marker import Marker
    from gemspec.domain.model import Check, Extra, FieldChange, Hyperparameter, LiveModel, Permission, Source, Value
    from gemspec.domain.overrides import Allowance
    from gemspec.domain.training_data import Dataset, StoredData

__all__ = [
    "PERMISSIONS",
    "UNKNOWN",
    "Action",
    "Block",
    "Counts",
    "KeyPlan",
    "Kind",
    "NewGeneration",
    "Plan",
    "Step",
    "StepRef",
    "Training",
    "Upload",
    "Verdict",
    "counts_of",
]

# The field of a form with the permissions, which have a step of their own.
PERMISSIONS = "permissions"

# The value in a form that only the service knows.
UNKNOWN = "(known after apply)"


@dataclass(frozen=True, slots=True, order=True)
class StepRef:
    """The address of a step."""

    key: str
    train: str
    action: Action

    def __str__(self) -> str:
        return f"{self.action} {self.key}/{self.train}"


@dataclass(frozen=True, slots=True)
class Training:
    """The size of a training. `epochs` and `batch` are None where the service decides. `tokens` is an estimate for an
    epoch where the service bills tokens, else None. `examples` is None for an object, which is not read.
    """

    examples: int | None
    epochs: int | None
    batch: int | None
    epochs_by_default: bool = False
    tokens: int | None = None

    @property
    def steps(self) -> int | None:
        """Optimiser steps: ceil(examples * epochs / batch), as the service counts them; None while a factor is
        unknown.
        """
        if self.examples is None or self.epochs is None or self.batch is None:
            return None
        return ceil(self.examples * self.epochs / self.batch)


@dataclass(frozen=True, slots=True)
class NewGeneration:
    """What a create trains. `data_uri` names the data where it is an object of the user's; `validation` is the object
    with validation data. `carried` names the settings that are carried over from the serving generation.
    """

    source: Source
    hyperparameters: Mapping[str, Hyperparameter]
    dataset: Dataset
    training: Training
    fixed: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Extra] = field(default_factory=dict)
    data_uri: str | None = None
    validation: StoredData | None = None
    carried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upload:
    """Data that a create of this key uploads before it requests the training. `use` is "training" or "validation",
    `size` is in bytes. `is_there`: whether the object is there already, None where that could not be looked up.
    """

    key: str
    use: str
    uri: str
    rows: int
    size: int
    is_there: bool | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of apply.

    `name` is the remote name, None while it is not known. `settings`, `permissions` and `marker` are written, `checks`
    are run. `live` is the model as the plan saw it: the step is taken only while its marker is still the same.
    `successor` is the train hash of the generation that must be ACTIVE and serving before a delete.
    """

    action: Action
    key: str
    train: str
    name: str | None
    reason: str
    waits: tuple[StepRef, ...] = ()
    changes: tuple[FieldChange, ...] = ()
    settings: Mapping[str, Value] = field(default_factory=dict)
    permissions: tuple[Permission, ...] = ()
    checks: tuple[Check, ...] = ()
    marker: Marker | None = None
    live: LiveModel | None = None
    successor: str | None = None
    generation: NewGeneration | None = None

    @property
    def ref(self) -> StepRef:
        return StepRef(self.key, self.train, self.action)


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """The plan of a key.

    `current` is the generation that serves now, `generations` are all generations on the service, `target` is the train
    hash of the generation that will serve, `target_name` its remote name as far as it is known. `before` and `after`
    are the forms of the key (nested by API field), None where there is no model; `changes` is their difference.
    `settled` is False where the next plan will train a replacement, so that no child should be tuned from it now.
    `is_compared` is False where the training data could not be looked up. `is_unclear`: a model that may be the one
    that serves lost its marker.
    """

    key: str
    kind: Kind
    reason: str = ""
    steps: tuple[Step, ...] = ()
    current: LiveModel | None = None
    generations: tuple[LiveModel, ...] = ()
    target: str | None = None
    target_name: str | None = None
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    changes: tuple[FieldChange, ...] = ()
    notes: tuple[str, ...] = ()
    settled: bool = True
    is_compared: bool = True
    is_unclear: bool = False

    def step(self, action: Action) -> Step | None:
        """The first step with this action; None where the key has none."""
        return next((step for step in self.steps if step.action is action), None)


@dataclass(frozen=True, slots=True)
class Block:
    """Why the plan must not be applied as it is, and what lifts the block. `rule` is a stable word for machines.

    `partner` is a second key of the block: a plan without `key` has to leave out both.
    """

    rule: str
    summary: str
    hint: str
    key: str | None = None
    partner: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict of a rule of the project's policy: `found` is what it counted, `allowed` its limit."""

    rule: str
    found: int
    allowed: int

    @property
    def passed(self) -> bool:
        return self.found <= self.allowed


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of the summary line: models to import and to add, keys to change, models to destroy or forget,
    trainings under way.
    """

    imports: int = 0
    add: int = 0
    change: int = 0
    destroy: int = 0
    forget: int = 0
    awaiting: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan, keys in the order of their names, steps in the order in which they may start.

    `allowances` are lines of the project that lift blocks, `expired` those whose last day has passed.
    `whole`: it was made from all manifests. `left_out`: keys that flags have left out. `not_ours` names models that the
    project file says are not this project's. `is_first`: the project owns no model here yet.
    """

    owner: str
    keys: tuple[KeyPlan, ...]
    steps: tuple[Step, ...]
    blocks: tuple[Block, ...] = ()
    seen: int = 0
    ours: int = 0
    whole: bool = True
    left_out: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    uploads: tuple[Upload, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    expired: tuple[Allowance, ...] = ()
    not_ours: tuple[str, ...] = ()
    is_first: bool = False

    @property
    def has_changes(self) -> bool:
        """Whether apply would write anything; waiting for a training is no change."""
        return any(ACTIONS[step.action].writes for step in self.steps)

    @property
    def failures(self) -> tuple[KeyPlan, ...]:
        """Keys that stay behind their manifests: their training failed, or they are blocked."""
        return tuple(key for key in self.keys if key.kind in (Kind.FAILED, Kind.BLOCKED))

    @property
    def uncompared(self) -> tuple[str, ...]:
        """Keys with data that could not be compared: whether their models match their manifests is unknown."""
        return tuple(key.key for key in self.keys if not key.is_compared)

    @property
    def excludable(self) -> tuple[str, ...]:
        """The keys to leave out so that the plan is not blocked; empty where leaving out keys cannot help."""
        if not all(block.key for block in self.blocks):
            return ()
        return tuple(sorted({key for block in self.blocks for key in (block.key, block.partner) if key}))

    @property
    def is_applyable(self) -> bool:
        """Whether apply may carry it out. Only this property decides that."""
        return not self.blocks

    @property
    def counts(self) -> Counts:
        return counts_of([step.ref for step in self.steps])


def counts_of(steps: Iterable[StepRef]) -> Counts:
    """Count steps for the summary line. A key with a create is not counted as changed, nor its training as awaited."""
    counted: dict[Count, list[StepRef]] = {count: [] for count in Count}
    for step in steps:
        counted[ACTIONS[step.action].count].append(step)
    created = {(step.key, step.train) for step in counted[Count.ADD]}
    return Counts(
        imports=len(counted[Count.IMPORTS]),
        add=len(counted[Count.ADD]),
        change=len({step.key for step in counted[Count.CHANGE]} - {key for key, _ in created}),
        destroy=len(counted[Count.DESTROY]),
        forget=len(counted[Count.FORGET]),
        awaiting=sum((step.key, step.train) not in created for step in counted[Count.AWAITING]),
    )
