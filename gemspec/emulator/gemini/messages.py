"""The message types of the Gemini API as tables: what `kernel.reading` accepts and what `kernel.writing` prints.

Copied by hand from Google's protos (package google.ai.generativelanguage.v1beta), so that the emulator does not need
their Python packages; tests/emulator compares the two. Fields are in the order of their numbers, which is the order of
the keys in the service's answers.
"""

from __future__ import annotations

from ..kernel.fields import EMPTY, LIST_OPERATIONS_RESPONSE, OPERATION, STATUS, Enumeration, Field, Message, Scalar, Use

__all__ = ["EMPTY", "LIST_OPERATIONS_RESPONSE", "OPERATION", "STATUS"]

STRING, INT32, INT64, FLOAT, BOOL = Scalar.STRING, Scalar.INT32, Scalar.INT64, Scalar.FLOAT, Scalar.BOOL
TIMESTAMP, STRUCT, VALUE = Scalar.TIMESTAMP, Scalar.STRUCT, Scalar.VALUE
IMMUTABLE, INPUT_ONLY, OUTPUT_ONLY = Use.IMMUTABLE, Use.INPUT_ONLY, Use.OUTPUT_ONLY

STATE = Enumeration("TunedModel.State", ("STATE_UNSPECIFIED", "CREATING", "ACTIVE", "FAILED"))
GRANTEE_TYPE = Enumeration("Permission.GranteeType", ("GRANTEE_TYPE_UNSPECIFIED", "USER", "GROUP", "EVERYONE"))
ROLE = Enumeration("Permission.Role", ("ROLE_UNSPECIFIED", "OWNER", "WRITER", "READER"))
FINISH_REASON = Enumeration("Candidate.FinishReason", ("FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS"))

# --- tuned models ---------------------------------------------------------------------------------------------------

TUNING_SNAPSHOT = Message(
    "TuningSnapshot",
    Field("step", INT32),
    Field("epoch", INT32),
    Field("mean_loss", FLOAT),
    Field("compute_time", TIMESTAMP),
)
TUNING_EXAMPLE = Message(
    "TuningExample",
    Field("text_input", STRING, oneof="model_input", presence=True),
    Field("output", STRING),
)
TUNING_EXAMPLES = Message("TuningExamples", Field("examples", TUNING_EXAMPLE, repeated=True))
DATASET = Message("Dataset", Field("examples", TUNING_EXAMPLES, oneof="dataset"))
HYPERPARAMETERS = Message(
    "Hyperparameters",
    Field("epoch_count", INT32, presence=True, use=IMMUTABLE),
    Field("batch_size", INT32, presence=True, use=IMMUTABLE),
    Field("learning_rate", FLOAT, presence=True, oneof="learning_rate_option", use=IMMUTABLE),
    Field("learning_rate_multiplier", FLOAT, presence=True, oneof="learning_rate_option", use=IMMUTABLE),
)
TUNING_TASK = Message(
    "TuningTask",
    Field("start_time", TIMESTAMP, use=OUTPUT_ONLY),
    Field("complete_time", TIMESTAMP, use=OUTPUT_ONLY),
    Field("snapshots", TUNING_SNAPSHOT, repeated=True, use=OUTPUT_ONLY),
    Field("training_data", DATASET, use=INPUT_ONLY),
    Field("hyperparameters", HYPERPARAMETERS, use=IMMUTABLE),
)
TUNED_MODEL_SOURCE = Message(
    "TunedModelSource",
    Field("tuned_model", STRING, use=IMMUTABLE),
    Field("base_model", STRING, use=OUTPUT_ONLY),
)
TUNED_MODEL = Message(
    "TunedModel",
    Field("name", STRING, use=OUTPUT_ONLY),
    Field("tuned_model_source", TUNED_MODEL_SOURCE, oneof="source_model", use=IMMUTABLE),
    Field("base_model", STRING, presence=True, oneof="source_model", use=IMMUTABLE),
    Field("display_name", STRING),
    Field("description", STRING),
    Field("state", STATE, use=OUTPUT_ONLY),
    Field("create_time", TIMESTAMP, use=OUTPUT_ONLY),
    Field("update_time", TIMESTAMP, use=OUTPUT_ONLY),
    Field("tuning_task", TUNING_TASK, use=IMMUTABLE),
    Field("temperature", FLOAT, presence=True),
    Field("top_p", FLOAT, presence=True),
    Field("top_k", INT32, presence=True),
    Field("reader_project_numbers", INT64, repeated=True),
)
LIST_TUNED_MODELS_RESPONSE = Message(
    "ListTunedModelsResponse",
    Field("tuned_models", TUNED_MODEL, repeated=True),
    Field("next_page_token", STRING),
)
CREATE_TUNED_MODEL_METADATA = Message(
    "CreateTunedModelMetadata",
    Field("total_steps", INT32),
    Field("completed_steps", INT32),
    Field("completed_percent", FLOAT),
    Field("snapshots", TUNING_SNAPSHOT, repeated=True),
    Field("tuned_model", STRING),
)

