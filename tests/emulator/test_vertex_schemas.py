"""The emulator's tables of Vertex AI and Cloud Storage against Google's discovery documents, which come with
google-api-python-client: every message and parameter is a part of a published schema, with equal types and enums."""

import json
import re
from importlib import resources

import pytest

from gemspec.emulator.kernel.fields import Enumeration, Message, Scalar, Use
from gemspec.emulator.storage import messages as storage_messages
from gemspec.emulator.storage.routes import HANDLERS as STORAGE_HANDLERS
from gemspec.emulator.vertex import content_messages, messages
from gemspec.emulator.vertex.routes import HANDLERS


def document(name):
    file = resources.files("googleapiclient") / "discovery_cache" / "documents" / f"{name}.json"
    return json.loads(file.read_text("utf-8"))


VERTEX, STORAGE = document("aiplatform.v1"), document("storage.v1")
PREFIX = "GoogleCloudAiplatformV1"


def tables(*modules):
    """The messages of some modules, by their name there."""
    found = {name: value for module in modules for name, value in vars(module).items() if isinstance(value, Message)}
    assert len(found) > 5
    return found


def methods(node, path=""):
    """The methods of a document: `projects.locations.models.get` and so on."""
    for name, resource in node.get("resources", {}).items():
        for method, what in resource.get("methods", {}).items():
            yield f"{path}{name}.{method}", what
        yield from methods(resource, f"{path}{name}.")


VERTEX_METHODS = {name.removeprefix("projects.locations."): what for name, what in methods(VERTEX)}
VERTEX_METHODS["locations.list"] = VERTEX_METHODS["list"]
STORAGE_METHODS = dict(methods(STORAGE))
VERTEX_TABLES = tables(messages, content_messages)
STORAGE_TABLES = tables(storage_messages)
PARAMETERS = {
    **{name: (table, VERTEX_METHODS) for name, table in VERTEX_TABLES.items() if "." in table.name},
    **{name: (table, STORAGE_METHODS) for name, table in STORAGE_TABLES.items() if "." in table.name},
}
# google.rpc and google.longrunning have names of their own in the document.
FOREIGN = {
    "LOCATION": "GoogleCloudLocationLocation",
    "LIST_LOCATIONS_RESPONSE": "GoogleCloudLocationListLocationsResponse",
    "STATUS": "GoogleRpcStatus",
    "OPERATION": "GoogleLongrunningOperation",
    "LIST_OPERATIONS_RESPONSE": "GoogleLongrunningListOperationsResponse",
    "EMPTY": "GoogleProtobufEmpty",
}
# A table without fields has no schema.
NOT_IN_THE_DOCUMENT = {"NO_PARAMETERS"}
# What a caller may send that the emulator refuses as unknown.
REFUSED = {
    "TUNING_JOB": {"preferenceOptimizationSpec"},
    "SUPERVISED_TUNING_SPEC": {"evaluationConfig"},
    "GENERATE_CONTENT_REQUEST": {"continuationToken", "modelArmorConfig", "outputConfig"},
    "GENERATION_CONFIG": {"audioTranscriptionConfig", "enableAffectiveDialog", "responseFormat", "translationConfig"},
    "PART": {"audioTranscription", "speechMetadata"},
    "MODEL": {
        "artifactUri", "containerSpec", "dataStats", "explanationSpec", "metadata", "metadataSchemaUri", "pipelineJob",
        "predictSchemata",
    },
    "ENDPOINT": {
        "clientConnectionConfig", "dedicatedEndpointEnabled", "enablePrivateServiceConnect", "gdcConfig",
        "genAiAdvancedFeaturesConfig", "network", "predictRequestResponseLoggingConfig", "privateServiceConnectConfig",
    },
    "BUCKET": {
        "acl", "autoclass", "billing", "cors", "customPlacementConfig", "defaultEventBasedHold", "defaultObjectAcl",
        "encryption", "generation", "hardDeleteTime", "hierarchicalNamespace", "iamConfiguration", "ipFilter",
        "lifecycle", "locationType", "logging", "objectRetention", "owner", "retentionPolicy", "rpo", "satisfiesPZI",
        "satisfiesPZS", "softDeletePolicy", "softDeleteTime", "versioning", "website",
    },
    "OBJECT": {
        "acl", "contexts", "customTime", "customerEncryption", "eventBasedHold", "hardDeleteTime",
        "kmsKeyName", "owner", "restoreToken", "retention", "retentionExpirationTime", "softDeleteTime",
        "temporaryHold", "timeDeleted",
    },
    "COMPOSE_REQUEST": {"deleteSourceObjects"},
}  # fmt: skip
# Requests that tuning needs: nothing else is missing of them.
COMPLETE = {
    "TUNING_JOB", "SUPERVISED_TUNING_SPEC", "SUPERVISED_HYPER_PARAMETERS", "PRE_TUNED_MODEL", "ENCRYPTION_SPEC",
    "CANCEL_TUNING_JOB_REQUEST", "DEPLOY_MODEL_REQUEST", "UNDEPLOY_MODEL_REQUEST",
}  # fmt: skip
REFUSED_PARAMETERS = {
    "locations.list": {"extraLocationTypes", "filter"},
    "models.list": {"orderBy", "readMask"},
    "models.listVersions": {"orderBy", "readMask"},
    "endpoints.list": {"gdcZone", "orderBy", "readMask"},
    "operations.list": {"returnPartialSuccess"},
    "buckets.get": {"generation", "ifMetagenerationMatch", "ifMetagenerationNotMatch", "softDeleted"},
    "buckets.list": {"returnPartialSuccess", "softDeleted"},
    "buckets.insert": {"enableObjectRetention", "predefinedAcl", "predefinedDefaultObjectAcl"},
    "buckets.delete": {"ifMetagenerationMatch", "ifMetagenerationNotMatch"},
    "objects.get": {"restoreToken", "softDeleted"},
    "objects.insert": {"kmsKeyName", "predefinedAcl"},
    "objects.compose": {"destinationPredefinedAcl", "kmsKeyName"},
    "objects.list": {"filter", "includeFoldersAsPrefixes", "includeTrailingDelimiter", "matchGlob", "softDeleted"},
}
SCALARS = {
    ("string", None): Scalar.STRING,
    ("string", "int64"): Scalar.INT64,
    ("string", "uint64"): Scalar.INT64,
    ("string", "byte"): Scalar.BYTES,
    ("string", "google-datetime"): Scalar.TIMESTAMP,
    ("string", "date-time"): Scalar.TIMESTAMP,
    ("string", "google-duration"): Scalar.STRING,
    ("string", "google-fieldmask"): Scalar.STRING,
    ("integer", "int32"): Scalar.INT32,
    ("integer", "uint32"): Scalar.INT32,
    ("number", "float"): Scalar.FLOAT,
    ("number", "double"): Scalar.DOUBLE,
    ("boolean", None): Scalar.BOOL,
}


