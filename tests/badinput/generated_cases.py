"""Broken inputs that editors do not show, or that are very long: made here instead of kept in files."""

from __future__ import annotations

import json

HEAD = """\
apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: support}
spec:
  baseModel: models/gemini-1.0-pro-001
"""
TASK = "  tuningTask:\n    trainingData:\n      files: [data.jsonl]\n"
MODEL = HEAD + TASK
EXAMPLE = '{"textInput": "1", "output": "2"}\n'


def _described(text: str) -> str:
    return f"{HEAD}  description: {text}\n{TASK}"


def _inline(text_input: str, output: str) -> str:
    row = json.dumps({"textInput": text_input, "output": output})
    return f"{HEAD}  tuningTask:\n    trainingData:\n      examples: [{row}]\n"


def _checked(count: int = 1, *, prompt: str, **expect: str) -> str:
    return f"{MODEL}  checks: {json.dumps([{'prompt': prompt, 'expect': expect}] * count)}\n"


# Name of the case -> the file, its content. A symbolic link is a content that begins with "-> ".
ODD: dict[str, tuple[str, str | bytes]] = {
    "bom-and-crlf-with-a-typo": (
        "model.yaml",
        b"\xef\xbb\xbf" + MODEL.replace("tuningTask", "tuningTsk").replace("\n", "\r\n").encode(),
    ),
    "old-mac-line-ends": ("model.yaml", MODEL.replace("data.jsonl", "dato.jsonl").replace("\n", "\r")),
    "utf-16": ("model.yaml", MODEL.encode("utf-16")),
    "utf-16-without-mark": ("model.yaml", MODEL.encode("utf-16-le")),
    "utf-32": ("model.yaml", MODEL.encode("utf-32")),
    "latin-1": ("model.yaml", _described("Grüße aus Köln").encode("latin-1")),
    "nul": ("model.yaml", _described("Says \0 hello.")),
    "escape-sequence": ("model.yaml", _described("\x1b[31mred\x1b[0m")),
    "line-separator": ("model.yaml", _described("'first\u2028second'")),
    "next-line": ("model.yaml", _described("'first\x85second'")),
    "bidirectional-field": ("model.yaml", f"{MODEL}  \u202ename: x\n"),
    "no-break-space": ("model.yaml", MODEL.replace("  tuningTask", "\u00a0\u00a0tuningTask")),
    "wide-characters": ("model.yaml", f'{HEAD}  lifecycle: {{description: "数の次", protekt: true}}\n{TASK}'),
    "smart-quotes": ("model.yaml", f"{HEAD}  displayName: “support”\n  temperature: “0.2”\n{TASK}"),
    "too-deep": ("model.yaml", f"{HEAD}  lifecycle: {'[' * 99}{']' * 99}\n{TASK}"),
    "too-deep.json": ("model.json", '{"kind": "TunedModel", "spec": ' + "[" * 99 + "]" * 99 + "}"),
    "long-line": ("model.yaml", f"{HEAD}  lifecycle: {{{'protect: true, ' * 1}{' ' * 400}keep: 1}}\n{TASK}"),
    "long-input": ("model.yaml", _inline("x" * 40_001, "ok")),
    "long-output": ("model.yaml", _inline("ok", "x" * 5_001)),
    "long-number": ("model.yaml", f"{HEAD}  topK: {'9' * 5_000}\n{TASK}"),
    "huge-number": ("model.yaml", f"{HEAD}  temperature: 1e999\n{TASK}"),
    "long-name": ("model.yaml", MODEL.replace("support", "s" * 3_000)),
    "random-bytes": ("model.yaml", b"kind: TunedModel\n\x89PNG\r\n\x1a\n\xff\xfe\x00"),
    "gzip": ("model.yaml", b"\x1f\x8b\x08\x00kind: TunedModel\n"),
    "utf-16-project": ("gemspec.yaml", "kind: Project\n".encode("utf-16")),
    "latin-1-project": ("gemspec.yaml", "kind: Project\nmetadata: {name: köln}\n".encode("latin-1")),
    "utf-16-data": ("data.jsonl", EXAMPLE.encode("utf-16")),
    "latin-1-data": ("data.jsonl", f'{EXAMPLE}{{"textInput": "café", "output": "2"}}\n'.encode("latin-1")),
    "nul-data": ("data.jsonl", '{"textInput": "1\0", "output": "2"}\n'),
    "latin-1-csv": ("data.csv", "textInput,output\ncafé,2\n".encode("latin-1")),
    "too-deep-data": ("data.jsonl", "[" * 100_000 + "\n"),
    "long-data-line": ("data.jsonl", '{"textInput": "' + "x" * 40_001 + '", "output": "2"}\n'),
    "many-bad-lines": ("data.jsonl", "x\n" * 500),
    "too-large-data": ("data.jsonl", EXAMPLE + "\n" * (4 * 1024 * 1024)),
    "lone-carriage-return": ("data.csv", 'textInput,output\r"1,2\r'),
    "link-outside": ("data.jsonl", "-> ../secret.jsonl"),
    "link-to-nothing": ("data.jsonl", "-> nothing.jsonl"),
    "manifest-outside": ("model.yaml", "-> ../secret.yaml"),
    "manifest-link-to-nothing": ("model.yaml", "-> nothing.yaml"),
    "long-prompt": ("model.yaml", _checked(prompt="x" * 40_001, equals="ok")),
    "long-expectation": ("model.yaml", _checked(prompt="ok", contains="x" * 40_001)),
    "long-pattern": ("model.yaml", _checked(prompt="ok", matches="(" * 1_001)),
    "pattern-of-brackets": ("model.yaml", _checked(prompt="ok", matches="(" * 1_000)),
    "pattern-of-odd-characters": ("model.yaml", _checked(prompt="ok", matches="[\u202e-\x1b]\n")),
    "too-many-checks": ("model.yaml", _checked(count=101, prompt="ok", equals="ok")),
    "surrogate-in-a-pattern": ("model.yaml", _checked(prompt="ok", matches="\ud800(")),
    "folder-outside": ("models", "-> .."),
    "without-head": ("model.yaml", MODEL.partition("metadata")[1] + MODEL.partition("metadata")[2]),
    "without-head-utf-16": ("model.yaml", MODEL.partition("metadata")[2].encode("utf-16")),
    "many-wrong-names": ("data.jsonl", '{"prompt": "1", "outputs": "2"}\n' * 500),
}
