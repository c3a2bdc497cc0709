"""Trust: what others wrote - names of files, fields, answers - is text, to a terminal as to the log of a job."""

from __future__ import annotations

import json

import pytest

from gemspec.applier import poller
from gemspec.domain.marker import Marker
from gemspec.emulator.server import in_thread
from gemspec.identity import description_marker as markers
from gemspec.util.escape import terminal

from .garbage import run
from .trust import DATA, MANIFEST, PROJECT, Ears, obeyed, write

ORDERS = [
    "::set-output name=x::y", "::error file=a,line=1::b", "::add-mask::e", "::stop-commands::x", " ::warning::x",
    "\u00a0::error::x", "x ::error::y", "##[error]x", "x ##[add-mask]y", "##vso[task.setvariable variable=x]y",
    "##teamcity[buildStatus status='FAILURE']", "###[group]x", "a\n::error::b", "a\r::error::b", "a\u2028::error::b",
    "\x1b[2J\x1b[1;1H", "\x1b]0;title\x07", "\x9b31m", "\u202egnp.yaml", "\u2066x\u2069", "\u200b::error::x",
    "\ufeff::error::x", "a\x00b", "::\n::", "word " * 30 + "::error::wrapped", "word " * 14 + "##[error]wrapped",
]  # fmt: skip
FORMATS = ("text", "json", "github", "sarif")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def judged(words):
    """What is wrong with how a command speaks of hostile text."""
    said = run(words)
    ours = "github" in words
    return [*obeyed(said.out, ours=ours), *obeyed(said.err)] + ([said.escaped] if said.escaped else [])


def names(suffix):
    return [f"{order.replace('/', '_')[:80]}{suffix}" for order in ORDERS if "\0" not in order]


def test_names_of_files(here, tally):
    """A manifest, a project file, data: each is wrong, so that its name begins a line; alone, and all together."""
    write(here)
    faults, tries = [], 0
    for name in names(".yaml"):
        (here / name).write_text("apiVersion: gemspec/v1\nkind: TunedModel\nmetadata: {name: x}\nspec: [\n")
        for format_ in FORMATS:
            faults += judged(["validate", "--format", format_, name])
            tries += 1
    for words in (["validate"], ["plan"], ["plan", "--format", "markdown"], ["apply", "--format", "json"]):
        faults += judged(words)
    for name in names(".yaml"):
        (here / name).write_text(PROJECT.replace("PROVIDER", "gemini, x: 1"))
        for words in (["status"], ["validate", "--format", "github"], ["plan", "--format", "json"]):
            faults += judged([*words, "--project", name])
            tries += 1
    tally("trust: names of files", tries, len(faults))
    assert not faults


def test_names_of_data(here, tally):
    """In a manifest's own words, and in those about a file."""
    write(here)
    faults, tries = [], 0
    for name in names(".jsonl"):
        if name.isprintable():
            (here / name).write_text(f"{name}\n{DATA}")
        text = json.dumps({"files": [name, f"{name}-gone"]})
        (here / "a.yaml").write_text(MANIFEST.replace("{files: [KEY.jsonl]}", text).replace("KEY", "a"))
        for words in (
            *(["validate", "--format", format_] for format_ in FORMATS),
            ["plan"],
            ["plan", "--format", "markdown"],
        ):
            faults += judged(words)
            tries += 1
    tally("trust: names of data", tries, len(faults))
    assert not faults


FIELDS = ("displayName", "description", "baseModel", "nonsense", "name", "checks")


@pytest.mark.parametrize("field", FIELDS)
def test_fields_of_manifests(field, here, in_full, tally):
    """What a pull request writes into a manifest, in plans and in what is wrong with it; all of it is drawn."""
    write(here)
    plain = MANIFEST.replace("KEY", "a").replace("BASE", "models/gemini-1.0-pro-001")
    faults, tries = [], 0
    for order in ORDERS[:: 1 if in_full else 2]:
        value = json.dumps(order)
        text = {
            "baseModel": plain.replace("models/gemini-1.0-pro-001", value),
            "nonsense": f"{plain}  {value}: {value}\n",
            "name": plain.replace("{name: a}", f"{{name: {value}}}"),
            "checks": f"{plain}  checks: [{{prompt: {value}, expect: {{equals: {value}}}}}]\n",
        }.get(field, f"{plain}  {field}: {value}\n")
        (here / "a.yaml").write_text(text)
        written = [f"--write={form}=plan.{form}" for form in ("markdown", "json", "text")]
        for words in (["plan", "--out", "plan.json", *written], ["validate"], ["validate", "--format", "github"]):
            faults += judged(words)
        if (here / "plan.markdown").exists():
            faults += [
                fault for form in ("markdown", "json", "text") for fault in obeyed((here / f"plan.{form}").read_text())
            ]
        faults += [
            fault for form in ("text", "json", "markdown") for fault in judged(["show", "plan.json", "--format", form])
        ]
        tries += 6
    tally("trust: fields of manifests", tries, len(faults))
    assert not faults


