"""What a service has to offer so that gemspec can keep models on it: the Protocol between apply and a provider.

Providers stand beside the manifest reader, above the pure planner, which sees only their `Traits`. Every method raises
`errors.ServiceError` (or one of its kinds) and nothing else; retries, pages and wire formats stay inside.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gemspec.domain.model import (
        BaseModel,
        Dataset,
        Extra,
        Hyperparameter,
        LiveModel,
        Marker,
        ParentModel,
        Permission,
        TrainingExample,
        Value,
    )
    from gemspec.domain.project import Identity, Traits


Sending: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Creation:
    """All that a create sends. `name` is the full remote name to use (`tunedModels/<id>`), "" where the service makes
    ids. `fixed` and `extras` are those of `DesiredModel`; `examples` are empty where the data is `data_uri`, an object
    of Cloud Storage. `validation` are the examples of `extras["validationData"]`.
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


class Provider(Protocol):
    """A service that tunes models. One instance is used by one event loop; `aclose` ends it."""

    @property
    def traits(self) -> Traits: ...

    @property
    def identity(self) -> Identity: ...

    async def list(self, *, curves: bool = False) -> list[LiveModel]:
        """Read every model that these credentials can see, ours or not, in the order of their names; of a training's
        curve the last point alone, unless `curves` are asked for.
        """

    async def get(self, name: str) -> LiveModel | None:
        """Read one model; None when it does not exist or cannot be seen (the service does not tell these apart)."""

    async def create(self, creation: Creation, sending: Sending = nullcontext) -> LiveModel:
        """Start a training and read the model back. Safe to repeat: an id that is taken by a model with the same marker
        (owner, key, train) is that model; taken by any other raises ConflictError.

        `sending` is entered once the training is about to be asked for; what comes before may be cut off.
        """

    async def poll(self, names: Collection[str]) -> dict[str, LiveModel | None]:
        """Read the present state and progress of these models: None where one is gone. Costs a few requests each
        for few, the pages of the list for many. A FAILED model carries the service's reason in `failure`.
        """

    async def trained(self, live: LiveModel) -> LiveModel:
        """Note what has to stand on a model that a training has just made; give it as it is then."""

    async def update(self, live: LiveModel, settings: Mapping[str, Value], marker: Marker | None) -> LiveModel:
        """Change just these settings, and the marker where one is given, and read the model back.

        `live` is the model as it was last read: its description text and marker are kept where they are not given.
        """

    async def release(self, live: LiveModel) -> LiveModel:
        """Take the marker off, leaving the user's own text; the model goes on without gemspec."""

    async def delete(self, name: str, *, in_training: bool = False) -> None:
        """Delete; a model that is already gone is success. One that was seen `in_training` is left where it has been
        trained since then: raises ChangedError, on services where only that can tell whether others rely on it.
        """

    async def cancel(self, name: str) -> None:
        """End a running training as far as the service can; no error when there is none."""

    async def generate(self, name: str, prompt: str, system: str = "") -> str:
        """Ask a tuned model and give its text. `system`: the system instruction, on services that have such."""

    async def permissions(self, name: str) -> Sequence[Permission]:
        """Read who may use a model, sorted, without its owner. Raises AuthError where `traits` says that it cannot."""

    async def permit(self, name: str, wanted: Sequence[Permission]) -> None:
        """Make the permissions of a model just these; its owner's is never touched."""

    async def stored_data(self, uri: str) -> Dataset | None:
        """Identify training data in an object that the user keeps (`gs://...`), without reading it; None where there is
        none.
        """

    async def aclose(self) -> None:
        """Give connections back."""
