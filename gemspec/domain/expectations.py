"""Compares a model's answer with what a check expects. Pure, and the only module that uses RE2.

Patterns come from files that are not trusted. For every pattern, RE2 takes linear time and bounded memory
(https://github.com/google/re2/wiki/WhyRE2). A pattern can make Python's own `re` run for years.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from gemspec.domain.model import Expectation

if TYPE_CHECKING:
    from typing import Any

    from gemspec.domain.model import Check

_MEMORY = 8 << 20  # bytes for a pattern, RE2's own default
_SEARCHED = 1 << 20  # characters of an answer that are searched: more than a model writes


def is_expected(check: Check, answer: str) -> bool:
    """Compare an answer with what the check expects.

    `equals` and `contains` compare every character except white space at either end, which models add. `matches`
    searches the pattern anywhere in the answer, so that `^` and `$` mean the whole answer. Raises ValueError for a
    pattern that `problem_of` refuses.
    """
    said, wanted = answer.strip(), check.text.strip()
    match check.expectation:
        case Expectation.EQUALS:
            return said == wanted
        case Expectation.CONTAINS:
            return wanted in said
        case Expectation.MATCHES:
            return _compiled(check.text).search(said[:_SEARCHED]) is not None
        case never:
            assert_never(never)


def problem_of(pattern: str) -> str | None:
    """Say what is wrong with a pattern, in RE2's words; None where it is valid."""
    try:
        _compiled(pattern)
    except ValueError as error:
        return str(error)
    return None


def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        what = error.args[0] if error.args else error
        raise ValueError(what.decode(errors="replace") if isinstance(what, bytes) else str(what)) from error
