"""Resources as the API shows them: values of `messages`, from what is stored and the time.

Every function is to be called in a transaction.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..kernel.errors import ApiError
from . import stored_models
from .names import BASE_MODEL_PREFIX

if TYPE_CHECKING:
    from ..kernel.database import Database
    from ..kernel.fields import Value
    from .jobs import StoredJob
    from .stored_models import StoredEndpoint, StoredModel


def job_value(database: Database, job: StoredJob, now: int) -> Value:
    """A TuningJob. Its tunedModel names what it has made, also after that was deleted."""
    times = job.timeline
    value: Value = {
        **job.settings,
        "name": job.name,
        "state": times.state(now),
        "create_time": times.created,
        "update_time": times.updated(now),
    }
    if times.has_started(now):
        value["start_time"] = times.starts
        value["experiment"] = job.place.of("metadataStores/default/contexts", _experiment(times.starts))
        value["tuning_data_stats"] = {"supervised_tuning_data_stats": job.stats}
    if times.is_done(now):
        value["end_time"] = times.end
        value["error"] = times.error(now)
    if times.has_succeeded(now):
        value["tuned_model"] = _tuned_model(database, job)
    return value


def model_value(database: Database, model: StoredModel, now: int) -> Value:
    """A Model."""
    settings = dict(model.settings)
    base_model = settings.pop("base_model")
    made = model.job.timeline.end
    versions = stored_models.versions_of(database, model.place, model.id, now)
    is_default = model.number == versions[-1].number if versions else True
    return {
        **settings,
        "name": model.name,
        "create_time": versions[0].job.timeline.end if versions else made,
        "update_time": model.updated or made,
        "deployed_models": [
            {"endpoint": endpoint.name, "deployed_model_id": endpoint.deployment, **_id_of(endpoint.checkpoint)}
            for endpoint in stored_models.deployments_of(database, model, now)
        ],
        "etag": etag(model),
        "version_id": str(model.version),
        "version_aliases": ["default"] if is_default else [],
        "version_create_time": made,
        "version_update_time": model.updated or made,
        "model_source_info": {"source_type": "GENIE"},
        "base_model_source": {"genie_source": {"base_model_uri": f"{BASE_MODEL_PREFIX}{base_model}"}},
    }


def endpoint_value(database: Database, endpoint: StoredEndpoint, now: int) -> Value:
    """An Endpoint, with its deployed model unless that was undeployed."""
    made = _made(database, endpoint)
    value: Value = {
        **endpoint.settings,
        "name": endpoint.name,
        "create_time": made,
        "update_time": max(moment for moment in (made, endpoint.updated or made) if moment <= max(now, made)),
        "etag": etag(endpoint),
    }
    if endpoint.deploys(now):
        value |= {"deployed_models": [deployed_value(database, endpoint)], "traffic_split": {endpoint.deployment: 100}}
    return value


def deployed_value(database: Database, endpoint: StoredEndpoint) -> Value:
    """The DeployedModel of an endpoint that deploys one."""
    model = stored_models.numbered_model(database, endpoint.model or 0)
    return {
        "id": endpoint.deployment,
        "model": model.name,
        "display_name": model.settings["display_name"],
        "create_time": endpoint.deployed or _made(database, endpoint),
        "model_version_id": str(model.version),
        **_id_of(endpoint.checkpoint),
    }


def _made(database: Database, endpoint: StoredEndpoint) -> int:
    """When an endpoint was made: by its caller, or by its job."""
    if endpoint.maker is None:
        return endpoint.created or 0
    return stored_models.numbered_model(database, endpoint.maker).job.timeline.end


def etag(resource: StoredModel | StoredEndpoint) -> str:
    """An entity tag, which changes with the settings."""
    seen = json.dumps([resource.name, resource.updated, resource.settings], sort_keys=True)
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def check_etag(resource: StoredModel | StoredEndpoint, text: str) -> None:
    """Refuses a change that is based on older settings, if it has an etag. Raises ApiError (409)."""
    if text and text != etag(resource):
        raise ApiError("ABORTED", f"The etag of {resource.name} is not '{text}': it was changed in between.")


def _tuned_model(database: Database, job: StoredJob) -> Value:
    model = stored_models.model_of(database, job)
    endpoints = stored_models.endpoints_of(database, model)
    value: Value = {"model": f"{model.name}@{model.version}"}
    if endpoints:
        value["endpoint"] = endpoints[-1].name
    if endpoints and model.settings["checkpoints"]:
        value["checkpoints"] = [{**endpoint.checkpoint, "endpoint": endpoint.name} for endpoint in endpoints]
    return value


def _experiment(moment: int) -> str:
    return f"tuning-experiment-{datetime.fromtimestamp(moment / 1_000_000, UTC):%Y%m%d%H%M%S}"


def _id_of(checkpoint: Value) -> Value:
    return {"checkpoint_id": checkpoint["checkpoint_id"]} if checkpoint else {}
