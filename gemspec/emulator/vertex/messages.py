"""The message types of aiplatform v1 that the emulator serves, as tables.

Each is a part of a schema of the service's discovery document, with which tests/emulator compares it; what is left out
is refused in requests as an unknown field. Fields are in the order of their numbers, as far as they are published.
"""

from __future__ import annotations

from functools import partial

from ..kernel.fields import (
    EMPTY,
    LIST_OPERATIONS_RESPONSE,
    OPERATION,
    STATUS,
    Enumeration,
    Field,
    Message as _Message,
    Scalar,
    Use,
)

__all__ = ["EMPTY", "LIST_OPERATIONS_RESPONSE", "OPERATION", "STATUS"]

PACKAGE = "type.googleapis.com/google.cloud.aiplatform.v1."
STRING, INT32, INT64, FLOAT, DOUBLE = Scalar.STRING, Scalar.INT32, Scalar.INT64, Scalar.FLOAT, Scalar.DOUBLE
BOOL, BYTES, TIMESTAMP, STRUCT, VALUE = Scalar.BOOL, Scalar.BYTES, Scalar.TIMESTAMP, Scalar.STRUCT, Scalar.VALUE
Message = partial(_Message, package=PACKAGE)
_output = partial(Field, use=Use.OUTPUT_ONLY)
_labels = Field("labels", STRING, mapped=True)

JOB_STATE = Enumeration(
    "JobState",
    ("JOB_STATE_UNSPECIFIED", "JOB_STATE_QUEUED", "JOB_STATE_PENDING", "JOB_STATE_RUNNING", "JOB_STATE_SUCCEEDED",
     "JOB_STATE_FAILED", "JOB_STATE_CANCELLING", "JOB_STATE_CANCELLED", "JOB_STATE_PAUSED", "JOB_STATE_EXPIRED",
     "JOB_STATE_UPDATING", "JOB_STATE_PARTIALLY_SUCCEEDED"),
    PACKAGE,
)  # fmt: skip
ADAPTER_SIZE = Enumeration(  # TWO came last, as number 6
    "SupervisedHyperParameters.AdapterSize",
    ("ADAPTER_SIZE_UNSPECIFIED", "ADAPTER_SIZE_ONE", "ADAPTER_SIZE_FOUR", "ADAPTER_SIZE_EIGHT", "ADAPTER_SIZE_SIXTEEN",
     "ADAPTER_SIZE_THIRTY_TWO", "ADAPTER_SIZE_TWO"),
    PACKAGE,
)  # fmt: skip
MODEL_SOURCE_TYPE = Enumeration(
    "ModelSourceInfo.ModelSourceType",
    ("MODEL_SOURCE_TYPE_UNSPECIFIED", "AUTOML", "CUSTOM", "BQML", "MODEL_GARDEN", "GENIE", "CUSTOM_TEXT_EMBEDDING",
     "MARKETPLACE"),
    PACKAGE,
)  # fmt: skip

# --- tuning jobs ----------------------------------------------------------------------------------------------------

