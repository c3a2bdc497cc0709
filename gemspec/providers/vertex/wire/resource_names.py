"""Names of Vertex AI's resources: parsed, compared, turned into paths. Pure.

    projects/my-project/locations/us-central1/tuningJobs/4982013113894174720
    projects/123456789012/locations/us/models/1234567890@1
    projects/123456789012/locations/us/endpoints/987/operations/555

Answers have the project's number where the request had its id, so resources are compared by the parts after it. A name
comes from the service or from a manifest and becomes a host and a path, so only its exact form is accepted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from gemspec.domain.errors import ServiceError
from gemspec.providers.http.status import clean

JOBS, MODELS, ENDPOINTS = "tuningJobs", "models", "endpoints"

_PROJECT = r"[a-z0-9][a-z0-9.:-]{0,99}"
_SEGMENT = r"[A-Za-z0-9_-]{1,128}"
_PLACE = rf"projects/(?P<project>{_PROJECT})/locations/(?P<location>[a-z0-9-]{{2,63}})"
_RESOURCE = re.compile(
    rf"{_PLACE}/(?P<kind>{JOBS}|{MODELS}|{ENDPOINTS})/(?P<id>{_SEGMENT})(?:@(?P<version>{_SEGMENT}))?"
)
_OPERATION = re.compile(rf"{_PLACE}/(?:{_SEGMENT}/{_SEGMENT}/)*operations/{_SEGMENT}")

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a project's models are: project id, location, and the bucket for training data. The block `vertex` of
    gemspec.yaml.
    """

    project: str
    location: str
    bucket: str


@dataclass(frozen=True, slots=True)
class Name:
    """A resource by the parts of its name; `version` is that of a model, "" where the name has none."""

    project: str
    location: str
    kind: str
    id: str
    version: str = ""

    @classmethod
    def parse(cls, text: str) -> Name:
        """Parse a name. Raises ServiceError unless it is the name of a job, a model or an endpoint."""
        name = cls.read(text)
        if name is None:
            raise ServiceError(
                f"{clean(text, 120)!r} is not the name of a resource on Vertex AI",
                "Names look like projects/my-project/locations/us-central1/tuningJobs/1234567890.",
            )
        return name

    @classmethod
    def read(cls, text: str) -> Name | None:
        """As `parse`, but gives None in place of an error."""
        found = _RESOURCE.fullmatch(text)
        if found is None or (found["version"] and found["kind"] != MODELS):
            return None
        return cls(found["project"], found["location"], found["kind"], found["id"], found["version"] or "")

    @property
    def key(self) -> Key:
        """The part that all names of a resource share: without project and version."""
        return (self.location, self.kind, self.id)

    @property
    def bare(self) -> Name:
        """The name of the model without a version."""
        return replace(self, version="")

    @property
    def path(self) -> str:
        """The URL path."""
        return f"/v1/{self}"

    def in_project(self, number: str, project: str) -> Name:
        """The name with the project's id in place of its number."""
        return replace(self, project=project) if self.project == number else self

    def __str__(self) -> str:
        version = f"@{self.version}" if self.version else ""
        return f"projects/{self.project}/locations/{self.location}/{self.kind}/{self.id}{version}"


def collection(project: str, location: str, kind: str) -> str:
    """Give the URL path of all resources of a kind at a location."""
    return f"/v1/projects/{project}/locations/{location}/{kind}"


def location_of(operation: str) -> str:
    """Give the location of an operation by its name. Raises ServiceError for any other name."""
    found = _OPERATION.fullmatch(operation)
    if found is None:
        raise ServiceError(f"{clean(operation, 120)!r} is not the name of an operation on Vertex AI")
    return found["location"]
