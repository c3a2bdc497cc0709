"""`spec.checks`: what is read, and patterns that RE2 cannot use, in words. The tables are meant to be read."""

# ruff: noqa: E501 - an expected line is a single line, as a person reads it

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import re2
import yaml
from hypothesis import given, settings, strategies as st

from gemspec.domain.expectations import is_expected, problem_of
from gemspec.domain.model import Check, Expectation
from gemspec.manifest import load
from gemspec.manifest.validation import checks as spec_checks

from .manifest_fixture import TRICKY, model, only, problems, write

if TYPE_CHECKING:
    from pathlib import Path

ITSELF = "for the character itself"
GROUP_OR_FLAG = "a group is (...) or (?:...), the flags are i, m, s and U, as in (?i)"

PATTERNS = {
    "(a": rf': a "(" is not closed, write ")" where its group ends, or \( {ITSELF}',
    "a)": rf': a ")" has no "(" before it, remove it, or write \) {ITSELF}',
    "[a": rf': a "[" is not closed, write "]" where its characters end, or \[ {ITSELF}',
    "[z-a]": r': "z-a" is no range or class, write one such as [a-z], [[:alpha:]] or \pL',
    r"\p{Roman}": r': "\p{Roman}" is no range or class, write one such as [a-z], [[:alpha:]] or \pL',
    "a|*": rf': "*" has nothing before it to repeat, write what it repeats, or \ before it {ITSELF}',
    "a**": rf': "**" repeats what is repeated already, write one of them, or \ before it {ITSELF}',
    "a{1001}": ': "{1001}" repeats more than 1000 times, write a smaller number (those of groups within groups are multiplied)',
    "((a{99}){99})": ': "{99}" repeats more than 1000 times, write a smaller number (those of groups within groups are multiplied)',
    "a{9,10000}": ': "{9,10000}" repeats more than 1000 times, write a smaller number (those of groups within groups are multiplied)',
    "a{2,1}": ': "{2,1}" ends below its beginning, write the smaller number first',
    r"a\Z": rf': "\Z" means nothing to it, remove the \, or write \\ {ITSELF}',
    "a\\": rf": there is nothing after the \ at its end, remove it, or write \\ {ITSELF}",
    r"(a)\1": r', which has no back-references: "\1", write out what is repeated there',
    "(?P<n>a)(?P=n)": ', which has no back-references: "(?P", write out what is repeated there',
    "(?=a)": ', which has no look-ahead: "(?=", write what follows there as a part of the pattern',
    "(?!a)": ', which has no look-ahead: "(?!", write what may follow there instead, such as [^x]',
    "(?<=a)": ', which has no look-behind: "(?<=", write what precedes there as a part of the pattern',
    "(?<!a)": ', which has no look-behind: "(?<!", write what may precede there instead, such as [^x]',
    "(?>a)": ', which has no atomic groups: "(?>", write (?:...)',
    "(a)?(?(1)b|c)": ', which has no conditions: "(?(", write both cases, with | between them',
    "(?#a)": ', which has no comments: "(?#", remove it',
    "(?x)a": f': "(?x" is no group or flag, {GROUP_OR_FLAG}',
    "(?R)": f': "(?R" is no group or flag, {GROUP_OR_FLAG}',
    "(?P<a b>c)": ': "(?P<a b>" is no group, write (...), or (?P<name>...) with a plain name',
    r"[\pL\pN]{1000}": ": it takes too much memory, write a shorter one, or smaller repetitions",
}


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS.items(), ids=range(len(PATTERNS)))
@pytest.mark.parametrize("file", ["m.yaml", "m.json"])
def test_patterns_that_are_none(here: Path, pattern: str, expected: str, file: str) -> None:
    """What RE2 says is reported in plain words at the pattern's place, in YAML and JSON, with what to write instead."""
    document = yaml.safe_load(model(checks=[{"prompt": "x", "expect": {"matches": pattern}}]))
    write(here, {file: json.dumps(document) if file.endswith(".json") else yaml.safe_dump(document)})
    (said,) = problems()
    place, _, words = said.partition(": matches is no pattern of RE2")
    assert words == expected
    line, column = (int(number) for number in place.removeprefix(f"{file}:").split(":"))
    assert (here / file).read_text().splitlines()[line - 1][column - 1 :].strip("\"' }]").startswith(pattern[:1])


