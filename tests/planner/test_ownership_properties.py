"""What must hold of every plan, whosever models are on the service and whatever they have lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, strategies as st
from support.planner_dsl import CLOUD, OWNER, TRAITS, carry_out, have, planned, unmarked
from support.planner_strategies import GENEROUS, KEYS, LABELS, manifests, services

from gemspec.domain.lineage import take_inventory
from gemspec.domain.marker import Absent, Corrupt, Marker, Newer
from gemspec.domain.model import State
from gemspec.domain.plan import Action

ENDS = (Action.DELETE, Action.ABANDON, Action.FORGET)
KINDS = st.sampled_from(["ours", "ours", "ours", "others", "unlabelled", "unmarked", "released", "cut", "newer"])


@st.composite
def mixed_services(draw):
    """Models of ours of which some are another account's, lost their labels or their marker, or were released; and
    the names of those that the project file disowns.
    """
    models = [_changed(model, draw(KINDS)) for model in draw(services())]
    for key, label in draw(st.lists(st.tuples(KEYS, LABELS), max_size=2, unique=True)):
        forged = have(key, label, 999, attempt=7, own=False)
        models.append(replace(forged, name=f"tunedModels/forged-{key}-{label}"))
    disowned = draw(st.lists(st.sampled_from([model.name for model in models]), max_size=1)) if models else []
    return models, tuple(disowned)


def _changed(model, kind):
    if not isinstance(model.marker, Marker) or model.marker.owner != OWNER:
        return model
    claims = (OWNER, model.marker.key)
    match kind:
        case "others":
            return replace(model, is_own=False)
        case "unlabelled":
            return replace(model, state=State.ACTIVE, is_unlabelled=True, is_noted=False, trained_as=model.marker)
        case "unmarked" | "released":
            return replace(model, marker=Absent(released=kind == "released"), is_own=True)
        case "cut":
            return replace(model, marker=Corrupt("it is cut", *claims), is_own=False)
        case "newer":
            return replace(model, marker=Newer(9, *claims), is_own=False)
    return replace(model, is_own=True)


def plan_of(service, desired, **options):
    live, disowned = service
    return planned(live, desired, project=replace(GENEROUS, not_ours=disowned), **options)


TRAITS_OF = st.sampled_from([TRAITS, CLOUD])
FLAGS = st.fixed_dictionaries({"retry": st.booleans(), "destroy": st.booleans(), "whole": st.booleans()})


@given(mixed_services(), manifests(), TRAITS_OF, FLAGS, st.sets(KEYS))
def test_models_that_lost_their_marker_are_never_ended(service, desired, traits, flags, replaced):
    """Neither deleted, nor released, nor cancelled; their labels are written, or a manifest imports them."""
    wanted = {model.key for model in desired}
    again = set() if flags["destroy"] else replaced & wanted
    result = plan_of(service, desired, traits=traits, replace=again, **flags)
    lost = {model.name for model in service[0] if model.is_unlabelled or isinstance(model.marker, Absent)}
    assert not lost & {step.name for step in result.steps if step.action in ENDS}
    written = {step.name for step in result.steps if step.live and not step.live.is_unlabelled}
    imported = {model.adopts.name for model in desired if model.adopts}
    assert written & lost <= imported


@given(mixed_services(), manifests(), TRAITS_OF, FLAGS)
def test_nothing_is_written_on_models_of_others(service, desired, traits, flags):
    """Not on models of another account beside our own, nor on what the project file disowns, but for an import."""
    result = plan_of(service, desired, traits=traits, **flags)
    inventory = take_inventory(service[0], OWNER, service[1])
    shared = {generation.name for lineage in inventory.every.values() for generation in lineage.shared}
    disowned = {model.name for model in inventory.disowned}
    imported = {model.adopts.name for model in desired if model.adopts}
    touched = {step.name for step in result.steps if step.live}
    assert not touched & (shared | disowned) - imported


@given(mixed_services(), manifests(), TRAITS_OF)
def test_unreadable_markers_of_other_accounts_stop_no_key_that_we_have(service, desired, traits):
    result = plan_of(service, desired, traits=traits)
    inventory = take_inventory(service[0], OWNER, service[1])
    ours = {key for key, lineage in inventory.lineages.items() if not lineage.is_of_others}
    assert not ours & {block.key for block in result.blocks if block.rule in ("corrupt-marker", "newer-marker")}
    assert all(block.key for block in result.blocks if block.rule in ("corrupt-marker", "newer-marker"))


@given(mixed_services(), manifests(), TRAITS_OF)
def test_numbers_of_other_accounts_do_not_count(service, desired, traits):
    """A forged number is never outbid beside our own."""
    result = plan_of(service, desired, traits=traits)
    inventory = take_inventory(service[0], OWNER, service[1])
    ours = {key for key, lineage in inventory.lineages.items() if not lineage.is_of_others}
    numbers = [step.marker.serving or 0 for step in result.steps if step.marker and step.key in ours]
    assert max(numbers, default=0) < 999


@given(mixed_services(), manifests())
def test_nothing_that_lost_its_labels_is_trained_again(service, desired):
    """On a service that remembers how its trainings began; but for what the project file disowns."""
    result = plan_of(service, desired, traits=CLOUD)
    inventory = take_inventory(service[0], OWNER, service[1])
    there = {
        (key, generation.marker.train)
        for key, lineage in inventory.every.items()
        for generation in (*lineage.generations, *lineage.unlabelled)
        if not generation.is_failed
    }
    assert not there & {(step.key, step.train) for step in result.steps if step.action is Action.CREATE}


@given(mixed_services(), manifests())
def test_plans_come_to_rest(service, desired):
    """After three plans that were carried out there is nothing to do, where nothing is blocked."""
    live, disowned = service
    for _ in range(3):
        result = plan_of((live, disowned), desired)
        if result.blocks:
            return
        live = carry_out(result, live)
    assert not plan_of((live, disowned), desired).steps


def test_a_service_has_everything():
    """The strategy makes what the properties are about."""
    assert _changed(have("a"), "unlabelled").is_unlabelled
    assert _changed(have("a"), "others").is_own is False
    assert _changed(unmarked("tunedModels/theirs"), "cut").marker == Absent()
