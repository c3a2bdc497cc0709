"""The table of settings: every field of a manifest's `spec` that a service keeps with the model. Pure data.

The readers and writers of manifests (`manifest.desired`, `manifest.export`), the providers' wire code
(`providers.wire_settings`) and the planner derive from it. What cannot derive (the JSON schema, the message types, the
emulator's tables) is held against it by tests/parity. docs/architecture.md says how to add a setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

GEMINI, VERTEX = "gemini", "vertex"  # the words of `onProvider` in the schema
LABEL = "labels."  # each label is a setting of its own: `labels.team`


class SettingType(StrEnum):
    """What a value is, and so its normal form (`identity.normal_form`). PROSE is text whose line ends and last spaces
    do not count; NUMBERS are int64 as text, in no order; LABELS are texts by name.
    """

    TEXT = "text"
    PROSE = "prose"
    FLOAT32 = "float32"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ENUM = "enum"
    NUMBERS = "numbers"
    LABELS = "labels"


class SettingKind(StrEnum):
    """What a setting is to a model. MUTABLE can be changed at any time, and is carried over to the next generation;
    a HYPERPARAMETER and what is FIXED by a training identify a generation; an EXTRA is sent with a training, identifies
    nothing, and is not reported.
    """

    MUTABLE = "mutable"
    HYPERPARAMETER = "hyperparameter"
    FIXED = "fixed"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row. `field` is the path from `spec`, which is the Gemini API's own for what that has; `providers` have it.

    `default` is sent where a manifest does not set an EXTRA. `excluded_by` is a setting that a manifest cannot hold
    beside this one, and that says more.
    """

    field: str
    type: SettingType
    kind: SettingKind
    providers: tuple[str, ...]
    default: bool | None = None
    excluded_by: str = ""

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.field.split("."))

    @property
    def name(self) -> str:
        """What it is called in `DesiredModel` and `LiveModel`."""
        return self.field.rpartition(".")[2]

    @property
    def is_imported(self) -> bool:
        """Whether `gemspec import` writes it into a manifest: whatever a service reports."""
        return self.kind is not SettingKind.EXTRA

    @property
    def is_carried_over(self) -> bool:
        """Whether the next generation keeps it where the manifest does not set it."""
        return self.kind is SettingKind.MUTABLE


_T, _K = SettingType, SettingKind
_BOTH = (GEMINI, VERTEX)
_HYPER = "tuningTask.hyperparameters"

# In the order of the schema, which is the order in which manifests are written.
SETTINGS = (
    Setting("displayName", _T.TEXT, _K.MUTABLE, _BOTH),
    Setting("description", _T.PROSE, _K.MUTABLE, _BOTH),
    Setting("labels", _T.LABELS, _K.MUTABLE, (VERTEX,)),
    Setting("temperature", _T.FLOAT32, _K.MUTABLE, (GEMINI,)),
    Setting("topP", _T.FLOAT32, _K.MUTABLE, (GEMINI,)),
    Setting("topK", _T.INTEGER, _K.MUTABLE, (GEMINI,)),
    Setting("readerProjectNumbers", _T.NUMBERS, _K.MUTABLE, (GEMINI,)),
    Setting("serviceAccount", _T.TEXT, _K.EXTRA, (VERTEX,)),
    Setting("kmsKeyName", _T.TEXT, _K.FIXED, (VERTEX,)),
    Setting(f"{_HYPER}.epochCount", _T.INTEGER, _K.HYPERPARAMETER, _BOTH),
    Setting(f"{_HYPER}.batchSize", _T.INTEGER, _K.HYPERPARAMETER, (GEMINI,)),
    Setting(f"{_HYPER}.learningRate", _T.FLOAT32, _K.HYPERPARAMETER, (GEMINI,)),
    Setting(f"{_HYPER}.learningRateMultiplier", _T.FLOAT32, _K.HYPERPARAMETER, _BOTH, excluded_by="learningRate"),
    Setting(f"{_HYPER}.adapterSize", _T.ENUM, _K.HYPERPARAMETER, (VERTEX,)),
    Setting("tuningTask.exportLastCheckpointOnly", _T.BOOLEAN, _K.EXTRA, (VERTEX,), default=True),
)

# The other fields of `spec`: what a model is tuned from and on, and what only gemspec knows. Each has its own reader.
OTHER_FIELDS = (
    "baseModel",
    "tunedModelSource",
    "systemInstruction",
    "permissions",
    "tuningTask.trainingData",
    "tuningTask.validationData",
    "checks",
    "lifecycle",
    "import",
)


@cache
def of_kind(kind: SettingKind, provider: str | None = None) -> tuple[Setting, ...]:
    """Give the settings of a kind; those of one provider, where it is named."""
    return tuple(row for row in SETTINGS if row.kind is kind and (provider is None or provider in row.providers))


@cache
def named(name: str) -> Setting:
    """Give the row of a setting by its name in a model (`labels.team` for a label). Raises KeyError without one."""
    rows = {row.name: row for row in SETTINGS}
    return rows[name.partition(".")[0]]


@cache
def trained_fields() -> tuple[str, ...]:
    """The fields of `spec` that a training fixes: a difference there is what makes the next generation."""
    return ("baseModel", "tunedModelSource", "tuningTask", *(row.path[0] for row in of_kind(SettingKind.FIXED)))
