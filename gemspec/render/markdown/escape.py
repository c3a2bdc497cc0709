"""Makes text that others wrote inert in Markdown: it shows as it is, and is nothing but text. Pure.

The one safe place is a code span. GitHub and GitLab look for people, teams, issues, commits, addresses and links in
everything else, after character references and backslashes have been resolved. So plain words stay words, which reads
well, and whatever else somebody wrote stands in code spans. No line of ours begins with it.
"""

from __future__ import annotations

import re

from gemspec.util.escape import terminal

# A command between backticks is one word, as it is for a terminal.
_WORD = re.compile(r"(?:`[^`]*`|\S)+")
# A word and what stands around it.
_PARTS = re.compile(r"(\(?)(.*?)([,.;:)]*)")
_COMMAND = re.compile(r"`([^`]+)`")
# What cannot be anything but text within a line: words, short numbers, and the signs of our own sentences...
_PLAIN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|\d{1,6}(?:\.\d{1,6})?%?|[/=]|->|")
# ... unless it may be a commit, or begins an address.
_LINKED = re.compile(r"[0-9a-f]{7,}$|www", re.IGNORECASE)


def code(text: str, *, limit: int = 200) -> str:
    """Give text as a code span; what is beyond `limit` characters is left out, and `...` says so."""
    shown = _cut(text, limit) or " "
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    # A reader takes one space off where both ends have one; and a backtick must not touch the fence.
    pad = " " if shown.strip(" ") and (shown[0] in " `" or shown[-1] in " `") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str, *, limit: int = 600) -> str:
    """Give a sentence that may hold other people's words: plain words as they are, all others in code spans.

    For the inside of a line: where one begins, a plain word may still be the number of a list.
    """
    return " ".join(_word(word) for word in _WORD.findall(_cut(text, limit)))


def cell(text: str) -> str:
    """Make a piece of Markdown fit to stand in a cell of a table, where every bar that is not escaped ends it.

    Readers differ over a bar after a backslash: there it is written out as JSON would.
    """
    return text.replace("\\|", "\\\\u007c").replace("|", "\\|")


def fenced(lines: list[str], *, indent: str = "") -> list[str]:
    """Give lines as a block of code, to be copied from."""
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
