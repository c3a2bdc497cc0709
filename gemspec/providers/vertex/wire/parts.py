"""A tuning job with what it made, joined: its names, its state, and the marker that counts. Pure.

`read` fetches the answers, `decode` makes a `LiveModel` of the parts, `history` says which of them count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from gemspec.domain.marker import Absent, Corrupt, Newer
from gemspec.domain.model import VALIDATION, VALIDATION_URI, State, moment
from gemspec.domain.settings import LABEL, VERTEX, SettingKind
from gemspec.identity import label_marker as marker_labels
from gemspec.providers.vertex.wire.deployment import deploys
from gemspec.providers.vertex.wire.resource_names import MODELS, Key, Name
from gemspec.providers.wire_settings import WireSettings

if TYPE_CHECKING:
    from gemspec.domain.marker import Reading
    from gemspec.domain.model import Extra, Value
    from gemspec.providers.vertex.wire.messages import Described, Endpoint, Model, TuningJob

# Where a job has settings. A model and an endpoint have mutable settings at the same place as a manifest's spec.
JOB = WireSettings(
    VERTEX,
    (
        ("tuningTask.hyperparameters", "supervisedTuningSpec.hyperParameters"),
        ("tuningTask", "supervisedTuningSpec"),
        ("displayName", "tunedModelDisplayName"),
        ("kmsKeyName", "encryptionSpec.kmsKeyName"),
    ),
    int64=True,
)

DESCRIBED = WireSettings(VERTEX, int64=True)

FIRST = "1"  # the version of a model that is tuned from a base model

SUCCEEDED = frozenset({"JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED"})

_STATES = {
    "JOB_STATE_QUEUED": State.CREATING,
    "JOB_STATE_PENDING": State.CREATING,
    "JOB_STATE_RUNNING": State.CREATING,
    "JOB_STATE_PAUSED": State.CREATING,
    "JOB_STATE_UPDATING": State.CREATING,  # only a running job can be updated, and it continues
    "JOB_STATE_CANCELLING": State.CREATING,
    "JOB_STATE_FAILED": State.FAILED,
    "JOB_STATE_CANCELLED": State.FAILED,
    "JOB_STATE_EXPIRED": State.FAILED,
}

_PUBLISHER = "publishers/google/models/"

# Which job made a model, by the model's key and version.
Makers = Mapping[tuple[Key, str], "Parts"]


@dataclass(frozen=True)  # without slots: names and labels are read once, though asked for often
class Parts:
    """A tuning job with the model that it made and the endpoint of that, as far as they exist. `project` is the id in
    names. `is_unread`: there may be an endpoint that cannot be read.
    """

    job: TuningJob
    project: str
    model: Model | None = None
    endpoint: Endpoint | None = None
    makers: Makers = field(default_factory=dict)
    is_unread: bool = False

    @cached_property
    def job_name(self) -> Name:
        return Name.parse(self.job.name).in_project(self._number, self.project)

    @cached_property
    def model_name(self) -> Name | None:
        """The name of the model that the job made, with its version, even where the model does not exist any more."""
        return self.named(self.job.tuned_model.model)

    @cached_property
    def job_endpoint(self) -> Name | None:
        """The name of the endpoint that the job made, even where it does not exist any more."""
        return self.named(self.job.tuned_model.endpoint)

    @cached_property
    def endpoint_name(self) -> Name | None:
        """The endpoint of the model; until there is one, what the job says."""
        return self.named(self.endpoint.name) if self.endpoint else self.job_endpoint

    @property
    def is_deployed(self) -> bool | None:
        """Whether the endpoint deploys the model; None where that cannot be read."""
        if self.endpoint and deploys(self.endpoint, self.model_name):
            return True
        return None if self.is_unread else False

    @property
    def aliases(self) -> frozenset[str]:
        """Every name of the job, its model and endpoint: with the project's id, and with its number as in answers."""
        return self.all_names(self.job_name, self.model_name, self.job_endpoint, self.endpoint_name)

    def all_names(self, *names: Name | None) -> frozenset[str]:
        """Every way to write these names."""
        texts = [text for name in names if name for text in _spellings(name)]
        ours = [text for text in texts if text.startswith(f"projects/{self.project}/")]
        return frozenset([*texts, *(f"projects/{self._number}/{text.split('/', 2)[2]}" for text in ours)])

    @property
    def is_gone(self) -> bool:
        """Whether the training succeeded, and its model was deleted since."""
        return self.job.state in SUCCEEDED and self.model_name is not None and self.model is None

    @property
    def state(self) -> State:
        """The state of the model. A job that succeeded without naming a model is in a state that gemspec does not
        know.
        """
        if self.job.state in SUCCEEDED:
            return State.ACTIVE if self.model else State.UNKNOWN
        return _STATES.get(self.job.state, State.UNKNOWN)

    @property
    def is_shared(self) -> bool:
        """Whether the model has versions of other jobs: a write to the model would change those, too."""
        return self.model_name is not None and self.model_name.version not in ("", FIRST)

    @cached_property
    def asked_for(self) -> Reading:
        """The marker that the job was created with. Labels that were copied from another training are none."""
        job = self.job
        bound_to = sent(
            base=job.base_model,
            parent=job.pre_tuned_model.tuned_model_name,
            data=job.supervised_tuning_spec.training_dataset_uri,
        )
        reading = marker_labels.read(job.labels, bound_to=bound_to)
        return Absent() if isinstance(reading, Corrupt) else reading

    @cached_property
    def stamped(self) -> Described | None:
        """What carries the marker that gemspec wrote last: the endpoint, which is written last, or the model."""
        return next((found for found in self._written.values() if found and self._is_stamped(found)), None)

    @property
    def is_noted(self) -> bool:
        """Whether all that carries the marker has the same, written by gemspec."""
        found = [carrier for carrier in self._written.values() if carrier]
        records = [marker_labels.record(carrier.labels) for carrier in found]
        return all(map(self._is_stamped, found)) and all(record == records[0] for record in records)

    @cached_property
    def marker(self) -> Reading:
        """What model and endpoint say today; until they say anything, what the job was created with."""
        if stamped := self.stamped:
            return self._placed(stamped)
        broken = (found for found in self._written.values() if found and self._is_broken(found))
        if found := next(broken, None):
            return self._placed(found)
        return self.asked_for

    @property
    def is_unlabelled(self) -> bool:
        """Whether the marker is the job's alone, although there is a model that was changed since: its labels were
        taken off. Until a model is changed its job's labels count, since the service may not copy them.
        """
        found = [carrier for carrier in self._written.values() if carrier]
        is_bare = bool(found) and not any(marker_labels.ours(carrier.labels) for carrier in found)
        return is_bare and not self._is_as_made

    @property
    def _is_as_made(self) -> bool:
        """Whether nothing was written on the model, or on an endpoint without a model of its own, since the end of the
        training.
        """
        carrier = self._written["model"] or self._written["endpoint"]
        end = moment(self.job.end_time)
        return carrier is not None and end is not None and (moment(carrier.update_time) or end) <= end

    @property
    def _written(self) -> dict[str, Described | None]:
        """What carries the marker, the last to be written first, by what `LiveModel.resources` calls it.

        An endpoint that does not deploy the model comes last: it may be left from a time when another one did.
        """
        found = {"endpoint": self.endpoint, "model": None if self.is_shared else self.model}
        return found if self.is_deployed else dict(reversed(found.items()))

    def _placed(self, found: Described) -> Reading:
        reading = marker_labels.read(found.labels, bound_to=binding(found))
        place = next(place for place, carrier in self._written.items() if carrier is found)
        return replace(reading, place=place) if isinstance(reading, Corrupt | Newer) else reading

    def _is_stamped(self, found: Described) -> bool:
        return marker_labels.is_stamped(found.labels, self.job_name.id, bound_to=binding(found))

    def _is_broken(self, found: Described) -> bool:
        """Whether labels are there that are neither a copy of the job's, nor written by gemspec, nor about another
        job: the service may copy those from the model that was tuned from.
        """
        labels = marker_labels.ours(found.labels)
        job = marker_labels.job_of(labels)
        is_copy = labels == marker_labels.ours(self.job.labels)
        is_new = job == self.job_name.id and len(labels) == 1  # an endpoint that `redeploy` has just created
        return bool(labels) and not is_copy and not is_new and job in (None, self.job_name.id)

    @property
    def settings(self) -> dict[str, Value]:
        """The settings that a person chose, in normal form. Until model and endpoint carry the marker, they may lack
        settings of the job. A model that gemspec did not make has its display name on the model.
        """
        source = self.stamped
        if source is None and isinstance(self.asked_for, Absent):
            source = self.model
        return described(source) if source else self.asked

    @property
    def asked(self) -> dict[str, Value]:
        """The settings that the job was created with."""
        return _without_reserved(JOB.read(self.job, SettingKind.MUTABLE))

    @property
    def sent(self) -> dict[str, Extra]:
        """What only the create of the job was sent: its extras, and its validation data by its URI; that of an upload
        by the digest in its name, too.
        """
        uri = self.job.supervised_tuning_spec.validation_dataset_uri
        found = {VALIDATION_URI: uri, VALIDATION: uploaded_digest(uri)}
        return {**JOB.read(self.job, SettingKind.EXTRA), **{name: value for name, value in found.items() if value}}

    def named(self, text: str) -> Name | None:
        """Parse a name of an answer, with the project's id in place of its number; None where that fails."""
        name = Name.read(text)
        return name and name.in_project(self._number, self.project)

    @cached_property
    def _number(self) -> str:
        return Name.parse(self.job.name).project