ENCRYPTION_SPEC = Message("EncryptionSpec", Field("kms_key_name", STRING))
PRE_TUNED_MODEL = Message(
    "PreTunedModel",
    Field("tuned_model_name", STRING),
    Field("checkpoint_id", STRING),
    _output("base_model", STRING),
)
SUPERVISED_HYPER_PARAMETERS = Message(
    "SupervisedHyperParameters",
    Field("epoch_count", INT64),
    Field("learning_rate_multiplier", DOUBLE),
    Field("adapter_size", ADAPTER_SIZE),
)
SUPERVISED_TUNING_SPEC = Message(
    "SupervisedTuningSpec",
    Field("training_dataset_uri", STRING),
    Field("validation_dataset_uri", STRING),
    Field("hyper_parameters", SUPERVISED_HYPER_PARAMETERS),
    Field("export_last_checkpoint_only", BOOL),
)
TUNED_MODEL_CHECKPOINT = Message(
    "TunedModelCheckpoint",
    Field("checkpoint_id", STRING),
    Field("epoch", INT64),
    Field("step", INT64),
    Field("endpoint", STRING),
)
TUNED_MODEL = Message(
    "TunedModel",
    _output("model", STRING),
    _output("endpoint", STRING),
    _output("checkpoints", TUNED_MODEL_CHECKPOINT, repeated=True),
)
DATASET_BUCKET = Message(
    "SupervisedTuningDatasetDistributionDatasetBucket",
    _output("count", DOUBLE),
    _output("left", DOUBLE, presence=True),
    _output("right", DOUBLE),
)
DATASET_DISTRIBUTION = Message(
    "SupervisedTuningDatasetDistribution",
    _output("sum", INT64),
    _output("min", DOUBLE),
    _output("max", DOUBLE),
    _output("mean", DOUBLE),
    _output("median", DOUBLE),
    _output("p5", DOUBLE),
    _output("p95", DOUBLE),
    _output("buckets", DATASET_BUCKET, repeated=True),
    _output("billable_sum", INT64),
)
SUPERVISED_TUNING_DATA_STATS = Message(
    "SupervisedTuningDataStats",
    _output("tuning_dataset_example_count", INT64),
    _output("total_tuning_character_count", INT64),
    _output("total_billable_character_count", INT64),
    _output("tuning_step_count", INT64),
    _output("user_input_token_distribution", DATASET_DISTRIBUTION),
    _output("user_output_token_distribution", DATASET_DISTRIBUTION),
    _output("total_truncated_example_count", INT64),
    _output("total_billable_token_count", INT64),
    _output("truncated_example_indices", INT64, repeated=True),
    _output("dropped_example_reasons", STRING, repeated=True),
)
TUNING_DATA_STATS = Message(
    "TuningDataStats", Field("supervised_tuning_data_stats", SUPERVISED_TUNING_DATA_STATS, oneof="tuning_data_stats")
)
TUNING_JOB = Message(
    "TuningJob",
    _output("name", STRING),
    Field("tuned_model_display_name", STRING),
    Field("description", STRING),
    Field("base_model", STRING, oneof="source_model"),
    Field("supervised_tuning_spec", SUPERVISED_TUNING_SPEC, oneof="tuning_spec"),
    _output("state", JOB_STATE),
    _output("create_time", TIMESTAMP),
    _output("start_time", TIMESTAMP),
    _output("end_time", TIMESTAMP),
    _output("update_time", TIMESTAMP),
    _output("error", STATUS),
    _labels,
    _output("experiment", STRING),
    _output("tuned_model", TUNED_MODEL),
    _output("tuning_data_stats", TUNING_DATA_STATS),
    Field("encryption_spec", ENCRYPTION_SPEC),
    Field("service_account", STRING),
    Field("pre_tuned_model", PRE_TUNED_MODEL, oneof="source_model"),
)
CANCEL_TUNING_JOB_REQUEST = Message("CancelTuningJobRequest")
LIST_TUNING_JOBS_RESPONSE = Message(
    "ListTuningJobsResponse", Field("tuning_jobs", TUNING_JOB, repeated=True), Field("next_page_token", STRING)
)

LOCATION = Message("Location", Field("name", STRING), Field("location_id", STRING))
LIST_LOCATIONS_RESPONSE = Message(
    "ListLocationsResponse", Field("locations", LOCATION, repeated=True), Field("next_page_token", STRING)
)

# --- models and endpoints -------------------------------------------------------------------------------------------

