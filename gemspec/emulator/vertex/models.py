"""The methods of models: get, list, listVersions, patch, delete, deleteVersion."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..kernel.errors import ApiError
from . import stored_models
from .filters import filtered_page
from .limits import patched
from .messages import LIST_MODELS_RESPONSE, MODEL, MODELS_LIST, MODELS_LIST_VERSIONS, MODELS_PATCH, NO_PARAMETERS
from .names import place_of
from .operations import DELETE, operation_answer, start_operation
from .resources import check_etag, model_value

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from starlette.responses import Response

    from ..kernel.fields import Value
    from . import VertexCall
    from .stored_models import StoredModel

PATCHABLE = ("display_name", "description", "labels", "version_description", "default_checkpoint_id")


def get(call: VertexCall) -> Response:
    """GET .../models/ID, or ID@VERSION."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction():
        return call.answer(MODEL, model_value(call.database, _find_model(call), call.now))


def list_models(call: VertexCall) -> Response:
    """GET .../models: a page of them, each as its newest version."""
    place = place_of(call)
    parameters = call.parameters(MODELS_LIST)
    with call.database.transaction():
        return _page(call, parameters, place.name, partial(stored_models.models_after, call.database, place, call.now))


def list_versions(call: VertexCall) -> Response:
    """GET .../models/ID:listVersions: a page of them, the oldest first."""
    parameters = call.parameters(MODELS_LIST_VERSIONS)
    with call.database.transaction():
        model = _find_model(call)
        versions = stored_models.versions_of(call.database, model.place, model.id, call.now)
        return _page(call, parameters, model.name, lambda number: (v for v in versions if v.number > number))


def patch(call: VertexCall) -> Response:
    """PATCH .../models/ID: see `limits.patched`. Labels that the service has set can be overwritten, since the
    published documentation does not say otherwise."""
    mask = call.parameters(MODELS_PATCH).get("update_mask", "")
    body = call.message(MODEL, "model")
    with call.database.transaction(write=True):
        model = _find_model(call)
        check_etag(model, body.get("etag", ""))
        settings = patched(model.settings, body, mask, PATCHABLE, "model")
        checkpoint = settings.get("default_checkpoint_id", "")
        if checkpoint not in ["", *(known["checkpoint_id"] for known in settings["checkpoints"])]:
            raise ApiError("INVALID_ARGUMENT", f"{model.name} has no checkpoint '{checkpoint}'.")
        stored_models.change(call.database, model, settings, call.now)
        return call.answer(MODEL, model_value(call.database, _find_model(call), call.now))


def delete(call: VertexCall) -> Response:
    """DELETE .../models/ID: an operation; the model is deleted, with all its versions, when it ends.

    Raises ApiError: 400 FAILED_PRECONDITION while an endpoint deploys a version; 400 for a name with a version, which
    might mean that version alone.
    """
    call.parameters(NO_PARAMETERS)
    if "@" in call.path["model"]:
        raise ApiError("INVALID_ARGUMENT", "The name must have no version: see deleteVersion.")
    with call.database.transaction(write=True):
        model = _find_model(call)
        return _delete(call, stored_models.versions_of(call.database, model.place, model.id, call.now))


def delete_version(call: VertexCall) -> Response:
    """DELETE .../models/ID@VERSION:deleteVersion: the same for a single version, which must not be the default."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction(write=True):
        model = _find_model(call)
        versions = stored_models.versions_of(call.database, model.place, model.id, call.now)
        if "@" not in call.path["model"]:
            raise ApiError("INVALID_ARGUMENT", "The name must have a version: ID@VERSION.")
        if model.number == versions[-1].number:
            message = f"{model.name}@{model.version} is the default version: delete the model, or another version."
            raise ApiError("FAILED_PRECONDITION", message)
        return _delete(call, [model])


def _find_model(call: VertexCall) -> StoredModel:
    return stored_models.find_model(call.database, place_of(call), call.path["model"], call.now)


def _delete(call: VertexCall, versions: Sequence[StoredModel]) -> Response:
    for version in versions:
        for endpoint in stored_models.deployments_of(call.database, version, call.now):
            message = (
                f"The Model {version.name}@{version.version} is deployed at {endpoint.name} as {endpoint.deployment}:"
                " undeploy it first."
            )
            raise ApiError("FAILED_PRECONDITION", message)
    operation = start_operation(call, versions[0].place.name, versions[0].name, DELETE)
    for version in versions:
        stored_models.delete(call.database, version, operation.ends)
    return operation_answer(call, operation)


def _page(
    call: VertexCall,
    parameters: Value,
    parent: str,
    rows_after: Callable[[int], Generator[StoredModel, None, None]],
) -> Response:
    page = filtered_page(parameters, f"{parent} models", rows_after)
    models = [model_value(call.database, model, call.now) for model in page.rows]
    return call.answer(LIST_MODELS_RESPONSE, {"models": models, "next_page_token": page.token})
