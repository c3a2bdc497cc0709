"""Vertex AI's messages as types, for `decode`. Pure.

Names and types are those of the discovery document of aiplatform v1. A field that an answer leaves out has its default,
and fields that a later API adds are ignored.
"""

from __future__ import annotations

import msgspec

from gemspec.providers.http.wire import Wire, WirePage


class Status(Wire, frozen=True):
    """An error: `code` is a google.rpc.Code."""

    code: int = 0
    message: str = ""


class EncryptionSpec(Wire, frozen=True):
    kms_key_name: str = ""


class PreTunedModel(Wire, frozen=True):
    """The model that a further tuning starts from: `projects/.../models/ID@VERSION`."""

    tuned_model_name: str = ""


class Hyperparameters(Wire, frozen=True):
    epoch_count: int | None = None
    learning_rate_multiplier: float | None = None
    adapter_size: str = ""


class SupervisedTuningSpec(Wire, frozen=True):
    training_dataset_uri: str = ""
    validation_dataset_uri: str = ""
    export_last_checkpoint_only: bool = False
    hyper_parameters: Hyperparameters = Hyperparameters()


class Checkpoint(Wire, frozen=True):
    step: int = 0
    endpoint: str = ""


class TunedModel(Wire, frozen=True):
    """The names of the model and endpoints that a job made; "" where there is none."""

    model: str = ""
    endpoint: str = ""
    checkpoints: tuple[Checkpoint, ...] = ()


class SupervisedTuningDataStats(Wire, frozen=True):
    tuning_dataset_example_count: int = 0
    tuning_step_count: int = 0


class TuningDataStats(Wire, frozen=True):
    supervised_tuning_data_stats: SupervisedTuningDataStats = SupervisedTuningDataStats()


class TuningJob(Wire, frozen=True):
    name: str
    state: str = ""
    base_model: str = ""
    pre_tuned_model: PreTunedModel = PreTunedModel()
    supervised_tuning_spec: SupervisedTuningSpec = SupervisedTuningSpec()
    tuned_model_display_name: str = ""
    description: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    encryption_spec: EncryptionSpec = EncryptionSpec()
    service_account: str = ""
    tuned_model: TunedModel = TunedModel()
    tuning_data_stats: TuningDataStats = TuningDataStats()
    error: Status = Status()
    create_time: str = ""
    end_time: str = ""
    update_time: str = ""


class DeployedModelRef(Wire, frozen=True):
    """Where a model is deployed."""

    endpoint: str = ""
    deployed_model_id: str = ""


class GenieSource(Wire, frozen=True):
    base_model_uri: str = ""


class BaseModelSource(Wire, frozen=True):
    """The base model that a model was tuned from, directly or through other models."""

    genie_source: GenieSource = GenieSource()


class Model(Wire, frozen=True):
    """A model in the registry. Lists show the default version of each."""

    name: str
    version_id: str = ""
    version_aliases: tuple[str, ...] = ()
    display_name: str = ""
    description: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    deployed_models: tuple[DeployedModelRef, ...] = ()
    base_model_source: BaseModelSource = BaseModelSource()
    etag: str = ""
    version_create_time: str = ""
    update_time: str = ""


class DeployedModel(Wire, frozen=True):
    """A model on an endpoint."""

    id: str = ""
    model: str = ""
    model_version_id: str = ""


class Endpoint(Wire, frozen=True):
    name: str
    display_name: str = ""
    description: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    deployed_models: tuple[DeployedModel, ...] = ()
    etag: str = ""
    create_time: str = ""
    update_time: str = ""


class Operation(Wire, frozen=True):
    """A long-running operation: `projects/.../operations/ID`."""

    name: str = ""
    done: bool = False
    error: Status | None = None


class TuningJobPage(WirePage, frozen=True):
    tuning_jobs: tuple[TuningJob, ...] = ()


class ModelPage(WirePage, frozen=True):
    models: tuple[Model, ...] = ()


class EndpointPage(WirePage, frozen=True):
    endpoints: tuple[Endpoint, ...] = ()


# The resources that gemspec writes to: both have a display name, a description, labels and an etag.
Described = Model | Endpoint
