"""The project file as a value, and who talks to which service. Beside `model`; knows no provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.model import LiveModel


@dataclass(frozen=True, slots=True)
class Project:
    """`gemspec.yaml`: `owner` is its name, written on every model it makes; the limits are the planner's policy.

    `blocks` are the providers' own blocks, by their names: what the provider needs to know of a place.
    """

    owner: str
    provider: str
    max_deletes: Limit
    max_trainings: int
    blocks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """A number, or a percentage of what the project owns."""

    amount: int
    percent: bool = False

    def of(self, owned: int) -> int:
        """How many of `owned` this allows; a percentage allows at least one."""
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
    """Who talks to which service: what every plan opens with. `credential` is a kind or an account, never a secret."""

    provider: str
    endpoint: str
    credential: str


@dataclass(frozen=True, slots=True)
class Words:
    """What messages of the planner call things on a service.

    `restore_marker` and `remove_marker` tell a person how to put a marker back that was changed, and how to take it
    off; `{resource}` there is the resource that carries it. `weak_credentials` are those that cannot set permissions,
    `strong_credentials` those that can; `everyone` is who a permission for everyone lets in.
    """

    restore_marker: str
    remove_marker: str
    weak_credentials: str = ""
    strong_credentials: str = ""
    everyone: str = ""

    def restore(self, model: LiveModel) -> str:
        """How a person puts a marker back that was changed."""
        return self.restore_marker.format(resource=model.marked_resource)

    def remove(self, model: LiveModel) -> str:
        """How a person takes a marker off that gemspec cannot read."""
        return self.remove_marker.format(resource=model.marked_resource)


@dataclass(frozen=True, slots=True)
class Traits:
    """What differs between services, as data, so that the planner never meets a provider.

    `name_prefix` is what stands before the id in a remote name.
    `assigns_ids`: the service makes ids itself, so a planned model's name is unknown until it exists.
    `keeps_failed`: failed trainings are records that stay; they are shown while they are the newest of their key.
    `bills_tokens`: a training is paid by the tokens of its data. `has_permissions`: models have permissions of their
    own. `sets_permissions`: whether these credentials can read and set who may use a model. `writes_in_training`:
    whether settings and marker can be written before a training has ended.
    `default_epochs`: what the service trains when `epochCount` is unset, None where that is unknown.
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
