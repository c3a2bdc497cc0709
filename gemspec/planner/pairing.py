"""Pairs the names that keys have now with names that they may have had. Pure; used where something looks renamed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# What tells against a pair, before how unlike the two names are.
Score = tuple[bool, float]


def similarity(old: str, new: str) -> float:
    """How alike two names are, from 0 to 1: by the pairs of letters that both have, beginning and end included."""
    ours, theirs = _letter_pairs(old), _letter_pairs(new)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


@lru_cache(maxsize=4096)
def _letter_pairs(name: str) -> frozenset[str]:
    framed = f"^{name}$"
    return frozenset(framed[at : at + 2] for at in range(len(framed) - 1))


def pair(choices: Mapping[str, Mapping[str, Score]]) -> dict[str, str]:
    """Pair new keys with old ones, as many as can be: new -> old. `choices`: new key -> old key -> its score.

    The lowest scores come first, then the order of the keys. A key that would be left without another takes that of
    one which has a second choice.
    """
    taken: dict[str, str] = {}  # old -> new
    placed: set[str] = set()
    for _, new, old in sorted((score, new, old) for new, olds in choices.items() for old, score in olds.items()):
        if old not in taken and new not in placed:
            taken[old] = new
            placed.add(new)

    def place(new: str, tried: set[str]) -> bool:
        for old in sorted(choices[new], key=lambda old: (choices[new][old], old)):
            if old in tried:
                continue
            tried.add(old)
            if old not in taken or place(taken[old], tried):
                taken[old] = new
                return True
        return False

    for new in sorted(choices.keys() - placed):
        place(new, set())
    return {new: old for old, new in taken.items()}
