"""One row of a data file -> an example and its place, or everything that is wrong with it. The same for every format.

`readers` hands over each row as a mapping; `datasets` and `advice` get what comes out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gemspec.errors import Origin, Problem
from gemspec.manifest import schema
from gemspec.manifest.nodes import has_lone_surrogate
from gemspec.manifest.phrases import did_you_mean, shortened
from gemspec.model import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXAMPLES = ("spec", "tuningTask", "trainingData", "examples", "[]")


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields of a row hold input and output: any one of `inputs`, any one of `outputs`."""

    inputs: tuple[str, ...] = ("textInput", "text_input")
    outputs: tuple[str, ...] = ("output",)


@dataclass(frozen=True, slots=True)
class Row:
    """An example and where it stands."""

    example: Example
    origin: Origin


Item = Row | Problem


def read_row(row: object, origin: Origin, fields: Fields) -> Iterator[Item]:
    """Turn one row of a file into a Row, or into everything that is wrong with it."""
    if not isinstance(row, dict):
        yield Problem("this is not an object", 'write {"textInput": "1", "output": "2"}', origin)
        return
    problems = [*_unknown(row, origin, fields)]
    for names, field in ((fields.inputs, "textInput"), (fields.outputs, "output")):
        problems.extend(_field_problems(row, names, field, origin))
    if problems:
        yield from problems
    else:
        texts = (next(row[name] for name in names if name in row) for names in (fields.inputs, fields.outputs))
        yield Row(Example(*texts), origin)


def _unknown(row: dict[str, object], origin: Origin, fields: Fields) -> Iterator[Problem]:
    known = (*fields.inputs, *fields.outputs)
    for name in row:
        if name not in known:
            missing = [field for field in known if field not in row]
            advice = did_you_mean(name, missing) or f"the fields here are {fields.inputs[0]} and {fields.outputs[0]}"
            yield Problem(f"unknown field {shortened(name)}", advice, origin)


def _field_problems(row: dict[str, object], names: tuple[str, ...], field: str, origin: Origin) -> Iterator[Problem]:
    present = [name for name in names if name in row]
    if not present:
        key = "outputKey" if field == "output" else "inputKey"
        advice = f'write "{names[0]}": "...", or name the field that holds it with {key} in the manifest'
        yield Problem(f'missing field "{names[0]}"', advice, origin)
        return
    if len(present) > 1:
        yield Problem(f"{' and '.join(present)} are two spellings of one field", "keep one of them", origin)
    value = row[present[0]]
    if not isinstance(value, str):
        advice = f'put quotes around it: "{json.dumps(value)}"' if isinstance(value, int | float) else 'write "..."'
        yield Problem(f"{present[0]} must be text", advice, origin)
    elif len(value) > (limit := _max_length(field)):
        yield Problem(f"{present[0]} has {len(value):,} characters", f"at most {limit:,} are allowed", origin)
    elif has_lone_surrogate(value):
        yield Problem(
            "half of a surrogate pair is not a character", "write the character itself, or both halves", origin
        )


@cache
def _max_length(field: str) -> int:
    return int(schema.property_schema("TunedModel", *_EXAMPLES, field)["maxLength"])