# --- permissions ----------------------------------------------------------------------------------------------------

PERMISSION = Message(
    "Permission",
    Field("name", STRING, use=OUTPUT_ONLY),
    Field("grantee_type", GRANTEE_TYPE, presence=True, use=IMMUTABLE),
    Field("email_address", STRING, presence=True, use=IMMUTABLE),
    Field("role", ROLE, presence=True),
)
LIST_PERMISSIONS_RESPONSE = Message(
    "ListPermissionsResponse",
    Field("permissions", PERMISSION, repeated=True),
    Field("next_page_token", STRING),
)
TRANSFER_OWNERSHIP_REQUEST = Message("TransferOwnershipRequest", Field("name", STRING), Field("email_address", STRING))

# --- base models ----------------------------------------------------------------------------------------------------

MODEL = Message(
    "Model",
    Field("name", STRING),
    Field("base_model_id", STRING),
    Field("version", STRING),
    Field("display_name", STRING),
    Field("description", STRING),
    Field("input_token_limit", INT32),
    Field("output_token_limit", INT32),
    Field("supported_generation_methods", STRING, repeated=True),
    Field("temperature", FLOAT, presence=True),
    Field("top_p", FLOAT, presence=True),
    Field("top_k", INT32, presence=True),
    Field("max_temperature", FLOAT, presence=True),
)
LIST_MODELS_RESPONSE = Message(
    "ListModelsResponse", Field("models", MODEL, repeated=True), Field("next_page_token", STRING)
)

# --- generation -----------------------------------------------------------------------------------------------------

PART = Message(
    "Part",
    Field("text", STRING, presence=True, oneof="data"),
    Field("inline_data", STRUCT, oneof="data"),
    Field("function_call", STRUCT, oneof="data"),
    Field("function_response", STRUCT, oneof="data"),
    Field("file_data", STRUCT, oneof="data"),
    Field("part_metadata", STRUCT),
    Field("executable_code", STRUCT, oneof="data"),
    Field("code_execution_result", STRUCT, oneof="data"),
    Field("thought", BOOL),
    Field("thought_signature", STRING),
    Field("video_metadata", STRUCT, oneof="metadata"),
)
CONTENT = Message("Content", Field("parts", PART, repeated=True), Field("role", STRING))
GENERATION_CONFIG = Message(
    "GenerationConfig",
    Field("candidate_count", INT32, presence=True),
    Field("stop_sequences", STRING, repeated=True),
    Field("max_output_tokens", INT32, presence=True),
    Field("temperature", FLOAT, presence=True),
    Field("top_p", FLOAT, presence=True),
    Field("top_k", INT32, presence=True),
    Field("seed", INT32, presence=True),
    Field("response_mime_type", STRING),
    Field("response_schema", STRUCT),
    Field("presence_penalty", FLOAT, presence=True),
    Field("frequency_penalty", FLOAT, presence=True),
    Field("response_logprobs", BOOL, presence=True),
    Field("logprobs", INT32, presence=True),
    Field("enable_enhanced_civic_answers", BOOL, presence=True),
    Field("response_modalities", VALUE, repeated=True),
    Field("speech_config", STRUCT),
    Field("thinking_config", STRUCT),
    Field("media_resolution", VALUE),
    Field("response_json_schema", VALUE),
    Field("image_config", STRUCT),
)
GENERATE_CONTENT_REQUEST = Message(
    "GenerateContentRequest",
    Field("model", STRING),
    Field("contents", CONTENT, repeated=True),
    Field("safety_settings", STRUCT, repeated=True),
    Field("generation_config", GENERATION_CONFIG),
    Field("tools", STRUCT, repeated=True),
    Field("tool_config", STRUCT),
    Field("system_instruction", CONTENT),
    Field("cached_content", STRING, presence=True),
)
CANDIDATE = Message(
    "Candidate",
    Field("content", CONTENT),
    Field("finish_reason", FINISH_REASON),
    Field("index", INT32, presence=True),
)
USAGE_METADATA = Message(
    "GenerateContentResponse.UsageMetadata",
    Field("prompt_token_count", INT32),
    Field("candidates_token_count", INT32),
    Field("total_token_count", INT32),
)
GENERATE_CONTENT_RESPONSE = Message(
    "GenerateContentResponse",
    Field("candidates", CANDIDATE, repeated=True),
    Field("usage_metadata", USAGE_METADATA),
    Field("model_version", STRING),
)

# --- query parameters -----------------------------------------------------------------------------------------------

NO_PARAMETERS = Message("NoParameters")
PAGE_PARAMETERS = Message("PageParameters", Field("page_size", INT32), Field("page_token", STRING))
FILTERED_PAGE_PARAMETERS = Message("FilteredPageParameters", *PAGE_PARAMETERS.fields, Field("filter", STRING))
CREATE_PARAMETERS = Message("CreateParameters", Field("tuned_model_id", STRING))
UPDATE_PARAMETERS = Message("UpdateParameters", Field("update_mask", STRING))
