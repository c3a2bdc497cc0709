"""Names: of places and resources (projects/NUMBER/locations/LOCATION/COLLECTION/ID) and of base models.

Requests may name a project by its id; answers always have its number.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..kernel.errors import ApiError
from ..kernel.projects import number_of

if TYPE_CHECKING:
    from . import VertexCall

BASE_MODEL_PREFIX = "publishers/google/models/"
NO_TUNING_IN = ("global", "us", "eu")

# Whether a tuned model is served from a multi-region, in place of the region of its job.
_MULTI_REGION = {
    "gemini-2.0-flash-001": False,
    "gemini-2.0-flash-lite-001": False,
    "gemini-2.5-pro": False,
    "gemini-2.5-flash": False,
    "gemini-2.5-flash-lite": False,
    "gemini-3.1-flash-lite": True,
    "gemini-3.5-flash": True,
}

_LOCATION = re.compile(r"global|us|eu|[a-z]+-[a-z]+\d{1,2}")
_MODEL = re.compile(r"projects/([^/]+)/locations/([^/]+)/models/(\d+)(?:@([a-z0-9-]+))?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource is: a project, by its number, and a location."""

    project: int
    location: str

    @property
    def name(self) -> str:
        """projects/NUMBER/locations/LOCATION."""
        return f"projects/{self.project}/locations/{self.location}"

    def of(self, collection: str, id_: object) -> str:
        """The name of a resource here."""
        return f"{self.name}/{collection}/{id_}"


@dataclass(frozen=True, slots=True)
class ModelName:
    """The parts of a model's name; `version` is a number, an alias, or empty."""

    place: Place
    id: str
    version: str


def place_of(call: VertexCall) -> Place:
    """The place that the path names. Raises ApiError: 403 for an impossible project, 400 for an impossible location."""
    return _place(call.path["project"], call.path["location"])


def project_of(call: VertexCall) -> int:
    """The number of the project that the path names. Raises ApiError: 403 for an impossible project."""
    return _place(call.path["project"], "global").project


def read_model_name(text: str) -> ModelName | None:
    """A model's name in a body; None for any other text. Raises ApiError, as `place_of` does."""
    match = _MODEL.fullmatch(text)
    if match is None:
        return None
    project, location, id_, version = match.groups()
    return ModelName(_place(project, location), id_, version or "")


def new_id() -> str:
    """An id as the service makes them: 19 digits."""
    return str(10**18 + secrets.randbelow(8 * 10**18))


def missing(kind: str, name: str) -> ApiError:
    """404 for a resource."""
    return ApiError("NOT_FOUND", f"The {kind} {name} does not exist.")


def plain_base_model(base_model: str) -> str | None:
    """The name of a base model that can be tuned, without its publisher; None for any other text."""
    name = base_model.removeprefix(BASE_MODEL_PREFIX)
    return name if name in _MULTI_REGION else None


def model_location(base_model: str, job_location: str) -> str:
    """The location of the model that a job in a location makes of a base model, by its plain name."""
    if not _MULTI_REGION[base_model]:
        return job_location
    return "eu" if job_location.startswith("europe-") else "us"


def _place(project: str, location: str) -> Place:
    number = number_of(project)
    if number is None:
        resource = f"//aiplatform.googleapis.com/projects/{project}/locations/{location}"
        raise ApiError("PERMISSION_DENIED", f"Permission denied on resource '{resource}' (or it may not exist).")
    if not _LOCATION.fullmatch(location):
        raise ApiError("INVALID_ARGUMENT", f"Location '{location}' is not supported.")
    return Place(number, location)
