"""Plans all declared keys, parents before children: a child's hash needs the generation of its parent. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain import graph
from gemspec.domain.model import ParentKey
from gemspec.domain.overrides import ID_TAKEN
from gemspec.domain.plan import Action, KeyPlan, Kind
from gemspec.planner import messages
from gemspec.planner.context import Context, Parent
from gemspec.planner.keys.adopt import inert_notes, plan_adoption, to_adopt
from gemspec.planner.keys.declared import plan_declared
from gemspec.planner.keys.lost import labelled_again, others_kept, plan_unmarked, released_notes
from gemspec.planner.keys.redeploy import put_back
from gemspec.planner.keys.unread import plan_unread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.lineage import Generation, Inventory
    from gemspec.domain.model import DesiredModel
    from gemspec.domain.plan import StepRef
    from gemspec.domain.project import Traits
    from gemspec.planner.context import PlanOptions


class DeclaredKeys:
    """Plans declared keys and remembers the target generation of each key for its children."""

    def __init__(
        self, inventory: Inventory, owner: str, traits: Traits, options: PlanOptions, *, stopped: set[str]
    ) -> None:
        self._inventory = inventory
        self._owner = owner
        self._traits = traits
        self._options = options
        self._stopped = stopped
        sources = ((model.source.name, model.name) for model in reversed(list(inventory.models.values())))
        self._tuned = dict(sources)
        self._plans: dict[str, KeyPlan] = {}
        self._adopted: set[str] = set()

    def plan_all(self, desired: Sequence[DesiredModel]) -> list[KeyPlan]:
        by_key = {model.key: model for model in desired}
        named = [self._inventory.find(model.adopts.name) for model in desired if model.adopts]
        self._adopted = {live.name for live in named if live}
        waits = {model.key: [model.source.key] if isinstance(model.source, ParentKey) else [] for model in desired}
        for key in graph.in_order(waits):
            self._plans[key] = self._plan(by_key[key])
        return list(self._plans.values())

    def _plan(self, desired: DesiredModel) -> KeyPlan:
        lineage = self._inventory.joined(desired.key, desired.moved_from)
        current = lineage.serving.live if lineage.serving else None
        if desired.key in self._stopped:
            reason = "its models on the service must be put in order first"
            return KeyPlan(desired.key, Kind.BLOCKED, reason, current=current)
        parent, ready = self._parent(desired)
        context = self._context(desired, parent, ready)
        if unmarked := plan_unmarked(desired, lineage, context):
            return unmarked
        if isinstance(desired.source, ParentKey) and parent is None:
            return KeyPlan(desired.key, Kind.BLOCKED, self._waiting_reason(desired.source.key), current=current)
        if live := to_adopt(desired, lineage, self._inventory):
            if desired.data_error and desired.adopts and desired.adopts.as_declared:
                return KeyPlan(desired.key, Kind.BLOCKED, messages.unread_reason(desired), is_compared=False)
            return plan_adoption(desired, live, lineage, context)
        whole = lineage.relabelled(but=self._adopted)
        planned = (plan_unread if desired.data_error else plan_declared)(desired, whole, context)
        planned = put_back(planned, desired, whole, self._traits)
        planned = labelled_again(planned, lineage, but=self._adopted)
        planned = _each_address_once(others_kept(planned) if self._inventory.has_own else planned)
        notes = (
            *planned.notes,
            *(messages.shared_note(generation.marker.key, generation.name) for generation in lineage.shared),
            *released_notes(planned.step(Action.CREATE), desired, self._inventory.models.values(), parent),
            *inert_notes(desired, lineage, self._inventory),
            *self._missing_parent_notes(desired, planned, parent),
        )
        return replace(planned, generations=tuple(generation.live for generation in whole.generations), notes=notes)

    def _context(self, desired: DesiredModel, parent: Parent | None, ready: StepRef | None) -> Context:
        approved = None
        if self._options.approved is not None:
            approved = {train for key, train in self._options.approved if key == desired.key}
        return Context(
            owner=self._owner,
            traits=self._traits,
            taken=self._inventory.models.keys(),
            again=desired.key in self._options.replace and approved != set(),
            approved=approved,
            now=self._options.now,
            renumbers=any(line.covers(ID_TAKEN, desired.key) for line in self._options.lines),
            retry=self._options.retry_failed,
            undeletes=desired.key in self._options.undelete,
            accepted=desired.key in self._options.accept,
            tuned=self._tuned,
            parent=parent,
            parent_ready=ready,
            disowned=self._inventory.disowned,
        )

    def _waiting_reason(self, parent: str) -> str:
        """Say why a child cannot be planned: it is not known which generation of its parent it will be tuned from."""
        planned = self._plans.get(parent)
        why = "no model of it can be used yet"
        if planned is not None and planned.kind is Kind.FAILED:
            why = "its training failed"
        elif planned is not None and not planned.settled:
            why = "the next plan will train it anew"
        return f"it waits for {parent}, which it is tuned from: {why}"

    def _missing_parent_notes(self, desired: DesiredModel, planned: KeyPlan, parent: Parent | None) -> tuple[str, ...]:
        """Warn where a child is trained without its parent's manifest: the whole project may train it again."""
        key = desired.source.key if isinstance(desired.source, ParentKey) else ""
        if parent is None or key in self._plans or not planned.step(Action.CREATE):
            return ()
        return (
            f"{key} is not part of this plan: {parent.name}, which serves, is tuned from, whatever its manifest says",
        )

    def _parent(self, desired: DesiredModel) -> tuple[Parent | None, StepRef | None]:
        """Which generation of the parent key to tune from, and the step after which that can begin."""
        if not isinstance(desired.source, ParentKey):
            return None, None
        parent = self._plans.get(desired.source.key)
        if parent is None:  # its manifest was not read: what was promoted is meant
            lineage = self._inventory.lineage(desired.source.key)
            promoted = lineage.promoted
            is_changing = any(
                generation.is_creating and _will_replace(generation, promoted) for generation in lineage.generations
            )
            is_changing = is_changing or lineage.lost_newest is not None  # it may be the one that serves
            is_there = promoted and not promoted.is_terminating and not is_changing
            return (Parent(promoted.marker.train, promoted.name) if promoted and is_there else None), None
        if parent.target is None or parent.kind is Kind.FAILED or not parent.settled:
            return None, None
        return Parent(parent.target, parent.target_name), _ready(parent)


def _each_address_once(planned: KeyPlan) -> KeyPlan:
    """Leave to the next plan what has the address of an earlier step: two models of a key may hold the same content,
    and a step is addressed by its content. A model that was to be moved to the key stays until it has been.
    """
    first = {step.ref: step for step in reversed(planned.steps)}
    later = [step for step in planned.steps if first[step.ref] is not step]
    moved = {step.name for step in later if step.marker and step.live and step.live.marker != step.marker}
    kept = tuple(step for step in planned.steps if first[step.ref] is step and step.name not in moved)
    return replace(planned, steps=kept) if later else planned


def _will_replace(generation: Generation, promoted: Generation | None) -> bool:
    """Whether a training will replace the serving model. The training of a candidate always will."""
    return generation.marker.serving is None or (promoted is not None and generation.rank > promoted.rank)


def _ready(parent: KeyPlan) -> StepRef | None:
    """The parent's promotion, else its training, else its import."""
    step = parent.step(Action.PROMOTE) or parent.step(Action.AWAIT) or parent.step(Action.IMPORT)
    return step.ref if step else None
