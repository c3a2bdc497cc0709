"""Decodes manifests and data files: only UTF-8, with or without a byte order mark, with any line ends.

Used by both readers, so that an encoding problem has the same words everywhere.
"""

from __future__ import annotations

import codecs
import re

from gemspec.domain.errors import Origin, Problem
from gemspec.manifest.syntax.nodes import Broken

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_OTHER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
# YAML 1.1 ends a line at these and YAML 1.2 does not: the same file would be two different texts.
_DOUBTFUL_BREAK = re.compile("[\x85\u2028\u2029]")
_LINE_END = re.compile("\r\n|\r|\n")


def decode(data: bytes, file: str) -> str:
    """Decode UTF-8 and drop its byte order mark; line ends stay as they are. Raises Broken with line and column."""
    refuse_other_encodings(data, file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8", "replace")
        wrong = f"the byte 0x{error.object[error.start]:02x} is not UTF-8"
        raise Broken(Problem(wrong, "save the file as UTF-8", Origin(file, *end_place(before)))) from error
    return text


def refuse_other_encodings(data: bytes, file: str) -> None:
    """Raise Broken where a byte order mark, or the first bytes, say that the file is in another encoding."""
    for mark, name in _OTHER_MARKS.items():
        if data.startswith(mark):
            raise Broken(Problem(f"the file is in {name}", "save it as UTF-8", Origin(file, 1, 1)))
    if len(data) > 3 and (not data[0] or not data[1]):  # no text begins with a NUL, and ASCII in UTF-16 is half NULs
        raise Broken(Problem("the file seems to be in UTF-16", "save it as UTF-8", Origin(file, 1, 1)))


def decode_yaml(data: bytes, file: str) -> str:
    """Decode a YAML file, line ends as \\n, and refuse characters that YAML does not allow or reads in two ways."""
    text = _LINE_END.sub("\n", decode(data, file))
    if found := _CONTROL.search(text):
        name = "a NUL" if found[0] == "\x00" else f"the control character U+{ord(found[0]):04X}"
        raise Broken(
            Problem(
                f"{name} is not allowed here",
                f'remove it, or write it as "\\x{ord(found[0]):02x}" in double quotes'
                if ord(found[0]) < 256
                else "remove it",
                Origin(file, *end_place(text[: found.start()])),
            )
        )
    if found := _DOUBTFUL_BREAK.search(text):
        code = f"{ord(found[0]):04x}"
        raise Broken(
            Problem(
                f"U+{code.upper()} is a line end to some YAML readers and a character to others",
                f'write it as "\\u{code}" in double quotes',
                Origin(file, *end_place(text[: found.start()])),
            )
        )
    return text


def end_place(before: str) -> tuple[int, int]:
    """Give line and column (from 1) of the character that follows `before`."""
    ends = list(_LINE_END.finditer(before))
    return len(ends) + 1, len(before) - (ends[-1].end() if ends else 0) + 1


def lines_of(data: bytes, *, at_lf: bool = False) -> list[str]:
    """Give the lines of a file that may be broken, as places count them (`at_lf`: only \\n ends a line).

    Bytes that are not UTF-8 become U+FFFD; a file in another encoding gives no lines.
    """
    if not data or any(data.startswith(mark) for mark in _OTHER_MARKS):
        return []
    text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    return [line.removesuffix("\r") for line in text.split("\n")] if at_lf else _LINE_END.split(text)
