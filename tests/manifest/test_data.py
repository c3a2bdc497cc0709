"""Training data: every format gives the same examples, every mistake its file and line, nothing outside the project."""

# ruff: noqa: E501 - an expected line is a single line, as a person reads it

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from gemspec.domain.errors import InputError, Origin
from gemspec.domain.training_data import Dataset, Example
from gemspec.manifest import load
from gemspec.manifest.data import files

from .manifest_fixture import PROJECT, only, problems, with_data, write

ON_GEMINI = PROJECT.replace("emulator", "gemini")

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [Example("1", "2"), Example("a,\nb", 'say "é"')]
INLINE = with_data(examples=[{"textInput": row.text_input, "output": row.output} for row in ROWS])

SAME_DATA = {
    "JSON Lines": ("d.jsonl", '{"textInput": "1", "output": "2"}\n{"textInput": "a,\\nb", "output": "say \\"é\\""}'),
    "snake case, CRLF, blank lines, a byte order mark": (
        "d.jsonl",
        '\ufeff{"text_input":"1","output":"2"}\r\n\r\n{"output":"say \\"\\u00e9\\"","text_input":"a,\\nb"}\r\n',
    ),
    "ndjson": ("d.ndjson", '{"textInput": "1", "output": "2"}\n{"textInput": "a,\\nb", "output": "say \\"é\\""}\n'),
    "a JSON array": (
        "d.json",
        '[\n {"textInput": "1", "output": "2"},\n {"text_input": "a,\\nb", "output": "say \\"é\\""}]\n',
    ),
    "CSV": ("d.csv", 'id,text_input,output\n1,1,2\n\n2,"a,\nb","say ""é"""\n'),
    "CSV in upper case": ("D.CSV", 'output,textInput\r\n2,1\r\n"say ""é""","a,\nb"\r\n'),
}


@pytest.mark.parametrize(("name", "content"), SAME_DATA.values(), ids=SAME_DATA)
def test_one_fingerprint(here: Path, name: str, content: str) -> None:
    """Inline, JSON Lines, JSON and CSV with equal text are equal data."""
    write(here, {"m.yaml": INLINE})
    inline = only(load())
    write(here, {"m.yaml": with_data(files=[name]), name: content})
    assert only(load()) == inline
    assert load().examples("numbers") == ROWS


def test_a_blank_line_after_a_byte_order_mark(here: Path) -> None:
    """It counts for nothing, and the file is not taken for one object."""
    write(here, {"m.yaml": with_data(files=["d.jsonl"]), "d.jsonl": '\ufeff\n{"textInput": "1", "output": "2"}\n'})
    assert load().examples("numbers") == [Example("1", "2")]


