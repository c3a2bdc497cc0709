"""A plan document with every kind of step, and what a forger makes of it."""

from __future__ import annotations

import json
from typing import Any

from support.planner_dsl import have, planned, unmarked, want

from gemspec.domain.marker import Marker
from gemspec.domain.model import Permission
from gemspec.domain.project import Identity
from gemspec.reports.plan import digest, json_text, plan_document


def plans() -> list[dict[str, Any]]:
    """Plans of one key each, of every kind."""
    return [plan(key) for key in "abcdefgh"]


def plan(keys: str = "abcdefgh") -> dict[str, Any]:
    """A plan that creates, replaces behind checks, updates, imports, permits, forgets, deletes and waits."""
    reader = Permission("USER", "x@y.z", "READER")
    live = [
        *(have("b", "x", 1), have("c", settings={"temperature": 0.5}), have("d"), have("e", retain=True)),
        *(have("f", state="CREATING"), have("g", permissions=()), unmarked("tunedModels/theirs")),
    ]
    desired = [
        want("a", "x", settings={"displayName": "a model"}),
        want("b", "y", keep=0, checks=2),
        want("c", settings={"temperature": 0.2}),
        want("f"),
        want("g", permit=(reader,)),
        want("h", None, adopt="tunedModels/theirs"),
    ]
    live = [model for model in live if not isinstance(model.marker, Marker) or model.marker.key in keys]
    desired = [model for model in desired if model.key in keys]
    document = plan_document(planned(live, desired), Identity("emulator", "here", ""), version="1")
    made: dict[str, Any] = json.loads(json_text(document))
    return made


def digested(document: Any) -> Any:
    """A forger knows how to make the digest right, where there is something to make it of."""
    try:
        return {**document, "digest": digest(document)}
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return document
