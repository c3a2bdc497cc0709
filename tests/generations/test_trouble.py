"""What other hands do to the service: models deleted, markers edited and copied."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest
from support.served import TRAINING_SECONDS

from gemspec.identity import description_marker

from .project_fixture import check


@pytest.fixture
def hand(service):
    """Another client's request about a model."""

    def send(method, name, **body):
        how = {"json": body, "params": {"updateMask": ",".join(body)}} if body else {}
        httpx.request(method, f"{service.url}/v1beta/{name}", **how).raise_for_status()

    return send


def flags(plan):
    """The flags that the plan names to apply everything else, as words of a command."""
    [said] = re.findall(r"To apply everything else: ((?:--exclude \S+ ?)+)", plan)
    return said.split()


def test_when_the_serving_model_is_deleted_the_one_before_serves_at_once(bots, service, hand):
    """Without gemspec doing anything; and the next apply trains what was lost, while that one continues."""
    old, lost = bots.bring("tickets", "billing", "sales")
    hand("DELETE", lost)
    assert bots.output("tickets") == old
    assert bots.answer(old) == "billing"
    plan = bots.plan()
    assert f"{old} -> {lost}" in plan
    assert "Plan: 1 to add, 0 to change, 0 to destroy." in plan
    assert bots.carried_out().status == 0
    assert bots.output("tickets") == lost
    assert bots.answer(lost) == "sales"
    assert bots.answer(old) == "billing"
    assert service.trainings == 3
    assert bots.is_settled()


def test_a_retired_model_or_a_candidate_that_is_deleted_leaves_the_serving_one(bots, service, hand):
    """A deleted retired model needs nothing; a deleted candidate is trained again."""
    checks = [check("matches", "billing|sales")]
    old, serving = bots.bring("tickets", "billing", "sales", checks=checks)
    hand("DELETE", old)
    assert bots.is_settled()
    bots.declare("tickets", "spam", checks=checks)
    assert bots.carried_out().status == 1
    [candidate] = set(service.models) - {serving}
    hand("DELETE", candidate)
    assert bots.output("tickets") == serving
    assert "Plan: 1 to add, 0 to change, 0 to destroy." in bots.plan()


def test_a_parent_that_is_deleted_is_trained_again_and_its_child_is_not(bots, service, hand):
    """The child's model does not need it; the plan says what the service lost."""
    [parent] = bots.bring("parent", "one")
    [child] = bots.bring("child", "two", parent="parent")
    hand("DELETE", parent)
    assert f"the service has lost {parent}" in bots.plan()
    assert bots.carried_out().status == 0
    assert bots.outputs() == {"parent": parent, "child": child}
    assert service.trainings == 3
    assert bots.is_settled()


def test_a_marker_copied_to_another_model_blocks_its_key_alone(bots, service, hand):
    """Nothing is applied until the key is left out, as the plan says; then everything else is."""
    bots.bring("other", "yes")
    [name] = bots.bring("tickets", "billing")
    theirs = service.raw(name)
    task = {"trainingData": {"examples": {"examples": [{"textInput": "a", "output": "b"}]}}}
    body = {"displayName": "theirs", "description": theirs["description"], "baseModel": theirs["baseModel"]}
    answer = httpx.post(
        f"{service.url}/v1beta/tunedModels", params={"tunedModelId": "theirs"}, json={**body, "tuningTask": task}
    )
    answer.raise_for_status()
    bots.declare("other", "no")
    bots.declare("tickets", "sales")
    service.noted()
    for command in ("plan", "apply"):
        said = bots.said(command, *(["--auto-approve"] if command == "apply" else []))
        assert said.status == 1
        assert "the marker of tunedModels/theirs cannot be trusted" in said.out
    assert service.noted() == []
    assert flags(bots.plan()) == ["--exclude", "tickets"]
    assert bots.carried_out("apply", *flags(bots.plan())).status == 0
    assert bots.answer(bots.output("other")) == "no"
    assert bots.output("tickets") == name
    assert not [request for request in service.noted() if "theirs" in request or name in request]
    hand("DELETE", "tunedModels/theirs")
    assert bots.carried_out().status == 0
    assert bots.answer(bots.output("tickets")) == "sales"


