"""Data files to examples, one reader a file format, found by the file name's suffix.

`data_files` hands over an open file and the fields that hold input and output. A reader yields rows in their order, and
a Problem with file and line for each row that is none; it raises OSError alone. A new format is one function here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, NoReturn

from gemspec.errors import Origin, Problem
from gemspec.manifest.conversations import is_conversation, read_conversation
from gemspec.manifest.json_nodes import STRING_WORDS, is_array, read_items, read_json
from gemspec.manifest.nodes import Broken
from gemspec.manifest.phrases import did_you_mean, quoted, shortened
from gemspec.manifest.plain_lines import PlainLines
from gemspec.manifest.rows import Fields, Item, Rows, names_here, or_name_it, read_row
from gemspec.manifest.text import decode, refuse_other_marks

if TYPE_CHECKING:
    from _csv import Reader as CsvReader
    from collections.abc import Callable, Iterator
    from io import BufferedReader

_BOM = b"\xef\xbb\xbf"
_BLOCK = 256 * 1024  # bytes that are read at a time
_WHOLE = 16 * 1024 * 1024  # bytes of a file whose first line is no object: more need not be looked at to say why

_NOT_JSON = ("this line is not JSON", 'write one object a line: {"textInput": "1", "output": "2"}')
_SEPARATOR = re.compile(r"[;\t|]")
_MOST_GUESSED = 1_000  # columns that the one which is missing is looked for among


class _DuplicateFieldError(ValueError):
    """A JSON object names a field twice."""


def read_jsonl(stream: BufferedReader, file: str, fields: Fields) -> Iterator[Item]:
    """Read JSON Lines: one object a line; blank lines do not count. Of the file some thousand lines are kept."""
    try:
        refuse_other_marks(stream.peek(), file)
    except Broken as broken:
        yield broken.problem
        return
    if whole := _whole_json(stream):
        yield Problem(*whole, Origin(file, 1))
        return
    number, plain = 1, PlainLines(fields)
    for lines in _blocks(stream):
        if found := plain.read(lines):
            examples, texts = found
            yield Rows(examples, Origin(file, number), texts)
        else:
            for at, line in enumerate(lines, number):
                if line.strip():
                    yield from _json_line(line.rstrip(b"\r"), Origin(file, at), fields)
        number += len(lines)


def _blocks(stream: BufferedReader) -> Iterator[list[bytes]]:
    """Yield the lines of a file, as many at a time as are worth it."""
    stream.seek(0)
    stream.seek(len(_BOM) if stream.peek().startswith(_BOM) else 0)
    begun: list[bytes] = []
    while data := stream.read(_BLOCK):
        lines, end, rest = data.rpartition(b"\n")
        if end:
            yield b"".join([*begun, lines]).split(b"\n")
            begun.clear()
        begun.append(rest)
    if last := b"".join(begun):
        yield [last]


def _whole_json(stream: BufferedReader) -> tuple[str, str] | None:
    """Word the mistake of a file whose lines are no objects, but which is one JSON document as a whole."""
    filled = (line for line in stream if line.strip())
    first = next(filled, b"{}")
    if _is_json(first.removeprefix(_BOM)) or next(filled, None) is None:
        return None
    stream.seek(0)
    try:
        value = json.loads(stream.read(_WHOLE))
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):
        return "this is one JSON array, not an object a line", "name the file .json"
    return "this object stands on several lines", "write each object on one line"


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _json_line(line: bytes, origin: Origin, fields: Fields) -> Iterator[Item]:
    try:
        row = _DECODER.decode(line.decode())
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
        yield from _read(row, origin, fields)


def read_json_array(stream: BufferedReader, file: str, fields: Fields) -> Iterator[Item]:
    """Read a JSON array of objects."""
    data = stream.read()
    if not data.strip():
        return
    try:
        text = decode(data, file)
        if not is_array(text):
            yield _no_array(text, file)
            return
        for item in read_items(text, file):
            if isinstance(item, Problem):
                yield item
            else:
                yield from _read(*item, fields)
    except Broken as broken:
        yield _several_objects(file) if _is_jsonl(data) else broken.problem


def _no_array(text: str, file: str) -> Problem:
    """Word the problem of a whole document that is something else. Raises Broken for what is none."""
    origin = read_json(text, file).origin()
    return Problem("this is not a JSON array", 'write [{"textInput": "1", "output": "2"}]', origin)


def _is_jsonl(data: bytes) -> bool:
    """Whether there is an object in the first line and something after it."""
    first, _, rest = data.removeprefix(_BOM).strip().partition(b"\n")
    return bool(rest.strip()) and _is_json(first)


def _several_objects(file: str) -> Problem:
    return Problem("these are objects one a line, not a JSON array", "name the file .jsonl", Origin(file, 1))


def read_csv(stream: BufferedReader, file: str, fields: Fields) -> Iterator[Item]:
    """Read CSV (RFC 4180) whose first row names the columns; columns that are not asked for do not matter.

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
            yield from read_row(
                {name: value for name, value in zip(names, row, strict=True) if name in known}, place, fields
            )


def _absent_columns(absent: dict[str, tuple[str, ...]], names: list[str], origin: Origin) -> Iterator[Problem]:
    unlike = {}
    for key, (wanted, *_) in absent.items():
        if guess := did_you_mean(wanted, names[:_MOST_GUESSED]):
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


def _read(row: object, origin: Origin, fields: Fields) -> Iterator[Item]:
    """Read a row in whichever form it is."""
    if isinstance(row, dict) and is_conversation(row, fields):
        return read_conversation(row, origin, fields)
    return read_row(row, origin, fields)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise _DuplicateFieldError(next(shortened(name) for name in row if counts[name] > 1))
    return row


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)  # made once: there are many lines
