"""A process that dies, at whatever moment, loses no training and starts none twice."""

from __future__ import annotations

import signal

import pytest

CREATE = ("POST", r"/tunedModels$")
READ_BACK = ("GET", r"/tunedModels/a-")


@pytest.mark.parametrize(
    ("request_", "when", "begun"),
    [(CREATE, "before", 0), (CREATE, "applied", 1), (READ_BACK, "before", 1)],
    ids=["before the service applied it", "before the answer", "after the answer"],
)
def test_killed_right_after_the_create_was_sent(project, service, request_, when, begun):
    """Run again, it makes (or finds) exactly one model and one training, and is then done."""
    first = project.apply()
    if request_ is READ_BACK:
        first.says("creating tunedModels/")  # the survey's look-up of the same name is over
    hold = service.hold(*request_, when)
    hold.wait()
    first.signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    hold.drop()
    assert service.trainings == begun
    project.finish(project.apply())
    assert (len(service.models), service.trainings) == (1, 1)
    assert project.is_settled()


def test_killed_while_a_delete_is_answered(project, service):
    """A replacement whose last request was applied but not answered is complete: nothing is left to do."""
    assert project.run("apply", "--auto-approve", "--no-wait") == 0
    service.now += 10
    [old] = service.models
    (project.folder / "a.jsonl").write_text('{"text_input": "1", "output": "3"}\n')
    hold = service.hold("DELETE", r"/tunedModels/a-", "applied")
    second = project.apply()
    second.says("training tunedModels/")
    service.now += 10
    hold.wait()
    second.signal(signal.SIGKILL)
    second.wait()
    hold.drop()
    assert project.is_settled()
    assert service.trainings == 2
    assert len(service.models) == 1
    assert old not in service.models


def test_two_applies_at_once_share_one_training(project, service):
    """Both planned the create before either was answered: one makes it, the other finds it, both end well."""
    hold = service.hold("POST", r"/tunedModels$", "before")
    both = [project.apply(), project.apply()]
    hold.wait(arrivals=2)
    hold.go_on()
    for command in both:
        command.says("training tunedModels/")
    service.now += 10
    assert [command.wait() for command in both] == [0, 0], "\n".join(command.text for command in both)
    assert (len(service.models), service.trainings) == (1, 1)


def test_a_fresh_process_shows_how_far_a_training_is(project, service):
    """One process starts it and returns; another attaches and shows percent, step, epoch and loss."""
    assert project.run("apply", "--auto-approve", "--no-wait") == 0
    service.now += 6
    second = project.apply()
    second.says(r"a: 60%, step 3 of 5, epoch 3, loss \d")
    project.finish(second)
    assert "Apply complete!" in second.text
    assert service.trainings == 1
