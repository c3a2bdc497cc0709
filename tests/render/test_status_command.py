"""`gemspec status` as a command: what it prints, --watch on a terminal and elsewhere, and wrong arguments."""

from __future__ import annotations

import io
import json
import os
import signal
from dataclasses import replace

import anyio
import pytest

from gemspec import cli
from gemspec.cli.commands import status as status_command
from gemspec.domain.errors import AuthError
from gemspec.domain.model import Permission, Progress, Snapshot, State
from gemspec.providers.gemini.spec import SPEC
from gemspec.render.terminal.progress import appended
from gemspec.render.terminal.screen import redrawn

NOW = 1_700_000_000.0
TRAINING = ["creating     0%", "creating    50%", "serving    100%"]


class Service:
    """Gives a list of models after the other, then always the last."""

    traits = SPEC.traits

    def __init__(self, *lists, permissions=()):
        self.lists = list(lists)
        self.granted = permissions

    async def list(self, *, curves=False):
        return self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]

    async def permissions(self, name):
        if self.granted is None:
            raise AuthError("API keys cannot read permissions")
        return [Permission("GROUP", "ml@example.com", "READER")]


@pytest.fixture
def status(tmp_path, monkeypatch, capsys):
    """Run `gemspec status ARGUMENTS` against a service, in a project folder; gives status, output, errors."""
    (tmp_path / "gemspec.yaml").write_text(
        "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: support-bots}\nspec: {provider: emulator}\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(status_command, "now", lambda: NOW)
    monkeypatch.delenv("COLUMNS", raising=False)

    async def at_once(_):
        monkeypatch.setattr(status_command, "now", lambda: NOW + 7200)

    def run(service, *arguments):
        def with_provider(_project, _folder, _endpoint, use):
            return anyio.run(use, service)

        monkeypatch.setattr(status_command.session, "with_provider", with_provider)
        monkeypatch.setattr(status_command.anyio, "sleep", at_once)
        code = cli.run(["status", *arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def training(make_live):
    """A training at its beginning, without news, half way, and at its end."""
    begun = make_live("a", "1" * 12, State.CREATING, progress=Progress(0, 4), create_time="2023-11-14T22:13:20Z")
    half = replace(begun, progress=Progress(2, 4, (Snapshot(1, 0, 4.0), Snapshot(2, 1, 2.0))))
    return [[begun], [begun], [half], [replace(half, state=State.ACTIVE)]]


def test_watch_elsewhere_prints_what_has_changed(status, training):
    """In a pipe: a new table when something has happened, none when only time has passed; it ends with the training."""
    code, out, err = status(Service(*training), "--watch")
    tables = out.split("\n\n")
    assert (code, err, len(tables)) == (0, "", 3)
    for table, words in zip(tables, TRAINING, strict=True):
        assert words.split() == [word for word in table.splitlines()[1].split() if word in words.split()]


def test_watch_ends_with_ctrl_c(status, training):
    """The exit status is that of an interrupt, and there is no message about trainings that go on."""

    class Interrupted(Service):
        async def list(self, *, curves=False):
            if len(self.lists) == 1:
                os.kill(os.getpid(), signal.SIGINT)
                await anyio.sleep_forever()
            return await super().list()

    code, out, err = status(Interrupted(*training), "--watch")
    assert (code, err) == (130, "")
    assert "50%" in out


def test_one_key_has_its_permissions(status, training):
    """Those of the model that is shown in full; JSON has them, too."""
    assert "READER:" in status(Service(training[3]), "a")[1]
    (entry,) = json.loads(status(Service(training[3]), "a", "--format", "json")[1])["models"]
    assert entry["permissions"] == [{"granteeType": "GROUP", "emailAddress": "ml@example.com", "role": "READER"}]


def test_permissions_that_may_not_be_read_stop_nothing(status, training):
    """With an API key the rest is shown."""
    code, out, _ = status(Service(training[3], permissions=None), "a")
    assert (code, "not to be read with these credentials" in out) == (0, True)


def test_several_keys_are_a_table(status, training, make_live):
    """Of only these keys."""
    others = [make_live("b", "2" * 12), make_live("c", "3" * 12)]
    out = status(Service([*training[3], *others]), "a", "b")[1]
    assert [line.split()[0] for line in out.splitlines()] == ["KEY", "a", "b"]


def test_plot_writes_a_file(status, training, tmp_path):
    """And says so on standard error, since the result is on standard output."""
    pytest.importorskip("matplotlib")
    code, out, err = status(Service(training[3]), "a", "--plot", "a.svg")
    assert (code, err) == (0, "The loss curves of a are drawn in a.svg\n")
    assert out.startswith("a: serving")
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["greter"], 'did you mean "greeter"?'),
        (["zzz"], "`gemspec status` lists what it has"),
        (["--plot", "a.svg"], "--plot draws one KEY: name it"),
        (["greeter", "--plot", "a.png"], "--plot writes SVG: name the file a.svg"),
        (["--watch", "--format", "json"], "--watch goes with none of --plot, --data and --format json"),
        (["--watch", "--interval", "0"], "--interval is at least 1s"),
    ],
)
def test_wrong_arguments(status, make_live, arguments, said):
    """Exit status 1, and what to write instead."""
    code, out, err = status(Service([make_live("greeter", "1" * 12)]), *arguments)
    assert code == 1
    assert said in (json.loads(out)["errors"][0]["summary"] if out else err)


def test_appended_writes_only_news():
    """With an empty line between tables."""
    stream = io.StringIO()
    with appended(stream) as show:
        for line, is_news in [("one", True), ("two", False), ("three", True)]:
            show([line], is_news)
    assert stream.getvalue() == "one\n\nthree\n"


def test_redrawn_leaves_a_line_to_the_cursor(monkeypatch):
    """A terminal echoes Ctrl-C there. Behind a full line the echo would wrap, and a line too few would be cleared."""
    monkeypatch.setenv("COLUMNS", "40")
    stream = io.StringIO()
    with redrawn(stream) as show:
        show(["x" * 40], True)
        assert stream.getvalue().endswith("x\n")


def test_redrawn_leaves_the_last_text_whole(monkeypatch):
    """On a low terminal some lines are left out until the end; then all lines are there, and the cursor."""
    monkeypatch.setenv("LINES", "6")
    monkeypatch.setenv("COLUMNS", "40")
    stream = io.StringIO()
    with redrawn(stream) as show:
        for number in range(3):
            show([f"line {line} of {number}" for line in range(20)], True)
            assert "... and 16 more lines" in stream.getvalue()
    assert stream.getvalue().endswith("\x1b[2K" + "".join(f"line {line} of 2\n" for line in range(20)))
    assert "\x1b[?25h" in stream.getvalue()
