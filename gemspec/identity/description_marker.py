"""The ownership record that gemspec keeps on each model it makes: text to value and back. Pure.

    [gemspec:1 owner=support-bots key=number-generator train=0a1b2c3d4e5f data=9f8e7d6c5b4a/15 try=1 serving=1
    rev=3c59dc0 sum=7b52]

On the Gemini API it is the last line of `description`, after the user's own text and a blank line. `sum` covers the
other fields and the remote id, so that a description copied to another model is *corrupt*, not ours. The format is
permanent: a change of meaning is a new version, and gemspec never touches models with versions that it does not know. A
marker is a record, not a proof.
"""

from __future__ import annotations

import re
from hashlib import sha256

from gemspec.domain.model import Absent, Corrupt, Marker, Newer, Reading

VERSION = 1
_LINE = re.compile(r"\[gemspec:(?P<version>\d{1,9})(?P<body>(?: [^\s\[\]]+)*)\]")
_VERSION = re.compile(r"\[gemspec:(?P<version>\d{1,9})\b")
_NAME = r"[a-z](?:[a-z0-9-]*[a-z0-9])?"
_FORMS = {
    "owner": _NAME,
    "key": _NAME,
    "train": r"[0-9a-f]{12}",
    "data": r"(?:[0-9a-f]{12}|unknown)/[0-9]{1,9}",
    "try": r"[1-9][0-9]{0,5}",
    "serving": r"[1-9][0-9]{0,5}",
    "from": r"[0-9a-f]{12}",
    "rev": r"[0-9a-f]{7,40}",
}
_FLAGS = ("protect", "retain", "terminating")
_REQUIRED = ("owner", "key", "train", "data", "try")


def line(marker: Marker, model_id: str) -> str:
    """Write the marker as its line, for the model with this id (without `tunedModels/`)."""
    body = _body(marker)
    return f"[gemspec:{VERSION} {body} sum={_sum(VERSION, body, model_id)}]"


def join(text: str, marker: Marker, model_id: str) -> str:
    """Put the marker after the user's own text (which may be empty)."""
    return f"{text}\n\n{line(marker, model_id)}" if text else line(marker, model_id)


def split(description: str, model_id: str) -> tuple[str, Reading]:
    """Split a description into the user's own text and what the marker reads as.

    Whitespace at the end and CRLF line ends are accepted, since consoles add them. A marker that is not the last line
    is corrupt, as is a marker with a sum that is not right for `model_id`.
    """
    if not mentions_marker(description):
        return description, Absent()
    lines = description.replace("\r\n", "\n").rstrip().split("\n")
    text = "\n".join(lines[:-1]).rstrip()
    if mentions_marker(text) or not mentions_marker(lines[-1]):
        return text, _corrupt("it does not stand alone on the last line of the description", _claims(description))
    return text, _read(lines[-1].strip(), model_id)


def mentions_marker(text: str) -> bool:
    """Whether `text` contains the beginning of a marker anywhere, which a manifest's description must not."""
    return "[gemspec:" in text


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
    return _fields(fields[:-1], claims)


def _fields(fields: list[str], claims: dict[str, str]) -> Reading:
    """Turn fields into a marker. Their sum is right, so an unknown field was written by a later gemspec."""
    values = dict(field.split("=", 1) for field in fields if "=" in field)
    flags = {field for field in fields if "=" not in field}
    known = all(name in _FORMS and re.fullmatch(_FORMS[name], value) for name, value in values.items())
    if not known or not flags <= set(_FLAGS):
        return Newer(VERSION, claims.get("owner"), claims.get("key"))
    if len(values) + len(flags) < len(fields) or not all(name in values for name in _REQUIRED):
        return _corrupt("fields are missing or stand there twice", claims)
    data, _, examples = values["data"].partition("/")
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
    )


def _body(marker: Marker) -> str:
    pairs = [
        ("owner", marker.owner),
        ("key", marker.key),
        ("train", marker.train),
        ("data", f"{marker.data}/{marker.examples}"),
        ("try", marker.attempt),
        ("serving", marker.serving),
        ("from", marker.parent),
        ("rev", marker.rev),
    ]
    flags = [flag for flag in _FLAGS if getattr(marker, flag)]
    return " ".join([*(f"{name}={value}" for name, value in pairs if value is not None), *flags])


def _sum(version: int, body: str, model_id: str) -> str:
    return sha256(f"gemspec:{version}:sum\n{body}\n{model_id}".encode()).hexdigest()[:4]


def _claims(text: str) -> dict[str, str]:
    """Find which owner and key a marker names, however broken the rest of it is."""
    return dict(re.findall(r"\b(owner|key)=([a-z0-9-]+)", text))


def _corrupt(reason: str, claims: dict[str, str]) -> Corrupt:
    return Corrupt(reason, claims.get("owner"), claims.get("key"))
