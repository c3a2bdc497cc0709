"""Trust: a token or an API key is in nothing that is printed, logged or written, however a command ends."""

from __future__ import annotations

import json
import logging

import pytest
import stamina

from gemspec.emulator import create_app
from gemspec.emulator.server import in_thread
from gemspec.providers.http import session

from .garbage import run
from .trust import KEY, TOKEN, VERTEX, Ears, write

SECRETS = {"GOOGLE_OAUTH_ACCESS_TOKEN": TOKEN, "GEMINI_API_KEY": KEY}
WRITTEN = [f"--write={form}=plan.{form}" for form in ("text", "json", "markdown", "github-output")]
COMMANDS = [
    ["validate"], ["validate", "--format", "github"], ["plan", "-v", "--out", "plan.json", *WRITTEN],
    ["plan", "--format", "json"], ["plan", "--format", "markdown"], ["show", "plan.json"],
    ["apply", "--auto-approve", "-v", "--events", "events.jsonl", "--no-wait"], ["status", "-v"],
    ["status", "--format", "json"], ["apply", "--auto-approve", "--format", "json", "--no-wait"], ["output"],
    ["output", "a", "--format", "json"], ["ask", "a", "1", "-v"], ["check", "-v"], ["import", "--all", "-v"],
    ["import", "tunedModels/nobody", "--out", "x.yaml"], ["explain"], ["cancel", "a", "-v"],
    ["apply", "plan.json", "-v"], ["destroy", "--auto-approve", "-v"], ["init", "new"], ["help", "plan"],
    ["status", "--data", "-v"], ["data", "prune", "--auto-approve", "--format", "json"], ["data", "prune", "-v"],
]  # fmt: skip
ASKING = [COMMANDS[2], COMMANDS[3], COMMANDS[6], COMMANDS[9], ["status", "-v"]]
# What goes wrong: nothing; a refusal in Google's form, which repeats what it was sent; other servers' words.
TROUBLES = {
    "nothing": lambda _sent: (0, {}, b""),
    "401": lambda sent: (401, {}, _refusal(401, "UNAUTHENTICATED", sent)),
    "403": lambda sent: (403, {}, _refusal(403, "PERMISSION_DENIED", sent)),
    "400": lambda sent: (400, {}, _refusal(400, "INVALID_ARGUMENT", sent)),
    "500": lambda sent: (500, {}, sent.encode()),
    "a page": lambda sent: (200, {}, f"<html>{sent}".encode()),
    "a redirect": lambda sent: (307, {"location": f"http://x:{KEY}@evil.example/?{sent.split()[-1]}"}, b""),
    "an encoding": lambda sent: (200, {"content-encoding": "x"}, sent.encode()),
}


def _refusal(code, status, sent):
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": sent, "domain": sent}]
    return json.dumps(
        {"error": {"code": code, "status": status, "message": f"bad {sent}", "details": details}}
    ).encode()


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("credential", SECRETS)
def test_secrets_are_nowhere(credential, trouble, tmp_path, monkeypatch, caplog, tally):
    """Every command, on a service that works and on one that gives back what it was sent."""
    folder = tmp_path / "project"
    secret = SECRETS[credential]
    write(folder, "gemini")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(credential, secret)
    monkeypatch.setenv("GEMSPEC_LOG", "debug")
    caplog.set_level(logging.DEBUG, "gemspec")
    app = create_app(None, training_seconds=0)
    service = Ears(lambda _method, _path: TROUBLES[trouble](f"Bearer {secret}"), instead_of=app)
    faults, commands = [], COMMANDS if trouble == "nothing" else ASKING
    with in_thread(service) as url, stamina.set_testing(True, attempts=session.ATTEMPTS):
        monkeypatch.setenv("GEMSPEC_ENDPOINT", url)
        for words in commands:
            said = run(words)
            logged = caplog.text
            caplog.clear()
            if any(text in said.out + said.err + said.escaped + logged for text in (secret, KEY)):
                faults.append((words, said))
    app.state.store.close()
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    faults += [path for path in kept if any(text.encode() in path.read_bytes() for text in (secret, KEY))]
    tally("trust: secrets in what is printed or written", len(commands) + len(kept), len(faults))
    assert service.secrets
    assert not faults, faults[:3]


def test_no_secret_of_an_upload(tmp_path, monkeypatch, caplog, tally):
    """On Vertex AI with Cloud Storage."""
    folder = tmp_path / "project"
    write(folder, VERTEX)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
    caplog.set_level(logging.DEBUG, "gemspec")
    app = create_app(None, training_seconds=0, buckets=["my-bucket"])
    service, faults = Ears(lambda _method, _path: (0, {}, b""), instead_of=app), []
    commands = [words for words in COMMANDS if words[0] not in ("init", "help", "explain")]
    with in_thread(service) as url:
        monkeypatch.setenv("GEMSPEC_ENDPOINT", url)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        for words in commands:
            said = run(words)
            faults += [words] if TOKEN in said.out + said.err + said.escaped else []
    app.state.store.close()
    faults += [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    tally("trust: secrets in what is printed or written", len(commands), len(faults) + (TOKEN in caplog.text))
    assert service.secrets
    assert TOKEN not in caplog.text
    assert not faults
