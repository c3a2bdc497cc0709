"""Reads a manifest without problems into the DesiredModel that it declares. Used by `manifest.builder`.

Settings are those of `domain.settings`, in the form of `identity.normal_form`. Vertex AI's base models are named
without their publisher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from gemspec.domain.model import (
    VALIDATION_URI,
    Adoption,
    BaseModel,
    DeletionPolicy,
    DesiredModel,
    Lifecycle,
    ParentKey,
    ParentModel,
    Source,
)
from gemspec.domain.settings import SettingKind, of_kind
from gemspec.identity.normal_form import entries
from gemspec.manifest.data.dataset import VALIDATION
from gemspec.manifest.validation import checks, permissions

if TYPE_CHECKING:
    from gemspec.domain.model import Extra, Number
    from gemspec.domain.training_data import Dataset
    from gemspec.manifest.syntax.nodes import Document
    from gemspec.providers.spec import ProviderSpec

_TASK = ("spec", "tuningTask")
_PUBLISHER = "publishers/google/models/"


def desired(
    document: Document, dataset: Dataset | None, validation: Dataset | None, service: ProviderSpec | None
) -> DesiredModel:
    """Give the model that a document declares. `dataset` and `validation` are its local data, if any."""
    return DesiredModel(
        key=document.text("metadata", "name") or "",
        source=_source(document),
        dataset=dataset,
        data_uri=document.text(*_TASK, "trainingData", "uri"),
        settings=_values(document, SettingKind.MUTABLE),
        hyperparameters=_values(document, SettingKind.HYPERPARAMETER),
        fixed=_values(document, SettingKind.FIXED),
        extras=_extras(document, validation, service),
        lifecycle=_lifecycle(document),
        permissions=permissions.declared(document),
        checks=checks.declared(document),
        adopts=_adopts(document),
        moved_from=tuple(dict.fromkeys(document.texts("metadata", "movedFrom").values())),
        origin=document.origin(("metadata", "name")),
    )


def _source(document: Document) -> Source:
    if (name := document.text("spec", "baseModel")) is not None:
        return BaseModel(name.removeprefix(_PUBLISHER))
    if (key := document.text("spec", "tunedModelSource", "key")) is not None:
        return ParentKey(key)
    return ParentModel(document.text("spec", "tunedModelSource", "tunedModel") or "")


def _adopts(document: Document) -> Adoption | None:
    name = document.text("spec", "import", "tunedModel")
    return Adoption(name, document.text("spec", "import", "data") == "asDeclared") if name is not None else None


def _values(document: Document, kind: SettingKind) -> dict[str, Any]:
    """Give the settings of a kind that a document sets. An unset setting is not managed."""
    found: dict[str, Any] = {}
    for setting in of_kind(kind):
        if (value := document.get("spec", *setting.path)) is not None:
            found |= entries(setting, value)
    return found


def _extras(document: Document, validation: Dataset | None, service: ProviderSpec | None) -> dict[str, Extra]:
    """The extras of a training: settings, with the defaults that gemspec sends on this service, and validation data, by
    its URI or the fingerprint of local data.
    """
    rows = of_kind(SettingKind.EXTRA, service.key) if service else ()
    extras: dict[str, Extra] = {row.name: row.default for row in rows if row.default is not None}
    extras |= _values(document, SettingKind.EXTRA)
    if (uri := document.text(*_TASK, VALIDATION, "uri")) is not None:
        extras[VALIDATION_URI] = uri
    if validation is not None:
        extras["validationData"] = validation.fingerprint
    return extras


def _lifecycle(document: Document) -> Lifecycle:
    declared = document.mapping("spec", "lifecycle")
    default = Lifecycle()
    return Lifecycle(
        protect=bool(declared.get("protect", default.protect)),
        deletion_policy=DeletionPolicy(str(declared.get("deletionPolicy", default.deletion_policy))),
        keep_previous=int(cast("Number", declared.get("keepPrevious", default.keep_previous))),
        keep_for=int(str(declared.get("keepFor", f"{default.keep_for}d")).removesuffix("d")),
    )