def schema_of(name, table):
    if name in FOREIGN:
        return VERTEX["schemas"][FOREIGN[name]]
    return VERTEX["schemas"][PREFIX + table.name]


def check_field(field, published, where):
    """Compare a field of a table with the discovery document."""
    if field.repeated:
        assert published["type"] == "array", where
        published = published["items"]
    elif field.mapped:
        assert published["type"] == "object", where
        published = published["additionalProperties"]
    kind = field.kind
    if isinstance(kind, Message) and "properties" in published:
        for part in kind.fields:
            check_field(part, published["properties"][part.json], f"{where}.{part.json}")
    elif isinstance(kind, Message):
        assert published["$ref"].removeprefix(PREFIX) in (kind.name, FOREIGN.get(kind.name.upper(), "")), where
    elif isinstance(kind, Enumeration):
        assert set(filter(None, kind.names)) <= set(published["enum"]), where
        if kind in (messages.JOB_STATE, messages.ADAPTER_SIZE):
            assert sorted(kind.names) == sorted(published["enum"]), where
    elif kind is Scalar.ANY:
        assert published["additionalProperties"]["type"] == "any", where
    elif kind is Scalar.STRUCT:
        assert "$ref" in published, where
    elif kind is Scalar.VALUE:
        assert published.get("type") == "any" or "enum" in published, where
    else:
        assert kind is SCALARS[published["type"], published.get("format")], where
        assert "enum" not in published, where


RESOURCES = {
    name: table for name, table in VERTEX_TABLES.items() if "." not in table.name and name not in NOT_IN_THE_DOCUMENT
}


