"""Makes text from manifests and the service safe to show on a terminal. Pure; everything drawn goes through here."""

from __future__ import annotations

import unicodedata

# Controls (ANSI escapes begin with one), invisible formats (bidirectional controls, zero-width signs, soft hyphens),
# line and paragraph separators, lone surrogates. A reviewer must see that they are there; none may move the cursor.
_UNSAFE = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def terminal(text: str) -> str:
    """Write out every character that a terminal would obey or hide, such as `\\n` or `\\u202e`; keep all others."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    if unicodedata.category(char) not in _UNSAFE:
        return char
    return _SHORT.get(char) or (f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}")
