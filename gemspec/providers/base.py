"""The Protocol of a provider, which `applier` and the commands call to read and change models on a service.

Above the pure planner, which sees only the `Traits` of a provider. Every method raises `errors.ServiceError` or a
subclass, and no other exception; retries, pages and wire formats are hidden in the provider.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gemspec.domain.marker import Marker
    from gemspec.domain.model import BaseModel, Extra, Hyperparameter, LiveModel, ParentModel, Permission, Value
    from gemspec.domain.project import Identity, Traits
    from gemspec.domain.training_data import StoredData, TrainingExample
    from gemspec.domain.uploads import StoredUpload, UploadList


Sending: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Creation:
    """The content of a create. `name` is the full remote name to use (`tunedModels/<id>`), "" where the service makes
    ids. `fixed` and `extras` are those of `DesiredModel`; `examples` are empty where the data is `data_uri`, an object
    of Cloud Storage. `validation` are the examples of `extras["validationData"]`. `stored` and `stored_validation` are
    the objects of the user's that hold either, as they were when the create was planned.
    """

    name: str
    source: BaseModel | ParentModel
    settings: Mapping[str, Value]
    hyperparameters: Mapping[str, Hyperparameter]
    examples: Sequence[TrainingExample]
    marker: Marker
    fixed: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Extra] = field(default_factory=dict)
    validation: Sequence[TrainingExample] = ()
    data_uri: str | None = None
    stored: StoredData | None = None
    stored_validation: StoredData | None = None


@dataclass(frozen=True, slots=True)
class UploadTarget:
    """Where examples would be uploaded to, how many, as how many bytes of which digest; `is_there`: whether the object
    holds them already, None where that could not be looked up.
    """

    uri: str
    rows: int
    size: int
    is_there: bool | None
    digest: str = ""


class Provider(Protocol):
    """A service that tunes models. An instance belongs to a single event loop; `aclose` ends it."""

    @property
    def traits(self) -> Traits: ...

    @property
    def identity(self) -> Identity: ...

    async def list(self, *, curves: bool = False) -> list[LiveModel]:
        """Read every model that these credentials can see, ours or not, in the order of their names. Without `curves`,
        only the last point of a loss curve is kept.
        """

    async def elsewhere(self) -> dict[str, Sequence[LiveModel] | None]:
        """Read the models at other locations of the service, None for a location that cannot be read. Only where
        `traits.has_locations`.
        """

    async def get(self, name: str) -> LiveModel | None:
        """Read a model; None when it does not exist or is not visible (the service does not distinguish the two)."""

    async def create(self, creation: Creation, sending: Sending = nullcontext) -> LiveModel:
        """Start a training and read the model back. Safe to repeat: where the id is taken by a model with the same
        marker (owner, key, train), that model is given; where any other model has it, ConflictError is raised.

        `sending` is entered just before the training is requested; work before that may be cancelled.
        """

    async def poll(self, names: Collection[str]) -> dict[str, LiveModel | None]:
        """Read the state and progress of these models: None for a model that is gone. Few models cost a few requests
        each, many models the pages of the list. A FAILED model has the service's reason in `failure`.
        """

    async def trained(self, live: LiveModel) -> LiveModel:
        """Write the settings and marker of a training to the model that it has just made, and give the model."""

    async def update(self, live: LiveModel, settings: Mapping[str, Value], marker: Marker | None) -> LiveModel:
        """Change only these settings, and the marker where it is given, and read the model back.

        `live` is the model as it was last read: its description and marker are kept where they are not given.
        """

    async def redeploy(self, live: LiveModel) -> LiveModel:
        """Make a trained model answer that no endpoint deploys, and give it as it is then. Trains nothing. Safe to
        repeat: what answers already is left as it is, and an endpoint that was made for the model is used. Raises
        ServiceError where the service has no such step (`traits`).
        """

    async def release(self, live: LiveModel) -> LiveModel:
        """Remove the marker and keep the user's own text: the model is no longer managed."""

    async def delete(self, name: str, *, in_training: bool = False) -> None:
        """Delete a model; a model that is gone already is success. A model that was seen `in_training` and has been
        trained since then is kept: raises ChangedError, on services where others may rely on it already.
        """

    async def cancel(self, name: str) -> None:
        """Cancel a running training as far as the service can; no error when none runs."""

    async def generate(self, name: str, prompt: str, system: str = "") -> str:
        """Send a prompt to a tuned model and give its text. `system`: the system instruction, where the service has
        them.
        """

    async def permissions(self, name: str) -> Sequence[Permission]:
        """Read the permissions of a model, sorted, without the owner's. Raises AuthError where `traits` excludes it."""

    async def permit(self, name: str, wanted: Sequence[Permission]) -> None:
        """Set the permissions of a model to exactly these; the owner's is never changed."""

    async def stored_data(self, uri: str) -> StoredData | None:
        """Describe an object of the user's (`gs://...`), without reading it; None where there is no such object."""

    async def upload_target(self, owner: str, examples: Iterable[TrainingExample]) -> UploadTarget | None:
        """Say where a create would upload these examples, and send nothing; None where a create has them in itself."""

    async def uploads(self, owner: str, *, everywhere: bool = False) -> UploadList | None:
        """List the training data that was uploaded for a project and is there, with the trainings that name it: those
        of the project's location, or of all locations (`everywhere`). None on services without a bucket.
        """

    async def delete_upload(self, owner: str, upload: StoredUpload) -> bool:
        """Delete uploaded data of this project, if it is still the same generation; False where it is not."""

    async def aclose(self) -> None:
        """Close the connections."""