def described(resource: Described) -> dict[str, Value]:
    """Give the settings that a model or an endpoint carries."""
    return _without_reserved(DESCRIBED.read(resource, SettingKind.MUTABLE))


def sent(*, base: str, parent: str, data: str) -> str:
    """What the labels of a job are bound to: the model that it tunes, and its data. Neither can be changed later.

    `base` is the name of a model of Google's, used where there is no `parent`, the resource name of a tuned model.
    """
    name = Name.read(parent)
    return f"{name.id if name else base_model(base)}\n{data}"


def binding(resource: Described) -> str:
    """What the labels of a model or an endpoint are bound to: the last parts of its name, the same in all answers."""
    name = Name.parse(resource.name)
    return f"{name.kind}/{name.id}"


def base_model(name: str) -> str:
    """Give the name of a model of Google's as manifests have it."""
    return name.rpartition(_PUBLISHER)[2]


def is_reserved(label: str) -> bool:
    """Whether a label is the service's own, or gemspec's."""
    return label.startswith(("goog", marker_labels.PREFIX)) or label == "tune-type"


def made_by(jobs: list[TuningJob], project: str) -> dict[tuple[Key, str], Parts]:
    """Map each model (key and version) to the job that made it."""
    found = {}
    for parts in (Parts(job, project) for job in jobs):
        if model := parts.model_name:
            found[model.key, model.version or FIRST] = parts
    return found


def _spellings(name: Name) -> list[str]:
    """Every way to write a name: the first version of a model is also known by the name without a version."""
    is_first = name.kind == MODELS and (name.version or FIRST) == FIRST
    return [str(name.bare), f"{name.bare}@{FIRST}"] if is_first else [str(name)]


def _without_reserved(settings: dict[str, Value]) -> dict[str, Value]:
    labels = (name for name in settings if name.startswith(LABEL))
    reserved = [name for name in labels if is_reserved(name.removeprefix(LABEL))]
    return {name: value for name, value in settings.items() if name not in reserved}


def uploaded_digest(uri: str) -> str:
    """Give the digest in the name of an upload of gemspec's, in whatever bucket; "" for any other object."""
    named = re.fullmatch(r"gs://[^/]+/gemspec/[^/]+/([0-9a-f]{64})(?:-[0-9]+)?[.]jsonl", uri)
    return named[1] if named else ""
