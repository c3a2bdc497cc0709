"""The models of a service, sorted for a project: our generations by key, and models that must be left alone. Pure.

Whose a model is today is what is on it today. Beside the generations that count, a key can have *shared* ones, which
another account made, and *lost* ones: models that look like its own and do not say so any more, since their labels or
the line of their description were taken off. Neither serves, and nothing is ever deleted of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gemspec.domain.marker import Absent, Corrupt, Marker, Newer
from gemspec.domain.model import Answering, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from gemspec.domain.model import LiveModel

# The names that gemspec gives models, where it gives them: the key, and a digest of the training.
_OUR_NAME = re.compile(r"(?:.*/)?([a-z](?:[a-z0-9-]*[a-z0-9])?)-[0-9a-f]{10}")


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
    """All generations of a key that count, the lowest serving number first.

    Duplicate trainings have equal numbers: the oldest duplicate comes last, and counts.

    `shared` are generations of other accounts beside our own. (What our first generation followed counts until that
    serves: numbers of generations begin at 1, so that a new key follows nothing.) `unlabelled` are models of our
    trainings without any label of ours, each with the marker that its training was begun with, which is history.
    `unmarked` are models with an id of this key and without any trace of a marker.
    """

    key: str
    generations: tuple[Generation, ...] = ()
    shared: tuple[Generation, ...] = ()
    unlabelled: tuple[Generation, ...] = ()
    unmarked: tuple[LiveModel, ...] = ()

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
        return 1 + max((generation.marker.serving or 0 for generation in self._numbered), default=0)

    @property
    def next_gen(self) -> int:
        """The number of the next generation of this key: numbers only grow, and are never given twice."""
        return 1 + max((generation.marker.gen for generation in self._numbered), default=0)

    @property
    def _numbered(self) -> tuple[Generation, ...]:
        return (*self.generations, *self.unlabelled)

    @property
    def is_of_others(self) -> bool:
        """Whether all its generations belong to other accounts."""
        return all(generation.live.is_own is False for generation in self.generations)

    @property
    def lost(self) -> list[LiveModel]:
        """Models that look like this key's own and do not say so any more, the newest first."""
        found = [*(generation.live for generation in self.unlabelled), *self.unmarked]
        return sorted(found, key=lambda live: live.age, reverse=True)

    @property
    def lost_newest(self) -> LiveModel | None:
        """The lost model that is newer than what serves: it may be the one that callers should use."""
        since = self.serving.live.age if self.serving else None
        usable = [live for live in self.lost if live.state is State.ACTIVE]
        return next((live for live in usable if since is None or live.age > since), None)

    def retired_by(self, target: Generation | None) -> list[Generation]:
        """The previous generations once `target` (None: a new training) serves, newest first."""
        usable = [
            generation for generation in self.generations if generation.is_active and not generation.is_terminating
        ]
        return [generation for generation in usable if generation.marker.serving and generation is not target][::-1]

    def joined(self, previous: Lineage) -> Lineage:
        """This key's generations with those of the key that it was moved from."""
        found = (*self._all, *previous._all)
        return _lineage(self.key, found, (*self.unmarked, *previous.unmarked))

    def relabelled(self, *, but: Collection[str] = ()) -> Lineage:
        """As it is once unlabelled models have their labels again; `but` names those that do not get them back."""
        back = tuple(generation for generation in self.unlabelled if generation.name not in but)
        return replace(self, generations=_in_order((*self.generations, *back)), unlabelled=()) if back else self

    @property
    def _all(self) -> tuple[Generation, ...]:
        return (*self.generations, *self.shared, *self.unlabelled)


@dataclass(frozen=True, slots=True)
class Inventory:
    """All models of a listing, and among them: ours (by key), those of other projects (by key and train hash), and
    unreadable models (with a corrupt or newer marker).

    `lineages` are of keys that have generations which count, `aside` of keys that have others alone. `disowned` are
    models that the project file says are not ours. `has_own`: our own account has models in this project, as far as is
    known.
    """

    owner: str
    lineages: Mapping[str, Lineage]
    models: Mapping[str, LiveModel]
    unreadable: tuple[LiveModel, ...]
    foreign: Mapping[tuple[str, str], tuple[Generation, ...]]
    aside: Mapping[str, Lineage] = field(default_factory=dict)
    disowned: tuple[LiveModel, ...] = ()
    has_own: bool = False

    @property
    def ours(self) -> int:
        """The number of models with our marker."""
        return sum(len(lineage.generations) for lineage in self.lineages.values())

    def find(self, name: str) -> LiveModel | None:
        """Find a model by its name, or by the name of a resource of it."""
        return self.models.get(name) or next((model for model in self.models.values() if model.goes_by(name)), None)

    def lineage(self, key: str) -> Lineage:
        return self.lineages.get(key) or self.aside.get(key) or Lineage(key)

    def unread_newest(self, key: str) -> LiveModel | None:
        """The newest model with a marker that cannot be read that was made for this project and is of `key`, as far as
        its marker, id or training's record says; None where what serves is newer. It may be the one to use.
        """
        serving = self.lineage(key).serving
        found = [live for live in self.unreadable if live.state is State.ACTIVE and key in self._keys_of(live)]
        newest = max(found, key=lambda live: live.age, default=None)
        return None if newest and serving and newest.age < serving.live.age else newest

    def _keys_of(self, live: LiveModel) -> set[str]:
        """The keys that a model with an unreadable marker may have; none for a model that was not made by gemspec for
        this project: people copy texts and labels.
        """
        marker, was = live.marker, live.trained_as
        claims = isinstance(marker, Corrupt | Newer) and marker.owner == self.owner
        made_for = was.key if was and was.owner == self.owner else key_in(live.name) if claims else None
        if made_for is None or live.is_own is False:
            return set()
        claimed = {marker.key} if claims and isinstance(marker, Corrupt | Newer) and marker.key else set()
        return {made_for, *claimed}

    @property
    def every(self) -> dict[str, Lineage]:
        """The lineages of all keys, by key."""
        return dict(sorted({**self.lineages, **self.aside}.items()))

    def joined(self, key: str, moved_from: Iterable[str]) -> Lineage:
        """A key's generations with those of the keys that it was moved from."""
        lineage = self.lineage(key)
        for old in moved_from:
            lineage = lineage.joined(self.lineage(old))
        return lineage


