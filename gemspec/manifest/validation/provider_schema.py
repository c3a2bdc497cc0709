"""Which service a project tunes on, and what the schema of a manifest is there. `schema` and `datasets` ask here.

The schemas say at each field what differs between services, under `onProvider`: rules that hold on one of them alone,
or, as text, that it has no such field, and what to write instead. So there is one table, beside what it is about;
`explain` draws the same one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from gemspec.util.schema_files import Schema, load

if TYPE_CHECKING:
    from gemspec.manifest.syntax.nodes import Document

ON_PROVIDER = "onProvider"
ABSENT = "absent"  # keyword of a field that a service does not have


@dataclass(frozen=True, slots=True)
class Service:
    """A service by its word in `onProvider`, its name for people, and its limits for data: bytes and examples.

    `max_file` is for each file as it is read, `max_upload` for all examples as they are sent (None: no limit).
    `elsewhere` says how to get fields that it does not have.
    """

    key: str
    name: str
    elsewhere: str
    max_file: int
    max_upload: int | None = None
    max_examples: int | None = None
    max_validation: int | None = None
    takes_conversations: bool = False
    is_emulated: bool = False


GEMINI = Service(
    "gemini",
    "the Gemini API",
    elsewhere="or tune on Vertex AI, with provider: vertex",
    max_file=4 * 1024**2,  # Google AI Studio's limit for a data file; docs/api-gemini.md
)
EMULATED_GEMINI = replace(
    GEMINI,
    elsewhere="or have the emulator stand in for Vertex AI, with a vertex block in the project file",
    is_emulated=True,
)
# The limits are those of Google's page on supervised tuning; docs/api-vertex.md.
VERTEX = Service(
    "vertex",
    "Vertex AI",
    elsewhere="",
    max_file=1024**3,
    max_upload=1024**3,
    max_examples=10_000_000,
    max_validation=5_000,
    takes_conversations=True,
)
EMULATED_VERTEX = replace(VERTEX, is_emulated=True)
NAMES = {one.key: one.name for one in (GEMINI, VERTEX)}


def of_project(project: Document | None) -> Service | None:
    """Give the service of a project file, None where that does not say: then nothing is asked of one."""
    spec = project.mapping("spec") if project else {}
    match spec.get("provider"):
        case "gemini":
            return GEMINI
        case "vertex":
            return VERTEX
        case "emulator":
            return EMULATED_VERTEX if "vertex" in spec else EMULATED_GEMINI
    return None


def of_name(name: str) -> Service:
    """Give the service that has a model of this remote name."""
    return VERTEX if name.startswith("projects/") else GEMINI


@cache
def schema_on(kind: str, service: Service | None) -> Schema:
    """Give the schema of a kind as it is on a service; without one, what any of them takes."""
    root = load(kind)
    return root if service is None else _on(root, service)


def fields_of(schema: Schema) -> dict[str, Schema]:
    """Give the fields of a block, without those that the service does not have."""
    return {name: field for name, field in schema.get("properties", {}).items() if ABSENT not in field}


def _on(value: Any, service: Service) -> Any:
    if isinstance(value, list):
        return [_on(item, service) for item in value]
    if not isinstance(value, dict):
        return value
    here = value.get(ON_PROVIDER, {}).get(service.key, {})
    if isinstance(here, str):
        advice = f"{here}, {service.elsewhere}" if service.elsewhere else here
        return {ABSENT: f"is not a setting on {service.name}, {advice}"}
    return {name: _on(inner, service) for name, inner in value.items() if name != ON_PROVIDER} | here