def model(order, name, **marked):
    """A model whose every text is hostile; `marked` makes it the project's own."""
    marker = Marker("team", "a", "0" * 12, "0" * 12, 2, **marked) if marked else None
    text = markers.join(order, marker, name) if marker else order
    return {
        "name": f"tunedModels/{name}", "displayName": order, "description": text, "baseModel": order,
        "state": "FAILED" if marked.get("attempt") else "ACTIVE", "createTime": order, "updateTime": order,
        "readerProjectNumbers": [1], "tuningTask": {"snapshots": [{"step": 1, "meanLoss": 1}]},
    }  # fmt: skip


def answer(order, path):
    """What a hostile service gives for a path: models of ours that serve and that failed, and another client's."""
    models = [model(order, "a-1", serving=1), model(order, "a-2", attempt=2), model(order, "x"), model(order, order)]
    error = {"code": 400, "message": order, "status": order, "details": [{"@type": order, "reason": order}]}
    if path.endswith("/tunedModels"):
        return {"tunedModels": models}
    if "/operations" in path:
        return {"operations": [{"name": f"{path}/1", "done": True, "error": error}]}
    if path.endswith(":generateContent"):
        return {"candidates": [{"content": {"parts": [{"text": order}]}, "finishReason": "STOP"}]}
    if path.endswith("/permissions"):
        return {"permissions": [{"name": f"{path}/1", "granteeType": "USER", "emailAddress": order, "role": "READER"}]}
    return next((model for model in models if path.endswith(model["name"])), {"error": error})


CHECKED = "  checks: [{prompt: x, expect: {equals: y}}]\n  permissions: []\n"


@pytest.mark.parametrize("status", [200, 400, 403, 404])
def test_answers_of_a_service(status, here, monkeypatch, in_full, tally):
    """Names, settings, reasons of failures, answers to checks, errors that a service gives. What a model
    says to `ask` is what was asked for: a program gets it as it is.
    """
    write(here, "gemini")
    (here / "a.yaml").write_text((here / "a.yaml").read_text() + CHECKED)
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "x")
    commands = (["status", "-v"], ["status", "a"], ["plan"], ["plan", "--compact"], ["plan", "--format", "json"],
                ["plan", "--format", "markdown"], ["plan", "--retry-failed"], ["check", "a"], ["output", "a"],
                ["output", "a", "--format", "json"], ["import", "tunedModels/x", "--out", "y.yaml"],
                ["cancel", "a", "--auto-approve"], ["apply", "--auto-approve"],
                ["destroy", "--auto-approve"])  # fmt: skip
    faults, tries, current, drawn = [], 0, "", set()

    def answered(_method, path):
        body = answer(current, path) if status == 200 else {"error": answer(current, "")["error"]}
        return status, {}, json.dumps(body).encode()

    service = Ears(answered)
    monkeypatch.setattr(poller, "_SHORTEST", 0.001)
    with in_thread(service) as url:
        monkeypatch.setenv("GEMSPEC_ENDPOINT", url)
        for order in ORDERS[:: 1 if in_full else 5]:
            current = f"{order} canary"
            for words in commands:
                said = run(words)
                tries += 1
                faults += [
                    (words, current, fault) for fault in (*obeyed(said.out), *obeyed(said.err), said.escaped) if fault
                ]
                drawn |= {words[0]} if "canary" in said.out + said.err else set()
            (here / "y.yaml").unlink(missing_ok=True)
    tally("trust: answers of a service", tries, len(faults))
    assert service.heard
    assert not faults
    assert drawn >= ({"status", "check", "import"} if status == 200 else {"status", "plan", "check", "output", "apply"})


def test_an_answer_on_a_terminal(here, monkeypatch):
    """A program gets what the model said; a terminal what it may show."""
    from gemspec.cli.commands.ask import _shown

    assert _shown("a\tb\n\x1b[2Jc\n::error::d") == "a       b\n\\u001b[2Jc\n\\u003a:error::d"


def test_command_lines(tally):
    """A shell's `*` may put names of files where other words are meant."""
    faults = []
    for order in ORDERS:
        for words in (
            [order],
            ["status", order],
            ["plan", f"--{order}"],
            ["show", order],
            ["explain", order],
            ["help", order],
        ):
            faults += judged(words)
    tally("trust: command lines", 6 * len(ORDERS), len(faults))
    assert not faults


def test_json_says_the_same(capsys):
    """Orders are spelled otherwise in JSON, and mean what they meant."""
    from gemspec.reports.plan import json_text

    for order in ORDERS:
        assert json.loads(json_text({order: [order]})) == {order: [order]}
        assert terminal(terminal(order)) == terminal(order)
