"""Finds keys that look renamed: a new key would be trained on just what another key gives up. Pure.

Old and new keys are paired one to one: equal content first, then the most similar names, then their order. Each pair is
a block with advice that trains nothing and deletes nothing that serves, also where every pair's advice is followed at
once: `movedFrom` where the new name is free, else a rename in two applies, through names that nobody has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gemspec.domain.overrides import RENAME, flag_hint
from gemspec.domain.plan import Action, Block, Verdict
from gemspec.planner import messages
from gemspec.planner.blocks.preflight import has_served, joined_keys, was_made_as
from gemspec.planner.blocks.repeats import Repeats
from gemspec.planner.keys.matching import looks_like
from gemspec.planner.pairing import pair, similarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.lineage import Generation, Inventory
    from gemspec.domain.model import DesiredModel
    from gemspec.domain.plan import KeyPlan
    from gemspec.domain.project import Traits
    from gemspec.planner.blocks.policy import Judgement
    from gemspec.planner.context import PlanOptions
    from gemspec.planner.pairing import Score

MAX_KEY = 29


@dataclass(frozen=True, slots=True)
class Rename:
    """A key that looks renamed: `old` -> `new`.

    `is_declared`: a manifest still declares `old`, with other content. `is_taken`: `new` has models of its own, which
    have served.
    """

    old: str
    new: str
    is_declared: bool
    is_taken: bool


class Renames:
    """The renames that a plan of these keys looks like. `desired` are all manifests, those that are left out, too."""

    def __init__(
        self,
        keys: Sequence[KeyPlan],
        desired: Sequence[DesiredModel],
        inventory: Inventory,
        traits: Traits,
        options: PlanOptions,
    ) -> None:
        self._inventory = inventory
        self._traits = traits
        self._whole = options.whole
        self._desired = {model.key: model for model in desired}
        self._plans = {key.key: key for key in keys}
        self._spoken_for = {name for model in desired for name in (model.key, *model.moved_from)}
        given_up = {key: self._that_count(key) for key in inventory.lineages if self._gives_up(key)}
        self.pairs = self._paired(Repeats(keys, desired, given_up, options))

    @property
    def olds(self) -> set[str]:
        """The old keys of all pairs."""
        return {rename.old for rename in self.pairs}

    def judge(self) -> Judgement:
        """Block each rename that no manifest declares."""
        blocks = [self._block(rename) for rename in self.pairs]
        return Verdict(RENAME, len(blocks), 0), blocks

    def _paired(self, repeats: Repeats) -> list[Rename]:
        """Pair the keys. A key that has models counts only where its old key is gone, or where they are given away in
        turn: content that passes between keys that stay is no rename. Single manifests cannot tell what is gone.
        """
        choices = {new: {old: self._score(old, new) for old in repeats.of(new) if old != new} for new in repeats.news}
        found = [self._rename(old, new) for new, old in sorted(pair(choices).items())]
        while True:
            given = {rename.old for rename in found}
            stays = [rename for rename in found if rename.is_taken and rename.new not in given]
            no_rename = {rename for rename in stays if rename.is_declared or not self._whole}
            if not no_rename:
                return found
            found = [rename for rename in found if rename not in no_rename]

    def _rename(self, old: str, new: str) -> Rename:
        desired = self._desired[new]
        is_taken = any(map(has_served, self._inventory.joined(new, desired.moved_from).generations))
        # A move that was cut short: its models can be joined again, as nothing of them is another key's.
        is_rest = is_taken and desired.moved_from and not any(map(has_served, self._inventory.lineage(new).generations))
        is_rest = is_rest or all(was_made_as(one, new) for one in self._inventory.lineage(old).generations)
        joined = replace(desired, moved_from=(*desired.moved_from, old)) if is_rest else None
        is_taken = is_taken and (joined is None or bool(joined_keys([joined], self._inventory)))
        return Rename(old, new, old in self._desired, is_taken)

    def _score(self, old: str, new: str) -> Score:
        """How likely a key was renamed to another, the likeliest first."""
        return (old in self._desired, -similarity(old, new))

    def _gives_up(self, key: str) -> bool:
        """Whether no manifest declares a key, or its manifest asks for what none of its generations is."""
        if key not in self._spoken_for:
            return True
        if key not in self._desired:
            return False  # it is moved, as a manifest says
        if key in self._plans:
            return self._plans[key].step(Action.CREATE) is not None
        return not any(looks_like(self._desired[key], one) for one in self._inventory.lineage(key).generations)

    def _that_count(self, key: str) -> Sequence[Generation]:
        """All generations of an undeclared key, or what serves one that is still declared. Failed trainings that the
        service keeps as records cannot be renamed.
        """
        lineage = self._inventory.lineage(key)
        promoted = [lineage.promoted] if lineage.promoted else []
        there = promoted if key in self._desired else lineage.generations
        return [one for one in there if not (one.is_failed and self._traits.keeps_failed)]

    def _block(self, rename: Rename) -> Block:
        old, new = rename.old, rename.new
        goes = "is to become something else" if rename.is_declared else "goes"
        return Block(
            rule=RENAME,
            key=new,
            partner=old,
            summary=f"{new} would be trained on exactly what {old} was, while {old} {goes}: it looks renamed",
            hint=f"{self._advice(rename)}; {flag_hint(RENAME, key=new)}",
        )

    def _advice(self, rename: Rename) -> str:
        """What to write so that nothing is trained, and nothing that serves is deleted."""
        old, new = rename.old, rename.new
        line, free = messages.moved_line((*self._desired[new].moved_from, old)), self._free(new)
        if not self._whole and not rename.is_declared:
            return "plan the project folder instead of single manifests: only that shows whether it was renamed"
        if not rename.is_taken and not rename.is_declared:
            return f"write `{line}` under its metadata and nothing is trained"
        if rename.is_taken and new not in self.olds:
            return (
                f"{new} has models of its own, so it cannot take {old} over: put the manifest of {new} back as it was, "
                f"and name this one {free}, with `{messages.moved_line((old,))}` under its metadata"
            )
        without = f", and without the manifest of {old}" if rename.is_declared and not self._is_renamed(old) else ""
        if not rename.is_taken:
            return (
                f"to rename it without a training, apply twice: first with `{line}` under its metadata{without}; "
                f"then {'as both are' if without else 'as it is'} now"
            )
        return (
            f"to rename it without a training, apply twice: first named {free}, with `{line}` under its metadata"
            f"{without}; then named {new}, with `{messages.moved_line((free,))}`"
        )

    def _is_renamed(self, key: str) -> bool:
        """Whether a declared key gets another name in the first of two applies."""
        return any(pair.new == key and pair.is_taken for pair in self.pairs)

    def _free(self, key: str) -> str:
        """A name like `key` that nobody has."""
        taken = self._spoken_for | self._inventory.lineages.keys()
        names = (f"{key[: MAX_KEY - len(end)].rstrip('-')}{end}" for end in ("-new", *(f"-{n}" for n in range(2, 999))))
        return next(name for name in names if name not in taken)
