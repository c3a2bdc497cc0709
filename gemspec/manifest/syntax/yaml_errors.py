"""libyaml's messages in plain words: what is wrong, what to write.

Used by `yaml_reader`. The messages are those of libyaml 0.2 and of PyYAML's own scanner, which differ little.
"""

from __future__ import annotations

import re

import yaml

from gemspec.domain.errors import Origin, Problem

_INDENT = "indent it as deep as the other fields of its block"
_MISFIT = "this line does not fit the lines above it"
_TAB = ("a tab stands where YAML wants spaces", "indent with spaces")
_CLOSE = "close it with the same quote"
# (part of the message, part of its context, what is wrong, what to write); the first match counts.
_WORDS = (
    (
        "mapping values are not allowed",
        "",
        'a ": " is not allowed here',
        'put quotes around text that holds ": ", otherwise check the indentation',
    ),
    ("unexpected end of stream", "quoted scalar", "the quote that opens here is never closed", _CLOSE),
    ("unexpected document indicator", "quoted scalar", "the quote that opens here is never closed", _CLOSE),
    (
        "expected ',' or ']'",
        "",
        'the list that "[" opens here is not closed',
        'write "," between items, "]" at the end',
    ),
    (
        "expected ',' or '}'",
        "",
        'the block that "{" opens here is not closed',
        'write "," between fields, "}" at the end',
    ),
    ("node content", "", "a value is missing here", 'write one, or close the "[" or "{" before it'),
    ("tab character", "", *_TAB),
    ("expected key", "", _MISFIT, _INDENT),
    ("block end", "", _MISFIT, _INDENT),
    (
        "expected '-' indicator",
        "",
        "this line does not fit the list above it",
        'begin it with "- " below the other items',
    ),
    (
        "could not find expected ':'",
        "",
        "this line is not a field",
        'write "name: value", or indent text below its field',
    ),
    ("document start", "", "there is something after the end of the document", 'remove it, or put "---" before it'),
    ("escape character", "", "YAML has no such escape", "write a backslash in double quotes as \\\\"),
    ("Unicode character escape", "", "this escape is not a character", "write the character itself"),
    ("directive", "", "YAML directives (lines that begin with %) are not supported", "remove the line"),
    ("tag", "", "tags (words that begin with !) are not supported", "remove it, and put quotes around text"),
    ("", "block scalar", "this text block is not begun right", 'write "|" alone, and the text indented below it'),
    ("", "scanning an a", 'text cannot begin with "&" or "*" here', "put quotes around it"),
    ("unexpected ':'", "", 'a ":" is not allowed here', "put quotes around text that holds it"),
    ("mapping keys are not allowed", "", 'a "?" is not allowed here', "put quotes around text"),
    ("block sequence entries", "", 'a "- " is not allowed here', "begin the list on a line of its own"),
)
_OPENING = ("quoted scalar", "flow sequence", "flow mapping", "simple key")
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")
_NO_SPACE = re.compile(r"\s*(- )?[A-Za-z_][\w-]*:(?=[^\s/])")


def explain_yaml_error(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """Word what libyaml found in `text`. The place is that of the mistake, not where libyaml noticed it."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Problem("this is not YAML", "save the file as UTF-8 text", Origin(file, 1, 1))
    context, problem = error.context or "", error.problem or ""
    opened = any(name in context for name in _OPENING) and error.context_mark is not None and "escape" not in problem
    mark = error.context_mark if opened and error.context_mark is not None else error.problem_mark
    origin = Origin(file, mark.line + 1, mark.column + 1)
    if "cannot start any token" in problem:
        return _bad_start(_char_at(text, mark.line, mark.column), origin)
    if "".join(text.split("\n")[origin.line - 1 : origin.line]).startswith(_CONFLICT):
        return Problem("this is left over from a merge conflict", "keep one of the two sides", origin)
    if "mapping values" in problem and (missing := _missing_space(text, mark.line)):
        return Problem('a space is missing after this ":"', 'write "name: value"', Origin(file, mark.line, missing))
    for message, where, summary, detail in _WORDS:
        if message in problem and where in context:
            return Problem(summary, detail, origin)
    return Problem(f"this is not YAML ({problem})", "check the indentation and the quotes", origin)


def _missing_space(text: str, line: int) -> int:
    """Find the column of `name:value` in the line before `line` (from 0), which YAML takes for text; 0 for none."""
    before = text.split("\n")[line - 1] if line else ""
    found = _NO_SPACE.match(before)
    return found.end() if found and ": " not in before else 0


def _bad_start(char: str, origin: Origin) -> Problem:
    if char == "\t":
        return Problem(*_TAB, origin)
    return Problem(f'text cannot begin with "{char}" here', "put quotes around it", origin)


def _char_at(text: str, line: int, column: int) -> str:
    return text.split("\n")[line][column : column + 1]
