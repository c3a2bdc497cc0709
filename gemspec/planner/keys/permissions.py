"""Plans permissions: those that the manifest declares, or those that are carried over to a replacement. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.domain import diff
from gemspec.domain.plan import PERMISSIONS, Action
from gemspec.planner import messages
from gemspec.planner.keys import attributes, steps

if TYPE_CHECKING:
    from gemspec.domain.lineage import Generation, Lineage
    from gemspec.domain.model import DesiredModel, FieldChange, Permission
    from gemspec.domain.plan import Step


def granted(desired: DesiredModel, lineage: Lineage) -> tuple[Permission, ...]:
    """The permissions of a replacement: those of the manifest, or where it sets none, of the promoted model."""
    current = lineage.promoted.live.permissions if lineage.promoted else ()
    return (current if desired.permissions is None else desired.permissions) or ()


def permit_created(desired: DesiredModel, create: Step, permissions: tuple[Permission, ...]) -> list[Step]:
    """Set permissions as soon as the model exists, since the first model of a key may serve at any time."""
    if not permissions:
        return []
    reason = messages.DECLARED if desired.permissions else messages.CARRIED
    changes = diff.explain({PERMISSIONS: {}}, {PERMISSIONS: attributes.permission_form(permissions)})
    return [steps.permit(create, permissions, changes, reason=reason, waits=(create.ref,))]


def permit_there(
    desired: DesiredModel, lineage: Lineage, target: Generation, declared: tuple[FieldChange, ...]
) -> Step | None:
    """Set permissions on an existing model: those of the manifest; or, on a model that never served, the permissions
    that an earlier apply should have carried over and did not.
    """
    step = steps.on(desired.key, target, Action.PERMIT, messages.PERMITTED)
    if declared:
        return steps.permit(step, desired.permissions or (), declared, reason=step.reason, waits=())
    has = target.live.permissions
    if desired.permissions is not None or target.marker.serving is not None or has is None:
        return None
    wanted = tuple(sorted({*has, *granted(desired, lineage)}))
    changes = diff.explain(
        {PERMISSIONS: attributes.permission_form(has)}, {PERMISSIONS: attributes.permission_form(wanted)}
    )
    return steps.permit(step, wanted, changes, reason=messages.CARRIED, waits=()) if changes else None