def take_inventory(models: Iterable[LiveModel], owner: str, not_ours: Collection[str] = ()) -> Inventory:
    """Sort live models by their markers. `not_ours` names models that only look like ours: a valid marker of ours, by
    our own account, is stronger.
    """
    by_name = {model.name: model for model in sorted(models, key=lambda model: model.name)}
    disowned = {name for name, model in by_name.items() if _is_disowned(model, owner, not_ours)}
    here = [model for name, model in by_name.items() if name not in disowned]
    marked = [Generation(model, model.marker) for model in here if isinstance(model.marker, Marker)]
    found: dict[str, list[Generation]] = {}
    for generation in marked:
        if generation.marker.owner == owner:
            found.setdefault(generation.marker.key, []).append(generation)
    foreign: dict[tuple[str, str], tuple[Generation, ...]] = {}
    for generation in marked:
        if generation.marker.owner != owner and not generation.live.is_unlabelled:
            content = (generation.marker.key, generation.marker.train)
            foreign[content] = (*foreign.get(content, ()), generation)
    unmarked = _unmarked(here)
    every = {key: _lineage(key, found.get(key, ()), unmarked.get(key, ())) for key in sorted({*found, *unmarked})}
    return Inventory(
        owner=owner,
        lineages={key: lineage for key, lineage in every.items() if lineage.generations},
        models=by_name,
        unreadable=tuple(model for model in here if isinstance(model.marker, Corrupt | Newer)),
        foreign=foreign,
        aside={key: lineage for key, lineage in every.items() if not lineage.generations},
        disowned=tuple(by_name[name] for name in sorted(disowned)),
        has_own=any(lineage.generations and not lineage.is_of_others for lineage in every.values()),
    )


def key_in(name: str) -> str | None:
    """The key in a remote name of the form that gemspec gives; None for a name of another form."""
    found = _OUR_NAME.fullmatch(name)
    return found[1] if found else None


def _is_disowned(model: LiveModel, owner: str, not_ours: Collection[str]) -> bool:
    marker = model.marker
    is_ours = isinstance(marker, Marker) and marker.owner == owner and not model.is_unlabelled
    return not (is_ours and model.is_own is not False) and any(model.goes_by(name) for name in not_ours)


def _unmarked(models: Iterable[LiveModel]) -> dict[str, list[LiveModel]]:
    """Models of our own account with an id of our form and without any trace of a marker, by the key in their id."""
    found: dict[str, list[LiveModel]] = {}
    for model in models:
        key = key_in(model.name)
        is_bare = isinstance(model.marker, Absent) and not model.marker.released
        if key and is_bare and model.is_own is not False and model.state is not State.FAILED:
            found.setdefault(key, []).append(model)
    return found


def _lineage(key: str, generations: Iterable[Generation], unmarked: Iterable[LiveModel] = ()) -> Lineage:
    """Sort the generations of a key. Beside generations of our own account, those of another do not count, except what
    our first generation followed, until that has taken its place.
    """
    found = list(generations)
    own = [generation for generation in found if generation.live.is_own is not False]
    has_taken_over = any(generation.is_active and generation.marker.serving for generation in own)
    first = min((generation.marker.gen for generation in own), default=None)
    shared = {
        generation.name
        for generation in found
        if generation.live.is_own is False
        if first is not None and (has_taken_over or generation.marker.gen >= first)
    }
    counting = [generation for generation in found if generation.name not in shared]
    return Lineage(
        key=key,
        generations=_in_order(generation for generation in counting if not generation.live.is_unlabelled),
        shared=_in_order(generation for generation in found if generation.name in shared),
        unlabelled=_in_order(generation for generation in counting if generation.live.is_unlabelled),
        unmarked=tuple(unmarked),
    )


def _in_order(generations: Iterable[Generation]) -> tuple[Generation, ...]:
    by_age = sorted(generations, key=lambda generation: generation.live.age, reverse=True)
    return tuple(sorted(by_age, key=lambda generation: generation.marker.serving or 0))
