"""The models of a service, sorted for a project: our generations by key, and models that must be left alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemspec.domain.model import Answering, Corrupt, Marker, Newer, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gemspec.domain.model import LiveModel


@dataclass(frozen=True, slots=True)
class Generation:
    """A model of ours with its marker."""

    live: LiveModel
    marker: Marker

    @property
    def name(self) -> str:
        return self.live.name

    @property
    def is_active(self) -> bool:
        return self.live.state is State.ACTIVE

    @property
    def is_creating(self) -> bool:
        return self.live.state is State.CREATING

    @property
    def is_failed(self) -> bool:
        return self.live.state is State.FAILED

    @property
    def is_candidate(self) -> bool:
        """Whether it has been trained, but never served."""
        return self.is_active and self.marker.serving is None

    @property
    def answers(self) -> bool:
        """Its name can be called now, as far as that was read."""
        return self.live.answering is Answering.YES

    @property
    def is_silent(self) -> bool:
        """Trained, and there, but no endpoint deploys it."""
        return self.is_active and self.live.answering is Answering.NO

    @property
    def is_unclear(self) -> bool:
        """Trained, and there, but what would answer for it cannot be read."""
        return self.live.answering is Answering.UNKNOWN

    @property
    def is_terminating(self) -> bool:
        """Whether an apply has begun to delete it, so that nothing may rely on it."""
        return self.marker.terminating

    @property
    def rank(self) -> tuple[int, str]:
        return (self.marker.serving or 0, self.name)


@dataclass(frozen=True, slots=True)
class Lineage:
    """All generations of a key, the lowest serving number first.

    Duplicate trainings have equal numbers: the oldest duplicate comes last, and counts.
    """

    key: str
    generations: tuple[Generation, ...] = ()

    @property
    def serving(self) -> Generation | None:
        """The answering generation with the highest serving number: callers should use it. Where it cannot be read
        whether a generation answers, it counts as answering.
        """
        served = [generation for generation in self._promoted if not generation.is_silent]
        return served[-1] if served else None

    @property
    def promoted(self) -> Generation | None:
        """The generation with the highest serving number that is there, whether it answers or not: it serves as soon as
        it answers.
        """
        return self._promoted[-1] if self._promoted else None

    @property
    def is_silent(self) -> bool:
        """Something was promoted, and nothing answers."""
        return self.serving is None and self.promoted is not None

    @property
    def _promoted(self) -> list[Generation]:
        return [generation for generation in self.generations if generation.is_active and generation.marker.serving]

    @property
    def next_serving(self) -> int:
        """The number that outranks every generation, in any state."""
        return 1 + max((generation.marker.serving or 0 for generation in self.generations), default=0)

    @property
    def next_gen(self) -> int:
        """The number of the next generation of this key: numbers only grow, and are never given twice."""
        return 1 + max((generation.marker.gen for generation in self.generations), default=0)

    def retired_by(self, target: Generation | None) -> list[Generation]:
        """The previous generations once `target` (None: a new training) serves, newest first."""
        usable = [
            generation for generation in self.generations if generation.is_active and not generation.is_terminating
        ]
        return [generation for generation in usable if generation.marker.serving and generation is not target][::-1]

    def joined(self, previous: Lineage) -> Lineage:
        """This key's generations with those of a key that it was moved from."""
        return _lineage(self.key, (*self.generations, *previous.generations))


@dataclass(frozen=True, slots=True)
class Inventory:
    """All models of a listing, and among them: ours (by key), those of other projects (by key and train hash), and
    unreadable models (with a corrupt or newer marker).
    """

    owner: str
    lineages: Mapping[str, Lineage]
    models: Mapping[str, LiveModel]
    unreadable: tuple[LiveModel, ...]
    foreign: Mapping[tuple[str, str], Generation]

    @property
    def ours(self) -> int:
        """The number of models with our marker."""
        return sum(len(lineage.generations) for lineage in self.lineages.values())

    def find(self, name: str) -> LiveModel | None:
        """Find a model by its name, or by the name of a resource of it."""
        return self.models.get(name) or next((model for model in self.models.values() if model.goes_by(name)), None)

    def lineage(self, key: str) -> Lineage:
        return self.lineages.get(key, Lineage(key))

    def joined(self, key: str, moved_from: Iterable[str]) -> Lineage:
        """A key's generations with those of the keys that it was moved from."""
        lineage = self.lineage(key)
        for old in moved_from:
            lineage = lineage.joined(self.lineage(old))
        return lineage


def take_inventory(models: Iterable[LiveModel], owner: str) -> Inventory:
    """Sort live models by their markers."""
    by_name = {model.name: model for model in sorted(models, key=lambda model: model.name)}
    marked = [Generation(model, model.marker) for model in by_name.values() if isinstance(model.marker, Marker)]
    found: dict[str, list[Generation]] = {}
    for generation in marked:
        if generation.marker.owner == owner:
            found.setdefault(generation.marker.key, []).append(generation)
    lineages = {key: _lineage(key, generations) for key, generations in sorted(found.items())}
    foreign = {
        (generation.marker.key, generation.marker.train): generation
        for generation in marked
        if generation.marker.owner != owner
    }
    unreadable = tuple(model for model in by_name.values() if isinstance(model.marker, Corrupt | Newer))
    return Inventory(owner, lineages, by_name, unreadable, foreign)


def _lineage(key: str, generations: Iterable[Generation]) -> Lineage:
    by_age = sorted(generations, key=lambda generation: generation.live.age, reverse=True)
    return Lineage(key, tuple(sorted(by_age, key=lambda generation: generation.marker.serving or 0)))
