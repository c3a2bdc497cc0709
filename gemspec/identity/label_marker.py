"""The ownership record on services that keep labels: a marker as labels, and back. Pure.

    gemspec-project=support-bots  gemspec-name=number-generator  gemspec-train=0a1b2c3d4e5f
    gemspec-data=9f8e7d6c5b4a_15  gemspec-try=1  gemspec-gen=1  gemspec-serving=1  gemspec-rev=3c59dc0
    gemspec-job=4982013113894174720  gemspec-sum=7b52

On Vertex AI they are put on the tuning job when it is created, which cannot be changed later, and the service copies
them to the model and the endpoint that come out of it. gemspec writes them there again, with `gemspec-job`, the id of
the job. `gemspec-sum` covers the other labels, and what they are bound to: on a job what its create sends, on a model
or an endpoint its own name. So labels that were edited, or copied from another resource, are not taken for ours.
`gemspec-released=1` says that the model was ours and is no longer managed.

The format is permanent, as that of `description_marker`: this is version 1. A label that is not known was written by a
later gemspec, and such a resource is never touched. Labels that begin with `gemspec-x-` are optional: they are kept,
and a reader ignores those that it does not know. Keys and values keep to what labels can hold: 63 characters of lower
case, digits, `_` and `-`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gemspec.domain.marker import Absent, Corrupt, Marker, Newer, Reading
from gemspec.identity import marker_fields
from gemspec.identity.marker_fields import extensions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.marker import Extensions

PREFIX = "gemspec-"
VERSION = 1
MAX_LENGTH = 63
# Labels that gemspec takes at most of the 64 that a resource can have; people's own labels and the service's have the
# rest.
MAX_LABELS = 32

_JOB, _SUM, _RELEASED, _REV = "gemspec-job", "gemspec-sum", "gemspec-released", "gemspec-rev"
_VERSION = "gemspec-version"  # of another form than this
_EXTENSION = "gemspec-x-"
_LABEL = re.compile(rf"[a-z][a-z0-9_-]{{,{MAX_LENGTH - 1}}}=[a-z0-9_-]{{,{MAX_LENGTH}}}")
_NAMES = {"owner": "project", "key": "name"}  # what a field is called in a label, where that differs
_FIELDS = {label: field for field, label in _NAMES.items()}


def of(marker: Marker, *, bound_to: str) -> dict[str, str]:
    """Write the marker as labels of a job, bound to what its create sends.

    Raises ValueError for a marker that could not be read again.
    """
    return _sealed(_labels_of(marker), bound_to, marker)


def stamped(labels: Mapping[str, str], marker: Marker, job: str, *, bound_to: str) -> dict[str, str]:
    """Give the labels of a model or endpoint with this marker on it, whatever marker was there before.

    `job` is the id of the tuning job that made it, `bound_to` its own name.
    """
    return others(labels) | _sealed(_labels_of(marker) | {_JOB: job}, bound_to, marker)


def released(labels: Mapping[str, str], job: str, *, bound_to: str) -> dict[str, str]:
    """Give the labels of a model or endpoint that is no longer managed, whatever its job says."""
    return others(labels) | _sealed({_RELEASED: "1", _JOB: job}, bound_to, Absent())


def others(labels: Mapping[str, str]) -> dict[str, str]:
    """Give the labels that are no record of ours: people's and the service's own."""
    return {name: value for name, value in labels.items() if not name.startswith(PREFIX)}


def record(labels: Mapping[str, str]) -> dict[str, str]:
    """Give the labels that are a record of ours, without those that are never compared: the commit, extensions, and the
    sum over all.
    """
    found = ours(labels).items()
    return {name: value for name, value in found if name not in (_REV, _SUM) and not name.startswith(_EXTENSION)}


def ours(labels: Mapping[str, str]) -> dict[str, str]:
    """Give the labels that are gemspec's."""
    return {name: value for name, value in labels.items() if name.startswith(PREFIX)}


def extensions(labels: Mapping[str, str]) -> Extensions:
    """Give the extensions among these labels, as a marker has them."""
    found = {name.removeprefix(PREFIX): text for name, text in labels.items() if name.startswith(_EXTENSION)}
    return tuple(sorted(found.items()))


def is_stamped(labels: Mapping[str, str], job: str, *, bound_to: str) -> bool:
    """Whether gemspec wrote these labels on this very resource, which this job made, and they were not edited since."""
    return labels.get(_JOB) == job and labels.get(_SUM) == _sum(labels, bound_to)


def job_of(labels: Mapping[str, str]) -> str | None:
    """Give the id of the job that made what gemspec wrote these labels on; None where it did not."""
    return labels.get(_JOB)


def read(labels: Mapping[str, str], *, bound_to: str) -> Reading:
    """Say what marker these labels are, on a resource with this binding."""
    found = ours(labels)
    claims = found.get("gemspec-project"), found.get("gemspec-name")
    version = found.get(_VERSION, "")
    if re.fullmatch(r"[0-9]{1,9}", version) and int(version) > VERSION:
        return Newer(int(version), *claims)
    values = {_field(name): value for name, value in found.items() if name not in (_JOB, _SUM)}
    if not values:
        return Absent()
    values = {name: value for name, value in values.items() if not name.startswith("x-")}
    if found.get(_SUM) != _sum(found, bound_to):
        return Corrupt(_fault(values), *claims)
    if values == {"released": "1"}:
        return Absent(released=True)
    if marker_fields.unknown(values) or marker_fields.missing(values):
        return Newer(VERSION, *claims)
    return marker_fields.read(values, extensions(labels))


def _fault(values: Mapping[str, str]) -> str:
    """Say what is wrong with fields whose sum is not right."""
    if missing := marker_fields.missing(values):
        return f"labels are missing: {', '.join(map(_label, missing))}"
    if changed := marker_fields.unknown(values):
        return f"labels were changed: {', '.join(map(_label, changed))}"
    return f"{_SUM} is not right: labels were edited, or copied from another resource"


def _sealed(labels: dict[str, str], bound_to: str, reading: Reading) -> dict[str, str]:
    sealed = _sealed_labels(labels, bound_to)
    found = read(sealed, bound_to=bound_to)
    fits = len(sealed) <= MAX_LABELS and all(_LABEL.fullmatch(f"{name}={value}") for name, value in sealed.items())
    if not fits or (found, extensions(sealed)) != (reading, extensions_of(reading)):
        raise ValueError(f"this marker could not be read again: {sealed}")
    return sealed


def _sealed_labels(labels: Mapping[str, str], bound_to: str) -> dict[str, str]:
    return {**labels, _SUM: _sum(labels, bound_to)}


def _labels_of(marker: Marker) -> dict[str, str]:
    values = marker_fields.of(marker) | dict(marker.extensions)
    return {_label(name): value for name, value in values.items()}


def _label(field: str) -> str:
    return PREFIX + _NAMES.get(field, field)


def _field(label: str) -> str:
    return _FIELDS.get(label.removeprefix(PREFIX), label.removeprefix(PREFIX))


def _sum(labels: Mapping[str, str], bound_to: str) -> str:
    lines = sorted(f"{name}={value}" for name, value in ours(labels).items() if name != _SUM)
    return marker_fields.checksum("\n".join([f"gemspec:{VERSION}:labels", *lines, bound_to]))
