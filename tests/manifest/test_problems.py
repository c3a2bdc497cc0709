"""Manifests with mistakes, and the lines that a person reads. The tables are meant to be read top to bottom."""

# ruff: noqa: E501 - an expected line is a single line, as a person reads it

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .manifest_fixture import MODEL, PROJECT, model, problems, with_data, write

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = {
    "unknown field": (model(temprature=0.2), ['m.yaml:6:3: unknown field "temprature", did you mean "temperature"?']),
    "field in the wrong case": (model(topp=0.2), ['m.yaml:6:3: unknown field "topp", did you mean "topP"?']),
    "field of another block": (
        model(lifecycle={"zzz": 1}),
        ['m.yaml:6:15: unknown field "zzz", the fields here are protect, deletionPolicy, keepPrevious, keepFor'],
    ),
    "number out of range": (model(temperature=1.5), ["m.yaml:6:16: temperature cannot be 1.5, write at most 1"]),
    "number in quotes": (
        model(temperature="0.2"),
        ["m.yaml:6:16: temperature must be a number, not text, write it without quotes: 0.2"],
    ),
    "fraction": (model(topK=1.5), ["m.yaml:6:9: topK must be a whole number, not 1.5, write topK: 40"]),
    "null": (
        model(metadata=", movedFrom: ~"),
        [
            "m.yaml:3:38: movedFrom must be text or a list, not ~, write movedFrom: old-key",
        ],
    ),
    "a list with a name that is none": (
        model(metadata=", movedFrom: [old, Older, 7]"),
        [
            'm.yaml:3:44: movedFrom[1] cannot be "Older", write at most 29 lower-case letters, digits and hyphens, '
            "a letter first and no hyphen last, such as number-generator",
            "m.yaml:3:51: movedFrom[2] must be text, and 7 without quotes is a number, write at most 29 lower-case "
            "letters, digits and hyphens, a letter first and no hyphen last, such as number-generator",
        ],
    ),
    "moved from nowhere": (model(metadata=", movedFrom: []"), ["m.yaml:3:38: movedFrom is empty, write movedFrom: old-key"]),
    "not a block": (
        model(lifecycle=[]),
        ["m.yaml:6:14: lifecycle must be a block of fields, not a list, write lifecycle: {protect: true}"],
    ),
    "infinity": (
        MODEL + "  temperature: .inf\n",
        [
            "m.yaml:9:16: temperature must be a finite number, write temperature: 0.2"
        ],
    ),
    "no number": (
        MODEL + "  temperature: .nan\n  topP: 1e999\n",
        [
            "m.yaml:9:16: temperature must be a finite number, write temperature: 0.2",
            "m.yaml:10:9: topP must be a finite number, write topP: 0.95",
        ],
    ),
    "an empty block": (
        MODEL.replace("metadata: {name: numbers}", "metadata:") + "  lifecycle:\n  temperature:\n",
        [
            "m.yaml:3:10: metadata is empty, write metadata: {name: number-generator}",
            "m.yaml:9:13: lifecycle is empty, write lifecycle: {protect: true}",
            "m.yaml:10:15: temperature is empty, write temperature: 0.2",
        ],
    ),
    "misspelt fields that are needed": (
        "apiVersion: gemspec/v1\nkind: TunedModel\nmetadata: {nam: a}\n"
        "spec: {baseModell: models/x, tuningTsk: {}, lifecycle: {protct: true}}\n",
        [
            'm.yaml:3:12: unknown field "nam", did you mean "name"?',
            'm.yaml:4:8: unknown field "baseModell", did you mean "baseModel"?',
            'm.yaml:4:30: unknown field "tuningTsk", did you mean "tuningTask"?',
            'm.yaml:4:57: unknown field "protct", did you mean "protect"?',
        ],
    ),
    "one misspelt and one missing": (
        "apiVersion: gemspec/v1\nkind: TunedModel\nmetadata: {name: a}\nspec: {basemodel: models/x}\n",
        [
            'm.yaml:4:7: missing field "tuningTask", write tuningTask: {trainingData: {files: [data/numbers.jsonl]}}',
            'm.yaml:4:8: unknown field "basemodel", did you mean "baseModel"?',
        ],
    ),
    "enum": (
        model(lifecycle={"deletionPolicy": "Retained"}),
        ['m.yaml:6:33: deletionPolicy cannot be "Retained", did you mean "retain"?'],
    ),
    "keepFor": (
        model(lifecycle={"keepFor": "2w"}),
        ["m.yaml:6:26: keepFor cannot be \"2w\", write a number of days, such as 14d"],
    ),
    "keepPrevious": (
        model(lifecycle={"keepPrevious": 101}),
        ["m.yaml:6:31: keepPrevious cannot be 101, write at most 100"],
    ),
    "display name too long": (
        model(displayName="x" * 41),
        ["m.yaml:6:16: displayName has 41 characters, at most 40 are allowed"],
    ),
    "base model without models/": (
        model(baseModel="gemini-1.0-pro-001"),
        ['m.yaml:5:14: baseModel cannot be "gemini-1.0-pro-001", write the full name, such as models/gemini-1.0-pro-001'],
    ),
    "base model with a line end": (
        model(baseModel="models/x\n"),
        ['m.yaml:5:14: baseModel cannot be "models/x\\n", write the full name, such as models/gemini-1.0-pro-001'],
    ),
    "two sources": (
        model(tunedModelSource={"key": "numbers"}),
        [
            "m.yaml:6:3: baseModel and tunedModelSource exclude each other, keep one of them",
            "m.yaml:6:29: these models are tuned from each other: numbers -> numbers, give one of them a baseModel",
        ],
    ),
    "no source": (
        model(baseModel=None),
        [
            'm.yaml:5:3: missing field "baseModel" or "tunedModelSource", '
            "write baseModel: models/gemini-1.0-pro-001 or tunedModelSource: {key: number-generator}"
        ],
    ),
    "two learning rates": (
        model(tuningTask={"hyperparameters": {"learningRate": 1, "learningRateMultiplier": 1},
                          "trainingData": {"examples": [{"textInput": "1", "output": "2"}]}}),
        ["m.yaml:6:55: learningRate and learningRateMultiplier exclude each other, keep one of them"],
    ),
    "learning rate that float32 makes zero": (
        model(tuningTask={"hyperparameters": {"learningRate": 1e-60},
                          "trainingData": {"examples": [{"textInput": "1", "output": "2"}]}}),
        ["m.yaml:6:52: learningRate cannot be 1e-60, write a number that fits into 32 bits"],
    ),
    "no tuning task": (
        "apiVersion: gemspec/v1\nkind: TunedModel\nmetadata: {name: a}\nspec: {baseModel: models/x}\n",
        ['m.yaml:4:7: missing field "tuningTask", write tuningTask: {trainingData: {files: [data/numbers.jsonl]}}'],
    ),
    "a project number without quotes": (
        model(readerProjectNumbers=[1234567890]),
        [
            "m.yaml:6:26: readerProjectNumbers[0] must be text, and 1234567890 without quotes is a number, "
            'put quotes around it: "1234567890"'
        ],
    ),
    "a marker in the description": (
        model(description="x [gemspec:1 owner=a]"),
        [
            'm.yaml:6:16: description holds the beginning of a gemspec marker ("[gemspec:"), '
            "remove it: gemspec writes its marker itself"
        ],
    ),
    "a bad key": (
        model("Numbers_1"),
        [
            'm.yaml:3:18: name cannot be "Numbers_1", write at most 29 lower-case letters, digits and hyphens, '
            "a letter first and no hyphen last, such as number-generator"
        ],
    ),
}  # fmt: skip

