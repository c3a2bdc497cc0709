"""Why a step is planned and what a plan means for callers, in words that people read in the plan. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.canonical import number_text
from gemspec.model import ParentKey
from gemspec.plan import TRAINED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.model import DesiredModel, FieldChange, Traits
    from gemspec.planning.inventory import Generation, Lineage
    from gemspec.planning.setting import Setting

TRAINING = "its training"
RUNNING = "its training is in progress"
ABANDONED = "its training is no longer wanted: it is ended, and the model deleted"
FAILED = "its training failed, and it is no longer wanted"
NEVER_SERVED = "it never served, and is no longer wanted"
PERMITTED = "who may use it differs from the manifest"
DECLARED = "as the manifest says"
CARRIED = "carried over from the serving model"
RELABELLED = "what the manifest says of protection and deletion"
UNDECLARED = "no manifest declares it"
UNDECLARED_TRAINING = "no manifest declares it: its training is ended, and the model deleted"
RETAINED = "no manifest declares it; deletionPolicy is retain, so the model stays, without gemspec"


def training_reason(desired: DesiredModel, lineage: Lineage, setting: Setting, changes: Sequence[FieldChange]) -> str:
    """Why a training starts: who asked for it, or what changed."""
    if setting.again:
        return "asked for with --replace"
    if setting.retry and any(one.is_failed for one in lineage.generations):
        return "asked for with --retry-failed"
    if not lineage.serving:
        return "no model of this key serves yet"
    trained = [change.field for change in changes if change.path[0] in TRAINED]
    if isinstance(desired.source, ParentKey) and trained == ["tunedModelSource.tunedModel"]:
        return f"{desired.source.key}, which it is tuned from, has a new generation"
    return f"{', '.join(trained)} changed"


def promote_reason(serving: Generation | None) -> str:
    """Why an existing generation takes over."""
    instead = f", instead of {serving.name}" if serving else ""
    return f"it was trained on just what the manifest asks for, so it serves again without a training{instead}"


def update_reason(desired: DesiredModel, target: Generation) -> str:
    """Why settings are written."""
    moved = target.marker.key != desired.key
    return f"moved from {target.marker.key}" if moved else "settings differ from the manifest"


def pruned_reason(desired: DesiredModel) -> str:
    """Why a retired generation goes."""
    return f"retired; keepPrevious is {desired.lifecycle.keep_previous}"


def failed_reason(failed: Generation) -> str:
    """What is wrong with a key whose training failed."""
    return f"the training of {failed.name} failed" + (f": {failed.live.failure}" if failed.live.failure else "")


def failed_notes(serving: Generation | None) -> tuple[str, ...]:
    """What goes on in spite of it, and what a person can do."""
    going_on = [f"{serving.name} goes on serving"] if serving else []
    return (*going_on, "to train it again: --retry-failed; or change the manifest")


def keeping_notes(desired: DesiredModel, retired: Sequence[Generation]) -> tuple[str, ...]:
    """Which names go on answering after their successor serves."""
    keep = desired.lifecycle.keep_previous
    return tuple(f"{one.name} goes on answering (keepPrevious is {keep})" for one in retired[:keep])


def open_notes(desired: DesiredModel) -> tuple[str, ...]:
    """A model that everybody may use is called out."""
    everyone = any(one.grantee_type == "EVERYONE" for one in desired.permissions or ())
    return ("EVERYONE may use this model: anybody with an account of Google's",) if everyone else ()


def unread_notes(serving: Generation | None, traits: Traits) -> tuple[str, ...]:
    """Permissions granted by hand cannot be carried over by credentials that cannot read them."""
    if serving is None or traits.sets_permissions:
        return ()
    return (f"an API key cannot read who else may use {serving.name}: grant it on the new model yourself",)


def reported_notes(desired: DesiredModel, target: Generation) -> tuple[str, ...]:
    """A setting that the service reports differently from what was asked is a note, never a retrain."""
    reported = target.live.hyperparameters
    return tuple(
        f"{name}: {number_text(value)} was asked for, the service reports {number_text(reported[name])}"
        for name, value in sorted(desired.hyperparameters.items())
        if name in reported and reported[name] != value
    )
