"""Models that lost their marker, models of other accounts, and models that the project file disowns."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.planner_dsl import (
    CLOUD,
    PROJECT,
    blocks_of,
    carry_out,
    have,
    key_texts,
    lines,
    planned,
    reasons,
    unmarked,
    want,
)

from gemspec.domain.lineage import take_inventory
from gemspec.domain.marker import MAX_NUMBER, Absent, Corrupt, Newer
from gemspec.domain.model import State
from gemspec.domain.plan import Kind
from gemspec.domain.result import Result
from gemspec.reports.result import serving_names

LOST = unmarked(have("a").name, made="2026-02-01T00:00:00Z")
KEEP = f"write `import: {{tunedModel: {LOST.name}, data: asDeclared}}` in the spec of a"
NOT_OURS = f"if it is not this project's: write `notOurs: [{LOST.name}]` under spec in gemspec.yaml"


def own_ids(live, desired, **options):
    """A plan on a service that makes its own ids, as Vertex AI."""
    return planned(live, desired, traits=CLOUD, **options)


def bare(key, label="x", serving=1, **options):
    """A model of our training that carries no label any more."""
    return have(key, label, serving, unlabelled=True, **options)


# Unmarked models with an id of a declared key


def test_an_unmarked_model_blocks_its_key_alone_with_the_line_that_takes_it_back():
    result = planned([LOST], [want("a"), want("b")])
    assert lines(result) == ["create b:x serving=1", "await b:x <- create b:x", "blocked a"]
    assert key_texts(result)[:3] == [
        f"blocked a: {LOST.name} has an id of a and no marker: it was removed, or the model was made by hand. Its id "
        "is that of just what the manifest asks for",
        f"  note: to keep the model: {KEEP}",
        f"  note: {NOT_OURS}",
    ]


@pytest.mark.parametrize("options", [{}, {"replace": {"a"}}, {"retry": True}, {"accept": {"a"}}])
@pytest.mark.parametrize("beside", [[], [have("a", "y")], [have("a", "y", None)], [have("a", "y", state="CREATING")]])
@pytest.mark.parametrize("label", "xyz")
def test_an_unmarked_model_blocks_its_key_whatever_is_asked_for(label, beside, options):
    result = planned([LOST, *beside], [want("a", label)], **options)
    assert lines(result) == ["blocked a"]


def test_a_result_does_not_name_the_older_model_as_the_one_that_serves():
    """`gemspec output` fails at this moment, for the same reason."""
    result = planned([LOST, have("a", "y")], [want("a", "y")])
    assert serving_names(result, Result(())) == {}
    older = have("a", "y", made="2026-03-01T00:00:00Z")
    assert serving_names(planned([LOST, older], [want("a", "y")]), Result(())) == {"a": older.name}


def test_a_child_is_not_trained_from_an_older_model_of_its_parent():
    """Neither where the parent is planned with it, nor in a plan of the child's manifest alone."""
    child, parent = want("kid", "z", parent="a"), want("a", "y")
    assert lines(planned([LOST, have("a", "y")], [parent, child])) == ["blocked a", "blocked kid"]
    assert lines(planned([LOST, have("a", "y")], [child], whole=False)) == ["blocked kid"]


def test_an_unmarked_model_of_the_old_name_blocks_the_new_key():
    assert lines(planned([LOST], [want("b", "y", moved=["a"])])) == ["blocked b"]


def test_an_unmarked_model_that_is_not_what_the_manifest_asks_for_is_not_said_to_be():
    """`asDeclared` would be wrong then, and what it holds would never be trained over."""
    [_, keep, _] = key_texts(planned([LOST], [want("a", "y")]))
    assert "data: unknown}` in the spec of a; `data: asDeclared` only where" in keep


@pytest.mark.parametrize(
    "other",
    [
        replace(LOST, is_own=False),
        replace(LOST, marker=Absent(released=True), name="tunedModels/a-0000000000"),
        unmarked("tunedModels/a-xyz"),
        unmarked("tunedModels/b-0000000000"),
        unmarked("tunedModels/a-0000000000", state="FAILED"),
    ],
)
def test_other_models_do_not_block(other):
    assert planned([other, have("a", "y")], [want("a", "y")]).is_applyable
    assert not lines(planned([other, have("a", "y")], [want("a", "y")]))