EXAMPLES = {
    "text without quotes": (
        MODEL.replace('[{textInput: "1", output: "2"}]', "[{textInput: 1, output: no}, {textInput: 2024-01-01, output: }]"),
        [
            'm.yaml:8:30: textInput must be text, and 1 without quotes is a number, put quotes around it: "1"',
            'm.yaml:8:41: output must be text, and no without quotes is true or false, put quotes around it: "no"',
            "m.yaml:8:58: textInput must be text, and 2024-01-01 without quotes is a date, "
            'put quotes around it: "2024-01-01"',
            'm.yaml:8:78: output is empty, write text after it, or "" for empty text',
        ],
    ),
    "missing and misspelt": (
        with_data(examples=[{"text_input": "1", "output": "2"}]),
        [
            'm.yaml:6:47: unknown field "text_input", did you mean "textInput"?',
        ],
    ),
    "too long": (
        with_data(examples=[{"textInput": "x" * 40001, "output": "y" * 5001}]),
        [
            "m.yaml:6:60: textInput has 40,001 characters, at most 40,000 are allowed",
            "m.yaml:6:40075: output has 5,001 characters, at most 5,000 are allowed",
        ],
    ),
    "no examples": (with_data(examples=[]), ["m.yaml:6:45: examples is empty, write examples: [{textInput: '1', output: '2'}]"]),
    "examples and files": (
        with_data(examples=[{"textInput": "1", "output": "2"}], files=["x.jsonl"]),
        ["m.yaml:6:82: examples and files exclude each other, keep one of them"],
    ),
    "inputKey without files": (
        with_data(examples=[{"textInput": "1", "output": "2"}], inputKey="q"),
        ["m.yaml:6:82: inputKey is for files, and the examples stand here, remove inputKey"],
    ),
    "not an object": (
        with_data(examples=["x"]),
        [
            'm.yaml:6:46: examples[0] must be a block of fields, not the text "x", '
            "write {textInput: '1', output: '2'}"
        ],
    ),
}  # fmt: skip

