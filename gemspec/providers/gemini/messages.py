"""The Gemini API's messages as types, for `decode`. Pure.

Names and types are those of Google's published protos (package `google-ai-generativelanguage`) in their JSON mapping. A
field that an answer leaves out has its default, and fields that a later API adds are ignored.
"""

from __future__ import annotations

from gemspec.providers.http.wire import Wire, WirePage


class WireSnapshot(Wire, frozen=True):
    step: int = 0
    epoch: int = 0
    mean_loss: float = 0.0


class Hyperparameters(Wire, frozen=True):
    epoch_count: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    learning_rate_multiplier: float | None = None


class TuningTask(Wire, frozen=True):
    hyperparameters: Hyperparameters = Hyperparameters()
    snapshots: tuple[WireSnapshot, ...] = ()
    complete_time: str = ""


class TunedModelSource(Wire, frozen=True):
    tuned_model: str = ""
    base_model: str = ""


class TunedModel(Wire, frozen=True):
    name: str
    state: str = ""
    base_model: str = ""
    tuned_model_source: TunedModelSource = TunedModelSource()
    display_name: str = ""
    description: str = ""
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    reader_project_numbers: tuple[int, ...] = ()
    tuning_task: TuningTask = TuningTask()
    create_time: str = ""
    update_time: str = ""


class TunedModelPage(WirePage, frozen=True):
    tuned_models: tuple[TunedModel, ...] = ()


class OperationMetadata(Wire, frozen=True):
    total_steps: int = 0
    completed_steps: int = 0
    snapshots: tuple[WireSnapshot, ...] = ()


class OperationError(Wire, frozen=True):
    code: int = 0
    message: str = ""


class Operation(Wire, frozen=True):
    """A training as the service runs it: `tunedModels/ID/operations/OP`."""

    name: str = ""
    done: bool = False
    metadata: OperationMetadata = OperationMetadata()
    error: OperationError | None = None


class OperationPage(WirePage, frozen=True):
    operations: tuple[Operation, ...] = ()


class Permission(Wire, frozen=True):
    """A permission on a model: granteeType USER, GROUP or EVERYONE, role OWNER, WRITER or READER."""

    name: str
    grantee_type: str = ""
    email_address: str = ""
    role: str = ""


class PermissionPage(WirePage, frozen=True):
    permissions: tuple[Permission, ...] = ()


class Model(Wire, frozen=True):
    """A base model of Google's, as `models.list` gives it."""

    name: str
    supported_generation_methods: tuple[str, ...] = ()


class ModelPage(WirePage, frozen=True):
    models: tuple[Model, ...] = ()
