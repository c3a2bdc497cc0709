from __future__ import annotations

import pytest

from gemspec.domain.errors import AuthError, GemspecError, InputError, Origin, Problem, Severity
from gemspec.render.layout import Style, columns
from gemspec.render.terminal.problems import error_lines, problem_lines

PROBLEMS = [
    Problem("epochCout is not a field", "write epochCount", Origin("models/a.yaml", 7, 5)),
    Problem("only 5 examples", "20 or more are advised", Origin("models/a.yaml", 9, 3), Severity.WARNING),
    Problem("is empty", origin=Origin("models/b.yaml")),
]


def test_problems_are_lines_that_editors_read():
    """A line for each, in the order given, then their number."""
    assert problem_lines(PROBLEMS) == [
        "models/a.yaml:7:5: epochCout is not a field, write epochCount",
        "models/a.yaml:9:3: warning: only 5 examples, 20 or more are advised",
        "models/b.yaml: is empty",
        "2 errors, 1 warning",
    ]


def test_no_problems_no_lines():
    """No problems, no text."""
    assert problem_lines([]) == []


def test_a_problem_without_a_place_is_still_an_error():
    """Wrong arguments are in no file."""
    assert problem_lines([Problem("no manifests in .", "write one, or use --allow-empty")]) == [
        "Error: no manifests in ., write one, or use --allow-empty"
    ]


def test_an_error_is_followed_by_what_to_do():
    """The hint has lines of its own; a command in it is never broken."""
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
    """An InputError shows every problem."""
    assert error_lines(InputError(PROBLEMS)) == problem_lines(PROBLEMS)


def test_colour_marks_errors():
    """Only with a style that has colour."""
    assert error_lines(GemspecError("no"), style=Style(colour=True)) == ["\x1b[1;31mError:\x1b[0m no"]


AT = Origin("a.yaml", 3, 5)


def drawn(line: str | None, column: int, *, width: int = 40, number: int = 3) -> list[str]:
    """The lines below the first line of a problem at this column of this line."""
    problem = Problem("wrong", origin=Origin("a.yaml", number, column))
    first, *below = problem_lines([problem], width=width, line_at=lambda _: line)
    assert first.startswith(f"a.yaml:{number}")
    return below


def test_the_line_is_below_with_a_caret():
    """As compilers do: the line, and a caret below the place."""
    assert drawn("  epochs: 5", 3) == [
        "  3 |   epochs: 5",
        "    |   ^",
    ]
    assert drawn("  epochs: 5", 3, number=120) == [
        "  120 |   epochs: 5",
        "      |   ^",
    ]


def test_the_caret_may_be_behind_the_line():
    """A value that is missing is missing at the end of a line."""
    assert drawn("spec:", 6)[1] == "    |      ^"


def test_tabs_and_wide_characters_keep_the_caret_in_its_column():
    """Tabs and controls are written out; wide characters count twice, combining characters not at all."""
    assert drawn("\t\tx: 1", 3) == ["  3 | \\t\\tx: 1", "    |     ^"]
    assert drawn("数字: x", 5) == ["  3 | 数字: x", "    |       ^"]
    assert drawn("e\u0301: x", 5) == ["  3 | e\u0301: x", "    |    ^"]
    assert drawn("\x1b[2Jx", 5) == ["  3 | \\u001b[2Jx", "    |          ^"]


@pytest.mark.parametrize("at", [0, 10, 30, 500, 970, 999, 1000])
@pytest.mark.parametrize("char", ["x", "字", "\x1b"])
def test_long_lines_are_cut_around_the_place(at, char):
    """A line never takes more than one row, and the caret is below its place."""
    line = f"{char * at}!{char * (1000 - at)}"
    shown, caret = drawn(line, at + 1, width=50)
    assert max(columns(shown), columns(caret)) <= 50
    before = shown[: shown.index("!")]
    assert caret.index("^") == columns(before)
    assert "..." in shown


@pytest.mark.parametrize(("line", "column"), [(None, 1), ("", 1), ("   ", 2), ("short", 99)])
def test_nothing_is_shown_where_nothing_can_be(line, column):
    """A file that was removed, an empty line, and a place that the line does not have."""
    assert drawn(line, column) == []


def test_a_line_as_a_whole_has_no_caret():
    """Rows of data files have only a line."""
    assert drawn("1;2", 0) == ["  3 | 1;2"]


def test_warnings_are_drawn_alike():
    """Only the colour of the caret differs."""
    problem = Problem("only 5 examples", "20 are advised", AT, Severity.WARNING)
    lines = problem_lines([problem], style=Style(colour=True), line_at=lambda _: "    files: []")
    assert lines == [
        "\x1b[1ma.yaml:3:5: \x1b[0m\x1b[33mwarning:\x1b[0m only 5 examples, 20 are advised",
        "  \x1b[2m3 |\x1b[0m     files: []",
        "  \x1b[2m  |\x1b[0m     \x1b[1;33m^\x1b[0m",
    ]


def test_equal_warnings_are_shown_once():
    """With the places of a few more. Up to three, errors, and warnings without a place are all shown."""
    many = [Problem("few examples", "write more", Origin(f"{name}.yaml", 3), Severity.WARNING) for name in "abcdef"]
    few = [Problem("odd", "", Origin(f"{name}.yaml", 1), Severity.WARNING) for name in "abc"]
    errors = [Problem("bad", "", Origin(f"{name}.yaml", 2)) for name in "abcde"]
    lines = problem_lines([*many, *few, *errors], line_at=lambda _: None)
    assert lines[:2] == [
        "a.yaml:3: warning: few examples, write more",
        "  the same at 5 other places: b.yaml:3, c.yaml:3, d.yaml:3 and 2 more",
    ]
    assert len(lines) == 2 + 3 + 5 + 1
    assert lines[-1] == "5 errors, 9 warnings"
