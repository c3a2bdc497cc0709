"""Data files to examples, one reader a file format, found by the file name's suffix.

`datasets` hands over the bytes of a file and the fields that hold input and output. A reader yields rows in their
order, and a Problem with file and line for each row that is none; it never raises. A new format is one function here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, NoReturn

from gemspec.errors import Origin, Problem
from gemspec.manifest.json_nodes import STRING_WORDS, read_json
from gemspec.manifest.nodes import Broken
from gemspec.manifest.phrases import did_you_mean, shortened
from gemspec.manifest.rows import Fields, Item, read_row
from gemspec.manifest.text import decode, refuse_other_marks

if TYPE_CHECKING:
    from _csv import Reader as CsvReader
    from collections.abc import Callable, Iterator


_NOT_JSON = ("this line is not JSON", 'write one object a line: {"textInput": "1", "output": "2"}')
_SEPARATOR = re.compile(r"[;\t|]")


class _DuplicateFieldError(ValueError):
    """A JSON object names a field twice."""


def read_jsonl(data: bytes, file: str, fields: Fields) -> Iterator[Item]:
    """Read JSON Lines: one object a line; blank lines do not count."""
    try:
        refuse_other_marks(data, file)
    except Broken as broken:
        yield broken.problem
        return
    if whole := _whole_json(data):
        summary, detail = whole
        yield Problem(summary, detail, Origin(file, 1))
        return
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            yield from _json_line(line.rstrip(b"\r"), Origin(file, number), fields)


def _whole_json(data: bytes) -> tuple[str, str] | None:
    """Word the mistake of a file whose lines are no objects, but which is one JSON document as a whole."""
    if b"\n" not in data.strip():
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):
        return "this is one JSON array, not an object a line", "name the file .json"
    return "this object stands on several lines", "write each object on one line"


def _json_line(line: bytes, origin: Origin, fields: Fields) -> Iterator[Item]:
    try:
        row = json.loads(line.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        yield Problem(f"the byte 0x{line[error.start]:02x} is not UTF-8", "save the file as UTF-8", origin)
    except json.JSONDecodeError as error:
        summary, detail = _NOT_JSON
        for message, words in STRING_WORDS.items():
            if error.msg.startswith(message):
                summary, detail = words
        yield Problem(summary, detail, Origin(origin.file, origin.line, error.colno))
    except _DuplicateFieldError as error:
        yield Problem(f"the field {error} stands in this line twice", "keep one of them", origin)
    except RecursionError:
        yield Problem("this is nested too deep", "write a flat object", origin)
    except ValueError:
        yield Problem("this line is not JSON that can be read", "write text in double quotes", origin)
    else:
        yield from read_row(row, origin, fields)


def read_json_array(data: bytes, file: str, fields: Fields) -> Iterator[Item]:
    """Read a JSON array of objects."""
    if not data.strip():
        return
    try:
        document = read_json(decode(data, file), file)
    except Broken as broken:
        yield _several_objects(file) if _is_jsonl(data) else broken.problem
        return
    yield from document.problems
    if not isinstance(document.value, list):
        yield Problem("this is not a JSON array", 'write [{"textInput": "1", "output": "2"}]', document.origin())
        return
    for index, row in enumerate(document.value):
        place = document.origin((index,))
        yield from read_row(row, Origin(file, place.line), fields)


def _is_jsonl(data: bytes) -> bool:
    """Whether there is an object in the first line and something after it."""
    first, _, rest = data.removeprefix(b"\xef\xbb\xbf").strip().partition(b"\n")
    try:
        return bool(rest.strip()) and isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _several_objects(file: str) -> Problem:
    return Problem("these are objects one a line, not a JSON array", "name the file .jsonl", Origin(file, 1))


def read_csv(data: bytes, file: str, fields: Fields) -> Iterator[Item]:
    """Read CSV (RFC 4180) whose first row names the columns; columns that are not asked for do not matter."""
    try:
        rows = _records(csv.reader(io.StringIO(decode(data, file), newline=""), strict=True), file)
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
            advice = 'put quotes around a value that holds quotes, and write each of them twice ("")'
            raise Broken(Problem(f"this row is not CSV ({error})", advice, origin)) from error
        if row:
            yield row, origin


def _csv_rows(
    header: tuple[list[str], Origin], rows: Iterator[tuple[list[str], Origin]], fields: Fields
) -> Iterator[Item]:
    names, origin = header
    missing = [wanted for wanted in (fields.inputs, fields.outputs) if not set(wanted) & set(names)]
    if len(missing) == 2 and len(names) == 1 and (found := _SEPARATOR.search(names[0])):
        name = {";": "semicolons", "\t": "tabs", "|": "bars"}[found[0]]
        yield Problem(f"{name} stand between the values here", "save the file with commas (RFC 4180)", origin)
        return
    for wanted in missing:
        advice = did_you_mean(wanted[0], names) or f"the columns here are {', '.join(map(shortened, names))}"
        field = "inputKey" if wanted is fields.inputs else "outputKey"
        yield Problem(f'there is no column "{wanted[0]}"', f"{advice}; {field} in the manifest names another", origin)
    known = {*fields.inputs, *fields.outputs}
    for name in sorted({name for name in names if name in known and names.count(name) > 1}):
        yield Problem(f'the column "{name}" stands here twice', "keep one of them", origin)
    if missing:
        return
    for row, place in rows:
        if len(row) != len(names):
            values = f"{len(row)} value{'' if len(row) == 1 else 's'}"
            counts = f"this row has {values} and the first row names {len(names)} columns"
            more = len(row) > len(names)
            yield Problem(counts, "put quotes around values that hold commas" if more else "write all of them", place)
        else:
            yield from read_row(
                {name: value for name, value in zip(names, row, strict=True) if name in known}, place, fields
            )


READERS: dict[str, Callable[[bytes, str, Fields], Iterator[Item]]] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json_array,
    ".csv": read_csv,
}


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        raise _DuplicateFieldError(next(shortened(name) for name in row if names.count(name) > 1))
    return row


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