PERMISSIONS = {
    "the owner": (
        model(permissions=[{"granteeType": "USER", "emailAddress": "a@b.c", "role": "OWNER"}]),
        [
            'm.yaml:6:74: role cannot be "OWNER", write READER or WRITER: the owner is whoever created the model, '
            "and only transferOwnership changes that"
        ],
    ),
    "a user without address": (
        model(permissions=[{"granteeType": "USER", "role": "READER"}]),
        ['m.yaml:6:17: missing field "emailAddress", write emailAddress: ml@example.com'],
    ),
    "a user with email": (
        model(permissions=[{"granteeType": "USER", "email": "a@b.c", "role": "READER"}]),
        ['m.yaml:6:41: unknown field "email", did you mean "emailAddress"?'],
    ),
    "everyone with an address": (
        model(permissions=[{"granteeType": "EVERYONE", "emailAddress": "a@b.c", "role": "READER"}]),
        ["m.yaml:6:45: EVERYONE has no emailAddress, remove it, or write granteeType: USER or GROUP"],
    ),
    "no address": (
        model(permissions=[{"granteeType": "GROUP", "emailAddress": "Team <t@b.c>", "role": "READER"}]),
        [
            'm.yaml:6:58: emailAddress cannot be "Team <t@b.c>", '
            "write the e-mail address alone, such as ml@example.com"
        ],
    ),
    "lower case, and email": (
        model(permissions=[{"granteeType": "everyone", "email": "a@b.c", "role": "reader"}]),
        [
            'm.yaml:6:33: granteeType cannot be "everyone", did you mean "EVERYONE"?',
            'm.yaml:6:45: unknown field "email", did you mean "emailAddress"?',
            'm.yaml:6:71: role cannot be "reader", did you mean "READER"?',
        ],
    ),
    "nothing in it": (
        model(permissions=[{}]),
        [
            'm.yaml:6:17: missing field "granteeType", write granteeType: GROUP',
            'm.yaml:6:17: missing field "role", write role: READER',
        ],
    ),
    "one grantee twice": (
        MODEL + "  permissions:\n"
        "    - {granteeType: USER, emailAddress: a@b.c, role: READER}\n"
        "    - {granteeType: GROUP, emailAddress: A@B.c, role: WRITER}\n"
        "    - {granteeType: EVERYONE, role: READER}\n"
        "    - {granteeType: EVERYONE, role: READER}\n",
        [
            "m.yaml:11:7: a@b.c stands in permissions twice (first in line 10), "
            "keep one of them (a WRITER may do all that a READER may)",
            "m.yaml:13:7: EVERYONE stands in permissions twice (first in line 12), "
            "keep one of them (a WRITER may do all that a READER may)",
        ],
    ),
}  # fmt: skip

