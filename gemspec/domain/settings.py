"""The table of settings: every field of a manifest's `spec` that a service keeps with the model. Pure data.

Readers and writers of manifests (`manifest.desired`, `manifest.export`), the codec of the providers
(`providers.wire_settings`) and the planner derive from it. The JSON schema, the message types and the emulator's tables
cannot derive from it: tests/parity compares them. docs/architecture.md says how to add a setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

GEMINI, VERTEX = "gemini", "vertex"  # the words of `onProvider` in the schema
LABEL = "labels."  # each label is a setting of its own: `labels.team`


class SettingType(StrEnum):
    """The type of a value, which decides its normal form (`identity.normal_form`). PROSE is text where line ends and
    trailing spaces do not count; NUMBERS are int64 as text, without an order; LABELS are texts by name.
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
    """The role of a setting. A MUTABLE setting can be changed at any time, and is carried over to the next generation.
    A HYPERPARAMETER and a FIXED setting identify a generation. An EXTRA is sent with a training, does not identify it,
    and is compared with failed trainings alone.
    """

    MUTABLE = "mutable"
    HYPERPARAMETER = "hyperparameter"
    FIXED = "fixed"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Setting:
    """A row. `field` is the path from `spec`, the same as in the Gemini API; `providers` support it.

    `default` is sent where a manifest does not set an EXTRA. `excluded_by` is a more precise setting that a manifest
    cannot have together with this setting.
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
        """Its name in `DesiredModel` and `LiveModel`."""
        return self.field.rpartition(".")[2]

    @property
    def is_imported(self) -> bool:
        """Whether `gemspec import` writes it into a manifest: a service reports it."""
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

# The other fields of `spec`: source and data of a training, and fields of gemspec alone. Each has its own reader.
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
    """Give the settings of a kind, of all providers or of a single provider."""
    return tuple(row for row in SETTINGS if row.kind is kind and (provider is None or provider in row.providers))


@cache
def named(name: str) -> Setting:
    """Give the row of a setting by its name in a model (`labels.team` for a label). Raises KeyError if unknown."""
    rows = {row.name: row for row in SETTINGS}
    return rows[name.partition(".")[0]]


@cache
def trained_fields() -> tuple[str, ...]:
    """The fields of `spec` that a training fixes: a difference in them needs the next generation."""
    return ("baseModel", "tunedModelSource", "tuningTask", *(row.path[0] for row in of_kind(SettingKind.FIXED)))
