"""The ownership record on services that keep labels: a marker as labels, and back. Pure.

    gemspec-project=support-bots  gemspec-name=number-generator  gemspec-train=0a1b2c3d4e5f
    gemspec-data=9f8e7d6c5b4a_15  gemspec-try=1  gemspec-serving=1  gemspec-rev=3c59dc0  gemspec-job=4982013113894174720

On Vertex AI the labels are on the tuning job from its creation, where they can never change, and on the model and the
endpoint that it makes. There `gemspec-job` names the job: so gemspec wrote these labels, and the service did not copy
them from another version or model. They take precedence over the labels of the job. `gemspec-released=1` there
revokes the labels of the job for good.

The format is permanent, like that of `description_marker`. This is version 1: a label that is not known was written by
a later gemspec, and such a resource is never touched. Keys and values keep to what labels can hold: 63 characters of
lower case, digits, `_` and `-`.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING

from gemspec.domain.model import Absent, Corrupt, Marker, Newer, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "gemspec-"
VERSION = 1
MAX_LENGTH = 63

_OWNER, _KEY, _JOB, _RELEASED = "gemspec-project", "gemspec-name", "gemspec-job", "gemspec-released"
_REV = "gemspec-rev"
_VERSION = "gemspec-version"  # of another form than this
_NAME = r"[a-z](?:[a-z0-9-]*[a-z0-9])?"
_FLAGS = ("protect", "retain", "terminating")
_FORMS = {
    _OWNER: _NAME,
    _KEY: _NAME,
    "gemspec-train": r"[0-9a-f]{12}",
    "gemspec-data": r"(?:[0-9a-f]{12}|unknown)_[0-9]{1,9}",
    "gemspec-try": r"[1-9][0-9]{0,5}",
    "gemspec-serving": r"[1-9][0-9]{0,5}",
    "gemspec-from": r"[0-9a-f]{12}",
    "gemspec-flags": "|".join("_".join(some) for n in (1, 2, 3) for some in combinations(_FLAGS, n)),
    _REV: r"[0-9a-f]{7,40}",
}
_REQUIRED = (_OWNER, _KEY, "gemspec-train", "gemspec-data", "gemspec-try")


def of(marker: Marker) -> dict[str, str]:
    """Write the marker as labels."""
    labels = {
        _OWNER: marker.owner,
        _KEY: marker.key,
        "gemspec-train": marker.train,
        "gemspec-data": f"{marker.data}_{marker.examples}",
        "gemspec-try": marker.attempt,
        "gemspec-serving": marker.serving,
        "gemspec-from": marker.parent,
        "gemspec-flags": "_".join(flag for flag in _FLAGS if getattr(marker, flag)) or None,
        _REV: marker.rev,
    }
    return {name: str(value) for name, value in labels.items() if value is not None}


def stamped(labels: Mapping[str, str], marker: Marker, job: str) -> dict[str, str]:
    """Give the labels of a model or endpoint with this marker on it, in place of any marker before.

    `job` is the id of the tuning job that made it.
    """
    return others(labels) | of(marker) | {_JOB: job}


def released(labels: Mapping[str, str], job: str) -> dict[str, str]:
    """Give the labels of a model or endpoint that is no longer managed, whatever the labels of its job are."""
    return others(labels) | {_RELEASED: "1", _JOB: job}


def others(labels: Mapping[str, str]) -> dict[str, str]:
    """Give the labels that are not ours: the user's and the service's own."""
    return {name: value for name, value in labels.items() if not name.startswith(PREFIX)}


def record(labels: Mapping[str, str]) -> dict[str, str]:
    """Give our labels except the commit, which is never compared."""
    return {name: value for name, value in labels.items() if name.startswith(PREFIX) and name != _REV}


def is_stamped(labels: Mapping[str, str], job: str) -> bool:
    """Whether gemspec wrote these labels to a model or endpoint that this job made."""
    return labels.get(_JOB) == job


def job_of(labels: Mapping[str, str]) -> str | None:
    """Give the id of the job that gemspec wrote to these labels; None where it wrote none."""
    return labels.get(_JOB)


def read(labels: Mapping[str, str]) -> Reading:
    """Read the marker of these labels."""
    ours = {name: value for name, value in labels.items() if name.startswith(PREFIX) and name != _JOB}
    owner, key = ours.get(_OWNER), ours.get(_KEY)
    version = ours.get(_VERSION, "")
    if re.fullmatch(r"[0-9]{1,9}", version) and int(version) > VERSION:
        return Newer(int(version), owner, key)
    if not ours or ours == {_RELEASED: "1"}:
        return Absent()
    if not ours.keys() <= _FORMS.keys() | {_RELEASED}:
        return Newer(VERSION, owner, key)
    if reason := _fault(ours):
        return Corrupt(reason, owner, key)
    return _marker(ours)


def _fault(ours: Mapping[str, str]) -> str:
    """Say what is wrong with these labels; "" where nothing is."""
    if _RELEASED in ours:
        return f"{_RELEASED} stands beside labels of an owner"
    if missing := [name for name in _REQUIRED if name not in ours]:
        return f"labels are missing: {', '.join(missing)}"
    broken = [name for name, value in ours.items() if not re.fullmatch(_FORMS[name], value)]
    return f"labels were changed: {', '.join(sorted(broken))}" if broken else ""


def _marker(ours: Mapping[str, str]) -> Marker:
    data, _, examples = ours["gemspec-data"].rpartition("_")
    flags = ours.get("gemspec-flags", "").split("_")
    return Marker(
        owner=ours[_OWNER],
        key=ours[_KEY],
        train=ours["gemspec-train"],
        data=data,
        examples=int(examples),
        attempt=int(ours["gemspec-try"]),
        serving=int(ours["gemspec-serving"]) if "gemspec-serving" in ours else None,
        parent=ours.get("gemspec-from"),
        protect="protect" in flags,
        retain="retain" in flags,
        terminating="terminating" in flags,
        rev=ours.get(_REV),
    )
