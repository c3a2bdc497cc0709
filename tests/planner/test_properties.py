"""What must hold of every plan, over random services and random manifests."""

from __future__ import annotations

from hypothesis import given, strategies as st
from support.planner_dsl import OWNER, carry_out, planned
from support.planner_strategies import GENEROUS, KEYS, manifests, services

from gemspec.domain.marker import Absent, Marker
from gemspec.domain.model import State
from gemspec.domain.plan import Action, StepRef


@given(services(), manifests())
def test_a_plan_carried_out_leaves_nothing_to_do(live, desired):
    """After a plan was carried out, the next plan is empty. Failed trainings stay for a person to decide. An imported
    model that differs from its manifest is replaced by the next plan, never by the same plan.
    """
    first = planned(live, desired, project=GENEROUS)
    if first.blocks:
        return
    live = carry_out(first, live)
    second = planned(live, desired, project=GENEROUS)
    adopted = {step.key for step in first.steps if step.action is Action.IMPORT}
    started = {step.key for step in second.steps if step.action is Action.CREATE}
    assert not adopted & {step.key for step in first.steps if step.action is Action.CREATE}
    assert {step.key for step in second.steps} <= adopted | ({"c"} if "a" in adopted else set())
    assert adopted or not started
    last = planned(carry_out(second, live), desired, project=GENEROUS)
    assert not last.steps
    assert not last.blocks


@given(services(), manifests(), st.booleans(), st.booleans())
def test_no_plan_touches_models_that_are_not_ours(live, desired, whole, retry):
    """No step names a model without our marker, except a model that a manifest imports, which has no marker."""
    result = planned(live, desired, project=GENEROUS, whole=whole, retry=retry)
    ours = {model.name for model in live if isinstance(model.marker, Marker) and model.marker.owner == OWNER}
    imported = {step.name for step in result.steps if step.action is Action.IMPORT}
    touched = {step.name for step in result.steps if step.action is not Action.CREATE and step.live}
    assert imported <= {model.adopts.name for model in desired if model.adopts}
    assert imported <= {model.name for model in live if isinstance(model.marker, Absent)}
    assert touched - imported <= ours


@given(services(), manifests())
def test_a_declared_key_never_loses_its_serving_model_first(live, desired):
    """A serving generation of a declared key is deleted only after a step that promotes another generation."""
    result = planned(live, desired, project=GENEROUS)
    declared = {model.key for model in desired}
    for key in result.keys:
        if key.key not in declared or key.current is None:
            continue
        for step in key.steps:
            if step.name == key.current.name and step.action in (Action.DELETE, Action.ABANDON):
                assert step.successor == key.target
                assert step.waits


@given(services(), manifests())
def test_writes_to_a_model_come_before_its_delete(live, desired):
    """No model is deleted while it is written."""
    result = planned(live, desired, project=GENEROUS)
    written = {(step.name, step.ref) for step in result.steps if step.action in (Action.UPDATE, Action.PROMOTE)}
    before: dict[StepRef, set[StepRef]] = {}
    for step in result.steps:  # each comes after the steps that it waits for
        before[step.ref] = set(step.waits).union(*(before.get(ref, ()) for ref in step.waits))
        if step.action is Action.DELETE:
            assert {ref for name, ref in written if name == step.name} <= before[step.ref]


@given(services(), manifests())
def test_single_manifests_touch_only_their_keys(live, desired):
    """A partial plan has steps for declared keys alone."""
    result = planned(live, desired[:1], project=GENEROUS, whole=False)
    assert {step.key for step in result.steps} <= {model.key for model in desired[:1]}


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


@given(services(), manifests())
def test_nothing_serves_unchecked(live, desired):
    """A key with checks makes candidates alone, and every promotion of it waits for a check."""
    result = planned(live, desired, project=GENEROUS)
    checked = {model.key for model in desired if model.checks}
    for step in result.steps:
        if step.key in checked and step.action is Action.CREATE:
            assert step.marker.serving is None
        if step.key in checked and step.action is Action.PROMOTE:
            assert any(ref.action is Action.CHECK and ref.key == step.key for ref in step.waits)


@given(services(), manifests(), st.lists(KEYS, max_size=2), st.lists(KEYS, max_size=2))
def test_excluded_keys_are_not_touched(live, desired, targets, excludes):
    """A key that is excluded or not targeted has no step, block or failure; nor has a key that is tuned from it."""
    known = {model.key for model in desired} | {
        model.marker.key for model in live if isinstance(model.marker, Marker) and model.marker.owner == OWNER
    }
    asked = {"target": set(targets) & known, "exclude": set(excludes) & known}
    result = planned(live, desired, project=GENEROUS, **asked)
    named = {step.key for step in result.steps} | {key.key for key in result.keys}
    named |= {block.key for block in result.blocks if block.key}
    assert not named & asked["exclude"]
    assert not named & set(result.left_out)
    if asked["target"]:
        assert named <= asked["target"] | {"a"}  # "a" may be the parent of "c"
