"""What must hold of every plan, over random services and random manifests."""

from __future__ import annotations

from hypothesis import given, strategies as st
from world import OWNER, carry_out, have, planned, unmarked, want

from gemspec.model import Limit, Marker, Permission, Project, State
from gemspec.plan import Action

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
                reported={"epochCount": draw(st.sampled_from([5, 6]))},
            )
        )
    others = [unmarked("tunedModels/theirs"), have("a", "x", owner="other")]
    return models + others[: draw(st.integers(0, 2))]


@st.composite
def manifests(draw):
    """One manifest for some of the keys; c may be tuned from a."""
    keys = draw(st.lists(KEYS, unique=True))
    made = []
    for key in keys:
        parent = "a" if key == "c" and "a" in keys and draw(st.booleans()) else None
        hyper = {"epochCount": 5} if draw(st.booleans()) else {}
        permit = draw(st.sampled_from([None, (), (Permission("USER", "x@y.z", "READER"),)]))
        keep, retain = draw(st.integers(0, 2)), draw(st.booleans())
        made.append(
            want(
                key,
                draw(LABELS),
                settings=draw(SETTINGS),
                parent=parent,
                hyper=hyper,
                keep=keep,
                retain=retain,
                permit=permit,
            )
        )
    return made


@given(services(), manifests())
def test_a_plan_carried_out_leaves_nothing_to_do(live, desired):
    """After a plan is carried out planning gives an empty plan (failed trainings stay for a person to decide)."""
    first = planned(live, desired, project=GENEROUS)
    if first.blocks:
        return
    second = planned(carry_out(first, live), desired, project=GENEROUS)
    assert not second.steps
    assert not second.blocks


@given(services(), manifests(), st.booleans(), st.booleans())
def test_no_plan_touches_what_is_not_ours(live, desired, whole, retry):
    """No step names a model without our marker."""
    result = planned(live, desired, project=GENEROUS, whole=whole, retry=retry)
    ours = {model.name for model in live if isinstance(model.marker, Marker) and model.marker.owner == OWNER}
    touched = {step.name for step in result.steps if step.action not in (Action.CREATE,) and step.live}
    assert touched <= ours


@given(services(), manifests())
def test_a_declared_key_never_loses_its_serving_model_first(live, desired):
    """A serving generation of a declared key is deleted only after a step that makes another one serve."""
    result = planned(live, desired, project=GENEROUS)
    declared = {one.key for one in desired}
    for key in result.keys:
        if key.key not in declared or key.current is None:
            continue
        for step in key.steps:
            if step.name == key.current.name and step.action in (Action.DELETE, Action.ABANDON):
                assert step.successor == key.target
                assert step.waits


@given(services(), manifests())
def test_single_manifests_touch_only_their_keys(live, desired):
    """A partial plan has steps for declared keys alone."""
    result = planned(live, desired[:1], project=GENEROUS, whole=False)
    assert {step.key for step in result.steps} <= {one.key for one in desired[:1]}


@given(services(), manifests())
def test_nothing_active_is_trained_twice(live, desired):
    """No create has the content of a generation that is ACTIVE or CREATING."""
    result = planned(live, desired, project=GENEROUS)
    alive = {
        (model.marker.key, model.marker.train)
        for model in live
        if isinstance(model.marker, Marker) and model.marker.owner == OWNER and model.state is not State.FAILED
    }
    assert not alive & {(step.key, step.train) for step in result.steps if step.action is Action.CREATE}
