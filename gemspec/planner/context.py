"""Everything that the plan of a key depends on besides its manifest and its own generations. Pure.

`PlanOptions` are what people ask of a plan. `Context` is what follows for a single key from these options, the project
and the service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemspec.identity import hashing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gemspec.domain.model import LiveModel
    from gemspec.domain.overrides import Allowance
    from gemspec.domain.plan import StepRef
    from gemspec.domain.project import Traits


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What people ask of a plan.

    `whole`: the manifests are complete, so that a key that no manifest declares is deleted. `targets` and `excludes`:
    globs over keys, which narrow the plan. `undelete`: keys whose model is kept although its deletion has begun.
    `accept`: keys that are promoted without their checks. `destroy`: all models of the project are deleted, whatever
    is declared. `approved`: keys and train hashes of the trainings that a person has approved; `replace` then means
    only these trainings, and nothing once they are made; None where no approval is asked for. `from_owner`: the plan
    only takes over the models of that project, for the keys that are declared. `allowed`: rules whose blocks are
    lifted; `lines`: the project's own that are in force. `now` is the time of the plan, in seconds since 1970; None
    where nothing may be planned because of the time that has passed.
    """

    whole: bool = True
    retry_failed: bool = False
    replace: frozenset[str] = frozenset()
    undelete: frozenset[str] = frozenset()
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    accept: frozenset[str] = frozenset()
    destroy: bool = False
    approved: frozenset[tuple[str, str]] | None = None
    from_owner: str | None = None
    allowed: frozenset[str] = frozenset()
    lines: tuple[Allowance, ...] = ()
    now: float | None = None


@dataclass(frozen=True, slots=True)
class Parent:
    """The generation of a parent key that its children are tuned from; `name` is None while it does not exist."""

    train: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """What the plan of a key depends on.

    `taken`: names of all models on the service. `again`: --replace; `retry`: --retry-failed; `undeletes`: --undelete;
    `accepted`: the key is promoted without its checks. `approved`: trainings of the key that a person has approved,
    None where no approval is asked for. `tuned`: names of models that others were tuned from, whether or not they
    still exist, each with the name of a model that was tuned from it. `parent_ready`: the step after which the
    parent's generation can be tuned from, None where it already can. `disowned` are models that the project file says
    are not ours. `renumbers`: where another model has the id of a training, it takes the next attempt with a free id.
    `now` is that of `PlanOptions`.
    """

    owner: str
    traits: Traits
    taken: Collection[str]
    again: bool
    approved: Collection[str] | None
    retry: bool
    undeletes: bool
    accepted: bool
    tuned: Mapping[str, str]
    parent: Parent | None
    parent_ready: StepRef | None
    disowned: Sequence[LiveModel] = ()
    renumbers: bool = False
    now: float | None = None

    def holds(self, live: LiveModel, key: str, train: str) -> bool:
        """Whether a model has the id of this training, or was made by it as far as its service remembers."""
        was = live.trained_as
        is_made_by = was is not None and (was.owner, was.key, was.train) == (self.owner, key, train)
        return is_made_by or live.name == self.name(key, train)

    def name(self, key: str, train: str) -> str | None:
        """The remote name of a generation; None where the service makes its own ids."""
        if self.traits.assigns_ids:
            return None
        return self.traits.name_prefix + hashing.remote_id(self.owner, key, train)
