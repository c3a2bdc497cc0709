"""Problems as a SARIF log: by the rules of the standard, with places and fingerprints for code scanning."""

from __future__ import annotations

import re
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import example, given, strategies as st

from gemspec.domain.errors import Origin, Problem, Severity
from gemspec.render.ci.checkout import Checkout, message
from gemspec.render.ci.sarif import sarif_log

WARNING = Severity.WARNING


def exactly(**properties):
    """A schema of an object with these properties; properties with a name that ends with _ are optional."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name.rstrip("_"): schema for name, schema in properties.items()},
        "required": [name for name in properties if not name.endswith("_")],
    }


def many(schema, **more):
    return {"type": "array", "items": schema, **more}


TEXT = {"type": "string", "minLength": 1}
LEVEL = {"enum": ["error", "warning"]}
MESSAGE = exactly(text=TEXT)
PLACE = exactly(
    artifactLocation=exactly(uri={"type": "string", "pattern": r"^[\w.~/%:!$&'()*+,;=@-]+$"}, uriBaseId_=TEXT),
    region_=exactly(startLine={"type": "integer", "minimum": 1}, startColumn_={"type": "integer", "minimum": 1}),
)
# Strictly what we write, in the names and forms of the official schema (sarif-schema-2.1.0.json).
SCHEMA = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": many(
            exactly(
                tool=exactly(
                    driver=exactly(
                        name={"const": "gemspec"},
                        version=TEXT,
                        rules=many(
                            exactly(
                                id=TEXT,
                                shortDescription=MESSAGE,
                                fullDescription=MESSAGE,
                                help=MESSAGE,
                                defaultConfiguration=exactly(level=LEVEL),
                            )
                        ),
                    )
                ),
                columnKind={"const": "unicodeCodePoints"},
                invocations=many(
                    exactly(
                        executionSuccessful={"type": "boolean"},
                        toolExecutionNotifications=many(exactly(level=LEVEL, message=MESSAGE)),
                    )
                ),
                results=many(
                    exactly(
                        ruleId=TEXT,
                        ruleIndex={"type": "integer", "minimum": 0},
                        level=LEVEL,
                        message=MESSAGE,
                        locations_=many(exactly(physicalLocation=PLACE), minItems=1, maxItems=1),
                        partialFingerprints={"type": "object", "additionalProperties": TEXT},
                    )
                ),
            ),
            minItems=1,
            maxItems=1,
        ),
    },
}
PIECES = st.sampled_from([*"{}[]()\\\n", "{0}", "](", "[x](https://x.y)"])
HOSTILE = st.lists(st.one_of(PIECES, st.characters()), min_size=1).map("".join)


def run_of(*problems, checkout=Checkout()):  # noqa: B008 - frozen
    log = sarif_log(problems, checkout, version="0.1.0")
    jsonschema.Draft202012Validator(SCHEMA).validate(log)
    return log["runs"][0]


def place_of(result):
    return result["locations"][0]["physicalLocation"]


def shown(text: str) -> str:
    """A message as the standard says to show it."""
    return text.replace("{{", "{").replace("}}", "}")


def test_a_problem_is_a_result_of_the_rule_of_its_level():
    """With rule, level, message and place."""
    error, warning = run_of(
        Problem("it is wrong", "mend it", Origin("models/a.yaml", 3, 5, "/spec")),
        Problem("it is odd", "", Origin("data/a b.jsonl", 7), WARNING),
    )["results"]
    assert error["message"] == {"text": "it is wrong, mend it"}
    assert place_of(error) == {
        "artifactLocation": {"uri": "models/a.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 5},
    }
    assert place_of(warning) == {
        "artifactLocation": {"uri": "data/a%20b.jsonl", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7},
    }
    rules = run_of()["tool"]["driver"]["rules"]
    for result, level in ((error, "error"), (warning, "warning")):
        assert result["level"] == level
        assert result["ruleId"] == f"manifest-{level}" == rules[result["ruleIndex"]]["id"]
        assert rules[result["ruleIndex"]]["defaultConfiguration"] == {"level": level}


def test_a_file_as_a_whole_has_no_region():
    """SARIF has no line 0."""
    [result] = run_of(Problem("empty", origin=Origin("a.yaml")))["results"]
    assert "region" not in place_of(result)


@pytest.mark.parametrize(
    ("file", "artifact"),
    [
        ("a.yaml", {"uri": "ml/a.yaml", "uriBaseId": "%SRCROOT%"}),
        ("50%#?.yaml", {"uri": "ml/50%25%23%3F.yaml", "uriBaseId": "%SRCROOT%"}),
        ("größe.yaml", {"uri": "ml/gr%C3%B6%C3%9Fe.yaml", "uriBaseId": "%SRCROOT%"}),
        ("a:b.yaml", {"uri": "ml/a%3Ab.yaml", "uriBaseId": "%SRCROOT%"}),
        ("/else where/a.yaml", {"uri": "file:///else%20where/a.yaml"}),
        ("../../b/a.yaml", {"uri": "../../b/a.yaml"}),
    ],
)
def test_files_are_uris_from_the_top_of_the_repository(file, artifact):
    """Percent-encoded; files outside of it have no base."""
    [result] = run_of(Problem("odd", "", Origin(file, 1)), checkout=Checkout("/repo/ml", ("/repo",)))["results"]
    assert place_of(result)["artifactLocation"] == artifact


def test_what_stands_nowhere_is_a_notification():
    """The run did not succeed; there is no result in a file."""
    run = run_of(Problem("there is no gemspec.yaml", "write one"))
    assert run["results"] == []
    assert run["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [
                {"level": "error", "message": {"text": "there is no gemspec.yaml, write one"}}
            ],
        }
    ]
    assert run_of(Problem("odd", "", Origin("a.yaml", 1)))["invocations"][0]["executionSuccessful"]


def test_standard_input_is_no_file():
    """Its problems are results, with their place in the message."""
    [result] = run_of(Problem("odd", "", Origin("<stdin>", 3, 1)))["results"]
    assert "locations" not in result
    assert result["message"]["text"] == "<stdin>:3:1: odd"


def test_fingerprints_outlive_edits_elsewhere():
    """They are the same in another line, and differ for another field, file or problem; equal problems are numbered."""

    def prints(*problems, **more):
        return [result["partialFingerprints"]["gemspec/v1"] for result in run_of(*problems, **more)["results"]]

    def problem(line, summary="odd", file="a.yaml", pointer="/spec", severity=Severity.ERROR):
        return Problem(summary, "", Origin(file, line, 1, pointer), severity)

    assert prints(problem(1)) == prints(problem(9))
    others = [
        problem(1),
        problem(1, "odder"),
        problem(1, file="b.yaml"),
        problem(1, pointer="/x"),
        problem(1, severity=WARNING),
    ]
    assert len(set(prints(*others))) == len(others)
    first, second = prints(problem(1), problem(2))
    assert (first.removesuffix(":1"), second.removesuffix(":2")) == (prints(problem(1))[0][:-2],) * 2
    moved = Checkout("/other/ml", ("/other",))
    assert prints(problem(1), checkout=Checkout("/repo/ml", ("/repo",))) == prints(problem(1), checkout=moved)


@given(text=HOSTILE)
@example("[x\\](https://x.y)")
@example("::")
def test_no_text_becomes_a_link_or_a_placeholder(text):
    """Braces are doubled (3.11.5 of the standard), and brackets escaped where they would make a link (3.11.6). Nothing
    else is changed in what the terminal would show, where commands to a job's log are written out.
    """
    problem = Problem(text, "", Origin("a.yaml", 1))
    [result] = run_of(problem)["results"]
    written = result["message"]["text"]
    assert not re.search(r"(?<!\{)(\{\{)*\{\d+\}", written)
    assert not re.search(r"(?<!\\)(\\\\)*\]\(", written)
    if "](" not in text:
        assert shown(written) == message(problem)


@given(file=st.text(st.characters(exclude_categories=("C", "Z")), min_size=1).filter(lambda text: text != "<stdin>"))
def test_every_file_name_survives_as_a_uri(file):
    """Decoded, it is the file's name again."""
    [result] = run_of(Problem("odd", "", Origin(f"d/{file}", 1)))["results"]
    assert unquote(place_of(result)["artifactLocation"]["uri"]) == Checkout().path(
        Problem("", origin=Origin(f"d/{file}"))
    )