DEPLOYED_MODEL_REF = Message(
    "DeployedModelRef",
    Field("endpoint", STRING),
    Field("deployed_model_id", STRING),
    Field("checkpoint_id", STRING),
)
CHECKPOINT = Message("Checkpoint", Field("checkpoint_id", STRING), Field("epoch", INT64), Field("step", INT64))
MODEL_SOURCE_INFO = Message("ModelSourceInfo", Field("source_type", MODEL_SOURCE_TYPE))
GENIE_SOURCE = Message("GenieSource", Field("base_model_uri", STRING))
BASE_MODEL_SOURCE = Message("ModelBaseModelSource", Field("genie_source", GENIE_SOURCE, oneof="source"))
MODEL = Message(
    "Model",
    _output("name", STRING),  # an identifier, which requests have in their path
    Field("display_name", STRING),
    Field("description", STRING),
    _output("create_time", TIMESTAMP),
    _output("update_time", TIMESTAMP),
    _output("deployed_models", DEPLOYED_MODEL_REF, repeated=True),
    Field("etag", STRING),
    _labels,
    Field("encryption_spec", ENCRYPTION_SPEC),
    _output("version_id", STRING),
    Field("version_aliases", STRING, repeated=True),
    Field("version_description", STRING),
    _output("version_create_time", TIMESTAMP),
    _output("version_update_time", TIMESTAMP),
    _output("model_source_info", MODEL_SOURCE_INFO),
    Field("base_model_source", BASE_MODEL_SOURCE),
    Field("default_checkpoint_id", STRING),
    _output("checkpoints", CHECKPOINT, repeated=True),
)
LIST_MODELS_RESPONSE = Message(
    "ListModelsResponse", Field("models", MODEL, repeated=True), Field("next_page_token", STRING)
)
DEPLOYED_MODEL = Message(
    "DeployedModel",
    Field("id", STRING),
    Field("model", STRING),
    Field("display_name", STRING),
    _output("create_time", TIMESTAMP),
    Field("service_account", STRING),
    _output("model_version_id", STRING),
    Field("checkpoint_id", STRING),
)
ENDPOINT = Message(
    "Endpoint",
    _output("name", STRING),
    Field("display_name", STRING),
    Field("description", STRING),
    _output("deployed_models", DEPLOYED_MODEL, repeated=True),
    Field("traffic_split", INT32, mapped=True),
    Field("etag", STRING),
    _labels,
    _output("create_time", TIMESTAMP),
    _output("update_time", TIMESTAMP),
    Field("encryption_spec", ENCRYPTION_SPEC),
)
LIST_ENDPOINTS_RESPONSE = Message(
    "ListEndpointsResponse", Field("endpoints", ENDPOINT, repeated=True), Field("next_page_token", STRING)
)
DEPLOY_MODEL_REQUEST = Message(
    "DeployModelRequest", Field("deployed_model", DEPLOYED_MODEL), Field("traffic_split", INT32, mapped=True)
)
DEPLOY_MODEL_RESPONSE = Message("DeployModelResponse", Field("deployed_model", DEPLOYED_MODEL))
UNDEPLOY_MODEL_REQUEST = Message(
    "UndeployModelRequest", Field("deployed_model_id", STRING), Field("traffic_split", INT32, mapped=True)
)

# --- operations -----------------------------------------------------------------------------------------------------

GENERIC_OPERATION_METADATA = Message(
    "GenericOperationMetadata", _output("create_time", TIMESTAMP), _output("update_time", TIMESTAMP)
)
DELETE_OPERATION_METADATA = Message("DeleteOperationMetadata", Field("generic_metadata", GENERIC_OPERATION_METADATA))
CREATE_ENDPOINT_OPERATION_METADATA = Message(
    "CreateEndpointOperationMetadata", Field("generic_metadata", GENERIC_OPERATION_METADATA)
)
DEPLOY_MODEL_OPERATION_METADATA = Message(
    "DeployModelOperationMetadata", Field("generic_metadata", GENERIC_OPERATION_METADATA)
)
UNDEPLOY_MODEL_OPERATION_METADATA = Message(
    "UndeployModelOperationMetadata", Field("generic_metadata", GENERIC_OPERATION_METADATA)
)
UNDEPLOY_MODEL_RESPONSE = Message("UndeployModelResponse")

# --- query parameters: each named as the method it belongs to -------------------------------------------------------

NO_PARAMETERS = Message("none")
_PAGE = (Field("page_size", INT32), Field("page_token", STRING))
LOCATIONS_LIST = Message("locations.list", *_PAGE)
TUNING_JOBS_LIST = Message("tuningJobs.list", *_PAGE, Field("filter", STRING))
MODELS_LIST = Message("models.list", *_PAGE, Field("filter", STRING))
MODELS_LIST_VERSIONS = Message("models.listVersions", *_PAGE, Field("filter", STRING))
MODELS_PATCH = Message("models.patch", Field("update_mask", STRING))
ENDPOINTS_CREATE = Message("endpoints.create", Field("endpoint_id", STRING))
ENDPOINTS_LIST = Message("endpoints.list", *_PAGE, Field("filter", STRING))
ENDPOINTS_PATCH = Message("endpoints.patch", Field("update_mask", STRING))
OPERATIONS_LIST = Message("operations.list", *_PAGE, Field("filter", STRING))
OPERATIONS_WAIT = Message("operations.wait", Field("timeout", STRING))
