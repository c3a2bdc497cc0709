"""The Gemini API's messages as types: what `gemini_wire` reads answers with. Pure.

Names and kinds are those of Google's published protos (package `google-ai-generativelanguage`) in their JSON mapping.
Every field has the default that an answer leaves out, and fields that a later API adds are ignored.
"""

from __future__ import annotations

import msgspec


class Wire(msgspec.Struct, rename="camel", frozen=True):
    """What all messages share: camelCase on the wire, unknown fields ignored."""


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
    snapshots: list[WireSnapshot] = []


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
    reader_project_numbers: list[int] = []
    tuning_task: TuningTask = TuningTask()
    create_time: str = ""
    update_time: str = ""


class TunedModelPage(Wire, frozen=True):
    tuned_models: list[TunedModel] = []
    next_page_token: str = ""


class OperationMetadata(Wire, frozen=True):
    total_steps: int = 0
    completed_steps: int = 0
    snapshots: list[WireSnapshot] = []


class OperationError(Wire, frozen=True):
    code: int = 0
    message: str = ""


class Operation(Wire, frozen=True):
    """A training as the service runs it: `tunedModels/ID/operations/OP`."""

    name: str = ""
    done: bool = False
    metadata: OperationMetadata = OperationMetadata()
    error: OperationError | None = None


class OperationPage(Wire, frozen=True):
    operations: list[Operation] = []
    next_page_token: str = ""


class Permission(Wire, frozen=True):
    """Who may do what with a model: granteeType USER, GROUP or EVERYONE, role OWNER, WRITER or READER."""

    name: str
    grantee_type: str = ""
    email_address: str = ""
    role: str = ""


class PermissionPage(Wire, frozen=True):
    permissions: list[Permission] = []
    next_page_token: str = ""


class Model(Wire, frozen=True):
    """One of Google's own models, as `models.list` gives it."""

    name: str
    supported_generation_methods: list[str] = []


class ModelPage(Wire, frozen=True):
    models: list[Model] = []
    next_page_token: str = ""


class Part(Wire, frozen=True):
    text: str = ""
    thought: bool = False


class Content(Wire, frozen=True):
    parts: list[Part] = []


class Candidate(Wire, frozen=True):
    content: Content = Content()
    finish_reason: str = ""


class PromptFeedback(Wire, frozen=True):
    block_reason: str = ""


class Generation(Wire, frozen=True):
    """The answer of generateContent."""

    candidates: list[Candidate] = []
    prompt_feedback: PromptFeedback = PromptFeedback()
