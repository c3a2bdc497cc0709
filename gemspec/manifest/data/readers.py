"""Readers of data files: a reader for each file format, found by the file name's suffix.

`files` passes an open file and the names of the input and output fields. A reader yields rows in their order, and a
Problem with file and line for each wrong row; it raises only OSError. A new format is a function here; `jsonl` has a
module of its own.
"""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF8
from typing import TYPE_CHECKING

from gemspec.domain.errors import Origin, Problem
from gemspec.manifest.data.conversations import read_example
from gemspec.manifest.data.jsonl import is_object, read_jsonl
from gemspec.manifest.data.rows import Fields, Item, names_here, or_name_it, read_pair
from gemspec.manifest.syntax.encoding import decode
from gemspec.manifest.syntax.json_reader import is_json_array, read_json, read_json_items
from gemspec.manifest.syntax.nodes import Broken
from gemspec.util.text import did_you_mean, quoted

if TYPE_CHECKING:
    from _csv import Reader as CsvReader
    from collections.abc import Callable, Iterator
    from io import BufferedReader


_SEPARATOR = re.compile(r"[;\t|]")
_MAX_GUESSED = 1_000  # columns that a missing name is compared with


def read_json_array(stream: BufferedReader, file: str, fields: Fields) -> Iterator[Item]:
    """Read a JSON array of objects."""
    data = stream.read()
    if not data.strip():
        return
    try:
        text = decode(data, file)
        if not is_json_array(text):
            yield _no_array(text, file)
            return
        for item in read_json_items(text, file):
            if isinstance(item, Problem):
                yield item
            else:
                yield from read_example(*item, fields)
    except Broken as broken:
        yield _several_objects(file) if _is_jsonl(data) else broken.problem


def _no_array(text: str, file: str) -> Problem:
    """Give the problem of a JSON document that is not an array. Raises Broken for text that is not JSON."""
    origin = read_json(text, file).origin()
    return Problem("this is not a JSON array", 'write [{"textInput": "1", "output": "2"}]', origin)


def _is_jsonl(data: bytes) -> bool:
    """Whether the first line is an object and more lines follow."""
    first, _, rest = data.removeprefix(BOM_UTF8).strip().partition(b"\n")
    return bool(rest.strip()) and is_object(first)


def _several_objects(file: str) -> Problem:
    return Problem("these are objects one a line, not a JSON array", "name the file .jsonl", Origin(file, 1))


def read_csv(stream: BufferedReader, file: str, fields: Fields) -> Iterator[Item]:
    """Read CSV (RFC 4180) with the names of the columns in the first row; other columns are ignored.

    A line end within a value is \\n, also where the file has \\r\\n: a checkout by Git must not
    change the data.
    """
    try:
        rows = _records(csv.reader(io.StringIO(decode(stream.read(), file), newline=""), strict=True), file)
        header = next(rows, None)
        if header is None:
            return
        yield from _csv_rows(header, rows, fields)
    except Broken as broken:
        yield broken.problem


def _records(reader: CsvReader, file: str) -> Iterator[tuple[list[str], Origin]]:
    """Yield each row that is not blank, with the line where it begins. Raises Broken where the quotes are wrong."""
    while True:
        origin = Origin(file, reader.line_num + 1)
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Broken(Problem(*_csv_words(str(error)), origin)) from error
        if row:
            yield [value.replace("\r\n", "\n") for value in row], origin


def _csv_words(said: str) -> tuple[str, str]:
    if "field larger" in said:
        return (
            f"a value here has more than {csv.field_size_limit():,} characters",
            "close the quote that opens before it",
        )
    advice = 'put quotes around a value that holds quotes, and write each of them twice ("")'
    return f"this row is not CSV ({said})", advice


def _csv_rows(
    header: tuple[list[str], Origin], rows: Iterator[tuple[list[str], Origin]], fields: Fields
) -> Iterator[Item]:
    names, origin = header
    absent = fields.absent(names)
    if len(absent) == 2 and len(names) == 1 and (found := _SEPARATOR.search(names[0])):
        name = {";": "semicolons", "\t": "tabs", "|": "bars"}[found[0]]
        yield Problem(f"{name} stand between the values here", "save the file with commas (RFC 4180)", origin)
        return
    yield from _absent_columns(absent, names, origin)
    known = {*fields.inputs, *fields.outputs}
    for name in sorted(name for name in known if names.count(name) > 1):
        yield Problem(f'the column "{name}" stands here twice', "keep one of them", origin)
    if absent:
        return
    for row, place in rows:
        if len(row) != len(names):
            counts = f"this row has {_counted(row, 'value')} and the first row names {_counted(names, 'column')}"
            more = len(row) > len(names)
            yield Problem(counts, "put quotes around values that hold commas" if more else "write all of them", place)
        else:
            yield from read_pair(
                {name: value for name, value in zip(names, row, strict=True) if name in known}, place, fields
            )


def _absent_columns(absent: dict[str, tuple[str, ...]], names: list[str], origin: Origin) -> Iterator[Problem]:
    unlike = {}
    for key, (wanted, *_) in absent.items():
        if guess := did_you_mean(wanted, names[:_MAX_GUESSED]):
            yield Problem(f'there is no column "{wanted}"', f"{guess} {or_name_it(key)}", origin)
        else:
            unlike[key] = wanted
    if unlike:
        there = "there are no columns" if len(unlike) > 1 else "there is no column"
        advice = names_here("column", names, list(unlike))
        yield Problem(f"{there} {quoted(list(unlike.values()))}", advice, origin)


def _counted(items: list[str], what: str) -> str:
    return f"{len(items)} {what}{'' if len(items) == 1 else 's'}"


READERS: dict[str, Callable[[BufferedReader, str, Fields], Iterator[Item]]] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json_array,
    ".csv": read_csv,
}
