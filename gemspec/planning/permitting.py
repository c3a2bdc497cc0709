"""Who is to use a key's models: what the manifest declares, or what is carried over to a replacement. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec import fielddiff
from gemspec.plan import PERMISSIONS, Action
from gemspec.planning import forms, steps, wording

if TYPE_CHECKING:
    from gemspec.model import DesiredModel, FieldChange, Permission
    from gemspec.plan import Step
    from gemspec.planning.inventory import Generation, Lineage


def granted(desired: DesiredModel, lineage: Lineage) -> tuple[Permission, ...]:
    """Who is to use a replacement: where the manifest leaves that unset, those who may use the serving generation."""
    current = lineage.serving.live.permissions if lineage.serving else ()
    return (current if desired.permissions is None else desired.permissions) or ()


def permit_created(desired: DesiredModel, create: Step, permissions: tuple[Permission, ...]) -> list[Step]:
    """Set permissions as soon as the model exists; where it is the first of its key, it may serve at any time."""
    if not permissions:
        return []
    reason = wording.DECLARED if desired.permissions else wording.CARRIED
    changes = fielddiff.explain({PERMISSIONS: {}}, {PERMISSIONS: forms.permission_form(permissions)})
    return [steps.permit(create, permissions, changes, reason=reason, waits=(create.ref,))]


def permit_there(
    desired: DesiredModel, lineage: Lineage, target: Generation, declared: tuple[FieldChange, ...]
) -> Step | None:
    """Set permissions on a model that is there: what the manifest declares; or, on one that never served, those that
    are carried over to it and that an earlier apply did not come to set.
    """
    step = steps.on(desired.key, target, Action.PERMIT, wording.PERMITTED)
    if declared:
        return steps.permit(step, desired.permissions or (), declared, reason=step.reason, waits=())
    has = target.live.permissions
    if desired.permissions is not None or target.marker.serving is not None or has is None:
        return None
    wanted = tuple(sorted({*has, *granted(desired, lineage)}))
    changes = fielddiff.explain({PERMISSIONS: forms.permission_form(has)}, {PERMISSIONS: forms.permission_form(wanted)})
    return steps.permit(step, wanted, changes, reason=wording.CARRIED, waits=()) if changes else None