def test_a_training_of_what_an_unmarked_model_of_an_undeclared_key_holds_is_blocked():
    """A moved key, whose `movedFrom` is gone by now."""
    result = planned([LOST], [want("b")])
    assert blocks_of(result)[:2] == [
        "! unmarked b",
        f"  {LOST.name} holds just what b would be trained on, and its marker is gone",
    ]
    assert not blocks_of(planned([LOST], [want("b", "y")]))


# Adoption beside other generations


def adopting(label="x", **options):
    return want("a", label, adopt=LOST.name, **options)


@pytest.mark.parametrize(
    ("beside", "desired", "expected"),
    [
        ([], adopting(declared=True), ["import a:x serving=1"]),
        ([], adopting(), ["import a:x serving=1"]),
        ([have("a", "y")], adopting(declared=True), ["import a:x serving=2"]),
        ([have("a", "y", 7, gen=4)], adopting(), ["import a:x serving=8"]),
        (
            [have("a", "y")],
            adopting(declared=True, checks=1),
            ["import a:x as candidate", "check a:x <- import a:x", "promote a:x serving=2 <- check a:x"],
        ),
        ([have("a", "y", None)], adopting(declared=True, checks=1), ["import a:x serving=1"]),
        ([have("a", "y")], adopting("z"), ["import a:? serving=2"]),
        ([have("a", "y", 3, made="2026-03-01T00:00:00Z")], adopting("y"), ["import a:? serving=2"]),
        ([have("a", "y", 1, made="2026-03-01T00:00:00Z")], adopting("y"), ["import a:? as candidate"]),
        ([have("a", "y", 3, made="2026-03-01T00:00:00Z")], adopting(keep=0), ["import a:x serving=4"]),
    ],
)
def test_a_lost_model_is_adopted_beside_others(beside, desired, expected):
    """It gets the next generation number; nothing is trained or ended, and what serves goes on where it is newer."""
    live = [LOST, *beside]
    result = planned(live, [desired])
    assert lines(result) == expected
    [marker] = [step.marker for step in result.steps if step.action == "import"]
    assert marker.gen == 1 + max((model.marker.gen for model in beside), default=0)
    after = take_inventory(carry_out(result, live), "team").lineage("a")
    assert len(after.generations) == len(live)
    assert after.serving is not None


def test_an_adopted_model_is_no_twin_of_a_training():
    """`asDeclared` by mistake: the manifest means the candidate."""
    live = [unmarked("tunedModels/a-0000000000"), have("a", "x", None)]
    [step] = planned(live, [want("a", adopt="tunedModels/a-0000000000", declared=True)]).steps
    assert step.marker.train != live[1].marker.train


def test_the_attempt_of_an_adopted_model_is_found():
    lost = unmarked(have("a", attempt=2).name)
    [step] = planned([lost, have("a")], [want("a", adopt=lost.name)]).steps
    assert (step.marker.attempt, step.marker.train) == (2, have("a", attempt=2).marker.train)


# Unlabelled models, on services that remember how a training began


@pytest.mark.parametrize(
    ("live", "desired", "expected"),
    [
        ([bare("a")], [want("a")], ["update a:x marker"]),
        ([bare("a", "x"), have("a", "y", 2)], [want("a", "y")], ["update a:x marker"]),
        ([bare("a", "x", None), have("a", "y", 2)], [want("a", "y")], ["update a:x marker"]),
        (
            [bare("a", "x", None)],
            [want("a", checks=1)],
            ["update a:x marker", "check a:x <- update a:x", "promote a:x serving=1 <- check a:x"],
        ),
        (
            [bare("a")],
            [want("a", "y", keep=0)],
            ["update a:x marker", "create a:y serving=2 <- update a:x", "await a:y <- create a:y"],
        ),
        ([bare("a")], [want("b", moved=["a"])], ["update b:x metadata.name"]),
        ([bare("a")], [], []),
        ([bare("a"), have("a", "y", 2)], [], ["delete a:y"]),
    ],
)
def test_labels_are_written_again_and_nothing_is_ended_before(live, desired, expected):
    assert lines(own_ids(live, desired)) == expected


def test_an_unlabelled_model_of_an_undeclared_key_is_a_note():
    [key] = own_ids([bare("a")], []).keys
    assert key.notes == (
        f"{bare('a').name} was trained by this project, and carries no marker any more: it is left alone",
    )
    assert not own_ids([bare("a")], [], destroy=True).steps


def test_why_labels_are_written_again():
    assert reasons(own_ids([bare("a")], [want("a")])) == [
        "update a:x: its marker is gone from it: it is written again, as its training began with it"
    ]


