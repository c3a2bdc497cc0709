"""Plans as values: what their steps carry, what they count, and which options are refused."""

from __future__ import annotations

from dataclasses import replace
from graphlib import CycleError

import pytest
from support.planner_dsl import CLOUD, OWNER, PROJECT, TRAITS, data, have, key_texts, lines, planned, unmarked, want

from gemspec.domain.errors import InputError
from gemspec.domain.marker import Corrupt
from gemspec.domain.model import ParentModel, Permission
from gemspec.domain.plan import Action, Verdict
from gemspec.planner import PlanOptions, plan

LEGACY = unmarked("tunedModels/legacy")


def test_checks_and_permissions_carry_the_live_model():
    live = [have("a"), have("a", "y", None)]
    permit, check, _ = planned(live, [want("a", "y", checks=1, permit=(Permission("USER", "x@y.z", "READER"),))]).steps
    assert (permit.action, permit.live) == (Action.PERMIT, live[1])
    assert (check.action, check.live) == (Action.CHECK, live[1])


def test_a_deleted_key_is_drawn_in_full():
    """With its serving model, or else with its last model."""
    retired = have("a", "x", 1, settings={"topK": 1})
    live = [retired, have("a", "y", 2, settings={"topK": 2}), have("b", "z", None, settings={"topK": 3})]
    live += [have("a", "z", 3, state="FAILED", settings={"topK": 4})]
    first, second = planned(live, []).keys
    assert (first.before["topK"], first.before["tuningTask"]["hyperparameters"]["epochCount"]) == (2, 5)
    assert second.before["topK"] == 3
    assert first.generations == (live[0], live[1], live[3])


def test_a_plan_counts_models_and_lists_policy_results():
    """Our models are those with our marker. The rules are listed in their order."""
    result = planned([have("a"), have("a", "y", 2), LEGACY, have("b", owner="other")], [want("a", "z"), want("c", "u")])
    assert (result.seen, result.ours, result.whole) == (4, 2, True)
    assert result.verdicts == (Verdict("rename", 0, 0), Verdict("maxDeletes", 0, 1), Verdict("maxTrainings", 2, 10))
    assert not planned([], [want("a")], whole=False).whole
    assert planned([have("a")], [], destroy=True).verdicts == ()


def test_a_takeover_counts_models_and_names_the_keys_that_it_leaves():
    """Keys that are neither declared here nor moved from stay with the other project."""
    live = [have("a", owner="old"), have("b", owner="old"), have("c", owner="old"), have("z", "z")]
    result = planned(live, [want("a"), want("d", moved="b")], from_owner="old")
    assert (result.seen, result.ours, result.left_out) == (4, 1, ("c",))
    assert result.keys[0].generations == (live[0],)


def test_without_options_a_whole_project_is_planned():
    """Failed trainings are not tried again."""
    live = [have("a", state="FAILED"), have("b"), have("c")]
    assert lines(plan([want("a"), want("c")], live, PROJECT, TRAITS, PlanOptions())) == ["delete b:x", "failed a"]


@pytest.mark.parametrize("option", ["replace", "accept", "undelete"])
def test_a_key_that_is_named_cannot_be_excluded(option):
    with pytest.raises(InputError, match=f"--{option} a: the plan leaves this key out"):
        planned([], [want("a"), want("b")], exclude=["a"], **{option: {"a"}})


@pytest.mark.parametrize(
    ("keys", "named"),
    [("abcdefgh", "a, b, c, d, e, f, g, h"), ("abcdefghi", "a, b, c, d, e, f, g, h, ...")],
)
def test_eight_keys_are_named_where_a_glob_matches_none(keys, named):
    with pytest.raises(InputError) as refused:
        planned([], [want(key) for key in keys], target=["q"])
    (problem,) = refused.value.problems
    assert problem.detail == f"the keys are {named}"


def test_a_circle_of_parents_ends_though_it_is_targeted():
    with pytest.raises(CycleError):
        planned([], [want("a", parent="b"), want("b", parent="a")], target=["a"])


