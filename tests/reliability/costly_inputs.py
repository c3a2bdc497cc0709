"""Inputs of just under a megabyte that are made to cost time and memory. A case is the files of a project, by name."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 990_000
PROJECT = "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: bots}\nspec: {provider: emulator}\n"
HEAD = "apiVersion: gemspec/v1\nkind: TunedModel\nmetadata: {name: support}\nspec:\n  baseModel: models/x\n"
MODEL = f"{HEAD}  tuningTask: {{trainingData: {{files: [data.jsonl]}}}}\n"
EXAMPLE = '{"textInput": "1", "output": "2"}\n'
CHILD = "apiVersion: gemspec/v1\nkind: TunedModel\nmetadata: {name: s%d}\nspec: {tunedModelSource: {key: x%d}, tuningTask: {trainingData: {files: [data.jsonl]}}}\n"
CHECK = "{prompt: a, expect: {matches: '%s'}}"

Files = dict[str, str | bytes]
CASES: dict[str, Callable[[], Files]] = {}


def filled(head: str, item: str, tail: str = "", separator: str = ",") -> str:
    """`head`, as many items as there is room for, `tail`."""
    return head + separator.join([item] * ((SIZE - len(head) - len(tail)) // (len(item) + len(separator)))) + tail


def numbered(head: str, item: str, tail: str = "", separator: str = ",") -> str:
    """As `filled`, each item with a number of its own."""
    count = (SIZE - len(head) - len(tail)) // (len(item) + len(separator) + 4)
    return head + separator.join(item.replace("#", str(number)) for number in range(count)) + tail


def _models(**cases: Callable[[], str | bytes]) -> None:
    for name, make in cases.items():
        CASES[f"manifest: {name.replace('_', ' ')}"] = lambda make=make: {"model.yaml": make()}


def _data(suffix: str, **cases: Callable[[], str | bytes]) -> None:
    for name, make in cases.items():
        CASES[f"{suffix}: {name.replace('_', ' ')}"] = lambda make=make: {
            "model.yaml": MODEL.replace("data.jsonl", f"data.{suffix}"),
            f"data.{suffix}": make(),
        }


def _projects(**cases: Callable[[], str | bytes]) -> None:
    for name, make in cases.items():
        CASES[f"project: {name.replace('_', ' ')}"] = lambda make=make: {"gemspec.yaml": make(), "model.yaml": MODEL}


def _globs(globs: str) -> str:
    return PROJECT.replace("emulator}", f"emulator, manifests: [{globs}]}}")


LIST = f"{MODEL}  lifecycle: ["
BLOCK = f"{MODEL}  lifecycle: {{"
_models(
    permissions_of_nothing=lambda: filled(f"{MODEL}  permissions: [", "{}", "]\n"),
    permissions_of_numbers=lambda: filled(f"{MODEL}  permissions: [", "1", "]\n"),
    permissions_of_others=lambda: filled(f"{MODEL}  permissions: [", "{a: 1, b: 2}", "]\n"),
    examples_of_nothing=lambda: filled(f"{HEAD}  tuningTask: {{trainingData: {{examples: [", "{}", "]}}\n"),
    examples_of_numbers=lambda: filled(f"{HEAD}  tuningTask: {{trainingData: {{examples: [", "1", "]}}\n"),
    files_of_numbers=lambda: filled(f"{HEAD}  tuningTask: {{trainingData: {{files: [", "1", "]}}\n"),
    one_file_many_times=lambda: filled(f"{HEAD}  tuningTask: {{trainingData: {{files: [", "data.jsonl", "]}}\n"),
    readers=lambda: filled(f"{MODEL}  readerProjectNumbers: [", '"1"', "]\n"),
    readers_of_lists=lambda: filled(f"{MODEL}  readerProjectNumbers: [", "[]", "]\n"),
    checks_of_nothing=lambda: filled(f"{MODEL}  checks: [", "{}", "]\n"),
    unknown_fields=lambda: numbered(MODEL, "  f#: 1", "\n", "\n"),
    unknown_fields_within=lambda: numbered(BLOCK, "f#: 1", "}\n"),
    labels=lambda: numbered(f"{MODEL}  labels: {{", "F#: 1", "}\n"),
    one_field_many_times=lambda: filled(BLOCK, "protect: true", "}\n"),
    tags=lambda: filled(LIST, "!x y", "]\n"),
    merge_keys=lambda: filled(BLOCK, "<<: 1", "}\n"),
    keys_of_lists=lambda: filled(BLOCK, "? [a] : 1", "}\n"),
    anchors=lambda: numbered(LIST, "&a# 1", "]\n"),
    aliases=lambda: filled(f"{LIST}&a [x,x,x,x,x,x,x,x,x,x],", "*a", "]\n"),
    aliases_of_long_text=lambda: filled(f"{HEAD}  tuningTask: {{trainingData: {{examples: [&a {{textInput: {'x' * 39_000}, output: y}},", "*a", "]}}\n"),
    a_billion_laughs=lambda: f"{MODEL}  lifecycle: {{" + ", ".join(f"a{n}: &a{n} [" + ",".join([f"*a{n - 1}" if n else "lol"] * 9) + "]" for n in range(30)) + "}\n",
    deep_in_brackets=lambda: f"{MODEL}  lifecycle: " + "[" * 900_000,
    deep_in_braces=lambda: f"{MODEL}  lifecycle: " + "{a: " * 240_000,
    deep_by_indentation=lambda: f"{MODEL}  lifecycle:\n" + "".join(f"{' ' * (4 + depth)}a:\n" for depth in range(1350)),
    deep_in_hyphens=lambda: f"{MODEL}  lifecycle:\n    " + "- " * 490_000,
    empty_documents=lambda: filled("kind: TunedModel\n---", "", "", "\n---"),
    documents_that_lack_all=lambda: filled("", "kind: TunedModel\n", "", "---\n"),
    documents_of_no_kind=lambda: numbered("", "kind: TunedModel#\n", "", "---\n"),
    documents_that_are_broken=lambda: filled("", "kind: TunedModel\n a: [\n", "", "---\n"),
    documents_of_projects=lambda: filled("kind: TunedModel\n---\n", PROJECT, "", "---\n"),
    parents_that_are_not_there=lambda: "---\n".join(CHILD % (n, n) for n in range(6000)),
    a_long_scalar=lambda: f"{MODEL}  displayName: {'x' * 980_000}\n",
    a_long_key=lambda: f"{MODEL}  ? {'x' * 980_000}\n  : 1\n",
    a_long_number=lambda: f"{MODEL}  topK: {'9' * 980_000}\n",
    a_long_exponent=lambda: f"{MODEL}  temperature: 1e{'9' * 980_000}\n",
    a_long_date=lambda: f"{MODEL}  temperature: 2001-01-01 {' ' * 900_000}x\n",
    a_long_time=lambda: f"{MODEL}  temperature: 1{':1' * 480_000}\n",
    underscores=lambda: f"{MODEL}  temperature: 1{'_' * 980_000}x\n",
    one_line_of_spaces=lambda: f"{MODEL}{' ' * 980_000}x: 1\n",
    tabs=lambda: MODEL + "\t" * 980_000 + "x: 1\n",
    carriage_returns=lambda: MODEL + "\r" * 980_000 + "x",
    next_lines=lambda: MODEL + "\x85" * 400_000,
    line_separators=lambda: MODEL + "\u2028" * 300_000,
    a_quote_never_closed=lambda: f'{MODEL}  description: "' + "x\n" * 480_000,
    questions=lambda: MODEL + "? " * 480_000,
    directives=lambda: "%YAML 1.1\n" * 90_000 + "---\n" + MODEL,
    a_long_pattern=lambda: f"{MODEL}  checks: [{CHECK % ('(' * 900_000)}]\n",
    patterns_that_repeat=lambda: f"{MODEL}  checks: [" + ",".join([CHECK % ("((a{0,30}){0,30})" * 50)] * 100) + "]\n",
    patterns_of_alternatives=lambda: f"{MODEL}  checks: [" + ",".join([CHECK % (r"(\pL|\pN)*" * 90)] * 100) + "]\n",
    an_address=lambda: f"{MODEL}  permissions: [{{granteeType: USER, role: READER, emailAddress: '{'a.b@' * 240_000}'}}]\n",
    a_base_model=lambda: MODEL.replace("models/x", "models/" + "a-" * 480_000),
    utf_16=lambda: (MODEL * 3000).encode("utf-16"),
    no_utf_8=lambda: MODEL.encode() + b"\xff" * 980_000,
    nuls=lambda: MODEL + "\0" * 980_000,
    half_surrogates=lambda: MODEL.encode() + b"\xed\xa0\x80" * 300_000,
)  # fmt: skip
_projects(
    unknown_fields=lambda: numbered(PROJECT.replace("emulator}", "emulator, "), "f#: 1", "}\n"),
    globs=lambda: numbered(_globs("").replace("]}\n", ""), "m#.yaml", "]}\n"),
    long_globs=lambda: filled(_globs("").replace("]}\n", ""), f"'{'**/*a*/' * 140}'", "]}\n"),
    a_glob_without_end=lambda: _globs(f"'{'[z-a]*' * 160_000}'"),
    a_glob_of_stars=lambda: _globs(f"'{'*a' * 490}'"),
    a_glob_of_folders=lambda: _globs(f"'{'**/*/' * 190}'"),
    a_glob_of_classes=lambda: _globs(f"'{'[z-a]' * 190}'"),
)
_data(
    "jsonl",
    fields_twice=lambda: numbered("{", '"k#": 1', ', "k1": 2}\n'),
    unknown_fields=lambda: numbered("{", '"k#": 1', "}\n"),
    fields_alike=lambda: numbered("{", '"textInpu#": 1', "}\n"),
    bad_lines=lambda: "x\n" * 490_000,
    empty_objects=lambda: "{}\n" * 330_000,
    deep=lambda: '{"textInput":' + "[" * 900_000 + "\n",
    deep_in_many_lines=lambda: ("[" * 4000 + "\n") * 240,
    conversations_of_nothing=lambda: filled('{"contents": [', "{}", "]}\n"),
    a_long_number=lambda: '{"textInput": ' + "9" * 980_000 + "}\n",
    numbers_without_end=lambda: '{"textInput": 1e999, "output": 1e99999}\n' * 24_000,
    a_quote_never_closed=lambda: '{"textInput": "' + "x" * 980_000,
    one_array=lambda: filled("[\n", EXAMPLE.strip(), "\n]\n", ",\n"),
    equal_examples=lambda: EXAMPLE * 29_000,
)
_data(
    "json",
    empty_objects=lambda: filled("[", "{}", "]"),
    numbers=lambda: filled("[", "1", "]"),
    a_bracket_never_closed=lambda: filled("[", "{}", ","),
    an_inner_bracket_never_closed=lambda: filled("[[", "1", ","),
    deep=lambda: "[" * 490_000,
    deep_and_closed=lambda: "[" * 490_000 + "]" * 490_000,
    fields_twice=lambda: filled("[{", '"a":1', "}]"),
    many_fields=lambda: numbered("[{", '"a#":1', "}]"),
    half_surrogates=lambda: filled("[", '"\\ud800"', "]"),
    lines=lambda: "[" + "\n" * 980_000 + "]",
)
_data(
    "csv",
    one_column_many_times=lambda: filled("textInput,", "output", "\n1,2\n"),
    many_columns=lambda: numbered("", "c#", "\n"),
    columns_alike=lambda: numbered("", "textInpt#", "\n"),
    a_quote_never_closed=lambda: 'textInput,output\n"' + "x" * 980_000,
    a_long_value=lambda: "textInput,output\n1," + "x" * 980_000 + "\n",
    rows=lambda: "textInput,output\n" + "1,2\n" * 240_000,
    bad_rows=lambda: "textInput,output\n" + "1,2,3\n" * 160_000,
    quotes=lambda: "textInput,output\n" + '"' * 980_000,
    nuls=lambda: "textInput,output\n" + "\0,\0\n" * 240_000,
)
CASES["JSON manifest: deep"] = lambda: {"model.json": '{"kind":"TunedModel","a":' + "[" * 480_000 + "]" * 480_000 + "}"}
CASES["JSON manifest: many fields"] = lambda: {"model.json": numbered('{"kind":"TunedModel",', '"a#":1', "}")}
CASES["JSON manifest: one field many times"] = lambda: {"model.json": filled('{"kind":"TunedModel",', '"a":1', "}")}
CASES["JSON manifest: long numbers"] = lambda: {
    "model.json": json.dumps({"kind": "TunedModel", "spec": {"topK": 10**4200}})
}
CASES["YAML that is JSON: deep"] = lambda: {
    "model.yaml": '{"kind":"TunedModel","a":' + "[" * 480_000 + "]" * 480_000 + "}"
}


def case(name: str) -> Files:
    """The files of one case, with what it does not bring itself."""
    return {"gemspec.yaml": PROJECT, "data.jsonl": EXAMPLE * 20, **CASES[name]()}
