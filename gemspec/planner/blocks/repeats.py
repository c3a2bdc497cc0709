"""Finds trainings of a plan that would repeat a model that is there, of another key or another project. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.domain.marker import UNKNOWN_DATA
from gemspec.domain.model import ParentKey
from gemspec.domain.plan import Action
from gemspec.planner.context import Parent
from gemspec.planner.keys.attributes import data_of
from gemspec.planner.keys.matching import is_equal, train_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gemspec.domain.lineage import Generation
    from gemspec.domain.model import DesiredModel
    from gemspec.domain.plan import KeyPlan
    from gemspec.planner.context import PlanOptions


class Repeats:
    """The trainings of a plan that would repeat one of the generations in `there`, which are grouped by key.

    `news` are the keys that would be trained, without those for which --replace asks for a second training. A parent
    counts as what it would be trained as, and as each generation that this would repeat.
    """

    def __init__(
        self,
        keys: Iterable[KeyPlan],
        desired: Iterable[DesiredModel],
        there: Mapping[str, Sequence[Generation]],
        options: PlanOptions,
    ) -> None:
        self._desired = {model.key: model for model in desired}
        self._there = there
        creates = {key.key: key.step(Action.CREATE) for key in keys if key.key not in options.replace}
        self._parents = {
            key: Parent(create.marker.parent, None) if create.marker.parent else None
            for key, create in sorted(creates.items())
            if create and create.marker
        }
        every = [(old, generation) for old, generations in there.items() for generation in generations]
        self._attempts = {generation.marker.attempt for _, generation in every}
        self._by_data: dict[str, list[tuple[str, Generation]]] = {}
        for old, generation in every:
            self._by_data.setdefault(generation.marker.data, []).append((old, generation))
        self._found: dict[str, Mapping[str, Sequence[Generation]]] = {}

    @property
    def news(self) -> Sequence[str]:
        """The keys that would be trained, in order."""
        return list(self._parents)

    def of(self, new: str) -> Mapping[str, Sequence[Generation]]:
        """Key -> its generations that a training of `new` would repeat."""
        if new not in self._found:
            self._found[new] = {}  # parents in a circle cannot be planned, and are not followed
            desired = self._desired[new]
            parents = [self._parents[new], *self._repeated_parents(desired)]
            # A training's hash covers its attempt; computed once, since there may be thousands of keys on both sides.
            trains = {train_of(desired, parent, attempt) for parent in parents for attempt in self._attempts}
            found: dict[str, list[Generation]] = {}
            for old, generation in self._candidates(desired):
                if _holds_same(generation, desired, parents, trains):
                    found.setdefault(old, []).append(generation)
            self._found[new] = {old: found[old] for old in self._there if old in found}
        return self._found[new]

    def _candidates(self, desired: DesiredModel) -> Iterable[tuple[str, Generation]]:
        """The generations, each with its key, that were trained on the data of `desired`, as far as that is known."""
        if desired.dataset is None:
            return [pair for pairs in self._by_data.values() for pair in pairs]
        data, _ = data_of(desired.dataset)
        return [*self._by_data.get(data, ()), *self._by_data.get(UNKNOWN_DATA, ())]

    def _repeated_parents(self, desired: DesiredModel) -> Iterable[Parent]:
        if not isinstance(desired.source, ParentKey) or desired.source.key not in self._parents:
            return ()
        olds = self.of(desired.source.key).values()
        return (Parent(generation.marker.train, generation.name) for some in olds for generation in some)


def _holds_same(
    generation: Generation, desired: DesiredModel, parents: Iterable[Parent | None], trains: Collection[str]
) -> bool:
    """Whether a generation, of whatever key, is what a training of `desired` (with one of these hashes) would make."""
    return generation.marker.train in trains or any(is_equal(desired, generation, parent) for parent in parents)
