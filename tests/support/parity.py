"""Helpers of the parity tests: made-up enum members, and the places that must name all members of an enum."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def made_up(enum, name):
    """Give a StrEnum a member that nothing else knows, and take it away again."""
    member = str.__new__(enum, name)
    member._name_, member._value_ = name.upper(), name
    enum._member_names_.append(member._name_)
    enum._member_map_[member._name_] = enum._value2member_map_[name] = member
    try:
        yield member
    finally:
        enum._member_names_.remove(member._name_)
        del enum._member_map_[member._name_], enum._value2member_map_[name]


def schemas():
    """File name -> JSON schema."""
    return {path.name: json.loads(path.read_text()) for path in sorted((ROOT / "schemas").glob("*.json"))}


def enums_with(*words):
    """Every `enum` of a schema that has these words, as (file, words)."""
    return [(name, words_of) for name, schema in schemas().items() for words_of in _enums(schema, set(words))]


def _enums(schema, words):
    if isinstance(schema, dict):
        if isinstance(schema.get("enum"), list) and words <= {str(word) for word in schema["enum"]}:
            yield schema["enum"]
        schema = list(schema.values())
    for part in schema if isinstance(schema, list) else ():
        yield from _enums(part, words)


def unlisted(members, *words):
    """Members that an enum of a schema with these words does not list."""
    found = enums_with(*words)
    assert found, f"no schema lists {words}"
    return {member for member in members for _, listed in found if member not in listed}


def unnamed(members, file, around):
    """Members that the line of a file which has the text `around` does not name."""
    [line] = [line for line in (ROOT / file).read_text().splitlines() if around in line]
    return {member for member in members if str(member) not in line}


def refused(members, call):
    """Members for which `call` ends in assert_never; how else it ends plays no part."""

    def is_refused(member):
        try:
            call(member)
        except AssertionError:
            return True
        except Exception:
            return False
        return False

    return {member for member in members if is_refused(member)}


def noticing(places, member):
    """Names of the places that miss this member, and it alone."""
    return {name for name, missing in places.items() if missing() == {member}}