@pytest.mark.parametrize("name", ["d.jsonl", "d.json", "d.csv"])
def test_a_file_that_grows_while_it_is_read(here: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more of it is read than of one that has been as large from the beginning."""
    begins = {"d.json": "[", "d.csv": "textInput,output\n"}.get(name, "")
    row = {"d.csv": "1,2\n", "d.json": '{"textInput": "1", "output": "2"},\n'}.get(
        name, '{"textInput":"1","output":"2"}\n'
    )
    write(here, {"gemspec.yaml": ON_GEMINI, "m.yaml": with_data(files=[name]), name: begins + row})
    opened = files.open_file

    def growing(path: Path, *args: Any, **options: Any) -> Any:
        file = opened(path, *args, **options)
        with path.open("a") as other:
            other.write(row * (5 * 1024**2 // len(row)))
        return file

    monkeypatch.setattr(files, "open_file", growing)
    assert problems()[0].endswith(f"{name} cannot be read, file too large")


def test_a_glob_looks_below_its_beginning(here: Path) -> None:
    """At real folders that are not hidden, as a glob of all of them does."""
    rows = '{"textInput": "1", "output": "2"}\n'
    write(here, {"a/b/d.jsonl": rows, "a/.c/d.jsonl": rows, "a/b/e/d.jsonl": rows})
    (here / "a" / "link").symlink_to("b")
    for pattern, count in {"a/b/*.jsonl": 1, "a/b/**": 2, "a/*/d.jsonl": 1, "a/**/*.jsonl": 2}.items():
        write(here, {"m.yaml": with_data(files=[pattern])})
        assert len(load().examples("numbers")) == count
    for pattern in ("a/.c/*.jsonl", "a/link/*.jsonl", "a/link/**", "b/*", "m.yaml/*"):
        write(here, {"m.yaml": with_data(files=[pattern])})
        assert "no file in the project folder matches" in problems()[0]


@pytest.mark.parametrize(
    ("name", "content"),
    [("d.jsonl", '{"q": "1", "a": "2"}'), ("d.json", '[{"q": "1", "a": "2"}]'), ("d.csv", "a,q\n2,1\n")],
)
def test_other_keys(here: Path, name: str, content: str) -> None:
    """inputKey and outputKey name other fields or columns."""
    write(here, {"m.yaml": with_data(files=[name], inputKey="q", outputKey="a"), name: content})
    assert load().examples("numbers") == [Example("1", "2")]


def test_order_of_files(here: Path) -> None:
    """Files are read in the order given, and what a glob finds in sorted order."""
    rows = {name: f'{{"textInput": "{name}", "output": "x"}}' for name in ("b", "a/2", "a/1", "a/.hidden", "a/c/3")}
    write(here, {"m.yaml": with_data(files=["b.jsonl", "a/**/*.jsonl"]), **{f"{k}.jsonl": v for k, v in rows.items()}})
    assert [example.text_input for example in load().examples("numbers")] == ["b", "a/1", "a/2", "a/c/3"]


def test_files_are_relative_to_the_project_folder(here: Path) -> None:
    """A data path means the same wherever its manifest stands and wherever the command runs."""
    write(here, {"p/gemspec.yaml": "", "p/models/m.yaml": with_data(files=["data/d.jsonl"])})
    write(here / "p", {"data/d.jsonl": '{"textInput": "1", "output": "2"}'})
    assert load(["p"]).examples("numbers") == [Example("1", "2")]
    assert load(["p/models/m.yaml"]).examples("numbers") == [Example("1", "2")]


BAD_ROWS = {
    "not JSON": (
        "d.jsonl",
        '{"textInput": "1", "output": "2"}\n{"textInput": "1"\n',
        ['d.jsonl:2:18: this line is not JSON, write one object a line: {"textInput": "1", "output": "2"}'],
    ),
    "fields": (
        "d.jsonl",
        '{"input": "1", "output": "2"}\n{"textInput": 1, "output": null}\n{"textInput": "", "text_input": "", "output": ""}',
        [
            'd.jsonl:1: unknown field "input", did you mean "textInput"? Else name it with inputKey in the manifest',
            'd.jsonl:2: output must be text, write "..."',
            'd.jsonl:2: textInput must be text, put quotes around it: "1"',
            "d.jsonl:3: textInput and text_input are two spellings of one field, keep one of them",
        ],
    ),
    "fields of another name": (
        "d.jsonl",
        '{"prompt": "1", "completion": "2"}\n{"q": "1", "output": "2"}\n{"id": 1, "outputs": "2", "q": "3"}\n{"output": "1"}\n'
        '{"textInput": "1", "output": "2", "id": 3, "note": ""}\n{}\n{"textInput": "1", "output": "2", "outputs": ""}\n',
        [
            'd.jsonl:1: missing fields "textInput" and "output", the fields here are "prompt" and "completion": inputKey and outputKey in the manifest can name them',
            'd.jsonl:2: missing field "textInput", the fields here are "q" and "output": inputKey in the manifest can name it',
            'd.jsonl:3: missing field "textInput", the fields here are "id", "outputs" and "q": inputKey in the manifest can name it',
            'd.jsonl:3: unknown field "outputs", did you mean "output"? Else name it with outputKey in the manifest',
            'd.jsonl:4: missing field "textInput", write "textInput": "...", or name the field that holds it with inputKey in the manifest',
            'd.jsonl:5: unknown fields "id" and "note", the fields here are textInput and output',
            'd.jsonl:6: missing fields "textInput" and "output", write "textInput": "..." and "output": "...", or name the fields that hold them with inputKey and outputKey in the manifest',
            'd.jsonl:7: unknown field "outputs", the fields here are textInput and output',
        ],
    ),
    "too many fields": (
        "d.json",
        '[{"textInput": "1", "output": "2", ' + ", ".join(f'"f{number}": 0' for number in range(2000)) + "}]",
        ['d.json:1: unknown fields "f0", "f1", "f2", "f3", "f4", "f5" and 1,994 more, the fields here are textInput and output'],
    ),
    "equal fields": (
        "d.jsonl",
        '{"output": "1", "output": "2", "textInput": ""}',
        ['d.jsonl:1: the field "output" stands in this line twice, keep one of them'],
    ),
    "not an object": ("d.jsonl", '"x"', ['d.jsonl:1: this is not an object, write {"textInput": "1", "output": "2"}']),
    "lengths": (
        "d.jsonl",
        f'{{"textInput": "{"x" * 40001}", "output": "{"é" * 5001}"}}',
        [
            "d.jsonl:1: output has 5,001 characters, at most 5,000 are allowed",
            "d.jsonl:1: textInput has 40,001 characters, at most 40,000 are allowed",
        ],
    ),
    "encodings": (
        "d.jsonl",
        b'{"textInput": "caf\xe9", "output": ""}\n{"textInput": "\\ud800", "output": ""}',
        [
            "d.jsonl:1: the byte 0xe9 is not UTF-8, save the file as UTF-8",
            "d.jsonl:2: half of a surrogate pair is not a character, write the character itself, or both halves",
        ],
    ),
    "UTF-16": (
        "d.jsonl",
        '{"textInput": "1", "output": "2"}'.encode("utf-16"),
        ["d.jsonl:1:1: the file is in UTF-16, save it as UTF-8"],
    ),
    "numbers and depth that break parsers": (
        "d.jsonl",
        '{"textInput": ' + "1" * 5000 + "}\n" + "[" * 100_000,
        [
            "d.jsonl:1: this line is not JSON that can be read, write text in double quotes",
            "d.jsonl:2: this is nested too deep, write a flat object",
        ],
    ),
    "JSON object": ("d.json", "{}", ['d.json:1:1: this is not a JSON array, write [{"textInput": "1", "output": "2"}]']),
    "JSON rows": (
        "d.json",
        '[{"textInput": "1", "output": "2"},\n{"textInput": "1"}]',
        ['d.json:2: missing field "output", write "output": "...", or name the field that holds it with outputKey in the manifest'],
    ),
    "CSV columns": (
        "d.csv",
        "question,outputs\n1,2\n",
        [
            'd.csv:1: there is no column "output", did you mean "outputs"? Else name it with outputKey in the manifest',
            'd.csv:1: there is no column "textInput", the columns here are "question" and "outputs": '
            "inputKey in the manifest can name it",
        ],
    ),
    "CSV with other columns": (
        "d.csv",
        "question,answer\n1,2\n",
        [
            'd.csv:1: there are no columns "textInput" and "output", the columns here are "question" and "answer": '
            "inputKey and outputKey in the manifest can name them"
        ],
    ),
    "CSV with one column": (
        "d.csv",
        "textInput\n1\n",
        ['d.csv:1: there is no column "output", the only column here is "textInput": outputKey in the manifest can name it'],
    ),
    "CSV rows": (
        "d.csv",
        'textInput,output\n"a\nb",2\n1,2,3\n',
        [
            "d.csv:4: this row has 3 values and the first row names 2 columns, "
            "put quotes around values that hold commas"
        ],
    ),
    "CSV quotes": (
        "d.csv",
        'textInput,output\n"a"b,2\n',
        [
            "d.csv:2: this row is not CSV (',' expected after '\"'), "
            'put quotes around a value that holds quotes, and write each of them twice ("")'
        ],
    ),
    "a JSON array named .jsonl": (
        "d.jsonl",
        '[\n{"textInput": "1", "output": "2"}\n]',
        ["d.jsonl:1: this is one JSON array, not an object a line, name the file .json"],
    ),
    "objects named .json": (
        "d.json",
        '{"textInput": "1", "output": "2"}\n{"textInput": "3", "output": "4"}\n',
        ["d.json:1: these are objects one a line, not a JSON array, name the file .jsonl"],
    ),
    "CSV with semicolons": (
        "d.csv",
        "textInput;output\n1;2\n",
        ["d.csv:1: semicolons stand between the values here, save the file with commas (RFC 4180)"],
    ),
    "an empty file": ("d.jsonl", "\n", ["d.jsonl:1: the file holds no examples, write some, or remove it from the manifest"]),
    "an empty CSV file": ("d.csv", "", ["d.csv:1: the file holds no examples, write some, or remove it from the manifest"]),
    "a Git LFS pointer": (
        "d.jsonl",
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        ["d.jsonl:1: this is a Git LFS pointer, not the data, run git lfs pull"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "expected"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_bad_rows(here: Path, name: str, content: str | bytes, expected: list[str]) -> None:
    """Every row that is no example is reported with its file and line."""
    write(here, {"m.yaml": with_data(files=[name]), name: content})
    assert problems() == expected


def test_many_bad_rows(here: Path) -> None:
    """A file that is wrong throughout does not bury the terminal: ten rows, in order, then how many more there are."""
    write(here, {"m.yaml": with_data(files=["d.jsonl"]), "d.jsonl": "x\n" * 1234})
    *rows, last = problems()
    assert [row.partition(" ")[0] for row in rows] == [f"d.jsonl:{line}:1:" for line in range(1, 11)]
    assert last == "d.jsonl: and 1,224 more problems in this file, mend those above first"
    with pytest.raises(InputError) as caught:
        load()
    assert caught.value.problems[-1].origin == Origin("d.jsonl")


def test_rows_are_counted_not_problems(here: Path) -> None:
    """All that is wrong with each of the ten rows is reported; each file has its own ten."""
    rows = {"d.jsonl": '{"textInput": 1, "output": 2}\n' * 11, "e.jsonl": "x\n" * 10}
    write(here, {"m.yaml": with_data(files=list(rows)), **rows})
    lines = problems()
    assert len([line for line in lines if line.startswith("d.jsonl:")]) == 21
    assert lines[20] == "d.jsonl: and 2 more problems in this file, mend those above first"
    assert lines[21:] == [line for line in lines if line.startswith("e.jsonl:")]
    assert len(lines) == 31
    write(here, {"m.yaml": with_data(files=["e.jsonl"]), "e.jsonl": "x\n" * 11})
    assert problems()[-1] == "e.jsonl: and 1 more problem in this file, mend those above first"


FINGERPRINT = "9ca88eb7df56372f3b0d6358117fbb4e2dc461c4573dbf8e72a7c5230059e060"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_of_csv(here: Path, end: str) -> None:
    """A checkout with other line ends is the same data. The fingerprint is permanent, like those of test_canonical."""
    text = end.join(["textInput,output", '"a', "", 'b","c', 'd"', "1,2", ""])
    write(here, {"m.yaml": with_data(files=["d.csv"]), "d.csv": text.encode()})
    assert load().examples("numbers") == [Example("a\n\nb", "c\nd"), Example("1", "2")]
    assert only(load()).dataset == Dataset(FINGERPRINT, 2)


BAD_PATHS = {
    "a missing file": ("data/number.jsonl", 'there is no file "data/number.jsonl" in the project folder, did you mean "data/numbers.jsonl"?'),
    "a missing folder": ("date/numbers.jsonl", 'there is no file "date/numbers.jsonl" in the project folder, did you mean "data/numbers.jsonl"?'),
    "nothing like it": ("zzz", 'there is no file "zzz" in the project folder, write a path that begins there'),
    "a folder": ("data", "data is a folder, write the path of a file, or a glob such as *.jsonl"),
    "a glob of nothing": ("data/*.csv", 'no file in the project folder matches "data/*.csv", change the glob'),
    "another kind of file": ("data/numbers.txt", "data/numbers.txt is of no kind that gemspec reads, use .jsonl, .json or .csv"),
    "a path outside": ("../secret.jsonl", '"../secret.jsonl" leads out of the project folder (".."), write a path below the project folder'),
    "a glob outside": ("../*.jsonl", '"../*.jsonl" leads out of the project folder (".."), write a path below the project folder'),
    "an absolute path": ("/etc/passwd", '"/etc/passwd" is an absolute path, write a path below the project folder'),
    "a Windows path": ("data\\x", '"data\\\\x" holds a backslash, where paths are written with "/", write a path below the project folder'),
    "a drive": ("C:/x", '"C:/x" is an absolute path, write a path below the project folder'),
    "a link outside": ("data/link.jsonl", "data/link.jsonl leads out of the project folder, copy the file into the folder"),
    "a linked folder outside": ("data/out/secret.jsonl", "data/out/secret.jsonl leads out of the project folder, copy the file into the folder"),
    "a link to itself": ("data/loop.jsonl", "data/loop.jsonl leads out of the project folder, copy the file into the folder"),
    "a pipe": ("data/pipe.jsonl", "data/pipe.jsonl is not a file, write the path of a file"),
    "a file too large": ("data/large.jsonl", "data/large.jsonl is larger than 4 MB, split it into several files"),
    "a bucket": ("gs://bucket/numbers.jsonl", '"gs://bucket/numbers.jsonl" is a URL, only files in the project folder can be read'),
    "a page": ("https://example.com/x.csv", '"https://example.com/x.csv" is a URL, only files in the project folder can be read'),
    "a name too long": ("x" * 999, f'there is no file "{"x" * 56}... in the project folder, write a path that begins there'),
}  # fmt: skip


@pytest.mark.parametrize(("path", "expected"), BAD_PATHS.values(), ids=BAD_PATHS)
def test_bad_paths(here: Path, monkeypatch: pytest.MonkeyPatch, path: str, expected: str) -> None:
    """A path that cannot be read, or leads out of the project, is reported at its place in the manifest."""
    (here / "secret.jsonl").write_text('{"textInput": "1", "output": "2"}')
    project = here / "project"
    write(
        project,
        {"m.yaml": with_data(files=[path]), "data/numbers.jsonl": "", "data/numbers.txt": "", "data/large.jsonl": "\n" * 4194305},
    )  # fmt: skip
    write(project, {"gemspec.yaml": PROJECT.replace("emulator}", "emulator, manifests: [m.yaml]}")})
    (project / "data/link.jsonl").symlink_to(here / "secret.jsonl")
    (project / "data/loop.jsonl").symlink_to("loop.jsonl")
    (project / "data/out").symlink_to(here)
    os.mkfifo(project / "data/pipe.jsonl")
    monkeypatch.chdir(project)
    lines = problems()
    assert len(lines) == 1
    # before Python 3.13 a loop of links cannot be resolved at all
    assert lines[0] in (
        f"m.yaml:6:43: {expected}",
        "m.yaml:6:43: data/loop.jsonl cannot be read, too many levels of symbolic links",
    )


def test_data_that_changes_before_it_is_sent(here: Path) -> None:
    """Examples are hashed once more as they are read: what the plan did not show is not sent."""
    write(here, {"m.yaml": with_data(files=["d.jsonl"]), "d.jsonl": '{"textInput": "1", "output": "2"}'})
    workspace = load()
    write(here, {"d.jsonl": '{"textInput": "1", "output": "3"}'})
    with pytest.raises(InputError, match="the training data of numbers changed since it was planned, plan again"):
        workspace.examples("numbers")
    write(here, {"d.jsonl": "x"})
    with pytest.raises(InputError, match=r"d\.jsonl:1:1: this line is not JSON"):
        workspace.examples("numbers")
    with pytest.raises(KeyError):
        workspace.examples("other")
