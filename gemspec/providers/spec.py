"""The differences between services, as data: a `ProviderSpec` for each service, which `registry` holds.

`manifest` and `cli` read the spec and know no provider. A spec is in the `spec.py` of its provider, beside the code
that talks to the service, and loads none of that code: `connect` is a dotted name. `planner` and `applier` see only the
`Traits` of a spec, which the provider gives them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gemspec.domain.project import Traits
    from gemspec.providers.base import Provider

    OpenEmulator = Callable[[Sequence[str]], Any]


@dataclass(frozen=True, slots=True)
class Connection:
    """How a project reaches its service. `block` is the provider's own block of gemspec.yaml, `endpoint` an address
    that replaces the service's (flag or environment).

    `open_emulator` makes an emulator in this process, with the buckets that it needs, as an ASGI app; None where the
    project names the service itself. `emulator_label` is the emulator's name in plans.
    """

    environ: Mapping[str, str]
    endpoint: str | None = None
    block: Mapping[str, str] = field(default_factory=dict)
    open_emulator: OpenEmulator | None = None
    emulator_label: str = ""


@dataclass(frozen=True, slots=True)
class NameForm:
    """The form of the remote names of models: a pattern for the schema, what to write instead, and an example."""

    pattern: str
    advice: str
    example: str

    def fits(self, name: str) -> bool:
        """Whether a name has this form."""
        return re.fullmatch(self.pattern, name) is not None


@dataclass(frozen=True, slots=True)
class DataLimits:
    """Limits of training data: `max_file` is in bytes, for each file as it is read; `max_upload` for all examples as
    they are sent. `max_tokens` is of an example. None: no limit.
    """

    max_file: int
    max_upload: int | None = None
    max_examples: int | None = None
    max_validation: int | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """The provider's own block of gemspec.yaml. `schema` is None where schemas/project.v1.schema.json has it. `places`:
    the fields that say where models and data are, each with its kind in `spec.policy.places`.
    """

    name: str
    schema: Mapping[str, Any] | None = None
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ProviderSpec:
    """The facts about a service that gemspec needs without talking to it.

    `key` is its word in gemspec.yaml and in the schemas' `onProvider`; `name` and `vendor` are for people. `connect`
    makes a Provider of a Connection. `environment` lists the variables with credentials and explains them.
    `elsewhere` names a service with the fields that this service lacks, `elsewhere_emulated` the same for its emulator.
    `retired` are base models that it no longer tunes, `retired_advice` says what to do. `unset_epochs` is a warning for
    manifests without `epochCount`; "" where none is needed.
    `starter` are package and folder of files that `gemspec init` writes in place of the common files; `before_plan`
    says what a person has to do before the first plan. `docs` is the page about the service.
    """

    key: str
    name: str
    connect: str | Callable[[Connection], Provider]
    traits: Traits
    model_name: NameForm
    limits: DataLimits
    docs: str
    vendor: str = ""
    block: Block | None = None
    has_emulator: bool = False
    is_emulated: bool = False
    takes_conversations: bool = False
    elsewhere: str = ""
    elsewhere_emulated: str = ""
    retired: frozenset[str] = frozenset()
    retired_advice: str = ""
    unset_epochs: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    starter: tuple[str, str] | None = None
    before_plan: tuple[str, ...] = ()

    def open(self, connection: Connection) -> Provider:
        """Connect to the service, or its emulator. Raises errors.GemspecError."""
        connect = resolve_name(self.connect) if isinstance(self.connect, str) else self.connect
        provider: Provider = connect(connection)
        return provider
