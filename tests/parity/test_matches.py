"""A match over an enum or a union ends in assert_never, so that mypy names it when a member is added."""

from __future__ import annotations

import ast

from support.parity import ROOT


def matches(source):
    """Line and last case of every match by members or classes of our own."""
    return [
        (node.lineno, node.cases[-1])
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Match) and any(_is_ours(pattern) for case in node.cases for pattern in ast.walk(case))
    ]


def _is_ours(pattern):
    """`Action.CREATE` or `Marker(...)`, but neither "text" nor `str()`."""
    if isinstance(pattern, ast.MatchClass):
        return isinstance(pattern.cls, ast.Name) and pattern.cls.id[0].isupper()
    return isinstance(pattern, ast.MatchValue) and isinstance(pattern.value, ast.Attribute)


def is_closed(case):
    return ast.unparse(case.body[-1]).startswith("assert_never(")


# Values of any type, as a document holds them, and exceptions: of these there is no end.
OPEN = {"gemspec/manifest/validation/schema_errors.py", "gemspec/cli/event_log.py"}


def test_every_match_over_an_enum_ends_in_assert_never():
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / "gemspec").rglob("*.py")
        if str(path.relative_to(ROOT)) not in OPEN
        for line, last in matches(path.read_text())
        if not is_closed(last)
    }
    assert found == set()


def test_an_open_match_is_noticed():
    source = "match step.action:\n    case Action.CREATE:\n        pass\n    case _:\n        pass\n"
    assert [line for line, last in matches(source) if not is_closed(last)] == [1]
