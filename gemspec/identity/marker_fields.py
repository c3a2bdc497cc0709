"""The fields of a marker, as both of its written forms have them: `description_marker` and `label_marker`. Pure.

A field is a name and a value that both a description and a label can hold. The table is permanent, as the forms are:
it belongs to version 1 of the marker. Extensions (`x-...`) are no fields: each form keeps them beside these.
"""

from __future__ import annotations

import re
from hashlib import sha256
from itertools import combinations
from typing import TYPE_CHECKING

from gemspec.domain.marker import Marker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.marker import Extensions, Reading

_NAME = r"[a-z](?:[a-z0-9-]*[a-z0-9])?"
_NUMBER = r"[1-9][0-9]{0,5}"
_FLAGS = ("protect", "retain", "terminating")
_FORMS = {
    "owner": _NAME,
    "key": _NAME,
    "train": r"[0-9a-f]{12}",
    "data": r"(?:[0-9a-f]{12}|unknown)_[0-9]{1,9}",
    "try": _NUMBER,
    "gen": _NUMBER,
    "serving": _NUMBER,
    "from": r"[0-9a-f]{12}",
    "rev": r"[0-9a-f]{7,40}",
    "flags": "|".join("_".join(flags) for count in (1, 2, 3) for flags in combinations(_FLAGS, count)),
}
_REQUIRED = ("owner", "key", "train", "data", "try", "gen")


def of(marker: Marker) -> dict[str, str]:
    """Give the fields of a marker, in the order in which they are written; those that say nothing are left out."""
    values = {
        "owner": marker.owner,
        "key": marker.key,
        "train": marker.train,
        "data": f"{marker.data}_{marker.examples}",
        "try": marker.attempt,
        "gen": marker.gen,
        "serving": marker.serving,
        "from": marker.parent,
        "rev": marker.rev,
        "flags": "_".join(flag for flag in _FLAGS if getattr(marker, flag)) or None,
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def missing(values: Mapping[str, str]) -> list[str]:
    """Name the fields that every marker has, and these lack."""
    return [name for name in _REQUIRED if name not in values]


def unknown(values: Mapping[str, str]) -> list[str]:
    """Name the fields that this version does not have, or whose value it never writes, sorted."""
    return sorted(name for name, value in values.items() if not re.fullmatch(_FORMS.get(name, ""), value))


def read(values: Mapping[str, str], extensions: Extensions) -> Marker:
    """Turn fields into a marker. None is `missing` or `unknown`."""
    data, _, examples = values["data"].rpartition("_")
    flags = values.get("flags", "").split("_")
    return Marker(
        owner=values["owner"],
        key=values["key"],
        train=values["train"],
        data=data,
        examples=int(examples),
        attempt=int(values["try"]),
        serving=int(values["serving"]) if "serving" in values else None,
        parent=values.get("from"),
        protect="protect" in flags,
        retain="retain" in flags,
        terminating="terminating" in flags,
        rev=values.get("rev"),
        gen=int(values["gen"]),
        extensions=extensions,
    )


def checksum(text: str) -> str:
    """Give the 4 hex digits that show whether a marker was edited or copied."""
    return sha256(text.encode()).hexdigest()[:4]


def extensions_of(reading: Reading | None) -> Extensions:
    """Give the extensions of what was read; none where it is no marker."""
    return reading.extensions if isinstance(reading, Marker) else ()


def merged_extensions(base: Extensions, wanted: Extensions, now: Extensions) -> Extensions:
    """Give the extensions to write: what `wanted` changes of `base`, on those that are there `now`.

    So a write changes its own extensions alone, and keeps what somebody else has added meanwhile.
    """
    before, after = dict(base), dict(wanted)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    kept = {name: value for name, value in now if name not in changed}
    return tuple(sorted((kept | {name: after[name] for name in changed & after.keys()}).items()))
