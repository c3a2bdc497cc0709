"""Makes text from manifests and the service safe to show, on a terminal and in the log of a job. Pure; everything
drawn goes through here. What a model answers to `ask` is no drawing: programs get it as it is."""

from __future__ import annotations

import re
import unicodedata

# Controls (as in ANSI escapes), invisible formats (bidirectional controls, zero-width signs, soft hyphens),
# line and paragraph separators, lone surrogates. A reviewer must see that they are there; none may move the cursor.
_UNSAFE = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# What runs a job obeys lines of its log: GitHub Actions those that begin with `::`, after blanks, as any word may where
# lines are wrapped; and it, Azure Pipelines and TeamCity a `##[` or `##name[` anywhere.
# Source: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
_COMMAND = re.compile(r"(?<!\S):(?=:)|#(?=#[A-Za-z]*\[)")
_COMMAND_IN_JSON = re.compile(r"#(?=#[A-Za-z]*\[)")


def terminal(text: str) -> str:
    """Write out every character that a terminal would obey or hide, such as `\\n` or `\\u202e`, and the first one of
    what a job would obey; keep all others.
    """
    is_plain = text.isascii() and text.isprintable()
    if is_plain and "::" not in text and "##" not in text:
        return text
    return "".join(pieces(text))


def pieces(text: str) -> list[str]:
    """Give what `terminal` makes of each character."""
    shown = [_visible(char) for char in text]
    for found in _COMMAND.finditer(text):
        shown[found.start()] = _code(found[0])
    return shown


def json(text: str) -> str:
    """Write JSON so that no job obeys a line of it; it says the same. It has to be ASCII already."""
    return _COMMAND_IN_JSON.sub(r"\\u0023", text) if "##" in text else text


def _visible(char: str) -> str:
    if unicodedata.category(char) not in _UNSAFE:
        return char
    return _SHORT.get(char) or _code(char)


def _code(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
