"""Buckets, objects and query parameters of Cloud Storage as tables, with the names of its JSON API.

tests/emulator compares them with the discovery document. Fields that the emulator does not serve are left out, so that
requests that set them are refused; those that only the service sets are dropped from requests.
"""

from __future__ import annotations

from functools import partial

from ..kernel.fields import Enumeration, Field, Message, Scalar, Use

STRING, INT32, INT64, BOOL, TIMESTAMP = Scalar.STRING, Scalar.INT32, Scalar.INT64, Scalar.BOOL, Scalar.TIMESTAMP
_output = partial(Field, use=Use.OUTPUT_ONLY)
_number = partial(Field, kind=INT64, presence=True, use=Use.OUTPUT_ONLY)

PROJECTION = Enumeration("projection", ("full", "noAcl"))

BUCKET = Message(
    "Bucket",
    _output("kind", STRING),
    _output("id", STRING),
    _output("selfLink", STRING),
    _number("projectNumber"),
    Field("name", STRING),
    _output("timeCreated", TIMESTAMP),
    _output("updated", TIMESTAMP),
    _number("metageneration"),
    Field("location", STRING),
    Field("storageClass", STRING),
    _output("etag", STRING),
    Field("labels", STRING, mapped=True),
)
OBJECT = Message(
    "Object",
    _output("kind", STRING),
    _output("id", STRING),
    _output("selfLink", STRING),
    _output("mediaLink", STRING),
    Field("name", STRING),
    _output("bucket", STRING),
    _number("generation"),
    _number("metageneration"),
    Field("contentType", STRING),
    Field("storageClass", STRING),
    _number("size"),
    Field("md5Hash", STRING),
    Field("contentEncoding", STRING),
    Field("contentDisposition", STRING),
    Field("contentLanguage", STRING),
    Field("cacheControl", STRING),
    Field("crc32c", STRING),
    _output("etag", STRING),
    _output("timeCreated", TIMESTAMP),
    _output("updated", TIMESTAMP),
    _output("timeStorageClassUpdated", TIMESTAMP),
    _output("timeFinalized", TIMESTAMP),
    _output("componentCount", INT32),
    Field("metadata", STRING, mapped=True),
)
BUCKETS = Message(
    "Buckets", Field("kind", STRING), Field("items", BUCKET, repeated=True), Field("nextPageToken", STRING)
)
OBJECTS = Message(
    "Objects",
    Field("kind", STRING),
    Field("items", OBJECT, repeated=True),
    Field("prefixes", STRING, repeated=True),
    Field("nextPageToken", STRING),
)
COMPOSE_REQUEST = Message(
    "ComposeRequest",
    Field("kind", STRING),
    Field("destination", OBJECT),
    Field(
        "sourceObjects",
        Message(
            "sourceObjects",
            Field("name", STRING),
            Field("generation", INT64),
            Field("objectPreconditions", Message("objectPreconditions", Field("ifGenerationMatch", INT64))),
        ),
        repeated=True,
    ),
)

# --- query parameters: each named as the method it belongs to -------------------------------------------------------

_WITHOUT_EFFECT = (Field("projection", PROJECTION), Field("userProject", STRING))
_PAGE = (Field("maxResults", INT32), Field("pageToken", STRING), Field("prefix", STRING))
CONDITIONS = (
    Field("ifGenerationMatch", INT64),
    Field("ifGenerationNotMatch", INT64),
    Field("ifMetagenerationMatch", INT64),
    Field("ifMetagenerationNotMatch", INT64),
)
BUCKETS_GET = Message("buckets.get", *_WITHOUT_EFFECT)
BUCKETS_LIST = Message("buckets.list", *_WITHOUT_EFFECT, *_PAGE, Field("project", STRING))
BUCKETS_INSERT = Message("buckets.insert", *_WITHOUT_EFFECT, Field("project", STRING))
BUCKETS_DELETE = Message("buckets.delete", Field("userProject", STRING))
OBJECTS_GET = Message("objects.get", *_WITHOUT_EFFECT, *CONDITIONS, Field("generation", INT64))
OBJECTS_DELETE = Message("objects.delete", Field("userProject", STRING), *CONDITIONS, Field("generation", INT64))
OBJECTS_COMPOSE = Message(
    "objects.compose",
    Field("userProject", STRING),
    *(field for field in CONDITIONS if field.name in ("ifGenerationMatch", "ifMetagenerationMatch")),
)
OBJECTS_INSERT = Message(
    "objects.insert", *_WITHOUT_EFFECT, *CONDITIONS, Field("name", STRING), Field("contentEncoding", STRING)
)
OBJECTS_LIST = Message(
    "objects.list",
    *_WITHOUT_EFFECT,
    *_PAGE,
    Field("delimiter", STRING),
    Field("startOffset", STRING),
    Field("endOffset", STRING),
    Field("versions", BOOL),  # there is only the live version
)
