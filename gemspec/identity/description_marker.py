"""The ownership record that gemspec keeps on each model it makes: text to value and back. Pure.

    [gemspec:1 owner=support-bots key=number-generator train=0a1b2c3d4e5f data=9f8e7d6c5b4a/15 try=1 gen=1 serving=1
    rev=3c59dc0 sum=7b52]
    [gemspec:1 released sum=91d0]

On the Gemini API it is the last line of `description`, after the user's own text and a blank line. `sum` covers the
other fields and the remote id, so that a description copied to another model is *corrupt*, not ours. A model that was
released says so, so that it is not taken for a model whose marker was lost.

The format is permanent: a change of meaning is a new version, and versions that are not known are never touched. Fields
that begin with `x-` are optional: they are kept when the marker is rewritten, and a reader ignores those that it does
not know. A marker is a record, not a proof.
"""

from __future__ import annotations

import re

from gemspec.domain.marker import Absent, Corrupt, Marker, Newer, Reading
from gemspec.identity import marker_fields
from gemspec.identity.marker_fields import extensions_of

VERSION = 1
# Characters of a description that gemspec takes at most; people's own text has the rest.
MAX_LENGTH = 1200
_LINE = re.compile(r"\[gemspec:(?P<version>\d{1,9})(?P<body>(?: [^\s\[\]]+)*)\]")
_VERSION = re.compile(r"\[gemspec:(?P<version>\d{1,9})\b")
_EXTENSION = re.compile(r"x-[a-z0-9-]+")
_RELEASED = "released"


def line(marker: Marker, model_id: str) -> str:
    """Write the marker as its line, for the model with this id (without `tunedModels/`).

    Raises ValueError for a marker that could not be read again.
    """
    body = " ".join(_written(marker))
    text = f"[gemspec:{VERSION} {body} sum={_sum(VERSION, body, model_id)}]"
    reading = _read(text, model_id)
    if len(text) > MAX_LENGTH or (reading, extensions_of(reading)) != (marker, marker.extensions):
        raise ValueError(f"this marker could not be read again: {text[:MAX_LENGTH]}")
    return text


def join(text: str, marker: Marker, model_id: str) -> str:
    """Put the marker after the user's own text (which may be empty)."""
    return _after(text, line(marker, model_id))


def release(text: str, model_id: str) -> str:
    """Put the trace of a release after the user's own text."""
    return _after(text, f"[gemspec:{VERSION} {_RELEASED} sum={_sum(VERSION, _RELEASED, model_id)}]")


def split(description: str, model_id: str) -> tuple[str, Reading]:
    """Take a description apart: the user's own text, and what its marker says.

    Whitespace at the end and CRLF line ends are forgiven, since consoles add them. A marker that is not the last line
    is corrupt, as is a marker whose sum is not right for `model_id`.
    """
    if not mentions_marker(description):
        return description, Absent()
    lines = description.replace("\r\n", "\n").rstrip().split("\n")
    text = "\n".join(lines[:-1]).rstrip()
    if mentions_marker(text) or not mentions_marker(lines[-1]):
        return text, _corrupt("it does not stand alone on the last line of the description", _claims(description))
    return text, _read(lines[-1].strip(), model_id)


def mentions_marker(text: str) -> bool:
    """Whether `text` holds the beginning of a marker anywhere: a manifest's description must not."""
    return "[gemspec:" in text


def _after(text: str, marker: str) -> str:
    return f"{text}\n\n{marker}" if text else marker


def _written(marker: Marker) -> list[str]:
    values = marker_fields.of(marker)
    values["data"] = values["data"].replace("_", "/")
    flags = values.pop("flags", "").split("_") if "flags" in values else []
    fields = [f"{name}={value}" for name, value in values.items()]
    return [*fields, *flags, *(f"{name}={value}" for name, value in marker.extensions)]


def _read(text: str, model_id: str) -> Reading:
    claims = _claims(text)
    later = _VERSION.match(text)
    if later and int(later["version"]) > VERSION:  # whatever its shape
        return Newer(int(later["version"]), claims.get("owner"), claims.get("key"))
    parsed = _LINE.fullmatch(text)
    if not parsed:
        return _corrupt("it is not complete", claims)
    version, fields = int(parsed["version"]), parsed["body"].split()
    body, given = " ".join(fields[:-1]), fields[-1] if fields else ""
    if given != f"sum={_sum(version, body, model_id)}":
        return _corrupt("its sum is not right: it was edited, or copied from another model", claims)
    return Absent(released=True) if body == _RELEASED else _fields(fields[:-1], claims)


def _fields(fields: list[str], claims: dict[str, str]) -> Reading:
    """Turn checked fields into a marker. The sum is right here, so a field that is not known was written by a later
    gemspec.
    """
    pairs = [(name, value) for name, equals, value in (field.partition("=") for field in fields) if equals]
    flags = [field for field in fields if "=" not in field]
    if len(dict(pairs)) + len(set(flags)) < len(fields):
        return _corrupt("fields appear twice", claims)
    values = {name: value for name, value in pairs if not _EXTENSION.fullmatch(name)}
    if "data" in values:
        values["data"] = values["data"].replace("/", "_")
    if flags:
        values["flags"] = "_".join(flags)
    if marker_fields.unknown(values):
        return Newer(VERSION, claims.get("owner"), claims.get("key"))
    if missing := marker_fields.missing(values):
        return _corrupt(f"fields are missing: {', '.join(missing)}", claims)
    return marker_fields.read(values, tuple(sorted(pair for pair in pairs if pair[0] not in values)))


def _sum(version: int, body: str, model_id: str) -> str:
    return marker_fields.checksum(f"gemspec:{version}:sum\n{body}\n{model_id}")


def _claims(text: str) -> dict[str, str]:
    """Find which owner and key a marker names, however broken the rest of it is. A name that may have been cut is none:
    another field or the end of the marker has to follow.
    """
    return dict(re.findall(r"\b(owner|key)=([a-z0-9-]+)(?=[ \]])", text))


def _corrupt(reason: str, claims: dict[str, str]) -> Corrupt:
    return Corrupt(reason, claims.get("owner"), claims.get("key"))
