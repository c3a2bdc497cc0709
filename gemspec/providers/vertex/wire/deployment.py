"""Which endpoint answers for a model of Vertex AI: pure rules over what was read. Used by `read`, `redeploy`, `delete`.

A job names the endpoint that it made. While that deploys the model, it is the model's. Else it is the oldest endpoint
that gemspec made for the model and that deploys it: its labels name the job. Endpoints of other people never count,
whatever they deploy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.identity import label_marker
from gemspec.providers.vertex.wire.resource_names import Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gemspec.providers.vertex.wire.messages import DeployedModel, Endpoint


def deploys(endpoint: Endpoint, model: Name | None) -> bool:
    """Whether an endpoint deploys this version of a model."""
    return model is not None and any(_is_of(deployed, model) for deployed in endpoint.deployed_models)


def of_job(endpoints: Iterable[Endpoint], job: str) -> list[Endpoint]:
    """The endpoints that gemspec made for the model of a job (its id), or wrote the marker on, the oldest first.

    Labels that were copied from another endpoint do not count. One that was just created has only the job's id.
    """
    found = [endpoint for endpoint in endpoints if _is_labelled(endpoint, job)]
    return sorted(found, key=lambda endpoint: (endpoint.create_time, endpoint.name))


def chosen(named: Endpoint | None, labelled: Sequence[Endpoint], model: Name | None) -> Endpoint | None:
    """The endpoint of a model, out of that which the job names and those of `of_job`: an endpoint that deploys the
    model, else an empty endpoint, else whichever there is.
    """
    found = [endpoint for endpoint in (named, *labelled) if endpoint]
    answering = next((endpoint for endpoint in found if deploys(endpoint, model)), None)
    empty = next((endpoint for endpoint in found if not endpoint.deployed_models), None)
    return answering or empty or next(iter(found), None)


def _is_of(deployed: DeployedModel, model: Name) -> bool:
    found = Name.read(deployed.model)
    version = deployed.model_version_id or (found.version if found else "")
    return found is not None and found.key == model.key and version in ("", model.version or "1")


def _is_labelled(endpoint: Endpoint, job: str) -> bool:
    name = Name.read(endpoint.name)
    bound_to = f"{name.kind}/{name.id}" if name else ""
    ours = label_marker.ours(endpoint.labels)
    is_new = label_marker.job_of(ours) == job and len(ours) == 1
    return is_new or label_marker.is_stamped(ours, job, bound_to=bound_to)
