"""The project file as a value, and who talks to which service. Beside `model`; knows no provider."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Project:
    """`gemspec.yaml`: `owner` is its name, written on every model it makes; the limits are the planner's policy.

    `vertex` is where its models are, for the provider vertex, or the emulator in its place; else None.
    """

    owner: str
    provider: str
    max_deletes: Limit
    max_trainings: int
    vertex: Vertex | None = None


@dataclass(frozen=True, slots=True)
class Vertex:
    """A place on Vertex AI: project id, location, and the bucket that takes training data."""

    project: str
    location: str
    bucket: str


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
class Traits:
    """What differs between services, as data, so that the planner never meets a provider.

    `assigns_ids`: the service makes ids itself, so a planned model's name is unknown until it exists.
    `keeps_failed`: failed trainings are records that stay; they are shown while they are the newest of their key.
    `bills_tokens`: a training is paid by the tokens of its data. `has_permissions`: models have permissions of their
    own. `sets_permissions`: whether these credentials can read and set who may use a model. `writes_in_training`:
    whether settings and marker can be written before a training has ended.
    `default_epochs`: what the service trains when `epochCount` is unset, None where that is unknown.
    """

    name_prefix: str = "tunedModels/"
    assigns_ids: bool = False
    keeps_failed: bool = False
    bills_tokens: bool = False
    has_permissions: bool = True
    default_epochs: int | None = None
    sets_permissions: bool = True
    writes_in_training: bool = True