def test_an_unlabelled_model_does_not_serve_until_then():
    lineage = take_inventory([bare("a"), have("a", "y", 2)], "team").lineage("a")
    assert lineage.serving.marker.serving == 2
    assert take_inventory([bare("a")], "team").lineage("a").serving is None


def test_unlabelled_models_are_not_counted():
    live = [bare(key) for key in "bcdef"] + [have("a")]
    result = own_ids(live, [want("a")])
    assert (result.ours, result.blocks) == (1, ())


def test_a_released_model_that_holds_the_same_is_a_note():
    """On a service that remembers how a training began."""
    released = unmarked("jobs/1", Absent(released=True), was=have("a").marker)
    result = own_ids([released], [want("a")])
    assert lines(result)[0] == "create a:x serving=1"
    assert result.keys[0].notes[0].startswith("jobs/1, which was released, was trained on just this.")
    assert "import: {tunedModel: jobs/1, data: asDeclared}" in result.keys[0].notes[0]
    assert not own_ids([released], [want("a", "y")]).keys[0].notes


# Accounts


@pytest.mark.parametrize(
    ("live", "desired", "expected"),
    [
        ([have("a", own=True), have("a", "y", 999, own=False)], [want("a")], []),
        ([have("a", own=True), have("a", "y", 999, own=False)], [want("a", "z", keep=9)], ["create a:z serving=2"]),
        ([have("a", own=None), have("a", "y", 999, own=False)], [want("a")], []),
        ([have("a", own=False), have("a", "y", 2, own=False)], [want("a", "y")], []),
        ([have("a", own=False), have("b", own=True)], [want("a"), want("b")], []),
        ([have("a", own=True), have("b", own=False)], [want("a")], []),
        ([have("b", own=False)], [], ["delete b:x"]),
        (
            [have("a", own=True), have("a", "y", None, own=False, state="CREATING")],
            [want("b", moved=["a"])],
            ["update b:x metadata.name"],
        ),
        ([have("b", own=True), have("a", "y", 9, own=False)], [want("b", moved=["a"])], []),
    ],
)
def test_accounts_are_judged_key_by_key(live, desired, expected):
    result = planned(live, desired)
    assert not result.blocks
    assert [line for line in lines(result) if not line.startswith("await")] == expected


def test_a_new_account_follows_the_old_account_without_a_gap():
    """Until its first model serves, the old account's serves, and the manifest may mean it again."""
    old, other = have("a", own=False), have("b", own=False)
    first = planned([old, other], [want("a", "y"), want("b")])
    assert lines(first) == ["create a:y serving=2", "await a:y <- create a:y"]
    training = have("a", "y", 2, gen=2, own=True, state="CREATING")
    assert take_inventory([old, training], "team").lineage("a").serving.live is old
    assert lines(planned([old, training, other], [want("a", "y"), want("b")])) == ["await a:y"]
    assert lines(planned([old, training, other], [want("a"), want("b")])) == ["abandon a:y"]
    failed = replace(training, state=State.FAILED)
    assert take_inventory([old, failed], "team").lineage("a").serving.live is old
    trained = replace(training, state=State.ACTIVE)
    assert take_inventory([old, trained], "team").lineage("a").serving.live is trained
    assert lines(planned([old, trained, other], [want("a", "y", keep=0), want("b")])) == []


def test_a_forged_model_does_not_serve_before_our_first():
    forged = have("a", "y", 999, own=False)
    training = have("a", own=True, state="CREATING")
    assert take_inventory([forged, training], "team").lineage("a").serving is None


def test_models_of_other_accounts_are_not_deleted_beside_our_own():
    """Only their account can."""
    live = [have("a", own=False), have("a", "y", 2, own=False), have("b", own=True)]
    [key, _] = planned(live, [want("a", "y", keep=0), want("b")]).keys
    assert not key.steps
    assert f"{live[0].name} belongs to another account: it is not deleted" in key.notes


def test_a_few_fakes_do_not_trip_the_limit_of_deletes():
    live = [have("a", own=True), *(have(key, own=False) for key in "bcdefgh")]
    result = planned(live, [want("a")])
    assert (lines(result), result.blocks) == ([], ())
    assert [key.notes for key in result.keys[1:2]] == [
        (f"{have('b').name} belongs to another account: it is not deleted",)
    ]


