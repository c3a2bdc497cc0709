"""The project file as a value, and the facts about a service that the planner needs. Beside `model`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.model import LiveModel
    from gemspec.domain.overrides import Allowance


@dataclass(frozen=True, slots=True)
class Project:
    """`gemspec.yaml`: `owner` is its name, in the marker of every model; the limits are the planner's policy.

    `blocks` are the blocks of providers by name, such as `vertex` with project, location and bucket. `not_ours` names
    models that are no models of this project, whatever they look like. `distinct_from` are projects that
    may train the same and are not this one under another name. `allow` are the lines that lift blocks.
    """

    owner: str
    provider: str
    max_deletes: Limit
    max_trainings: int
    blocks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    not_ours: tuple[str, ...] = ()
    distinct_from: tuple[str, ...] = ()
    allow: tuple[Allowance, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """A number, or a percentage of what the project owns."""

    amount: int
    percent: bool = False

    def of(self, owned: int) -> int:
        """The limit as a number, where the project has `owned` keys; a percentage allows at least 1."""
        return max(1, owned * self.amount // 100) if self.percent else self.amount

    def __str__(self) -> str:
        return f"{self.amount}%" if self.percent else str(self.amount)

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read "3" or "30%"; raises ValueError for anything else."""
        digits = text.removesuffix("%")
        if not (digits.isascii() and digits.isdigit()):
            raise ValueError(f"{text!r} is neither a number nor a percentage")
        return cls(int(digits), percent=text.endswith("%"))


@dataclass(frozen=True, slots=True)
class Identity:
    """Service and account, the first line of every plan. `credential` is a kind or an account, never a secret.

    `place` is where trainings run and data goes, by the names of the provider's block of gemspec.yaml.
    """

    provider: str
    endpoint: str
    credential: str
    place: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a service for messages of the planner.

    `restore_marker` and `remove_marker` say how a person restores a changed marker, and how to remove it; `{resource}`
    is the resource with the marker. `weak_credentials` cannot set permissions, `strong_credentials` can; `everyone`
    says who has a permission for everyone. `location_line` says what to write to go back to `{location}`.
    """

    restore_marker: str
    remove_marker: str
    weak_credentials: str = ""
    strong_credentials: str = ""
    everyone: str = ""
    location_line: str = ""

    def at_location(self, location: str) -> str:
        """What a person writes so that the models of another location are managed again."""
        return self.location_line.format(location=location)

    def restore(self, model: LiveModel) -> str:
        """How a person restores a marker that was changed."""
        return self.restore_marker.format(resource=model.marked_resource)

    def remove(self, model: LiveModel) -> str:
        """How a person removes a marker that gemspec cannot read."""
        return self.remove_marker.format(resource=model.marked_resource)


@dataclass(frozen=True, slots=True)
class Traits:
    """The differences between services, as data, so that the planner needs no provider.

    `name_prefix` comes before the id in a remote name.
    `assigns_ids`: the service makes ids itself, so the name of a planned model is unknown until it exists.
    `keeps_failed`: failed trainings are permanent records, shown while they are the newest attempt of their key.
    `bills_tokens`: trainings are billed by the tokens of their data. `has_permissions`: models have permissions of
    their own. `sets_permissions`: these credentials can read and set permissions. `writes_in_training`: settings and
    marker can be written before a training has ended.
    `redeploys`: models answer through endpoints, so that a model may exist and not answer, and can be deployed again.
    `uploads_data`: training data is uploaded to a bucket, where it stays.
    `has_locations`: a project names one of several locations, and sees only the models there.
    `default_epochs`: the epochs that the service trains when `epochCount` is unset, None where that is unknown.
    """

    words: Words
    name_prefix: str = ""
    assigns_ids: bool = False
    keeps_failed: bool = False
    bills_tokens: bool = False
    has_permissions: bool = True
    default_epochs: int | None = None
    sets_permissions: bool = True
    writes_in_training: bool = True
    redeploys: bool = False
    uploads_data: bool = False
    has_locations: bool = False
