"""Updates models and endpoints of Vertex AI: display name, description and labels, the marker among them.

The model is written first and the endpoint last, since the endpoint's labels take precedence: an interrupted update
counts as not done, and is repeated. Labels are read, changed and written as a whole, so that labels of the service and
of other people stay. An etag makes a write fail where somebody else has written in between. A marker that they wrote
stays: an update without a new marker yields, an update with a new marker raises. A tuning job cannot be changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import anyio

from gemspec.domain.errors import ChangedError, ServiceError
from gemspec.domain.marker import Absent, Marker
from gemspec.domain.model import State
from gemspec.identity import label_marker
from gemspec.identity.marker_fields import extensions_of, merged_extensions
from gemspec.providers.http.api import RefusedError
from gemspec.providers.vertex.operations import is_busy
from gemspec.providers.vertex.wire import encode as requests, messages
from gemspec.providers.vertex.wire.decode import live_model
from gemspec.providers.vertex.wire.parts import binding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.model import LiveModel, Value
    from gemspec.providers.vertex.api import VertexCalls
    from gemspec.providers.vertex.read import Reader
    from gemspec.providers.vertex.wire.parts import Parts
    from gemspec.providers.vertex.wire.resource_names import Name

LATER = "Run the same command again later."
# Seconds before each read of what was written. The last pauses are for a resource that another request holds.
PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)

Labels = dict[str, str]
# Gives the labels of a resource as they are to be: from those that it has, and what they are bound to.
Label = Callable[[Labels, str], Labels]
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
        seen = extensions_of(live.marker if marker else kept)

        def label(found: Labels, bound_to: str) -> Labels:
            if kept is None:
                return _as_found(found, bound_to)
            # A new endpoint has none yet, which does not mean that somebody took them off.
            is_ours = label_marker.is_stamped(found, job, bound_to=bound_to)
            there = label_marker.extensions(found) if is_ours else seen
            extensions = merged_extensions(seen, kept.extensions, there)
            return label_marker.stamped(found, replace(kept, extensions=extensions), job, bound_to=bound_to)

        return await self._write(parts, wanted, label, yields=marker is None)

    async def release(self, name: str) -> Parts:
        """Remove the marker, although the job's labels keep it. Where model or endpoint lack the marker, it is written
        first; otherwise a release that was interrupted after the model would count as done.
        """
        parts = await self._written_on(name)
        if isinstance(parts.marker, Marker) and not parts.is_noted:
            parts = await self.update(live_model(parts), {}, None)
        job = parts.job_name.id
        return await self._write(
            parts, {}, lambda found, bound_to: label_marker.released(found, job, bound_to=bound_to)
        )

    async def unlabel(self, name: Name, endpoint: messages.Endpoint) -> None:
        """Take gemspec's labels off an endpoint that deploys another model than the one for which it was made."""
        rest = label_marker.others(endpoint.labels)
        if rest == endpoint.labels:
            return
        body = {"labels": rest} | ({"etag": endpoint.etag} if endpoint.etag else {})
        try:
            await self._calls.patch(name, body, "labels")
        except RefusedError as refused:
            raise self._calls.error(refused, name, "changing") from None

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
        if parts.is_unread:  # it would keep the old marker, and counts before the model
            raise ServiceError(
                f"changing {name}: its endpoint cannot be read",
                "Grant these credentials aiplatform.endpoints.get and aiplatform.endpoints.list.",
            )
        return parts

    async def _write(self, parts: Parts, settings: Mapping[str, Value], label: Label, *, yields: bool = False) -> Parts:
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
        label: Label,
        *,
        yields: bool,
    ) -> Described:
        """Write until the service shows the change. The model is patched without a version; where that leaves the
        labels unchanged, its version is: the service keeps labels on both, and shows them merged.
        """
        before, bound_to = label_marker.record(resource.labels), binding(resource)
        target, cause = name.bare, ServiceError(f"changing {name}: the service does not keep what is written", LATER)
        for pause in PAUSES:
            body, mask = requests.patch_body(resource, settings, label(resource.labels, bound_to))
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
            found, wanted = label_marker.record(resource.labels), label(resource.labels, bound_to)
            if found not in (before, label_marker.record(wanted)):
                if not yields:
                    raise _changed(name)
                label = _as_found
        if requests.patch_body(resource, settings, label(resource.labels, bound_to))[1]:
            raise cause
        return resource

    async def _reread(self, name: Name, resource: Described) -> Described:
        found = await self._calls.find(name, type(resource))
        if found is None:
            raise ServiceError(f"changing {name}: it can no longer be read", "Run plan again to see what exists.")
        return found


def _as_found(labels: Labels, _bound_to: str) -> Labels:
    return dict(labels)


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
