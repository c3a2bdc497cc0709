"""Places and names of resources: projects/NUMBER/locations/LOCATION/COLLECTION/ID.

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
    from ..kernel.calls import Call

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
    """What a model's name says; `version` is a number, an alias, or empty."""

    place: Place
    id: str
    version: str


def place_of(call: Call) -> Place:
    """The place that the path names. Raises ApiError: 403 for a project that cannot be, 400 for such a location."""
    return _place(call.path["project"], call.path["location"])


def read_model_name(text: str) -> ModelName | None:
    """A model's name that a body holds; None for what is none. Raises ApiError, as `place_of` does."""
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


def _place(project: str, location: str) -> Place:
    number = number_of(project)
    if number is None:
        resource = f"//aiplatform.googleapis.com/projects/{project}/locations/{location}"
        raise ApiError("PERMISSION_DENIED", f"Permission denied on resource '{resource}' (or it may not exist).")
    if not _LOCATION.fullmatch(location):
        raise ApiError("INVALID_ARGUMENT", f"Location '{location}' is not supported.")
    return Place(number, location)
