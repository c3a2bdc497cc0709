"""The method of locations: list. Which there are is a fact of the service; some of them have tuning jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel.errors import invalid
from .messages import LIST_LOCATIONS_RESPONSE, LOCATIONS_LIST
from .names import project_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from . import VertexCall

# Those where Google's pages name tuned models; the service has more.
LOCATIONS = (
    "asia-northeast1", "asia-northeast3", "asia-southeast1", "europe-west1", "europe-west2", "europe-west3",
    "europe-west4", "us-central1", "us-east1", "us-east4", "us-west1", "us-west4",
)  # fmt: skip


def list_locations(call: VertexCall) -> Response:
    """GET /v1/projects/PROJECT/locations: all of them on a page."""
    parameters = call.parameters(LOCATIONS_LIST)
    if parameters.get("page_token"):
        raise invalid("page_token", "The page token is not valid.")
    place = f"projects/{project_of(call)}/locations"
    found = [{"name": f"{place}/{name}", "location_id": name} for name in LOCATIONS]
    return call.answer(LIST_LOCATIONS_RESPONSE, {"locations": found})
