"""The attributes of a model: a nested form of API fields, for both sides of a change, with only the fields that the
manifest declares. Pure; `domain.diff` compares two such forms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemspec.domain.marker import UNKNOWN_DATA
from gemspec.domain.model import VALIDATION, VALIDATION_URI, BaseModel, DeletionPolicy, ParentModel
from gemspec.domain.plan import PERMISSIONS
from gemspec.domain.settings import trained_fields
from gemspec.identity import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.domain.marker import Marker
    from gemspec.domain.model import DesiredModel, LiveModel, Permission, Source, Value
    from gemspec.domain.training_data import Dataset


# Stands for the number of examples where nobody knows it.
NOT_COUNTED = "not counted"


def data_of(dataset: Dataset) -> tuple[str, int]:
    """What a marker records of training data: the beginning of its fingerprint, and the number of examples."""
    return dataset.fingerprint[: fingerprint.DATA_DIGITS], dataset.examples


def same_data(desired: DesiredModel, marker: Marker) -> bool:
    """Whether a model with this marker was trained on the data of `desired`, as far as that is known.

    Without declared data there is nothing to compare. For an adopted model, the manifest may state its data.
    """
    if desired.dataset is None:
        return True
    if marker.data == UNKNOWN_DATA:
        return desired.adopts is not None and desired.adopts.as_declared
    return (marker.data, marker.examples) == data_of(desired.dataset)


def sent_otherwise(desired: DesiredModel, live: LiveModel) -> tuple[str, ...]:
    """The fields in which `desired` asks for something else than the training of `live` was sent, of those that no
    train hash covers. What the service does not report, and what a manifest leaves unset, do not count; validation data
    that is taken out does: no service fills that in.
    """
    if not live.sent or desired.dataset is None:
        return ()
    wanted = {name: value for name, value in desired.extras.items() if name != VALIDATION}
    found = {name for name, value in wanted.items() if live.sent.get(name) != value}
    if VALIDATION in desired.extras:
        is_known = desired.validation_digest or VALIDATION not in live.sent
        found |= {VALIDATION} if is_known and live.sent.get(VALIDATION) != desired.validation_digest else set()
    elif VALIDATION_URI in live.sent and VALIDATION_URI not in desired.extras:
        found.add(VALIDATION)
    return tuple(sorted(found))


def declared_settings(desired: Mapping[str, Value], live: Mapping[str, Value]) -> dict[str, Value]:
    """The live side of the declared settings.

    The service leaves zeros and empty texts out of its answers, so that absent equals a declared zero.
    """
    zeros = {name: value for name, value in desired.items() if not value}
    return {name: value for name, value in {**zeros, **live}.items() if name in desired}


def before(desired: DesiredModel, live: LiveModel, marker: Marker) -> dict[str, Any]:
    """The form of `live` in the fields that `desired` declares."""
    reported = {name: value for name, value in live.hyperparameters.items() if name in desired.hyperparameters}
    return _form(
        key=marker.key,
        source=_source(live.source, _as_declared(desired.source, live.source)),
        settings=declared_settings(desired.settings, live.settings),
        hyperparameters=reported,
        fixed={name: value for name, value in live.fixed.items() if name in desired.fixed},
        data=_compared(desired.dataset, live, marker) if desired.dataset else None,
        protect=marker.protect,
        retain=marker.retain,
        permissions=None if desired.permissions is None else live.permissions or (),
    )


def after(desired: DesiredModel, *, source: str) -> dict[str, Any]:
    """The form that `desired` asks for; `source` is the remote name of what it is tuned from, as far as it is known."""
    return _form(
        key=desired.key,
        source=_source(desired.source, source),
        settings=desired.settings,
        hyperparameters=desired.hyperparameters,
        fixed=desired.fixed,
        data=_declared(desired.dataset) if desired.dataset else None,
        protect=desired.lifecycle.protect,
        retain=desired.lifecycle.deletion_policy is DeletionPolicy.RETAIN,
        permissions=desired.permissions,
    )


def as_trained(before: dict[str, Any], after: dict[str, Any], marker: Marker) -> dict[str, Any]:
    """`after`, with the fields that a training fixed as the service reports them. For two forms of the same training.

    `marker` is the model's marker after the plan: its data may have been unknown before.
    """
    trained = trained_fields()
    fixed = {name: value for name, value in before.items() if name in trained}
    if fixed.get("tuningTask", {}).get("trainingData") == UNKNOWN_DATA != marker.data:
        fixed["tuningTask"] = {**fixed["tuningTask"], "trainingData": after["tuningTask"]["trainingData"]}
    return {name: value for name, value in after.items() if name not in trained} | fixed


def of_live(live: LiveModel, marker: Marker) -> dict[str, Any]:
    """The whole form of a model that will be deleted: all that the service reports of it."""
    return _form(
        key=marker.key,
        source=_source(live.source, live.source.name),
        settings=live.settings,
        hyperparameters=live.hyperparameters,
        fixed=live.fixed,
        data=_recorded(live, marker),
        protect=marker.protect,
        retain=marker.retain,
    )


def _form(
    *,
    key: str,
    source: dict[str, Any],
    settings: Mapping[str, Value],
    hyperparameters: Mapping[str, Any],
    fixed: Mapping[str, str],
    data: str | None,
    protect: bool,
    retain: bool,
    permissions: Sequence[Permission] | None = None,
) -> dict[str, Any]:
    return {
        "metadata": {"name": key},
        **source,
        **settings,
        **fixed,
        "tuningTask": {"hyperparameters": dict(hyperparameters), **({"trainingData": data} if data else {})},
        "lifecycle": {"protect": protect, "deletionPolicy": "retain" if retain else "delete"},
        **({} if permissions is None else {PERMISSIONS: permission_form(permissions)}),
    }


def _recorded(live: LiveModel, marker: Marker) -> str:
    """What a marker records of its data, as a single field of a form; with the number of examples that the training
    counted, where the marker has none.
    """
    if marker.data == UNKNOWN_DATA:
        return UNKNOWN_DATA
    return f"{marker.data}/{marker.examples or live.examples or NOT_COUNTED}"


def _declared(dataset: Dataset) -> str:
    """The same of declared data; of an object, which is not read, with its size."""
    data, examples = data_of(dataset)
    return f"{data}/{dataset.stored.size} bytes" if dataset.stored else f"{data}/{examples}"


def _compared(dataset: Dataset, live: LiveModel, marker: Marker) -> str:
    """The data of a model, in the form of the declared data where they are the same."""
    is_same = (marker.data, marker.examples) == data_of(dataset)
    return _declared(dataset) if is_same else _recorded(live, marker)


def permission_form(permissions: Sequence[Permission]) -> dict[str, str]:
    """Each grantee is a field, so that a change of role reads as a change."""
    return {f"{permission.grantee_type} {permission.email}".rstrip(): permission.role for permission in permissions}


def _as_declared(desired: Source, source: BaseModel | ParentModel) -> str:
    """The name of what a model was tuned from, as its manifest spells it, where that is a name of the same model."""
    if isinstance(desired, ParentModel) and isinstance(source, ParentModel) and source.goes_by(desired.name):
        return desired.name
    return source.name


def _source(source: Source, name: str) -> dict[str, Any]:
    return {"baseModel": name} if isinstance(source, BaseModel) else {"tunedModelSource": {"tunedModel": name}}
