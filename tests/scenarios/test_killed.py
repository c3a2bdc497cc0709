"""A process that is killed after any of its writes: the next one ends what it began, and trains nothing twice."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from .language import play

# The services, and what nobody knows of Vertex AI: whether the labels of a job reach its model and endpoint.
VARIANTS = {"gemini": {}, "vertex": {}, "vertex, labels copied": {"labels_reach_models": True}}


@dataclass(frozen=True)
class Story:
    """What was there `before`, the command that is killed and then given again, and what is so `after`.

    `of_endpoints`: it needs a service with endpoints.
    """

    before: str
    command: str
    after: str
    of_endpoints: bool = False


STORIES = {
    "a model is trained": Story(
        before="""
            a says one, called sorter, described Sorts tickets.
        """,
        command="apply",
        after="""
            = a#1 serves
            a#1 is called sorter
            a#1 is described Sorts tickets.
            trained 1
            settled
        """,
    ),
    "a model is written on that nobody waited for": Story(
        before="""
            a says one, described Sorts tickets.
            $ apply --no-wait
            later
            a says one, called sorter
        """,
        command="apply",
        after="""
            = a#1 serves
            a#1 is called sorter
            a#1 is described Sorts tickets.
            trained 1
            settled
        """,
    ),
    "a replacement is trained, checked and promoted, and the old model goes": Story(
        before="""
            a says one, keeping 0
            $ apply
            a says two, keeping 0, called sorter, described Sorts tickets., expecting two
        """,
        command="apply",
        after="""
            = a#2 serves
            a#2 is called sorter
            a#2 is described Sorts tickets.
            a answers two
            trained 2
            settled
        """,
    ),
    "what is tuned from a replacement is replaced after it": Story(
        before="""
            base says one, expecting one
            child says two, from base, expecting two, keeping 0
            $ apply
            base says three, expecting three, keeping 0
        """,
        command="apply",
        after="""
            = base#2 serves, child#2 serves
            base answers three
            child answers two
            trained 4
            settled
        """,
    ),
    "a training is abandoned for another": Story(
        before="""
            a says one
            $ apply
            a says three
            $ apply --no-wait
            a says two, keeping 0, called sorter
        """,
        command="apply",
        after="""
            = a#2 ended, a#3 serves
            a#3 is called sorter
            a answers two
            trained 3
            settled
        """,
    ),
    "a failed training is followed by another": Story(
        before="""
            a says one
            $ apply
            a says !fail
            $ apply => 1
            a says two, keeping 0
        """,
        command="apply",
        after="""
            = a#2 ended, a#3 serves
            a answers two
            trained 3
            settled
        """,
    ),
    "a key is moved, changed and protected": Story(
        before="""
            a says one
            $ apply
            a says two
            $ apply
            a is undeclared
            b says one, moved from a, called sorter, protected
        """,
        command="apply",
        after="""
            = a#1 serves b, a#2 retired b
            a#1 is called sorter
            b answers one
            trained 2
            settled
        """,
    ),
    "a model is imported, changed and protected": Story(
        before="""
            somebody trains wild: one
            a says nothing, adopting wild#1, called sorter, described Sorts tickets., protected
        """,
        command="apply",
        after="""
            = wild#1 serves a
            wild#1 is called sorter
            wild#1 is described Sorts tickets.
            trained 1
            settled
        """,
    ),
    "a project takes another one's models over": Story(
        before="""
            a says one
            $ apply
            a says two
            $ apply
            in other
            a says two
        """,
        command="import --from-owner team",
        after="""
            = a#1 retired other:a, a#2 serves other:a
            trained 2
            settled
        """,
    ),
    "a key is deleted, and another one released": Story(
        before="""
            a says one
            b says two, retained
            $ apply
            a says three
            $ apply
            a is undeclared
            b is undeclared
        """,
        command="apply --allow-empty --max-deletes 2",
        after="""
            = b#1 free
            trained 3
        """,
    ),
    "a model is released that nobody waited for": Story(
        before="""
            a says one, retained, called sorter
            $ apply --no-wait
            later
            a is undeclared
        """,
        command="apply --allow-empty",
        after="""
            = a#1 free
            a#1 is called sorter
            trained 1
        """,
    ),
    "a deleted endpoint is made again": Story(
        before="""
            a says one, called sorter, labelled team=chat
            $ apply
            somebody deletes the endpoint of a#1
        """,
        command="apply",
        after="""
            = a#1 serves
            a#1 is called sorter
            a#1 is labelled team=chat
            a answers one
            trained 1
            settled
        """,
        of_endpoints=True,
    ),
    "a model without an endpoint is deployed, checked and promoted, and the old model goes": Story(
        before="""
            a says one, keeping 0
            $ apply
            a says !no-endpoint, keeping 0, expecting !no-endpoint, called sorter
            $ apply => 1
        """,
        command="apply",
        after="""
            = a#2 serves
            a#2 is called sorter
            a answers !no-endpoint
            trained 2
            settled
        """,
        of_endpoints=True,
    ),
    "callers go back to a model whose endpoint is gone": Story(
        before="""
            a says one
            $ apply
            a says two
            $ apply
            somebody deletes the endpoint of a#1
            a says one, keeping 0
        """,
        command="apply",
        after="""
            = a#1 serves
            a answers one
            trained 2
            settled
        """,
        of_endpoints=True,
    ),
    "everything is destroyed": Story(
        before="""
            a says one
            b says two, from a
            $ apply
            a says three
            $ apply
        """,
        command="destroy",
        after="""
            = nothing
            trained 4
        """,
    ),
}


RUNS = [
    (shows, variant)
    for shows, story in STORIES.items()
    for variant in VARIANTS
    if variant != "gemini" or not story.of_endpoints
]


@pytest.mark.parametrize(("shows", "variant"), RUNS)
def test_killed_after_any_write(make_stage, variant, shows, in_full, tally):
    """Also before the first; and, where everything is tried, with the answer to any of them lost on the way. Else only
    every third write of the last variant is tried.
    """
    story = STORIES[shows]
    stage = make_stage(variant.partition(",")[0])
    stage.service.options |= VARIANTS[variant]
    play(stage, story.before)
    saved = stage.save()
    play(stage, f"$ {story.command}")
    writes = range(1, 1 + len(stage.service.writes))
    play(stage, f"{story.after}\n$ {story.command}")
    assert stage.service.writes == []
    again = f"$ {story.command}"
    tries = [f"{again} (killed before write 1)", *(f"{again} (killed after write {number})" for number in writes)]
    if "copied" in variant and not in_full:
        tries = tries[::3]
    lost = [f"{again} (without answer to write {number})" for number in writes] if in_full else []
    for line in (tries if writes else []) + lost:
        stage.restore(saved)
        play(stage, f"{line}\n{again}\n{story.after}")
    tally(f"killed, in this process: {variant}", len(tries))
    if lost:
        tally(f"without an answer, in this process: {variant}", len(lost))