@pytest.mark.parametrize("name", RESOURCES)
def test_messages_of_vertex(name):
    """Each field is in the published schema, under the same name, with the same type; of requests none is missing but
    those that are refused."""
    table = RESOURCES[name]
    published = schema_of(name, table).get("properties", {})
    for field in table.fields:
        assert field.json in published, f"{name}.{field.json}"
        check_field(field, published[field.json], f"{name}.{field.json}")
    check_refused(name, settable(published) - {field.json for field in table.fields})


def check_refused(name, missing):
    """Whether what our tables lack is what they are meant to. A newer document may have more; of tuning it may not
    without our knowing."""
    assert REFUSED.get(name, set()) <= missing
    if name in COMPLETE:
        assert missing == REFUSED.get(name, set())


def settable(published):
    return {key for key, what in published.items() if not what.get("readOnly")}


@pytest.mark.parametrize("name", ["TUNING_JOB", "MODEL", "ENDPOINT", "PRE_TUNED_MODEL", "TUNED_MODEL"])
def test_what_only_the_service_sets(name):
    """Output only in the document is output only here, and the reverse but for identifiers and what has no mark."""
    table = RESOURCES[name]
    published = schema_of(name, table)["properties"]
    ours = {field.json for field in table.fields if field.use is Use.OUTPUT_ONLY}
    theirs = {field.json for field in table.fields if published[field.json].get("readOnly")}
    assert ours - theirs <= {"name"}
    assert theirs <= ours


def test_types_that_are_not_in_the_document():
    """What is named so is really not there, so that nothing is skipped that could be compared."""
    assert not {PREFIX + VERTEX_TABLES[name].name for name in NOT_IN_THE_DOCUMENT} & set(VERTEX["schemas"])


@pytest.mark.parametrize("name", PARAMETERS)
def test_query_parameters(name):
    """Each table of parameters is a part of its method's, with equal types."""
    table, known = PARAMETERS[name]
    published = {key: what for key, what in known[table.name]["parameters"].items() if what["location"] == "query"}
    for field in table.fields:
        check_field(field, published[field.json], f"{name}.{field.json}")
    assert set(published) - {field.json for field in table.fields} >= REFUSED_PARAMETERS.get(table.name, set())


@pytest.mark.parametrize("name", ["BUCKET", "OBJECT", "BUCKETS", "OBJECTS", "COMPOSE_REQUEST"])
def test_messages_of_storage(name):
    """The same for Cloud Storage, whose names are camelCase alone."""
    table = STORAGE_TABLES[name]
    published = STORAGE["schemas"][table.name]["properties"]
    for field in table.fields:
        assert field.name == field.json
        check_field(field, published[field.json], f"{name}.{field.json}")
    check_refused(name, settable(published) - {field.json for field in table.fields})


def test_every_table_is_held():
    """No table escapes: each is a schema, parameters, or named as not in the document."""
    assert set(VERTEX_TABLES) == set(RESOURCES) | NOT_IN_THE_DOCUMENT | {n for n in PARAMETERS if n in VERTEX_TABLES}
    storage = {name for name in STORAGE_TABLES if "." not in STORAGE_TABLES[name].name}
    assert storage == {"BUCKET", "OBJECT", "BUCKETS", "OBJECTS", "COMPOSE_REQUEST"}


@pytest.mark.parametrize(
    ("served", "document_", "prefix"),
    [
        ([(method, path) for method, path, _, _ in HANDLERS], VERTEX, "/"),
        ([(method, path) for method, path, _ in STORAGE_HANDLERS], STORAGE, "/storage/v1/"),
    ],
    ids=["vertex", "storage"],
)
def test_paths(served, document_, prefix):
    """Every path that is served is in the document."""
    known = {(what["httpMethod"], flat(what, prefix)) for _, what in methods(document_)}
    extra = {("GET", "download"), ("POST", "upload"), ("PUT", "upload"), ("DELETE", "upload")}  # media, not in it
    for method, path in served:
        head = path.split("/")[1]
        assert (method, head) in extra or (method, normal(path)) in known, path


def flat(method, prefix):
    return normal(prefix + method.get("flatPath", method["path"]))


def normal(path):
    """A path without the names of its variables."""
    return re.sub(r"\{[^}]*\}", "{}", path)
