"""Reads a row of a data file: gives an example with its place, or all problems of the row. The same for every format.

`readers` and `jsonl` give each row as a mapping; `conversations` reads rows with `contents`. `dataset` and `warnings`
take the examples.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gemspec.domain.errors import Origin, Problem
from gemspec.domain.training_data import Example
from gemspec.manifest.syntax.nodes import has_lone_surrogate
from gemspec.manifest.validation.schema import longest_texts
from gemspec.util.text import closest, quoted, shortened

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from gemspec.domain.training_data import TrainingExample
    from gemspec.providers.spec import ProviderSpec

    Texts = tuple[str, str, str]

HALF_A_PAIR = ("half of a surrogate pair is not a character", "write the character itself, or both halves")


@dataclass(frozen=True, slots=True)
class Fields:
    """The names of the input and output fields of a row: any of `inputs`, any of `outputs`.

    `service` is the project's, which decides what is allowed in a row.
    """

    inputs: tuple[str, ...] = ("textInput", "text_input")
    outputs: tuple[str, ...] = ("output",)
    service: ProviderSpec | None = None

    def absent(self, names: Container[str]) -> dict[str, tuple[str, ...]]:
        """Give the fields that are not among `names`, by the manifest's field for their name: inputKey, outputKey."""
        both = {"inputKey": self.inputs, "outputKey": self.outputs}
        return {key: wanted for key, wanted in both.items() if not any(name in names for name in wanted)}


@dataclass(frozen=True, slots=True)
class Rows:
    """Examples of consecutive lines, the first at `origin`. `texts` are their `texts_of` (`identity.conversation`),
    where these are known already.
    """

    examples: Sequence[TrainingExample]
    origin: Origin
    texts: Sequence[Texts] | None = None

    def place(self, index: int) -> Origin:
        """Give the place of an example."""
        return replace(self.origin, line=self.origin.line + index)


Item = Rows | Problem


def read_pair(row: object, origin: Origin, fields: Fields) -> Iterator[Item]:
    """Turn a row of input and output into Rows with an example, or into its problems."""
    if not isinstance(row, dict):
        yield Problem("this is not an object", 'write {"textInput": "1", "output": "2"}', origin)
        return
    longest = longest_texts(fields.service)
    if example := _plain(row, fields, longest):
        yield Rows((example,), origin)
        return
    problems = [*_wrong_names(row, origin, fields)]
    for names, field in ((fields.inputs, "textInput"), (fields.outputs, "output")):
        problems.extend(_field_problems(row, names, longest[field], origin))
    if problems:
        yield from problems
    else:
        texts = (next(row[name] for name in names if name in row) for names in (fields.inputs, fields.outputs))
        yield Rows((Example(*texts),), origin)


def _plain(row: dict[str, object], fields: Fields, longest: Mapping[str, float]) -> Example | None:
    """Give the example of a row without mistakes: a fast answer, since there are many such rows."""
    given = next((row[name] for name in fields.inputs if name in row), None)
    wanted = next((row[name] for name in fields.outputs if name in row), None)
    if len(row) != 2 or not isinstance(given, str) or not isinstance(wanted, str):
        return None
    fits = len(given) <= longest["textInput"] and len(wanted) <= longest["output"]
    return Example(given, wanted) if fits and not has_lone_surrogate(given + wanted) else None


def _wrong_names(row: dict[str, object], origin: Origin, fields: Fields) -> Iterator[Problem]:
    """Find missing and unknown fields, which are mostly the same mistake."""
    unknown = [name for name in row if name not in (*fields.inputs, *fields.outputs)]
    absent = fields.absent(row)
    for name in tuple(unknown):
        guess = closest(name, (wanted for names in absent.values() for wanted in names))
        for key in [key for key, names in absent.items() if guess in names]:
            yield Problem(f"unknown field {shortened(name)}", f'did you mean "{guess}"? {or_name_it(key)}', origin)
            del absent[key]
            unknown.remove(name)
    if absent:
        wanted = [names[0] for names in absent.values()]
        advice = names_here("field", list(row), list(absent)) if unknown else _write(wanted, list(absent))
        yield Problem(f"missing field{'s' if len(wanted) > 1 else ''} {quoted(wanted)}", advice, origin)
    elif unknown:
        advice = f"the fields here are {fields.inputs[0]} and {fields.outputs[0]}"
        yield Problem(f"unknown field{'s' if len(unknown) > 1 else ''} {quoted(unknown)}", advice, origin)


def or_name_it(key: str) -> str:
    """Say what to do where the guess before it is wrong; `key` is inputKey or outputKey."""
    return f"Else name it with {key} in the manifest"


def names_here(what: str, names: Sequence[str], keys: Sequence[str]) -> str:
    """Say which fields or columns there are, and how the manifest can name those for input and output."""
    here = f"the {what}s here are" if len(names) > 1 else f"the only {what} here is"
    return f"{here} {quoted(names)}: {' and '.join(keys)} in the manifest can name {'them' if len(keys) > 1 else 'it'}"


def _write(wanted: Sequence[str], keys: Sequence[str]) -> str:
    fields = " and ".join(f'"{name}": "..."' for name in wanted)
    those = "the fields that hold them" if len(wanted) > 1 else "the field that holds it"
    return f"write {fields}, or name {those} with {' and '.join(keys)} in the manifest"


def _field_problems(
    row: dict[str, object], names: tuple[str, ...], longest: float, origin: Origin
) -> Iterator[Problem]:
    present = [name for name in names if name in row]
    if not present:
        return
    if len(present) > 1:
        yield Problem(f"{' and '.join(present)} are two spellings of one field", "keep one of them", origin)
    value = row[present[0]]
    if not isinstance(value, str):
        advice = f'put quotes around it: "{json.dumps(value)}"' if isinstance(value, int | float) else 'write "..."'
        yield Problem(f"{present[0]} must be text", advice, origin)
    elif len(value) > longest:
        yield too_long(present[0], value, longest, origin)
    elif has_lone_surrogate(value):
        yield Problem(*HALF_A_PAIR, origin)


def too_long(name: str, value: str, longest: float, origin: Origin) -> Problem:
    """Word a text that is longer than the service accepts."""
    return Problem(f"{name} has {len(value):,} characters", f"at most {longest:,} are allowed", origin)
