"""Data files to examples, one reader a file format, found by the file name's suffix.

`datasets` hands over the bytes of a file and the fields that hold input and output. A reader yields examples in their
order, and a Problem with file and line for each row that is none; it never raises. A new format is one function here.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from gemspec.errors import Origin, Problem
from gemspec.manifest import schema
from gemspec.manifest.json_nodes import read_json
from gemspec.manifest.nodes import Broken, has_lone_surrogate
from gemspec.manifest.phrases import did_you_mean, shortened
from gemspec.manifest.text import decode, refuse_other_marks
from gemspec.model import Example

if TYPE_CHECKING:
    from _csv import Reader as CsvReader
    from collections.abc import Callable, Iterator

Item = Example | Problem
_EXAMPLES = ("spec", "tuningTask", "trainingData", "examples", "[]")


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields of a row hold input and output: any one of `inputs`, any one of `outputs`."""

    inputs: tuple[str, ...] = ("textInput", "text_input")
    outputs: tuple[str, ...] = ("output",)


class _DuplicateFieldError(ValueError):
    """A JSON object names a field twice."""


def read_jsonl(data: bytes, file: str, fields: Fields) -> Iterator[Item]:
    """Read JSON Lines: one object a line; blank lines do not count."""
    try:
        refuse_other_marks(data, file)
    except Broken as broken:
        yield broken.problem
        return
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            yield from _json_line(line.rstrip(b"\r"), Origin(file, number), fields)


def _json_line(line: bytes, origin: Origin, fields: Fields) -> Iterator[Item]:
    try:
        row = json.loads(line.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        yield Problem(f"the byte 0x{line[error.start]:02x} is not UTF-8", "save the file as UTF-8", origin)
    except json.JSONDecodeError as error:
        place = Origin(origin.file, origin.line, error.colno)
        yield Problem("this line is not JSON", 'write one object a line: {"textInput": "1", "output": "2"}', place)
    except _DuplicateFieldError as error:
        yield Problem(f"the field {error} stands in this line twice", "keep one of them", origin)
    except (ValueError, RecursionError):
        yield Problem("this line is not JSON that can be read", "write text in double quotes", origin)
    else:
        yield from _row(row, origin, fields)


def read_json_array(data: bytes, file: str, fields: Fields) -> Iterator[Item]:
    """Read a JSON array of objects."""
    try:
        document = read_json(decode(data, file), file)
    except Broken as broken:
        yield broken.problem
        return
    yield from document.problems
    if not isinstance(document.value, list):
        yield Problem("this is not a JSON array", 'write [{"textInput": "1", "output": "2"}]', document.origin())
        return
    for index, row in enumerate(document.value):
        place = document.origin((index,))
        yield from _row(row, Origin(file, place.line), fields)


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
            counts = f"this row has {len(row)} values and the first row names {len(names)} columns"
            yield Problem(counts, "put quotes around values that hold commas", place)
        else:
            yield from _row(
                {name: value for name, value in zip(names, row, strict=True) if name in known}, place, fields
            )


READERS: dict[str, Callable[[bytes, str, Fields], Iterator[Item]]] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json_array,
    ".csv": read_csv,
}


def _row(row: object, origin: Origin, fields: Fields) -> Iterator[Item]:
    """Turn one row into an example, or into everything that is wrong with it."""
    if not isinstance(row, dict):
        yield Problem("this is not an object", 'write {"textInput": "1", "output": "2"}', origin)
        return
    problems = [*_unknown(row, origin, fields)]
    for names, limit in ((fields.inputs, "textInput"), (fields.outputs, "output")):
        problems.extend(_field_problems(row, names, _max_length(limit), origin))
    if problems:
        yield from problems
    else:
        yield Example(*(next(row[name] for name in names if name in row) for names in (fields.inputs, fields.outputs)))


def _unknown(row: dict[str, object], origin: Origin, fields: Fields) -> Iterator[Problem]:
    known = (*fields.inputs, *fields.outputs)
    for name in row:
        if name not in known:
            missing = [field for field in known if field not in row]
            advice = did_you_mean(name, missing) or f"the fields here are {fields.inputs[0]} and {fields.outputs[0]}"
            yield Problem(f"unknown field {shortened(name)}", advice, origin)


def _field_problems(row: dict[str, object], names: tuple[str, ...], limit: int, origin: Origin) -> Iterator[Problem]:
    present = [name for name in names if name in row]
    if not present:
        yield Problem(f'missing field "{names[0]}"', f'write "{names[0]}": "..."', origin)
        return
    if len(present) > 1:
        yield Problem(f"{' and '.join(present)} are two spellings of one field", "keep one of them", origin)
    value = row[present[0]]
    if not isinstance(value, str):
        advice = f'put quotes around it: "{json.dumps(value)}"' if isinstance(value, int | float) else 'write "..."'
        yield Problem(f"{present[0]} must be text", advice, origin)
    elif len(value) > limit:
        yield Problem(f"{present[0]} has {len(value):,} characters", f"at most {limit:,} are allowed", origin)
    elif has_lone_surrogate(value):
        yield Problem(
            "half of a surrogate pair is not a character", "write the character itself, or both halves", origin
        )


def _max_length(field: str) -> int:
    return int(schema.property_schema("TunedModel", *_EXAMPLES, field)["maxLength"])


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        raise _DuplicateFieldError(next(shortened(name) for name in row if names.count(name) > 1))
    return row


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
