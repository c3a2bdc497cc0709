"""Makes text from manifests and the service safe to show, on a terminal and in the log of a CI job. Pure.

All text that `render` draws goes through here. The answer of a model to `gemspec ask` does not: programs get it
unchanged.
"""

from __future__ import annotations

import re
import unicodedata

# Controls (as in ANSI escapes), invisible formats (bidirectional controls, zero-width characters, soft hyphens),
# line and paragraph separators, lone surrogates. A reviewer must see them, and they must not move the cursor.
_UNSAFE = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# CI runners execute commands in a job's log. GitHub Actions: lines that begin with `::`, after spaces, so that any word
# of a wrapped text counts. GitHub Actions, Azure Pipelines and TeamCity: `##[` or `##name[` anywhere.
# Source: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
_COMMAND = re.compile(r"(?<!\S):(?=:)|#(?=#[A-Za-z]*\[)")
_COMMAND_IN_JSON = re.compile(r"#(?=#[A-Za-z]*\[)")


def terminal(text: str) -> str:
    """Escape every character that a terminal would interpret or hide, such as `\\n` or `\\u202e`, and the first
    character of each command to a CI runner; keep all others.
    """
    is_plain = text.isascii() and text.isprintable()
    if is_plain and "::" not in text and "##" not in text:
        return text
    return "".join(pieces(text))


def pieces(text: str) -> list[str]:
    """Escape each character as `terminal` does."""
    shown = [_visible(char) for char in text]
    for found in _COMMAND.finditer(text):
        shown[found.start()] = _code(found[0])
    return shown


def json(text: str) -> str:
    """Escape commands to a CI runner in JSON, without changing its meaning. The text has to be ASCII already."""
    return _COMMAND_IN_JSON.sub(r"\\u0023", text) if "##" in text else text


def _visible(char: str) -> str:
    if unicodedata.category(char) not in _UNSAFE:
        return char
    return _SHORT.get(char) or _code(char)


def _code(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
