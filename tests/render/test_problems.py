from __future__ import annotations

from gemspec.errors import AuthError, GemspecError, InputError, Origin, Problem, Severity
from gemspec.render.layout import Style
from gemspec.render.problems import error_lines, problem_lines

PROBLEMS = [
    Problem("epochCout is not a field", "write epochCount", Origin("models/a.yaml", 7, 5)),
    Problem("only 5 examples", "20 or more are advised", Origin("models/a.yaml", 9, 3), Severity.WARNING),
    Problem("is empty", origin=Origin("models/b.yaml")),
]


def test_problems_are_lines_that_editors_read():
    """One line each, in the order given, then how many."""
    assert problem_lines(PROBLEMS) == [
        "models/a.yaml:7:5: epochCout is not a field, write epochCount",
        "models/a.yaml:9:3: warning: only 5 examples, 20 or more are advised",
        "models/b.yaml: is empty",
        "2 errors, 1 warning",
    ]


def test_no_problems_no_lines():
    """Nothing wrong, nothing said."""
    assert problem_lines([]) == []


def test_a_problem_without_a_place_is_still_an_error():
    """Wrong arguments stand in no file."""
    assert problem_lines([Problem("no manifests in .", "write one, or use --allow-empty")]) == [
        "Error: no manifests in ., write one, or use --allow-empty"
    ]


def test_an_error_is_followed_by_what_to_do():
    """The hint stands on lines of its own; a command in it is never broken."""
    command = "`gcloud auth application-default login --scopes=https://www.googleapis.com/auth/cloud-platform,openid`"
    error = AuthError(
        "the credentials lack the scope that tuning needs, so the service refuses to list models", f"run {command} once"
    )
    assert error_lines(error) == [
        "Error: the credentials lack the scope that tuning needs, so the service refuses",
        "  to list models",
        "  run",
        f"  {command}",
        "  once",
    ]


def test_lines_to_copy_stay_as_they_are():
    """Indented lines of a hint are for copying."""
    assert error_lines(GemspecError("renamed", "write:\n  metadata: {name: b, movedFrom: a}")) == [
        "Error: renamed",
        "  write:",
        "    metadata: {name: b, movedFrom: a}",
    ]


def test_wrong_input_is_its_problems():
    """An InputError shows every problem, not one sentence."""
    assert error_lines(InputError(PROBLEMS)) == problem_lines(PROBLEMS)


def test_colour_marks_errors():
    """Colour is for terminals alone."""
    assert error_lines(GemspecError("no"), style=Style(colour=True)) == ["\x1b[1;31mError:\x1b[0m no"]
