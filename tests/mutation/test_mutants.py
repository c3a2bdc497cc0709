"""The operators of mutation testing: a table of code, and the code of each mutant."""

from __future__ import annotations

import pytest
from mutation.mutants import mutants_of

TABLE = [
    ("a <= b", ["a < b"]),
    ("a is not None", ["a is None"]),
    ("a and b", ["a or b", "b", "a"]),
    ("not a", ["a"]),
    ("a + b", ["a - b"]),
    ("b if a else c", ["b if not a else c"]),
    ("[a for a in b if a.c]", ["[a for a in b]"]),
    ("f(a, b=c)", ["f(a)"]),
    ("(*a, b)", ["(b,)", "(*a,)"]),
    ("(a, b)", []),
    ("a[:5]", ["a[:6]"]),
    ("'a text'", []),
    ("True", ["False"]),
]


@pytest.mark.parametrize(("code", "expected"), TABLE)
def test_each_small_change_is_a_mutant(tmp_path, code, expected):
    file = tmp_path / "module.py"
    file.write_text(f"def f(x: int = None) -> bool:\n    '''A docstring.'''\n    return {code}\n")
    assert [mutant.change for mutant in mutants_of(file)] == [
        (f"- return {code}", f"+ return {new}") for new in expected
    ]


def test_a_statement_that_is_called_for_its_effect_is_left_out(tmp_path):
    file = tmp_path / "module.py"
    file.write_text("import a\na.b()\nc += a\n")
    assert [(mutant.line, mutant.change) for mutant in mutants_of(file)] == [
        (2, ("- a.b()", "+ pass")),
        (3, ("- c += a", "+ pass")),
    ]
