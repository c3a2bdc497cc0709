"""Decides which existing models a project can import, and under which key. Pure; used by `gemspec import`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, assert_never

from gemspec.domain.marker import Absent, Corrupt, Marker, Newer
from gemspec.domain.model import State
from gemspec.identity.hashing import KEY_PATTERN

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gemspec.domain.model import DesiredModel, LiveModel
    from gemspec.domain.project import Words

MAX_KEY = 29
_FALLBACK = "model"
# The random ends of names, by services (12 of a-z0-9) and gemspec (10 of base 16); few of them have no digit. After a
# display name shorter ends are known, too: the API's own example is sentence-translator-u3b7m.
_RANDOM = re.compile(r"-(?=[a-z]*[0-9])(?:[a-z0-9]{12}|[0-9a-f]{10})$")
_RANDOM_AFTER_NAME = re.compile(r"-(?=[a-z]*[0-9])[a-z0-9]{4,12}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a model is not imported, in words that follow its name (`is still in training`), and what to do instead."""

    reason: str
    hint: str


def refusal(live: LiveModel, owner: str, desired: Sequence[DesiredModel], words: Words) -> Refusal | None:
    """Say why the project `owner`, whose manifests are `desired`, cannot import this model; None where it can."""
    if not isinstance(live.marker, Absent):
        return _marked(live, owner, words)
    for model in desired:
        if model.adopts and live.goes_by(model.adopts.name):
            return Refusal(f"is imported already, as {model.key} ({model.origin})", "`gemspec apply` carries that out")
    match live.state:
        case State.CREATING:
            return Refusal("is still in training", "import it when that has ended")
        case State.FAILED:
            because = f": {live.failure.rstrip('.')}" if live.failure else ""
            return Refusal(f"failed its training{because}", "there is nothing in it to import")
        case State.UNKNOWN:
            return Refusal("is in a state that this gemspec does not know", "look whether there is a newer gemspec")
        case State.ACTIVE:
            return None
        case never:
            assert_never(never)


def derived_key(name: str, display_name: str) -> str:
    """Make a valid key of a remote name: its id, without the random end that a service adds to the user's name.

    The user's part is known by the display name, or guessed by the form of random ends.
    """
    model_id = re.sub(r"[^a-z0-9]+", "-", name.rpartition("/")[2].lower()).strip("-")
    words = re.sub(r"[^a-z0-9-]", "", re.sub(r"\s+", "-", display_name.lower())).strip("-")
    if words and model_id.startswith(words) and _RANDOM_AFTER_NAME.fullmatch(model_id, len(words)):
        return _as_key(words)
    if words and model_id.isdigit():
        return _as_key(words)
    head = _RANDOM.sub("", model_id)
    return _as_key(head if re.fullmatch(KEY_PATTERN, head) else model_id)


def free_key(key: str, taken: Collection[str]) -> str:
    """Give `key`, or where it is taken the first free key of `key-2`, `key-3` ..."""
    ends = (f"-{number}" for number in count(2))
    return key if key not in taken else next(free for end in ends if (free := _cut(key, end)) not in taken)


def _marked(live: LiveModel, owner: str, words: Words) -> Refusal:
    match live.marker:
        case Marker(owner=found, key=key) if found == owner:
            return Refusal(f"is managed by this project already, as {key}", f"`gemspec status {key}` shows it")
        case Marker(owner=found, key=key):
            hint = f"if this is that project under a new name: gemspec import --from-owner {found}"
            return Refusal(f"belongs to project {found}, as {key}", hint)
        case Newer(version=version):
            hint = "use the gemspec that wrote it"
            return Refusal(f"carries a gemspec marker of a form that is not known (version {version})", hint)
        case Corrupt(reason=reason):
            hint = f"if nobody manages it, {words.remove(live)}"
            return Refusal(f"carries a gemspec marker that cannot be read: {reason}", hint)
        case Absent():
            raise AssertionError("a model without marker is nobody's")
        case never:
            assert_never(never)


def _as_key(text: str) -> str:
    """Give the nearest valid key."""
    letters = text if text[:1].isalpha() else f"{_FALLBACK}-{text}"
    return _cut(letters, "")


def _cut(key: str, end: str) -> str:
    return key[: MAX_KEY - len(end)].rstrip("-") + end
