"""Chooses what of a long plan fits into a comment, the most important parts first, and says what is missing. Pure.

Only whole parts are left out, so that no table, fold or block of code is cut in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemspec.render.layout import count

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class Part:
    """A key, a block, a note or the like as Markdown: in full, and as a short line."""

    full: str
    short: str


@dataclass(frozen=True, slots=True)
class Section:
    """Parts under a heading, or folded where there is none. `noun` and `nouns` name a part and several parts.

    Heading and nouns hold no text from manifests or services: in the HTML of a fold, escapes for Markdown do not work.
    """

    noun: str
    nouns: str
    parts: tuple[Part, ...]
    heading: str = ""

    def counted(self, number: int) -> str:
        """`1 model to train`, `2 models to train`."""
        return count(number, self.noun, self.nouns)

    def around(self, parts: Sequence[str]) -> str:
        """The section with these parts; "" without parts."""
        if not parts:
            return ""
        if self.heading:
            return _GAP.join([f"#### {self.heading}", *parts, ""])
        return _GAP.join([f"<details>\n<summary>{self.counted(len(self.parts))}</summary>", *parts, "</details>", ""])


def fitted(head: str, sections: Sequence[Section], limit: int) -> str:
    """The head and the sections in at most `limit` bytes of UTF-8: all parts in full where there is room for that.

    Every part gets its short line before any part gets more, in the order of the sections, so that a long part hides no
    others. Raises ValueError where not even the head fits.
    """
    whole = _joined(head, sections, [[part.full for part in section.parts] for section in sections])
    if _size(whole) <= limit:
        return whole
    everything = [(section, len(section.parts)) for section in sections]
    room = limit - _size(head) - _size(_left_out(everything, everything))
    if room < 0:
        raise ValueError(f"{limit} bytes are not enough for a plan")
    chosen = _chosen(sections, room)
    return _joined(head + _left_out(*_missing(sections, chosen)), sections, chosen)


def _chosen(sections: Sequence[Section], room: int) -> list[list[str]]:
    """What is shown of each part of each section: its short line, all of it, or ""."""
    chosen = [[""] * len(section.parts) for section in sections]
    for is_full in (False, True):
        for section, texts in zip(sections, chosen, strict=True):
            frame = 0 if any(texts) else _size(section.around([""]))
            for index, part in enumerate(section.parts):
                longer = part.full if is_full else part.short
                cost = _size(longer) - _size(texts[index]) + (0 if texts[index] else len(_GAP)) + frame
                if cost <= room:
                    texts[index], room, frame = longer, room - cost, 0
    return chosen


def _missing(
    sections: Sequence[Section], chosen: Sequence[Sequence[str]]
) -> tuple[list[tuple[Section, int]], list[tuple[Section, int]]]:
    """By section, the number of parts that are not shown, and of those that are shown as a short line."""
    missing, shortened = [], []
    for section, texts in zip(sections, chosen, strict=True):
        missing.append((section, texts.count("")))
        pairs = zip(section.parts, texts, strict=True)
        shortened.append((section, sum(text not in ("", part.full) for part, text in pairs)))
    return missing, shortened


def _left_out(missing: Sequence[tuple[Section, int]], shortened: Sequence[tuple[Section, int]]) -> str:
    """A sentence on how much is missing, and how much is shown as a short line."""
    text = "**This plan is too long for a comment.**"
    for words, counts in (("Not shown", missing), ("Shown without details", shortened)):
        if found := [section.counted(number) for section, number in counts if number]:
            text += f" {words}: {', '.join(found)}."
    return f"{text} `gemspec plan` prints all of it.{_GAP}"


def _joined(head: str, sections: Sequence[Section], chosen: Sequence[Sequence[str]]) -> str:
    parts = [section.around([text for text in texts if text]) for section, texts in zip(sections, chosen, strict=True)]
    return f"{head}{''.join(parts)}".rstrip() + "\n"


def _size(text: str) -> int:
    return len(text.encode())
