"""Which path of aiplatform v1 is served by which handler, under which rpc name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel import calls
from . import endpoints, locations, models, operations, tuning_jobs

if TYPE_CHECKING:
    from starlette.routing import Route

    from ..kernel.calls import Handler
    from ..kernel.emulation import Emulation
    from . import VertexOptions

API = calls.Api("aiplatform.googleapis.com", "google.cloud.aiplatform.v1", takes_key=lambda name: False)
LOCATION = "/v1/projects/{project}/locations/{location}"
JOBS, MODELS, ENDPOINTS = f"{LOCATION}/tuningJobs", f"{LOCATION}/models", f"{LOCATION}/endpoints"
JOB, MODEL, ENDPOINT = f"{JOBS}/{{job}}", f"{MODELS}/{{model}}", f"{ENDPOINTS}/{{endpoint}}"

# Custom verbs (":cancel") come before the plain paths, which would match them too.
HANDLERS: list[tuple[str, str, str, Handler[VertexOptions]]] = [
    ("GET", LOCATION.removesuffix("/{location}"), "Locations.ListLocations", locations.list_locations),
    ("POST", JOBS, "GenAiTuningService.CreateTuningJob", tuning_jobs.create),
    ("GET", JOBS, "GenAiTuningService.ListTuningJobs", tuning_jobs.list_jobs),
    ("POST", f"{JOB}:cancel", "GenAiTuningService.CancelTuningJob", tuning_jobs.cancel),
    ("GET", JOB, "GenAiTuningService.GetTuningJob", tuning_jobs.get),
    ("GET", MODELS, "ModelService.ListModels", models.list_models),
    ("GET", f"{MODEL}:listVersions", "ModelService.ListModelVersions", models.list_versions),
    ("DELETE", f"{MODEL}:deleteVersion", "ModelService.DeleteModelVersion", models.delete_version),
    ("GET", MODEL, "ModelService.GetModel", models.get),
    ("PATCH", MODEL, "ModelService.UpdateModel", models.patch),
    ("DELETE", MODEL, "ModelService.DeleteModel", models.delete),
    ("POST", ENDPOINTS, "EndpointService.CreateEndpoint", endpoints.create),
    ("GET", ENDPOINTS, "EndpointService.ListEndpoints", endpoints.list_endpoints),
    ("POST", f"{ENDPOINT}:deployModel", "EndpointService.DeployModel", endpoints.deploy),
    ("POST", f"{ENDPOINT}:undeployModel", "EndpointService.UndeployModel", endpoints.undeploy),
    ("POST", f"{ENDPOINT}:generateContent", "PredictionService.GenerateContent", endpoints.generate),
    ("POST", f"{ENDPOINT}:streamGenerateContent", "PredictionService.StreamGenerateContent", endpoints.stream),
    ("GET", ENDPOINT, "EndpointService.GetEndpoint", endpoints.get),
    ("PATCH", ENDPOINT, "EndpointService.UpdateEndpoint", endpoints.patch),
    ("DELETE", ENDPOINT, "EndpointService.DeleteEndpoint", endpoints.delete),
    *(
        (method, f"{parent}/operations{path}", f"Operations.{name}", handler)
        for parent in (LOCATION, JOB, MODEL, ENDPOINT)
        for method, path, name, handler in (
            ("GET", "", "ListOperations", operations.list_operations),
            ("POST", "/{operation}:wait", "WaitOperation", operations.wait),
            ("GET", "/{operation}", "GetOperation", operations.get),
            ("DELETE", "/{operation}", "DeleteOperation", operations.delete),
        )
    ),
]


def routes(emulation: Emulation, options: VertexOptions) -> list[Route]:
    """The routes of Vertex AI."""
    return calls.routes(emulation, API, options, HANDLERS)