def test_every_word_of_re2_is_known() -> None:
    """The table of patterns has every kind of mistake that there are words for, so none of the words is made up."""
    kinds = {(problem_of(pattern) or "").partition(": ")[0] for pattern in PATTERNS}
    assert kinds == {*spec_checks._WORDS, "invalid perl operator"}
    operators = {part for pattern in PATTERNS if (part := (problem_of(pattern) or "").partition("operator: ")[2])}
    assert operators >= spec_checks._MISSING.keys()


def test_what_re2_says_in_new_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later RE2 may word things again: that is shown as it is, with where its syntax stands."""
    monkeypatch.setattr(spec_checks, "problem_of", lambda _: "nesting too deep: ((((")
    said = ': "nesting too deep: (((("', "its syntax is at https://github.com/google/re2/wiki/Syntax"
    assert spec_checks.explain_pattern("x") == said


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab09()[]{}|*+?^$.\\-,:=!<>PpimsxQEzd " + TRICKY), max_size=12))
def test_any_pattern(pattern: str) -> None:
    """Every text is either a pattern that answers can be compared with, or explained; never another exception."""
    if (wrong := spec_checks.explain_pattern(pattern)) is None:
        assert is_expected(Check("", Expectation.MATCHES, pattern), "a0") in (True, False)
    else:
        assert all(wrong)
        assert "{}" not in wrong[0] or "{}" in pattern
        assert "\n" not in "".join(wrong)
        with pytest.raises(re2.error):
            re2.compile(pattern)


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ([], ()),
        ([{"prompt": " a ", "expect": {"contains": "é\n"}}], (Check(" a ", Expectation.CONTAINS, "é\n"),)),
        ([{"prompt": "a", "expect": {"matches": " "}}], (Check("a", Expectation.MATCHES, " "),)),
        (
            [{"prompt": name, "expect": {"equals": name}} for name in "cabbage"],
            tuple(Check(name, Expectation.EQUALS, name) for name in "cabbage"),
        ),
    ],
)
def test_values(here: Path, checks: object, expected: object) -> None:
    """Checks arrive as they are written and in their order, which is the order they are asked in."""
    write(here, {"m.yaml": model(checks=checks)})
    assert only(load()).checks == expected


def test_a_hundred_of_training_data(here: Path) -> None:
    """A hundred checks whose answers stand in the training data are fine: nothing is said about them."""
    rows = [{"textInput": f"in {number}", "output": f"out {number}"} for number in range(100)]
    checks = [{"prompt": row["textInput"], "expect": {"equals": row["output"]}} for row in rows]
    write(here, {"m.yaml": model(tuningTask={"trainingData": {"examples": rows}}, checks=checks)})
    workspace = load()
    assert (workspace.warnings, len(only(workspace).checks)) == ((), 100)


@pytest.mark.parametrize("expectation", ["equals", "contains"])
@pytest.mark.parametrize("blank", [" ", "\n\t", "\u00a0"])
def test_nothing_to_compare(here: Path, expectation: str, blank: str) -> None:
    """White space at either end does not count, so a text of nothing else would be found in any answer."""
    write(here, {"m.yaml": model(checks=[{"prompt": "a", "expect": {expectation: blank}}])})
    (said,) = problems()
    assert said.endswith(
        f": {expectation} holds only white space, which does not count, write what the answer must say"
    )


def test_all_mistakes_at_once(here: Path) -> None:
    """A bad pattern does not hide what is wrong elsewhere in the manifest, nor the other way round."""
    write(here, {"m.yaml": model(topP=2, checks=[{"prompt": "a", "expect": {"matches": "("}}, {"expect": {}}])})
    assert problems() == [
        "m.yaml:6:9: topP cannot be 2, write at most 1",
        rf'm.yaml:7:50: matches is no pattern of RE2: a "(" is not closed, write ")" where its group ends, or \( {ITSELF}',
        'm.yaml:7:57: missing field "prompt", write prompt: LXIII',
        'm.yaml:7:68: missing field "equals", "contains" or "matches", write equals: LXIV, contains: LXIV or matches: (?i)^lxiv$',
    ]
