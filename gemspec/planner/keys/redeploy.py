"""Makes what was promoted answer again where no endpoint deploys it: a step that trains nothing. Pure.

The generation that a manifest means is redeployed by its own plan (`declared`). Here is what was promoted before, and
has to answer until that plan is carried out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain.plan import Action, Kind
from gemspec.planner import messages
from gemspec.planner.keys import steps

if TYPE_CHECKING:
    from gemspec.domain.lineage import Generation, Lineage
    from gemspec.domain.model import DesiredModel
    from gemspec.domain.plan import KeyPlan, Step
    from gemspec.domain.project import Traits

_LASTING = frozenset({Action.CREATE, Action.AWAIT})  # hours pass before what comes after these answers
_STILL = frozenset({Kind.NO_OP, Kind.AWAIT, Kind.PRUNE})


def put_back(planned: KeyPlan, desired: DesiredModel, lineage: Lineage, traits: Traits) -> KeyPlan:
    """Add the step that makes what was promoted answer again, where nothing else of the plan does so at once."""
    lost = lineage.promoted
    if lost is None or not lost.is_silent or lost.is_terminating or not traits.redeploys:
        return planned
    if planned.kind is Kind.BLOCKED:
        return replace(planned, notes=(*planned.notes, *messages.silent_notes(lineage)))
    if any(step.action is Action.REDEPLOY and step.name == lost.name for step in planned.steps):
        return planned
    if not _takes_long(planned, lineage):
        return planned
    step = steps.redeploy(desired, lost, lineage)
    is_first = planned.kind in _STILL
    return replace(
        planned,
        kind=Kind.UPDATE if is_first else planned.kind,
        reason=step.reason if is_first else planned.reason,
        steps=(step, *(_after(later, step, lost) for later in planned.steps)),
    )


def _takes_long(planned: KeyPlan, lineage: Lineage) -> bool:
    """Whether nothing, or only something that is uncertain or hours away, takes the place of what was promoted."""
    actions = {step.action for step in planned.steps}
    is_uncertain = Action.CHECK in actions and lineage.is_silent
    return planned.kind is Kind.FAILED or bool(actions & _LASTING) or is_uncertain


def _after(later: Step, step: Step, lost: Generation) -> Step:
    """What is written on the same model waits, since the service takes one request at a time."""
    return replace(later, waits=(*later.waits, step.ref)) if later.name == lost.name else later
