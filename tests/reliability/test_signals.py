"""SIGINT and SIGTERM to a real process: what it says, how it exits, and that the next one goes on from there."""

from __future__ import annotations

import signal
import time

CREATE = ("POST", r"/tunedModels$")


def test_an_interrupt_while_waiting_ends_no_training(project, service):
    """It says that training goes on and how to resume; the next apply attaches to it and completes."""
    first = project.apply()
    first.says("training tunedModels/")
    first.signal(signal.SIGINT)
    assert first.wait() == 130
    assert f"Training goes on at the service:\n  a: {service.models[0]}" in first.text
    assert "Interrupted. `gemspec apply` again waits for the training and does what is left." in first.text
    project.finish(project.apply())
    assert (len(service.models), service.trainings) == (1, 1)
    assert project.is_settled()


def test_a_termination_is_told_by_its_own_status(project, service):
    """SIGTERM, as from a pipeline that runs out of time, ends it as an interrupt does, with 143."""
    first = project.apply()
    first.says("training tunedModels/")
    first.signal(signal.SIGTERM)
    assert first.wait() == 143
    assert "Training goes on at the service:" in first.text
    assert service.trainings == 1


def test_a_request_under_way_is_answered_before_leaving(project, service):
    """A create that the service is just answering is reported as created, not as lost."""
    hold = service.hold(*CREATE, "applied")
    first = project.apply()
    hold.wait()
    first.signal(signal.SIGINT)
    time.sleep(0.1)
    hold.go_on()
    assert first.wait() == 130
    assert "Applied:\n  a: created tunedModels/" in first.text


def test_a_second_interrupt_leaves_at_once(project, service):
    """A request that is never answered holds the first interrupt for its grace, and the second not at all."""
    hold = service.hold(*CREATE, "before")
    first = project.apply()
    hold.wait()
    first.signal(signal.SIGINT)
    time.sleep(0.3)
    assert first.status is None
    first.signal(signal.SIGINT)
    assert first.wait(3.0) == 130  # well within the grace of five seconds
