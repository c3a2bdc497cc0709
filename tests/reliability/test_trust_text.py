"""Trust: what others wrote - names of files, fields, answers - is text, to a terminal as to the log of a job."""

from __future__ import annotations

import json

import pytest
from garbage import run
from trust import DATA, MANIFEST, PROJECT, Ears, obeyed, write

from gemspec.emulator.server import in_thread
from gemspec.render.escape import terminal

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
        for one in FORMATS:
            faults += judged(["validate", "--format", one, name])
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
        for words in (*(["validate", "--format", one] for one in FORMATS), ["plan"], ["plan", "--format", "markdown"]):
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
        written = [f"--write={one}=plan.{one}" for one in ("markdown", "json", "text")]
        for words in (["plan", "--out", "plan.json", *written], ["validate"], ["validate", "--format", "github"]):
            faults += judged(words)
        if (here / "plan.markdown").exists():
            faults += [
                fault for one in ("markdown", "json", "text") for fault in obeyed((here / f"plan.{one}").read_text())
            ]
        faults += [
            fault for one in ("text", "json", "markdown") for fault in judged(["show", "plan.json", "--format", one])
        ]
        tries += 6
    tally("trust: fields of manifests", tries, len(faults))
    assert not faults


def answer(order):
    """A list of models whose every text is hostile, one of them the project's own."""
    marker = f"gemspec:{json.dumps({'order': order})}"
    return {
        "tunedModels": [
            {
                "name": name, "displayName": order, "description": f"{order}\n{marker}", "state": state,
                "baseModel": order, "tuningTask": {"snapshots": []}, "createTime": order,
            }
            for name in (f"tunedModels/{order}", "tunedModels/x") for state in ("ACTIVE", "FAILED", order)
        ],
        "error": {"code": 400, "message": order, "status": order, "details": [{"@type": order, "reason": order}]},
        "candidates": [{"content": {"parts": [{"text": order}]}, "finishReason": order}],
    }  # fmt: skip


@pytest.mark.parametrize("status", [200, 400, 403, 404])
def test_answers_of_a_service(status, here, monkeypatch, in_full, tally):
    """Names, descriptions, states and errors that a service gives."""
    write(here, "gemini")
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "x")
    commands = (["status", "--all", "-v"], ["status"], ["plan"], ["plan", "--format", "json"], ["output"],
                ["ask", "a", "1"], ["import", "--all"], ["import", "tunedModels/x", "--out", "y.yaml"],
                ["cancel", "a"])  # fmt: skip
    faults, tries, current = [], 0, ""
    service = Ears(lambda _method, _path: (status, {}, json.dumps(answer(current)).encode()))
    with in_thread(service) as url:
        monkeypatch.setenv("GEMSPEC_ENDPOINT", url)
        for current in ORDERS[:: 1 if in_full else 5]:
            faults += [(words, current, fault) for words in commands for fault in judged(words)]
            tries += len(commands)
    tally("trust: answers of a service", tries, len(faults))
    assert service.heard
    assert not faults


def test_an_answer_on_a_terminal(here, monkeypatch):
    """A program gets what the model said; a terminal what it may show."""
    from gemspec.cli.ask_command import _shown

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
    from gemspec.render.document import json_text

    for order in ORDERS:
        assert json.loads(json_text({order: [order]})) == {order: [order]}
        assert terminal(terminal(order)) == terminal(order)