@pytest.mark.parametrize(
    ("model", "blocked"),
    [
        (unmarked("tunedModels/q", Newer(9, "team"), own=False), []),
        (unmarked("tunedModels/q", Newer(9, "team", "a"), own=False), []),
        (unmarked("tunedModels/q", Corrupt("it is cut", "team", "a"), own=False), []),
        (unmarked("tunedModels/q", Corrupt("it is cut", "team", "b"), own=False), ["! corrupt-marker b"]),
        (unmarked("tunedModels/q", Corrupt("it is cut", "team", "c"), own=False), []),
        (unmarked("tunedModels/q", Newer(9, "team")), ["! newer-marker"]),
        (unmarked("tunedModels/q", Newer(9, "team", "a")), ["! newer-marker a"]),
        (unmarked("tunedModels/a-0000000000", Newer(9, "dev", "a")), []),
        (unmarked("tunedModels/a-0000000000", Corrupt("it is cut", "dev", "a")), []),
        (unmarked("tunedModels/a-0000000000", Corrupt("it is cut")), ["! corrupt-marker a"]),
        (unmarked("jobs/1", Corrupt("it is cut"), was=have("a").marker), ["! corrupt-marker a"]),
        (unmarked("jobs/1", Corrupt("it is cut", "team", "b"), was=have("z").marker), ["! corrupt-marker b"]),
        (unmarked("jobs/1", Corrupt("it is cut", "dev", "z"), was=have("a").marker), ["! corrupt-marker a"]),
    ],
)
def test_which_unreadable_markers_stop_which_keys(model, blocked):
    result = planned([have("a", own=True), model], [want("a"), want("b")])
    assert [line for line in blocks_of(result) if line.startswith("!")] == blocked


@pytest.mark.parametrize("owner", ["team", "old-name"])
def test_a_marker_whose_key_was_edited_stops_the_key_that_it_was_trained_for_too(owner):
    """Else leaving out the key that it names, as the plan advises, would train the other again. So where the model was
    taken over from another project: that keeps its key.
    """
    was = have("a", owner=owner).marker
    edited = unmarked("jobs/1", Corrupt("its labels were edited", "team", "b"), was=was)
    result = planned([edited], [want("a"), want("b")])
    assert [(key.key, key.kind) for key in result.keys] == [("a", Kind.BLOCKED), ("b", Kind.BLOCKED)]
    assert result.excludable == ("a", "b")


# Models that the project file disowns


@pytest.mark.parametrize(
    ("model", "traits"),
    [
        (LOST, {}),
        (bare("a"), {"traits": CLOUD}),
        (replace(LOST, marker=Newer(9, "team", "a")), {}),
        (have("a", own=False), {}),
    ],
)
def test_what_is_not_ours_blocks_nothing_and_a_training_goes_on(model, traits):
    """Under the next attempt, since the id is taken."""
    project = replace(PROJECT, not_ours=(model.name,))
    result = planned([model], [want("a")], project=project, **traits)
    assert lines(result) == ["create a:x#2 serving=1", "await a:x#2 <- create a:x#2"]
    assert not result.blocks
    after = carry_out(result, [model]) if not traits else []
    assert not lines(planned(after, [want("a")], project=project)) or traits


def test_our_own_valid_marker_is_stronger():
    project = replace(PROJECT, not_ours=(have("a").name,))
    assert not lines(planned([have("a")], [want("a")], project=project))


# Numbers


@pytest.mark.parametrize(
    ("live", "options", "word"),
    [
        ([have("a", serving=MAX_NUMBER)], {}, "serving number"),
        ([have("a", gen=MAX_NUMBER)], {}, "generation number"),
        ([have("a", "y", attempt=MAX_NUMBER)], {"replace": {"a"}}, "attempt"),
    ],
)
def test_numbers_that_are_used_up_block_with_advice(live, options, word):
    [head, summary, advice] = blocks_of(planned(live, [want("a", "y")], **options))
    assert head == "! numbers a"
    assert summary == f"  a has used up every {word} that a marker can hold (999999)"
    assert "released and the serving one is imported" in advice


def test_a_moved_model_and_an_unlabelled_one_of_the_same_content_are_written_one_after_the_other():
    """Steps are addressed by content: the plan keeps the first of two, and ends neither model."""
    unlabelled, moved = replace(bare("c"), name="jobs/1"), replace(have("b", serving=1), name="jobs/2")
    result = planned([unlabelled, moved], [want("c", moved="b")], traits=CLOUD)
    assert [(step.action, step.name) for step in result.steps] == [("update", "jobs/1")]
