"""Decodes answers of Vertex AI: a tuning job, its model and its endpoint together make a `LiveModel`. Pure.

`read` fetches them, `messages` holds their types, `encode` makes the bodies of requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from gemspec.domain.marker import Absent, Corrupt, Marker, Newer
from gemspec.domain.model import VALIDATION, VALIDATION_URI, BaseModel, LiveModel, ParentModel, Progress, State, moment
from gemspec.domain.settings import LABEL, VERTEX, SettingKind
from gemspec.identity import label_marker as marker_labels
from gemspec.providers.http.status import clean
from gemspec.providers.vertex.datasets import uploaded_digest
from gemspec.providers.vertex.deployment import deploys
from gemspec.providers.vertex.messages import Model, TunedModel, TuningJob
from gemspec.providers.vertex.resource_names import JOBS, MODELS, Key, Name
from gemspec.providers.wire_settings import WireSettings

if TYPE_CHECKING:
    from gemspec.domain.marker import Reading
    from gemspec.domain.model import Extra, Value
    from gemspec.providers.vertex.messages import Described, Endpoint

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

_SUCCEEDED = frozenset({"JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED"})
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
# The service's words for jobs that do not run yet, or are interrupted.
_WAITING = {"JOB_STATE_QUEUED": "queued", "JOB_STATE_PENDING": "pending", "JOB_STATE_PAUSED": "paused"}
_ENDS = {"JOB_STATE_CANCELLED": "the training was cancelled", "JOB_STATE_EXPIRED": "the training expired"}
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
        return self.job.state in _SUCCEEDED and self.model_name is not None and self.model is None

    @property
    def state(self) -> State:
        """The state of the model. A job that succeeded without naming a model is in a state that gemspec does not
        know.
        """
        if self.job.state in _SUCCEEDED:
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


def live_model(parts: Parts) -> LiveModel:
    """Make the value for planner and applier. Its name is the job's; `resources` has all names."""
    job = parts.job
    resources = {
        "job": parts.job_name,
        "model": parts.model_name if parts.model else None,
        "endpoint": parts.endpoint_name if parts.endpoint or parts.is_unread else None,
    }
    return LiveModel(
        name=str(parts.job_name),
        state=parts.state,
        source=_source(parts),
        marker=parts.marker,
        settings=parts.settings,
        hyperparameters=JOB.read(job, SettingKind.HYPERPARAMETER),
        fixed=JOB.read(job, SettingKind.FIXED),
        sent=parts.sent,
        resources={kind: str(name) for kind, name in resources.items() if name},
        aliases=parts.aliases,
        is_noted=parts.is_noted or isinstance(parts.marker, Absent),
        is_unlabelled=parts.is_unlabelled and isinstance(parts.marker, Marker),
        is_deployed=parts.is_deployed if parts.state is State.ACTIVE else True,
        trained_as=asked_for if isinstance(asked_for := parts.asked_for, Marker) else None,
        progress=_progress(job),
        create_time=job.create_time,
        complete_time=job.end_time,
        update_time=parts.stamped.update_time if parts.stamped else job.update_time,
        examples=job.tuning_data_stats.supervised_tuning_data_stats.tuning_dataset_example_count or None,
        failure=_failure(job) if parts.state is State.FAILED else "",
    )


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


def remembered(models: Iterable[Model], jobs: Iterable[TuningJob], location: str) -> list[TuningJob]:
    """Rebuild jobs that are gone from the labels that gemspec wrote to their models. The service keeps jobs; if it ever
    did not, a model of ours must not be lost and trained again. `location` is where the jobs ran.
    """
    known = {Name.parse(job.name).id for job in jobs}
    found: dict[str, TuningJob] = {}
    for model in sorted(models, key=lambda model: model.version_create_time):  # the original before its copies
        id_, name = marker_labels.job_of(model.labels), Name.read(model.name)
        if id_ and name and id_ not in known and isinstance(_reading(model), Marker):
            found.setdefault(id_, _remembered(model, name, Name(name.project, location, JOBS, id_)))
    return list(found.values())


def _reading(model: Model) -> Reading:
    return marker_labels.read(model.labels, bound_to=binding(model))


def _remembered(model: Model, name: Name, job: Name) -> TuningJob:
    return TuningJob(
        name=str(job),
        state="JOB_STATE_SUCCEEDED",
        base_model=model.base_model_source.genie_source.base_model_uri,
        tuned_model_display_name=model.display_name,
        description=model.description,
        labels=model.labels,
        tuned_model=TunedModel(f"{name.bare}@{model.version_id or FIRST}"),  # its endpoint has labels that say so
        create_time=model.version_create_time,
    )


def _spellings(name: Name) -> list[str]:
    """Every way to write a name: the first version of a model is also known by the name without a version."""
    is_first = name.kind == MODELS and (name.version or FIRST) == FIRST
    return [str(name.bare), f"{name.bare}@{FIRST}"] if is_first else [str(name)]


def _without_reserved(settings: dict[str, Value]) -> dict[str, Value]:
    labels = (name for name in settings if name.startswith(LABEL))
    reserved = [name for name in labels if is_reserved(name.removeprefix(LABEL))]
    return {name: value for name, value in settings.items() if name not in reserved}


def _source(parts: Parts) -> BaseModel | ParentModel:
    """Give the source of a model. A tuned model is named by its job, as live models are, where the job is known."""
    parent = parts.job.pre_tuned_model.tuned_model_name
    if not parent:
        return BaseModel(base_model(parts.job.base_model))
    name = parts.named(parent)
    if name is None:
        return ParentModel(parent)
    if maker := parts.makers.get((name.key, name.version or FIRST)):
        return ParentModel(str(maker.job_name), maker.aliases)
    return ParentModel(str(name), parts.all_names(name))


def _progress(job: TuningJob) -> Progress:
    """Give the steps of a training. While it runs, only its checkpoints report steps. Without checkpoints the total is
    left out, too, since the training would seem to stand still.
    """
    total = job.tuning_data_stats.supervised_tuning_data_stats.tuning_step_count
    done = max((checkpoint.step for checkpoint in job.tuned_model.checkpoints), default=0)
    done = max(done, total) if job.state in _SUCCEEDED else done
    return Progress(done, total if total and done else None, waiting=_WAITING.get(job.state, ""))


def _failure(job: TuningJob) -> str:
    said = clean(job.error.message)
    if end := _ENDS.get(job.state):
        return f"{end} ({said})" if said and job.state != "JOB_STATE_CANCELLED" else end
    code = f"the service gives only the code {job.error.code}" if job.error.code else "the service gives no reason"
    return said or code
