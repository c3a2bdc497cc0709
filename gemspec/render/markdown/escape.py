"""Makes text from manifests and services inert in Markdown: it shows as it is, and is nothing but text. Pure.

Only a code span is safe. GitHub and GitLab look for people, teams, issues, commits, addresses and links in everything
else, after they have resolved character references and backslashes. So plain words stay words, which reads well, and
everything else goes into code spans. None of it begins a line.
"""

from __future__ import annotations

import re

from gemspec.util.escape import terminal

# A command between backticks is one word, as it is for a terminal.
_WORD = re.compile(r"(?:`[^`]*`|\S)+")
# A word with the punctuation around it.
_PARTS = re.compile(r"(\(?)(.*?)([,.;:)]*)")
_COMMAND = re.compile(r"`([^`]+)`")
# What is only text within a line: words, short numbers, and the signs of gemspec's own sentences...
_PLAIN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|\d{1,6}(?:\.\d{1,6})?%?|[/=]|->|")
# ... unless it looks like a commit or the beginning of an address.
_LINKED = re.compile(r"[0-9a-f]{7,}$|www", re.IGNORECASE)


def code(text: str, *, limit: int = 200) -> str:
    """Text as a code span, cut to `limit` characters with `...` at its end."""
    shown = _cut(text, limit) or " "
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    # Markdown removes a space from both ends where both have a space; and a backtick must not touch the fence.
    pad = " " if shown.strip(" ") and (shown[0] in " `" or shown[-1] in " `") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str, *, limit: int = 600) -> str:
    """A sentence with parts from manifests or services: plain words as they are, all others in code spans.

    Not for the beginning of a line, where a plain number may begin a list.
    """
    return " ".join(_word(word) for word in _WORD.findall(_cut(text, limit)))


def cell(text: str) -> str:
    """Markdown for a cell of a table, which a bar would end unless it is escaped.

    Renderers differ over a bar after a backslash: that bar is written out as in JSON.
    """
    return text.replace("\\|", "\\\\u007c").replace("|", "\\|")


def fenced(lines: list[str], *, indent: str = "") -> list[str]:
    """Lines as a block of code, to be copied."""
    shown = [terminal(line) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{indent}{line}" for line in (fence, *shown, fence)]


def _word(word: str) -> str:
    found = _PARTS.fullmatch(word)
    before, core, after = found.groups() if found else ("", word, "")
    if _PLAIN.fullmatch(core) and not _LINKED.match(core):
        return word
    command = _COMMAND.fullmatch(core)
    return f"{before}{code(command[1] if command else core)}{after}"


def _cut(text: str, limit: int) -> str:
    shown = terminal(text)
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."
