"""The message types of aiplatform v1 around Content: of generateContent, and of a line of training data.

Beside `messages`, and compared with the discovery document as they are.
"""

from __future__ import annotations

from ..kernel.fields import Enumeration, Field
from .messages import BOOL, BYTES, FLOAT, INT32, PACKAGE, STRING, STRUCT, TIMESTAMP, VALUE, Message

FINISH_REASON = Enumeration(
    "Candidate.FinishReason",
    ("FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "BLOCKLIST",
     "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL", "MODEL_ARMOR"),
    PACKAGE,
)  # fmt: skip
TRAFFIC_TYPE = Enumeration(
    "GenerateContentResponse.UsageMetadata.TrafficType", ("TRAFFIC_TYPE_UNSPECIFIED", "ON_DEMAND"), PACKAGE
)
PART = Message(
    "Part",
    Field("text", STRING, presence=True, oneof="data"),
    Field("inline_data", STRUCT, oneof="data"),
    Field("file_data", STRUCT, oneof="data"),
    Field("video_metadata", STRUCT, oneof="metadata"),
    Field("function_call", STRUCT, oneof="data"),
    Field("function_response", STRUCT, oneof="data"),
    Field("executable_code", STRUCT, oneof="data"),
    Field("code_execution_result", STRUCT, oneof="data"),
    Field("thought", BOOL),
    Field("thought_signature", BYTES),
    Field("media_resolution", STRUCT),
)
CONTENT = Message("Content", Field("role", STRING), Field("parts", PART, repeated=True))
GENERATION_CONFIG = Message(
    "GenerationConfig",
    Field("temperature", FLOAT, presence=True),
    Field("top_p", FLOAT, presence=True),
    Field("top_k", FLOAT, presence=True),
    Field("candidate_count", INT32, presence=True),
    Field("max_output_tokens", INT32, presence=True),
    Field("stop_sequences", STRING, repeated=True),
    Field("response_logprobs", BOOL, presence=True),
    Field("logprobs", INT32, presence=True),
    Field("presence_penalty", FLOAT, presence=True),
    Field("frequency_penalty", FLOAT, presence=True),
    Field("seed", INT32, presence=True),
    Field("response_mime_type", STRING),
    Field("response_schema", STRUCT),
    Field("response_json_schema", VALUE),
    Field("routing_config", STRUCT),
    Field("audio_timestamp", BOOL, presence=True),
    Field("response_modalities", VALUE, repeated=True),
    Field("media_resolution", VALUE),
    Field("speech_config", STRUCT),
    Field("thinking_config", STRUCT),
    Field("image_config", STRUCT),
)
GENERATE_CONTENT_REQUEST = Message(
    "GenerateContentRequest",
    Field("contents", CONTENT, repeated=True),
    Field("safety_settings", STRUCT, repeated=True),
    Field("generation_config", GENERATION_CONFIG),
    Field("tools", STRUCT, repeated=True),
    Field("tool_config", STRUCT),
    Field("system_instruction", CONTENT),
    Field("cached_content", STRING),
    Field("labels", STRING, mapped=True),
)
CANDIDATE = Message(
    "Candidate",
    Field("index", INT32),
    Field("content", CONTENT),
    Field("finish_reason", FINISH_REASON),
)
USAGE_METADATA = Message(
    "GenerateContentResponseUsageMetadata",
    Field("prompt_token_count", INT32),
    Field("candidates_token_count", INT32),
    Field("total_token_count", INT32),
    Field("traffic_type", TRAFFIC_TYPE),
)
GENERATE_CONTENT_RESPONSE = Message(
    "GenerateContentResponse",
    Field("candidates", CANDIDATE, repeated=True),
    Field("usage_metadata", USAGE_METADATA),
    Field("model_version", STRING),
    Field("create_time", TIMESTAMP),
    Field("response_id", STRING),
)

# A line of training data has no schema of its own: it is published as a subset of the request's.
TRAINING_EXAMPLE = Message(
    "GenerateContentRequest",
    *(
        field
        for field in GENERATE_CONTENT_REQUEST.fields
        if field.name in ("contents", "system_instruction", "tools", "tool_config", "generation_config", "labels")
    ),
)
