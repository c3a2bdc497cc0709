"""Expressions of GitHub Actions, as far as the examples use them: names, texts, ==, !=, !, &&, ||, and three functions.

Names that do not exist are empty, as on GitHub.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*')|(?P<sign>==|!=|&&|\|\||!|\(|\))|(?P<call>\w+)\(\)|(?P<name>\w+(?:\.[\w-]+)+))"
)
_SIGNS = {"&&": " and ", "||": " or ", "!": " not "}
_INSERTED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def value(expression: str, contexts: Mapping[str, Any]) -> Any:
    """Give the value of an expression without its `${{ }}`. Raises ValueError for what is not understood here."""
    python, position = "", 0
    expression = expression.strip()
    while position < len(expression):
        token = _TOKEN.match(expression, position)
        if not token:
            raise ValueError(f"not understood: {expression[position:]}")
        position = token.end()
        if token["sign"]:
            python += _SIGNS.get(token["sign"], token["sign"])
        elif token["call"]:
            python += repr(contexts["functions"][token["call"]])
        else:
            python += repr(token["text"][1:-1] if token["text"] else named(token["name"], contexts))
    return eval(python, {"__builtins__": {}})


def named(name: str, contexts: Mapping[str, Any]) -> Any:
    """Give the value of `steps.plan.outputs.changes`."""
    found: Any = contexts
    for part in name.split("."):
        found = found.get(part, "") if hasattr(found, "get") else ""
    return found


def filled(text: Any, contexts: Mapping[str, Any]) -> str:
    """Put the values of all `${{ }}` into a text."""
    return _INSERTED.sub(lambda match: _written(value(match[1], contexts)), str(text))


def holds(condition: str | None, contexts: Mapping[str, Any]) -> bool:
    """Whether a job or step with this `if` runs: only after success, unless it says otherwise."""
    inner = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", str(condition or "success()").strip(), flags=re.DOTALL)
    if not re.search(r"\b(success|cancelled|always|failure)\(\)", inner):
        inner = f"success() && ({inner})"
    return bool(value(inner, contexts))


def _written(found: Any) -> str:
    return str(found).lower() if isinstance(found, bool) else str(found)