class TestImports:
    """The marker of an imported model. Where its data is known, the marker equals that of a training."""

    def marker(self, live, desired, **options):
        return next(step.marker for step in planned(live, desired, **options).steps if step.action is Action.IMPORT)

    def test_known_data(self):
        assert self.marker([LEGACY], [want("a", adopt=LEGACY.name, declared=True)]) == have("a").marker

    def test_a_child(self):
        parent = have("p")
        child = replace(LEGACY, source=ParentModel(parent.name))
        desired = [want("p"), want("a", "y", parent="p", adopt=LEGACY.name, declared=True)]
        assert self.marker([parent, child], desired) == have("a", "y", parent_model=parent).marker

    def test_known_data_and_another_hyperparameter(self):
        """The next plan trains it again: the marker records the known content, not the declared one."""
        wanted = want("a", adopt=LEGACY.name, declared=True, hyper={"epochCount": 9})
        assert self.marker([LEGACY], [wanted]) == have("a").marker

    def test_unknown_data(self):
        """The marker has no examples, and a hash of its own."""
        others = [LEGACY, unmarked("tunedModels/other")]
        marker, other = (self.marker(others, [want("a", adopt=live.name)]) for live in others)
        assert (marker.data, marker.examples, marker.serving) == ("unknown", 0, 1)
        assert len({marker.train, other.train, have("a").marker.train}) == 3

    def test_no_declared_data(self):
        """Two models with unknown data are not the same training."""
        others = [LEGACY, unmarked("tunedModels/other")]
        marker, other = (self.marker(others, [want("a", None, adopt=live.name)]) for live in others)
        assert marker.train != other.train


def test_a_training_carries_all_settings_of_its_manifest():
    fixed, extras = {"kmsKeyName": "key"}, {"adapterSize": "ADAPTER_SIZE_ONE"}
    desired = replace(want("a", fixed=fixed), extras=extras, data_uri="gs://bucket/data.jsonl")
    create = planned([], [desired]).steps[0]
    assert create.generation.fixed == fixed
    assert create.generation.extras == extras
    assert create.generation.data_uri == "gs://bucket/data.jsonl"
    assert create.marker.train != planned([], [want("a")]).steps[0].marker.train


@pytest.mark.parametrize(("characters", "tokens"), [(10, 3), (8, 2), (0, None)])
def test_four_characters_are_a_token(characters, tokens):
    """Data that was not counted is not estimated."""
    desired = replace(want("a"), dataset=replace(data("x"), characters=characters))
    assert planned([], [desired], traits=CLOUD).steps[0].generation.training.tokens == tokens


def test_an_approved_replacement_that_is_there_is_not_trained_again():
    """--replace means the approved training."""
    live = [have("a"), have("a", "x", 2, attempt=2)]
    asked = PlanOptions(replace=frozenset({"a"}), approved=frozenset({("a", live[1].marker.train)}))
    assert lines(plan([want("a")], live, PROJECT, TRAITS, asked)) == []
    other = replace(asked, approved=frozenset({("a", "0" * 12)}))
    assert lines(plan([want("a")], live, PROJECT, TRAITS, other))[0] == "create a:x#3 serving=3"
    another = replace(asked, approved=frozenset({("b", live[1].marker.train)}))
    assert lines(plan([want("a")], live, PROJECT, TRAITS, another)) == []


def test_the_note_on_another_account_is_beside_other_notes():
    ours, theirs = replace(have("b"), is_own=True), replace(have("a", "x", 1), is_own=False)
    notes = [
        line for line in key_texts(planned([ours, theirs], [want("a", "y"), want("b")])) if line.startswith("  note")
    ]
    assert notes == [
        "  note: a:x goes on answering (keepPrevious is 1)",
        "  note: a:x, which serves, belongs to another account: use it only if you know who made it",
    ]


def test_a_project_of_one_key_that_is_not_ours():
    (key,) = planned([replace(have("a"), is_own=False)], [want("a")]).keys
    assert key.notes == ("what serves belongs to another account than the one that asks",)


def test_there_are_no_notes_on_models_that_never_existed():
    (key,) = planned([], [want("a")]).keys
    assert key.notes == ()


def test_a_marker_that_was_cut_stops_its_key_and_names_the_project():
    (block,) = planned([unmarked("tunedModels/q", Corrupt("cut", OWNER, "a"))], [want("a")]).blocks
    assert (block.rule, block.key, block.partner) == ("corrupt-marker", "a", None)