def test_a_marker_copied_to_another_model_of_ours_stops_both(bots, service, hand):
    """Neither is trained again, changed or deleted; both are named; a third continues; put back, all is well."""
    [other] = bots.bring("other", "yes")
    [name] = bots.bring("tickets", "billing")
    bots.bring("third", "red")
    was = service.raw(other)["description"]
    hand("PATCH", other, description=service.raw(name)["description"])
    bots.declare("third", "blue")
    before = {model: service.raw(model) for model in (name, other)}
    plan = bots.said("plan")
    assert plan.status == 1
    left = flags(" ".join(plan.out.split()))
    assert sorted(left[1::2]) == ["other", "tickets"]
    assert bots.carried_out("apply", *left).status == 0
    assert bots.answer(bots.output("third")) == "blue"
    assert {model: service.raw(model) for model in (name, other)} == before
    assert service.trainings == 4
    hand("PATCH", other, description=was)
    assert bots.is_settled()


def test_a_marker_that_was_edited_stops_its_key(bots, service, hand):
    """Somebody shortened the description in a console: nothing is trained in its stead, nothing deleted."""
    [first, second] = bots.bring("tickets", "billing", "sales")
    was = service.raw(second)["description"]
    hand("PATCH", second, description=was.replace(" sum=", " sun="))
    service.noted()
    said = bots.said("apply", "--auto-approve")
    assert said.status == 1
    assert service.noted() == []
    assert sorted(service.models) == sorted([first, second])
    hand("PATCH", second, description=was)
    assert bots.output("tickets") == second
    assert bots.is_settled()


def test_a_marker_forged_on_a_model_that_is_shared_is_pointed_out(bots, service):
    """Whoever shares a model with us can write our marker on it, sum and all: beside our own it neither serves nor
    counts.
    """
    bots.bring("other", "yes")
    [ours] = bots.bring("tickets", "billing")
    described, true = (
        service.raw(ours),
        description_marker.split(service.raw(ours)["description"], ours.partition("/")[2])[1],
    )
    task = {"trainingData": {"examples": {"examples": [{"textInput": "a", "output": "evil"}]}}}
    text = description_marker.line(replace(true, train="0" * 12, serving=99), "theirs")
    body = {"displayName": "theirs", "description": text, "baseModel": described["baseModel"], "tuningTask": task}
    with httpx.Client(
        base_url=f"{service.url}/v1beta/", headers={"Authorization": "Bearer user:mallory@x.y"}
    ) as theirs:
        theirs.post("tunedModels", params={"tunedModelId": "theirs"}, json=body).raise_for_status()
        share = {"granteeType": "USER", "emailAddress": "emulator@example.com", "role": "READER"}
        theirs.post("tunedModels/theirs/permissions", json=share).raise_for_status()
    service.pace = TRAINING_SECONDS
    said = [bots.said("plan"), bots.said("plan")][-1]  # it has been trained by then
    plan = " ".join(said.out.split())
    assert plan, said.err
    told = "tunedModels/theirs carries the marker of tickets and belongs to another account"
    assert f"{told}: it neither serves nor counts here" in plan
    assert plan.count("belongs") == 1
    assert bots.output("tickets") == ours


def test_a_delete_that_was_broken_off_is_finished_or_taken_back(bots, service, hand):
    """Nothing is trained in place of a model that is going, and nothing goes back to it until a person says so."""
    first, second = bots.bring("tickets", "billing", "sales", keep=3)
    described = service.raw(first)["description"]
    text, before = description_marker.split(described, first.partition("/")[2])
    going = description_marker.join(text, replace(before, terminating=True), first.partition("/")[2])
    hand("PATCH", first, description=going)
    assert "its deletion has begun, and has not ended" in bots.plan()
    bots.declare("tickets", "billing", keep=3)
    said = bots.said("apply", "--auto-approve")
    assert said.status == 1
    assert "--undelete tickets keeps it" in " ".join(said.out.split())
    assert bots.output("tickets") == second
    assert bots.carried_out("apply", "--undelete", "tickets").status == 0
    assert bots.output("tickets") == first
    assert sorted(service.models) == sorted([first, second])
    assert service.trainings == 2
    assert bots.is_settled()
