from __future__ import annotations

from gemspec.domain.events import Outcome, StepEnded
from gemspec.domain.result import Result
from gemspec.render.terminal.result import last_line, result_text


def end(action: str, key: str, outcome: Outcome = Outcome.DONE, message: str = "", hint: str = "") -> StepEnded:
    return StepEnded(action, key, "1" * 12, f"tunedModels/{key}-1111111111", outcome, 3.0, message, hint)


def test_complete(golden):
    """What was applied, and Terraform's last line."""
    result = Result(
        (end("create", "greeter"), end("await", "greeter"), end("update", "router"), end("delete", "old-bot"))
    )
    golden("outcome-complete", result_text(result))


def test_failed(golden):
    """A failed, a stopped and an unstarted step say why, and the last line does not claim success."""
    result = Result(
        (
            end("create", "greeter"),
            end("await", "greeter", Outcome.FAILED, "the loss diverged", "lower the learning rate, then apply again"),
            end("delete", "greeter", Outcome.NOT_STARTED, "the training of greeter failed"),
            end("update", "router", Outcome.SUPERSEDED, "its marker has changed since the plan"),
            end("forget", "archive"),
        )
    )
    golden("outcome-failed", result_text(result))


def test_interrupted(golden):
    """The text says that the training goes on, and how to resume."""
    result = Result((end("create", "greeter"), end("await", "greeter", Outcome.WAITING)), interrupted=True)
    golden("outcome-interrupted", result_text(result))


def test_unanswered(golden):
    """A request without an answer is called neither done nor failed."""
    cut = end("create", "greeter", Outcome.UNANSWERED, "interrupted before the service answered", "plan again")
    left = end("await", "greeter", Outcome.NOT_STARTED, "interrupted")
    golden("outcome-cut-off", result_text(Result((end("delete", "old-bot"), cut, left), interrupted=2)))


def test_no_wait(golden):
    """With --no-wait a run is complete when all has started; trainings are counted."""
    result = Result((end("create", "greeter"), end("await", "greeter", Outcome.WAITING)))
    golden("outcome-no-wait", result_text(result))


def test_timed_out(golden):
    """After --wait-timeout, the same as after an interrupt."""
    waiting = end("await", "greeter", Outcome.WAITING)
    left = end("delete", "greeter", Outcome.NOT_STARTED, "its training goes on")
    golden("outcome-timed-out", result_text(Result((waiting, left), timed_out=True)))


def test_steps_that_did_not_start_are_incomplete():
    """For whatever reason they did not start."""
    result = Result((end("delete", "greeter", Outcome.NOT_STARTED),))
    assert last_line(result) == "Apply incomplete. Resources: 0 added, 0 changed, 0 destroyed."


def test_exact_last_line():
    """Scripts look for Terraform's line."""
    assert last_line(Result((end("create", "a"),))) == "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."
