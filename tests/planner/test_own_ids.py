"""Planner tables for a service as Vertex AI is: it makes its own ids, a model is several resources with names of their
own, nothing can be written before a training has ended, and failed trainings stay as records.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, strategies as st
from support.planner_dsl import CLOUD, have, lines, planned, twin, unmarked, want

from gemspec.domain.model import ParentModel
from gemspec.providers.vertex.wire.history import age
from gemspec.providers.vertex.wire.messages import TuningJob

FIRST, SECOND = (twin(have("a"), made) for made in ("2026-01-01", "2026-01-02"))
RUNNING = [replace(model, state=have("a", state="CREATING").state) for model in (FIRST, SECOND)]

# name, live, desired, options, expected
TABLE = [
    ("a name that is not known yet", [], [want("a")], {}, ["create a:x serving=1", "await a:x <- create a:x"]),
    (
        "a record of a failure stays when its training is retried",
        [have("a", state="FAILED")],
        [want("a")],
        {"retry": True},
        ["create a:x#2 serving=2", "await a:x#2 <- create a:x#2"],
    ),
    ("and when its key is no longer declared", [have("a", state="FAILED")], [], {}, []),
    ("it is shown while it is wanted", [have("a", state="FAILED")], [want("a")], {}, ["failed a"]),
    (
        "the key's other models are deleted",
        [have("a", "x", 1), have("a", "y", 2, state="FAILED")],
        [],
        {},
        ["delete a:x"],
    ),
    ("of two trainings of the same the oldest is kept", [SECOND, FIRST], [want("a")], {}, ["delete a:x"]),
    ("be they under way", RUNNING, [want("a")], {}, ["abandon a:x", "await a:x"]),
    (
        "a training's settings are written on the model that it made, if no apply waited",
        [have("a", noted=False)],
        [want("a")],
        {},
        ["update a:x marker"],
    ),
    ("an apply that waits writes them", [have("a", state="CREATING", noted=False)], [want("a")], {}, ["await a:x"]),
    (
        "so does any other write",
        [have("a", noted=False)],
        [want("a", settings={"displayName": "n"})],
        {},
        ["update a:x displayName"],
    ),
    (
        "a promotion among them",
        [have("a", "x", 1, noted=False), have("a", "y", 2)],
        [want("a")],
        {},
        ["promote a:x serving=3"],
    ),
    (
        "but not a candidate that checks may keep back",
        [have("a", "x", None, noted=False)],
        [want("a", checks=1)],
        {},
        ["update a:x marker", "check a:x <- update a:x", "promote a:x serving=1 <- check a:x"],
    ),
    (
        "of a model that is replaced it is written first",
        [have("a", noted=False)],
        [want("a", "y")],
        {},
        ["update a:x marker", "create a:y serving=2 <- update a:x", "await a:y <- create a:y"],
    ),
    (
        "the same holds for a retired generation, before it is deleted",
        [have("a", "x", 1, noted=False), have("a", "y", 2)],
        [want("a", "y", keep=0)],
        {},
        ["update a:x marker", "delete a:x <- update a:x"],
    ),
    (
        "beside a failed training",
        [have("a", "x", 1, noted=False), have("a", "y", 2, state="FAILED")],
        [want("a", "y")],
        {},
        ["update a:x marker", "failed a"],
    ),
    ("a deleted model does not need them", [have("a", noted=False)], [], {}, ["delete a:x"]),
    ("nor does what is released", [have("a", noted=False, retain=True)], [], {}, ["forget a:x"]),
    (
        "a model in training is released when it is trained",
        [have("a", state="CREATING", retain=True)],
        [],
        {},
        ["await a:x", "forget a:x <- await a:x"],
    ),
    (
        "before the newer training",
        [have("a", "x", 1, retain=True), have("a", "y", 2, state="CREATING")],
        [],
        {},
        ["await a:y", "forget a:y <- await a:y", "forget a:x <- forget a:y"],
    ),
    (
        "a model in training gets its new name when it is trained",
        [have("a", state="CREATING")],
        [want("b", moved="a")],
        {},
        ["await b:x", "update b:x metadata.name <- await b:x"],
    ),
    (
        "another project's models are taken over when they are trained",
        [have("a", owner="other"), have("a", "y", 2, state="CREATING", owner="other")],
        [want("a")],
        {"from_owner": "other"},
        ["import a:x serving=1", "import a:y serving=2 <- import a:x", "! import a"],
    ),
    (
        "its failed trainings stay its own",
        [
            have("a", owner="other"),
            have("a", "y", 2, state="FAILED", owner="other"),
            have("b", state="FAILED", owner="other"),
        ],
        [want("a"), want("b")],
        {"from_owner": "other"},
        ["import a:x serving=1"],
    ),
]


@pytest.mark.parametrize(
    ("live", "desired", "options", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_plan(live, desired, options, expected):
    """Each row: current, desired, options, expected."""
    assert sorted(lines(planned(live, desired, traits=CLOUD, **options))) == sorted(expected)


def test_the_oldest_duplicate_is_kept():
    """The other duplicate is named, with the reason."""
    result = planned([SECOND, FIRST], [want("a")], traits=CLOUD)
    (step,) = result.steps
    assert (step.name, step.reason) == (SECOND.name, "it is a second training of the same; the oldest is kept")
    assert result.keys[0].target_name == FIRST.name


TIMES = [f"2026-01-01T00:00:00{fraction}Z" for fraction in ("", ".1", ".100", ".123456789", ".5")]


@given(
    st.lists(
        st.tuples(st.sampled_from(TIMES), st.integers(1, 12)), min_size=2, max_size=4, unique_by=lambda row: row[1]
    )
)
def test_planner_and_provider_keep_the_same_duplicate(made):
    """The trainings began in the same moment, or at times with the same text."""
    jobs = [TuningJob(f"projects/1/tuningJobs/{number}", create_time=time) for time, number in made]
    twins = [twin(have("a"), time, f"projects/p/tuningJobs/{number}") for time, number in made]
    kept = min(jobs, key=age).name.rpartition("/")[2]
    for order in permutations(twins):
        result = planned(order, [want("a")], traits=CLOUD)
        assert result.keys[0].target_name == f"projects/p/tuningJobs/{kept}"


class TestNames:
    """A source may be named by its job or by its model; both names are the same source."""

    PARENT = replace(unmarked("jobs/1"), resources={"model": "models/1@1"}, aliases=frozenset({"models/1"}))
    SOURCE = ParentModel("jobs/1", frozenset({"models/1@1", "models/1"}))

    def child(self, name):
        """A model that was tuned from `name`."""
        return replace(have("c", parent_model=None), source=self.SOURCE, marker=self.marker(name))

    def marker(self, name):
        (step, _) = planned([], [want("c", parent=name)], traits=CLOUD).steps
        return step.marker

    @pytest.mark.parametrize("before", ["jobs/1", "models/1@1", "models/1"])
    @pytest.mark.parametrize("after", ["jobs/1", "models/1@1", "models/1"])
    def test_another_name_trains_nothing(self, before, after):
        live = [self.PARENT, self.child(before)]
        assert lines(planned(live, [want("c", parent=after)], traits=CLOUD)) == []
        assert lines(planned(live, [want("c", parent=after, hyper={"epochCount": 5})], traits=CLOUD)) == []

    def test_another_model_does(self):
        live = [self.PARENT, self.child("models/1")]
        (key,) = planned(live, [want("c", parent="models/2")], traits=CLOUD).keys
        assert (key.kind, key.reason) == ("replace", "tunedModelSource.tunedModel differs from the serving model")

    def test_a_changed_source_is_shown_by_the_name_in_the_manifest(self):
        live = [self.PARENT, self.child("models/1")]
        (key,) = planned(live, [want("c", "y", parent="models/1")], traits=CLOUD).keys
        assert [change.field for change in key.changes] == ["tuningTask.trainingData"]

    def test_a_model_that_a_child_is_tuned_from_is_kept(self):
        """By either name in the child's manifest."""
        parent = replace(self.PARENT, marker=have("p").marker)
        result = planned([parent], [want("c", parent="models/1")], traits=CLOUD)
        assert [block.rule for block in result.blocks if block.key == "p"] == ["tuned-from"]

    @pytest.mark.parametrize("name", ["jobs/1", "models/1@1", "models/1"])
    def test_import(self, name):
        asked = lines(planned([self.PARENT], [want("a", None, adopt=name)], traits=CLOUD))
        assert asked == ["import a:? serving=1"]

    def test_import_of_another_version(self):
        """Another version is another model."""
        other = replace(self.PARENT, name="jobs/2", resources={"model": "models/1@2"}, aliases=frozenset())
        live = [other, self.PARENT]
        for name, found in (("models/1@2", "jobs/2"), ("models/1", "jobs/1")):
            (step,) = planned(live, [want("a", None, adopt=name)], traits=CLOUD).steps
            assert step.name == found


def test_why_a_training_has_to_be_waited_for():
    """In the service's words."""
    waiting = have("a", state="CREATING", waiting="queued")
    (key,) = planned([waiting], [want("a")], traits=CLOUD).keys
    assert (key.kind, key.reason) == ("await", "its training is queued at the service")
    (key,) = planned([have("a", state="CREATING", retain=True)], [], traits=CLOUD).keys
    assert key.notes == (
        f"{waiting.name} is released when its training has ended: until then nothing can be written on it",
    )


def test_what_a_training_costs_is_estimated():
    """In tokens, four characters each, where tokens are paid for."""
    (key,) = planned([], [want("a")], traits=CLOUD).keys
    assert key.steps[0].generation.training.tokens == 1
    (key,) = planned([], [want("a")]).keys
    assert key.steps[0].generation.training.tokens is None


def test_no_message_mentions_permissions():
    """Models have no permissions here, so no message mentions them."""
    (key,) = planned([have("a")], [want("a", "y")], traits=CLOUD).keys
    assert [note for note in key.notes if "API key" in note] == []
