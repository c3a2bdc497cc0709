"""Problems as workflow commands of GitHub Actions: a problem is a single command with exactly its own text."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from gemspec.domain.errors import Origin, Problem, Severity
from gemspec.render.ci.checkout import Checkout
from gemspec.render.ci.github import workflow_commands
from gemspec.util.escape import terminal

PROBLEM = Problem("it is wrong", "mend it", Origin("models/a.yaml", 3, 5))
PIECES = st.sampled_from([*"%\r\n:,;=", "::", "%0A", "%250A", "::error::", "##[stop-commands]"])
HOSTILE = st.lists(st.one_of(PIECES, st.characters())).map("".join)


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """A line as the runner understands it: the command's name, its properties, its message."""
    assert "\n" not in line
    assert "\r" not in line
    assert line.startswith("::")
    head, text = line[2:].split("::", 1)
    name, _, fields = head.partition(" ")
    pairs = (field.split("=", 1) for field in fields.split(",") if field)
    return name, {key: _plain(value, "\r\n:,%") for key, value in pairs}, _plain(text, "\r\n%")


def _plain(text: str, escaped: str) -> str:
    for char in escaped:
        text = text.replace(f"%{ord(char):02X}", char)
    return text


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (PROBLEM, "::error file=models/a.yaml,line=3,col=5,title=gemspec::models/a.yaml:3:5: it is wrong, mend it"),
        (
            Problem("odd", origin=Origin("a.yaml", 3), severity=Severity.WARNING),
            "::warning file=a.yaml,line=3,title=gemspec::a.yaml:3: odd",
        ),
        (Problem("empty", origin=Origin("a.yaml")), "::error file=a.yaml,title=gemspec::a.yaml: empty"),
        (Problem("no project"), "::error title=gemspec::no project"),
        (Problem("odd", "", Origin("<stdin>", 2, 1)), "::error title=gemspec::<stdin>:2:1: odd"),
        (Problem("100%, no: less"), "::error title=gemspec::100%25, no: less"),
        (Problem("odd", "write:\n  x: 1"), "::error title=gemspec::odd%0Awrite:%0A  x: 1"),
        (
            Problem("odd", "", Origin("a,b:c%.yaml", 1)),
            "::error file=a%2Cb%3Ac%25.yaml,line=1,title=gemspec::a,b:c%25.yaml:1: odd",
        ),
    ],
    ids=["error", "warning", "file", "nowhere", "stdin", "percent", "lines", "odd file"],
)
def test_a_problem_is_one_command(problem, line):
    """With its place, if it has a place, as properties and in the message."""
    assert workflow_commands([problem], Checkout()) == [line]


@pytest.mark.parametrize(
    ("file", "here", "roots", "path"),
    [
        ("models/a.yaml", "/work/repo/ml", ("/work/repo",), "ml/models/a.yaml"),
        ("/work/repo/a.yaml", "/elsewhere", ("/work/repo",), "a.yaml"),
        ("../a.yaml", "/work/repo/ml", ("/work/repo",), "a.yaml"),
        ("a.yaml", "/private/repo", ("/repo", "/private/repo"), "a.yaml"),
        ("../a.yaml", "/work/repo", ("/work/repo",), "../a.yaml"),
        ("a.yaml", "/work/repository", ("/work/repo",), "a.yaml"),
        ("models/a.yaml", "/work/repo/ml", (), "models/a.yaml"),
    ],
    ids=["below", "absolute", "up", "link", "outside", "beside", "unknown"],
)
def test_files_are_named_as_in_the_repository(file, here, roots, path):
    """By their path from its top folder; files outside of it as in the text of validate."""
    [line] = workflow_commands([Problem("odd", "", Origin(file, 1))], Checkout(here, roots))
    assert parsed(line)[1]["file"] == path


@given(summary=HOSTILE, detail=HOSTILE, file=HOSTILE.filter(lambda text: text not in ("", "<stdin>")))
def test_no_text_ends_or_begins_a_command(summary, detail, file):
    """The runner reads any text of a manifest as one error, with this file and this message."""
    [line] = workflow_commands([Problem(summary, detail, Origin(file, 3, 5))], Checkout())
    name, properties, message = parsed(line)
    assert name == "error"
    assert set(properties) <= {"file", "line", "col", "title"}
    assert {**properties, "file": ""} == {"file": "", "line": "3", "col": "5", "title": "gemspec"}
    assert message.endswith("\n".join(terminal(part) for part in (detail or summary).split("\n")))


def test_a_notice_counts_what_github_does_not_show():
    """GitHub shows ten of each level: all are printed, and from eleven on a notice says how many there are."""
    warning = Problem("odd", severity=Severity.WARNING)
    assert len(workflow_commands([PROBLEM] * 10 + [warning] * 10, Checkout())) == 20
    lines = workflow_commands([PROBLEM] * 11 + [warning], Checkout())
    assert len(lines) == 13
    assert parsed(lines[-1]) == (
        "notice",
        {"title": "gemspec"},
        "11 errors and 1 warning. GitHub shows the first 10 of each here; the log of the job has all.",
    )
