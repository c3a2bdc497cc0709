"""Where a key is planned: all that its plan depends on beside its manifest and its own generations. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gemspec.identity import hashing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gemspec.domain.plan import StepRef
    from gemspec.domain.project import Traits


@dataclass(frozen=True, slots=True)
class Parent:
    """The generation of a parent key that its children are tuned from; `name` is None while it does not exist."""

    train: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Setting:
    """The project, the service's traits and the names it holds, what people asked for, and the parent's generation.

    `again` is --replace, `approved` which trainings of the key a person has approved (None: nobody was asked), `retry`
    --retry-failed, `undeletes` --undelete, `accepted` a promotion against the checks. `tuned`: the names of models that
    others were tuned from, be they still there or not, each with one of the others. `parent_ready` is the step after
    which the parent's generation can be tuned from, None when it already can.
    """

    owner: str
    traits: Traits
    taken: Collection[str] = frozenset()
    again: bool = False
    approved: Collection[str] | None = None
    retry: bool = False
    undeletes: bool = False
    accepted: bool = False
    tuned: Mapping[str, str] = field(default_factory=dict)
    parent: Parent | None = None
    parent_ready: StepRef | None = None

    def name(self, key: str, train: str) -> str | None:
        """The remote name of a generation; None where the service makes its own ids."""
        if self.traits.assigns_ids:
            return None
        return self.traits.name_prefix + hashing.remote_id(self.owner, key, train)
