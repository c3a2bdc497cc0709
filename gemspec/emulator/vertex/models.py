"""The methods of models: get, list, listVersions, patch, delete, deleteVersion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel import paging
from ..kernel.errors import ApiError
from . import filters, patches, stored_models, stored_operations
from .messages import (
    LIST_MODELS_RESPONSE,
    MODEL,
    MODELS_LIST,
    MODELS_LIST_VERSIONS,
    MODELS_PATCH,
    NO_PARAMETERS,
    OPERATION,
)
from .names import place_of
from .resources import check_etag, model_value, operation_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.responses import Response

    from ..kernel.calls import Call
    from ..kernel.fields import Value
    from .stored_models import StoredModel

DEFAULT_PAGE = 10
PATCHABLE = ("display_name", "description", "labels", "version_description", "default_checkpoint_id")


def get(call: Call) -> Response:
    """GET .../models/ID, or ID@VERSION."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction():
        return call.answer(MODEL, model_value(call.database, _find(call), call.now))


def list_models(call: Call) -> Response:
    """GET .../models: a page of them, each as its newest version."""
    place = place_of(call)
    parameters = call.parameters(MODELS_LIST)
    with call.database.transaction():
        rows = stored_models.models_after(
            call.database, place, paging.position(parameters, _scope(place.name, parameters)), call.now
        )
        return _page(call, rows, parameters, place.name)


def list_versions(call: Call) -> Response:
    """GET .../models/ID:listVersions: a page of them, the oldest first."""
    parameters = call.parameters(MODELS_LIST_VERSIONS)
    with call.database.transaction():
        model = _find(call)
        after = paging.position(parameters, _scope(model.name, parameters))
        versions = stored_models.versions_of(call.database, model.place, model.id, call.now)
        return _page(call, [version for version in versions if version.number > after], parameters, model.name)


def patch(call: Call) -> Response:
    """PATCH .../models/ID: see `changes`. The labels that the service has set can be overwritten: it does not say."""
    mask = call.parameters(MODELS_PATCH).get("update_mask", "")
    body = call.message(MODEL, "model")
    with call.database.transaction(write=True):
        model = _find(call)
        check_etag(model, body.get("etag", ""))
        settings = patches.changed(model.settings, body, mask, PATCHABLE, "model")
        checkpoint = settings.get("default_checkpoint_id", "")
        if checkpoint not in ["", *(known["checkpoint_id"] for known in settings["checkpoints"])]:
            raise ApiError("INVALID_ARGUMENT", f"{model.name} has no checkpoint '{checkpoint}'.")
        stored_models.change(call.database, model, settings, call.now)
        return call.answer(MODEL, model_value(call.database, _find(call), call.now))


def delete(call: Call) -> Response:
    """DELETE .../models/ID: an operation; the model is gone, with all its versions, when that ends.

    Raises ApiError: 400 FAILED_PRECONDITION while an endpoint deploys one of them; 400 for a name with a version, which
    might mean less than all of them.
    """
    call.parameters(NO_PARAMETERS)
    if "@" in call.path["model"]:
        raise ApiError("INVALID_ARGUMENT", "The name must have no version: see deleteVersion.")
    with call.database.transaction(write=True):
        model = _find(call)
        return _delete(call, stored_models.versions_of(call.database, model.place, model.id, call.now))


def delete_version(call: Call) -> Response:
    """DELETE .../models/ID@VERSION:deleteVersion: the same for one version, which must not be the default one."""
    call.parameters(NO_PARAMETERS)
    with call.database.transaction(write=True):
        model = _find(call)
        versions = stored_models.versions_of(call.database, model.place, model.id, call.now)
        if "@" not in call.path["model"]:
            raise ApiError("INVALID_ARGUMENT", "The name must have a version: ID@VERSION.")
        if model.number == versions[-1].number:
            message = f"{model.name}@{model.version} is the default version: delete the model, or another version."
            raise ApiError("FAILED_PRECONDITION", message)
        return _delete(call, [model])


def _find(call: Call) -> StoredModel:
    return stored_models.find_model(call.database, place_of(call), call.path["model"], call.now)


def _delete(call: Call, versions: Sequence[StoredModel]) -> Response:
    for version in versions:
        for endpoint in stored_models.deployments_of(call.database, version, call.now):
            message = (
                f"The Model {version.name}@{version.version} is deployed at {endpoint.name} as {endpoint.deployment}:"
                " undeploy it first."
            )
            raise ApiError("FAILED_PRECONDITION", message)
    place, name = versions[0].place.name, versions[0].name
    duration = call.options.operation_microseconds
    operation = stored_operations.start(call.database, place, name, stored_operations.DELETE, call.now, duration)
    for version in versions:
        stored_models.let_go(call.database, version, operation.ends)
    return call.answer(OPERATION, operation_value(operation, call.now))


def _page(call: Call, rows: Iterable[StoredModel], parameters: Value, of: str) -> Response:
    wanted = filters.parse(parameters.get("filter", ""), by_name=True)
    size = paging.page_size(parameters, DEFAULT_PAGE)
    page, has_more = paging.cut((row for row in rows if wanted.matches(row.settings)), size)
    value: Value = {"models": [model_value(call.database, model, call.now) for model in page]}
    if has_more:
        value["next_page_token"] = paging.token(page[-1].number, _scope(of, parameters))
    return call.answer(LIST_MODELS_RESPONSE, value)


def _scope(of: str, parameters: Value) -> str:
    return f"{of} models {parameters.get('filter', '')}"