HEADS = {
    "typo in apiVersion": (
        MODEL.replace("gemspec/v1", "gemspc/v1"),
        ['m.yaml:1:13: apiVersion gemspc/v1 is not one that gemspec knows, write apiVersion: gemspec/v1'],
    ),
    "later apiVersion": (
        MODEL.replace("gemspec/v1", "gemspec/v2"),
        ["m.yaml:1:13: apiVersion gemspec/v2 is not one that gemspec knows, write apiVersion: gemspec/v1"],
    ),
    "no apiVersion": (
        MODEL.replace("apiVersion: gemspec/v1\n", ""),
        ['m.yaml:1:1: missing field "apiVersion", write apiVersion: gemspec/v1'],
    ),
    "apiVersion of somebody else": (
        MODEL.replace("gemspec/v1", "v1"),
        ["m.yaml:1:13: apiVersion v1 is not one that gemspec knows, write apiVersion: gemspec/v1"],
    ),
    "misspelt name of apiVersion": (
        MODEL.replace("apiVersion", "apiversion"),
        [
            'm.yaml:1:1: unknown field "apiversion", did you mean "apiVersion"?',
        ],
    ),
    "typo in kind": (
        MODEL.replace("TunedModel", "TunedModle"),
        ['m.yaml:2:7: kind "TunedModle" is not one that gemspec knows, write kind: TunedModel'],
    ),
    "typo in kind and no apiVersion": (
        "kind: tunedmodel\nspec: {}\n",
        ['m.yaml:1:7: kind "tunedmodel" is not one that gemspec knows, write kind: TunedModel'],
    ),
    "no kind": (
        MODEL.replace("kind: TunedModel\n", ""),
        ['m.yaml:1:1: missing or unreadable field "kind", write kind: TunedModel'],
    ),
    "equal keys in one file": (
        MODEL.replace("metadata:", "kind: TunedModel\nmetadata:"),
        ['m.yaml:3:1: the field "kind" stands here twice (first in line 2), keep one of them'],
    ),
    "a file of ours that is no YAML": (
        MODEL + "\t",
        ["m.yaml:9:1: a tab stands where YAML wants spaces, indent with spaces"],
    ),
    "a file of ours in UTF-16": (
        MODEL.encode("utf-16"),
        ["m.yaml:1:1: the file is in UTF-16, save it as UTF-8"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [*FIELDS.values(), *EXAMPLES.values(), *PERMISSIONS.values(), *HEADS.values()],
    ids=[*FIELDS, *EXAMPLES, *PERMISSIONS, *HEADS],
)
def test_one_manifest(here: Path, manifest: str | bytes, expected: list[str]) -> None:
    """Every mistake of a manifest is reported in one run, in order, at its place, with what to write."""
    write(here, {"m.yaml": manifest})
    assert problems() == expected


PROJECTS = {
    "a service that is none": (
        PROJECT.replace("emulator", "openai"),
        ['gemspec.yaml:4:18: provider cannot be "openai", write emulator, gemini or vertex'],
    ),
    "typo in the provider": (
        PROJECT.replace("emulator", "Emulater"),
        ['gemspec.yaml:4:18: provider cannot be "Emulater", did you mean "emulator"?'],
    ),
    "typo in apiVersion": (
        PROJECT.replace("gemspec/v1", "gemspec"),
        ["gemspec.yaml:1:13: apiVersion gemspec is not one that gemspec knows, write apiVersion: gemspec/v1"],
    ),
    "no name": (
        PROJECT.replace("{name: bots}", "{}"),
        ['gemspec.yaml:3:11: missing field "name", write name: support-bots'],
    ),
    "distinct from what is no list": (
        PROJECT.replace("{name: bots}", "{name: bots, distinctFrom: staging}"),
        ["gemspec.yaml:3:38: distinctFrom must be a list, not the text \"staging\", write distinctFrom: [support-staging]"],
    ),
    "distinct from what is no name": (
        PROJECT.replace("{name: bots}", "{name: bots, distinctFrom: [Staging]}"),
        [
            'gemspec.yaml:3:39: distinctFrom[0] cannot be "Staging", write the name of a project: at most 30 lower-case '
            "letters, digits and hyphens, a letter first and no hyphen last"
        ],
    ),
    "policy": (
        PROJECT.replace("emulator}", "emulator, policy: {maxDeletes: '30', maxTrainings: -1}}"),
        [
            'gemspec.yaml:4:49: maxDeletes cannot be "30", write a whole number such as 3, or a percentage such as 30%',
            "gemspec.yaml:4:69: maxTrainings cannot be -1, write at least 0",
        ],
    ),
    "policy above 100%": (
        PROJECT.replace("emulator}", "emulator, policy: {maxDeletes: 101%}}"),
        [
            'gemspec.yaml:4:49: maxDeletes cannot be "101%", '
            "write a whole number such as 3, or a percentage such as 30%"
        ],
    ),
    "globs that lead outside": (
        PROJECT.replace("emulator}", "emulator, manifests: [../*.yaml, /etc/*.yaml]}"),
        [
            'gemspec.yaml:4:40: "../*.yaml" leads out of the project folder (".."), write a glob below the project folder',
            'gemspec.yaml:4:51: "/etc/*.yaml" is an absolute path, write a glob below the project folder',
        ],
    ),
    "a glob that matches nothing": (
        PROJECT.replace("emulator}", "emulator, manifests: ['*.yaml', model/*.yaml]}"),
        [
            'gemspec.yaml:4:50: no file matches "model/*.yaml", '
            "write the path of .yaml, .yml or .json files below this folder"
        ],
    ),
    "two projects": (
        f"{PROJECT}---\n{PROJECT}",
        ["gemspec.yaml:6:1: this is a second Project in one file, keep one of them"],
    ),
    "somebody else's file": (
        "a: 1",
        [
            "gemspec.yaml:1: this file holds no document of kind Project, write apiVersion: gemspec/v1, kind: Project, "
            "metadata: {name: my-bots}, spec: {provider: emulator}"
        ],
    ),
    "an unreadable file": ("a: [1", ['gemspec.yaml:1:4: the list that "[" opens here is not closed, write "," between items, "]" at the end']),
}  # fmt: skip


@pytest.mark.parametrize(("project", "expected"), PROJECTS.values(), ids=PROJECTS)
def test_project_file(here: Path, project: str, expected: list[str]) -> None:
    """Mistakes of the project file are reported like those of a manifest."""
    write(here, {"gemspec.yaml": project, "m.yaml": MODEL})
    assert problems() == expected


def test_all_files_in_one_run(here: Path) -> None:
    """The project, manifests and data of a folder are all checked before anything is said."""
    write(
        here,
        {
            "gemspec.yaml": PROJECT.replace("emulator", "emu"),
            "models/a.yaml": model("a", topP=2) + "---\n" + with_data(files=["d.jsonl"]),
            "models/b.json": "{",
            "models/c.yml": "kind: TunedModel\n\t",
            "d.jsonl": "x\n",
        },
    )
    assert problems() == [
        'd.jsonl:1:1: this line is not JSON, write one object a line: {"textInput": "1", "output": "2"}',
        'gemspec.yaml:4:18: provider cannot be "emu", write emulator, gemini or vertex',
        "models/a.yaml:6:9: topP cannot be 2, write at most 1",
        "models/c.yml:2:1: a tab stands where YAML wants spaces, indent with spaces",
    ]


BETWEEN = {
    "equal names": (
        {"a.yaml": model("a"), "b.yaml": model("a")},
        ['b.yaml:3:18: two manifests have the name "a" (the other: a.yaml:3:18), give one of them another name'],
    ),
    "unknown parent": (
        {"a.yaml": model("numbers"), "b.yaml": model("b", baseModel=None, tunedModelSource={"key": "number"})},
        ['b.yaml:5:29: no manifest has the name "number", did you mean "numbers"?'],
    ),
    "renamed parent": (
        {"a.yaml": model("new", ", movedFrom: old"), "b.yaml": model("b", baseModel=None, tunedModelSource={"key": "old"})},
        ['b.yaml:5:29: no manifest has the name "old", it is new now'],
    ),
    "a broken parent is known": (
        {"a.yaml": model("a", topP=2), "b.yaml": model("b", baseModel=None, tunedModelSource={"key": "a"})},
        ["a.yaml:6:9: topP cannot be 2, write at most 1"],
    ),
    "a cycle": (
        {
            f"{key}.yaml": model(key, baseModel=None, tunedModelSource={"key": parent})
            for key, parent in {"c": "a", "a": "b", "b": "c", "d": "a"}.items()
        },
        ["a.yaml:5:29: these models are tuned from each other: a -> b -> c -> a, give one of them a baseModel"],
    ),
    "moved from itself": (
        {"a.yaml": model("a", ", movedFrom: a")},
        ['a.yaml:3:32: movedFrom names this manifest itself ("a"), remove it'],
    ),
    "moved from what is still there": (
        {"a.yaml": model("a"), "b.yaml": model("b", ", movedFrom: a")},
        [
            'b.yaml:3:32: movedFrom names "a", which is still declared (a.yaml:3:18), '
            "remove that manifest, or this line"
        ],
    ),
    "moved from several": (
        {"a.yaml": model("a", ", movedFrom: [x, a, x, c]"), "b.yaml": model("b", ", movedFrom: [y, x]"), "c.yaml": model("c")},
        [
            'a.yaml:3:36: movedFrom names this manifest itself ("a"), remove it',
            'a.yaml:3:42: movedFrom names "c", which is still declared (c.yaml:3:18), remove that manifest, or this line',
            'b.yaml:3:36: two manifests were moved from "x" (the other: a.yaml:3:39), keep one of them',
        ],
    ),
    "one model imported twice": (
        {key: model(key[0], **{"import": {"tunedModel": "tunedModels/x"}}) for key in ("b.yaml", "a.yml", "c.yaml")},
        [
            "b.yaml:6:26: two manifests import tunedModels/x (the other: a.yml:6:26), keep one of them: a model belongs to one key",
            "c.yaml:6:26: two manifests import tunedModels/x (the other: a.yml:6:26), keep one of them: a model belongs to one key",
        ],
    ),
    "two moved from one": (
        {"a.yaml": model("a", ", movedFrom: x"), "b.yaml": model("b", ", movedFrom: x")},
        ['b.yaml:3:32: two manifests were moved from "x" (the other: a.yaml:3:32), keep one of them'],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), BETWEEN.values(), ids=BETWEEN)
def test_between_manifests(here: Path, files: dict[str, str | bytes], expected: list[str]) -> None:
    """Rules between manifests name both places."""
    write(here, files)
    assert problems() == expected
