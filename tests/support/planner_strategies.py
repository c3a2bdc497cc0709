"""Random services and manifests for properties of the planner, in the words of `planner_dsl`."""

from __future__ import annotations

from hypothesis import strategies as st

from gemspec.domain.model import Permission
from gemspec.domain.project import Limit, Project
from support.planner_dsl import OWNER, have, unmarked, want

GENEROUS = Project(OWNER, "emulator", Limit(100), 100)


KEYS = st.sampled_from("abc")


LABELS = st.sampled_from("xyz")


SETTINGS = st.dictionaries(
    st.sampled_from(["temperature", "displayName"]), st.sampled_from([0.0, 0.5, 1.0]), max_size=2
).map(lambda drawn: {name: (str(value) if name == "displayName" else value) for name, value in drawn.items()})


@st.composite
def services(draw):
    """Up to six models of ours (each generation once, serving numbers apart), and some of others."""
    picked = draw(st.lists(st.tuples(KEYS, LABELS, st.integers(1, 2)), unique=True, max_size=6))
    models = []
    for number, (key, label, attempt) in enumerate(picked, 1):
        models.append(
            have(
                key,
                label,
                draw(st.sampled_from([None, number])),
                attempt=attempt,
                state=draw(st.sampled_from(["ACTIVE", "ACTIVE", "CREATING", "FAILED"])),
                settings=draw(SETTINGS),
                retain=draw(st.booleans()),
                terminating=draw(st.sampled_from([False, False, False, True])),
                noted=draw(st.booleans()),
                reported={"epochCount": draw(st.sampled_from([5, 6]))},
            )
        )
    others = [unmarked("tunedModels/theirs"), have("a", "x", owner="other")]
    return models + others[: draw(st.integers(0, 2))]


@st.composite
def manifests(draw):
    """A manifest for some of the keys. c may be tuned from a. A manifest may import a model, perhaps without data."""
    keys = draw(st.lists(KEYS, unique=True))
    adopting = draw(st.sampled_from([*keys, None, None]))
    made = []
    for key in keys:
        parent = "a" if key == "c" and "a" in keys and draw(st.booleans()) else None
        hyper = {"epochCount": 5} if draw(st.booleans()) else {}
        permit = draw(st.sampled_from([None, (), (Permission("USER", "x@y.z", "READER"),)]))
        keep, retain = draw(st.integers(0, 2)), draw(st.booleans())
        adopt = {"adopt": "tunedModels/theirs", "declared": draw(st.booleans())} if key == adopting else {}
        label = draw(LABELS) if not adopt or adopt["declared"] else draw(st.sampled_from([None, "x"]))
        made.append(
            want(
                key,
                label,
                checks=draw(st.integers(0, 2)),
                **adopt,
                settings=draw(SETTINGS),
                parent=parent,
                hyper=hyper,
                keep=keep,
                retain=retain,
                permit=permit,
            )
        )
    return made
