"""Updates models and endpoints of Vertex AI: display name, description and labels, the marker among them.

The model is written first and the endpoint last, since the endpoint's labels take precedence: an interrupted update
counts as not done, and is repeated. Labels are read, changed and written as a whole, so that labels of the service and
of other people stay. An etag makes a write fail where somebody else has written in between. A marker that they wrote
stays: an update without a new marker yields, an update with a new marker raises. A tuning job cannot be changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import anyio

from gemspec.domain.errors import ChangedError, ServiceError
from gemspec.domain.model import Absent, Marker, State
from gemspec.identity import label_marker
from gemspec.providers.http.api import RefusedError
from gemspec.providers.vertex import encode as requests, messages
from gemspec.providers.vertex.decode import live_model
from gemspec.providers.vertex.operations import is_busy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gemspec.domain.model import LiveModel, Value
    from gemspec.providers.vertex.api import VertexCalls
    from gemspec.providers.vertex.decode import Parts
    from gemspec.providers.vertex.read import Reader
    from gemspec.providers.vertex.resource_names import Name

LATER = "Run the same command again later."
# Seconds before each read of what was written. The last pauses are for a resource that another request holds.
PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)

Labels = dict[str, str]
Described = TypeVar("Described", messages.Model, messages.Endpoint)


class Writer:
    """Writes settings and markers."""

    def __init__(self, calls: VertexCalls, reader: Reader) -> None:
        self._calls = calls
        self._reader = reader

    async def update(self, live: LiveModel, settings: Mapping[str, Value], marker: Marker | None) -> Parts:
        """Change only these settings of `live`, and the marker where it is given; give the changed model.

        Until model and endpoint carry the marker, the settings of the job are written, too: the service may not have
        copied them, and an earlier update may have been interrupted after the model.

        Raises ChangedError where somebody else has written another marker in between.
        """
        parts = await self._written_on(live.name)
        if marker and parts.marker not in (live.marker, marker):
            raise _changed(live.name)
        kept = marker or _kept(parts)
        asked = {} if parts.is_noted else {name: value for name, value in parts.settings.items() if value != ""}
        wanted = (asked if isinstance(parts.marker, Marker) else {}) | dict(settings)
        job = parts.job_name.id

        def label(found: Labels) -> Labels:
            return label_marker.stamped(found, kept, job) if kept else dict(found)

        return await self._write(parts, wanted, label, yields=marker is None)

    async def release(self, name: str) -> Parts:
        """Remove the marker, although the job's labels keep it. Where model or endpoint lack the marker, it is written
        first; otherwise a release that was interrupted after the model would count as done.
        """
        parts = await self._written_on(name)
        if isinstance(parts.marker, Marker) and not parts.is_noted:
            parts = await self.update(live_model(parts), {}, None)
        return await self._write(parts, {}, lambda found: label_marker.released(found, parts.job_name.id))

    async def _written_on(self, name: str) -> Parts:
        """Read the model to update. Raises ServiceError where it cannot be updated."""
        parts = await self._reader.find(name)
        if parts is None or parts.is_gone:
            raise ServiceError(f"changing {name}: it can no longer be read", "Run plan again to see what exists.")
        if parts.state is State.CREATING:
            raise ServiceError(
                f"changing {name}: it is still in training, and a tuning job cannot be changed",
                "Run the same command again when the training has ended.",
            )
        if parts.model is None:
            raise ServiceError(f"changing {name}: its training made no model, and a tuning job cannot be changed")
        return parts

    async def _write(
        self, parts: Parts, settings: Mapping[str, Value], label: Callable[[Labels], Labels], *, yields: bool = False
    ) -> Parts:
        model, endpoint = parts.model, parts.endpoint
        if model and parts.model_name and not parts.is_shared:
            model = await self._bring(parts.model_name, model, settings, label, yields=yields)
        if endpoint and parts.endpoint_name:
            endpoint = await self._bring(parts.endpoint_name, endpoint, settings, label, yields=yields)
        return replace(parts, model=model, endpoint=endpoint)

    async def _bring(
        self,
        name: Name,
        resource: Described,
        settings: Mapping[str, Value],
        label: Callable[[Labels], Labels],
        *,
        yields: bool,
    ) -> Described:
        """Write until the service shows the change. The model is patched without a version; where that leaves the
        labels unchanged, its version is: the service keeps labels on both, and shows them merged.
        """
        before = label_marker.record(resource.labels)
        target, cause = name.bare, ServiceError(f"changing {name}: the service does not keep what is written", LATER)
        for pause in PAUSES:
            body, mask = requests.patch_body(resource, settings, label(resource.labels))
            if not mask:
                return resource
            try:
                await self._calls.patch(target, body, mask)
                target = name if mask == "labels" else target
            except RefusedError as refused:
                cause = self._calls.error(refused, name, "changing")
                if not is_busy(refused):
                    raise cause from None
            await anyio.sleep(pause)
            resource = await self._reread(name, resource)
            if label_marker.record(resource.labels) not in (before, label_marker.record(label(resource.labels))):
                if not yields:
                    raise _changed(name)
                label = dict
        if requests.patch_body(resource, settings, label(resource.labels))[1]:
            raise cause
        return resource

    async def _reread(self, name: Name, resource: Described) -> Described:
        found = await self._calls.find(name, type(resource))
        if found is None:
            raise ServiceError(f"changing {name}: it can no longer be read", "Run plan again to see what exists.")
        return found


def _changed(name: Name | str) -> ChangedError:
    return ChangedError(f"somebody else has written on {name} meanwhile", "plan again")


def _kept(parts: Parts) -> Marker | None:
    if isinstance(parts.marker, Marker):
        return parts.marker
    if isinstance(parts.marker, Absent):
        return None
    raise ServiceError(
        f"{parts.job_name} has labels that this gemspec cannot judge; it was not changed",
        "Use the gemspec that wrote them, or mend the labels that begin with gemspec- by hand.",
    )
