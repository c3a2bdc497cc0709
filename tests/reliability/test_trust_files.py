"""Trust: what is read is in the project folder, however links change; what is kept is the owner's."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import threading
from pathlib import Path

import pytest

from gemspec.manifest.data import files as data_files
from gemspec.manifest.discovery import filesystem

from .garbage import run
from .trust import DATA, MANIFEST, PROJECT, VERTEX, write

SECRET = "root:x:0:0:a line that nobody may see"
BROKEN = f"{SECRET}: [\n"
OUTSIDE = {
    "secret.jsonl": f"{SECRET}\n{DATA}", "secret.yaml": BROKEN, "out/secret.yaml": BROKEN, "gemspec.yaml": f"{SECRET}\n"
}  # fmt: skip
COMMANDS = (["validate"], ["plan"], ["plan", "--format", "json"], ["apply", "--auto-approve"])


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project beside files that are none of its business."""
    folder = tmp_path / "project"
    write(folder)
    (tmp_path / "out").mkdir()
    for name, text in OUTSIDE.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(folder)
    return folder


def link(path, target):
    path = Path(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def judge(tally, case, commands=COMMANDS, why="leads out"):
    """Every command refuses it, at a place, and shows nothing of what stands outside."""
    faults = []
    for words in commands:
        said = run(words)
        if said.status != 1 or SECRET in said.out + said.err or said.escaped or why not in said.out + said.err:
            faults.append((words, said))
    tally(case, len(commands), len(faults))
    assert not faults


DATA_LINKS = {
    "a file": {"a.jsonl": "../secret.jsonl"},
    "a file by its whole path": {"a.jsonl": "{above}/secret.jsonl"},
    "a chain": {"a.jsonl": "b.jsonl", "b.jsonl": "deep/c.jsonl", "deep/c.jsonl": "../../secret.jsonl"},
    "a chain that goes out and comes back in": {"a.jsonl": "out/project/../secret.jsonl", "out": ".."},
    "a folder": {"a.jsonl": "out/secret.jsonl", "out": ".."},
    "a process's": {"a.jsonl": "/proc/self/environ"},
    "a device": {"a.jsonl": "/dev/zero"},
    "a descriptor": {"a.jsonl": "/dev/fd/0"},
    "itself": {"a.jsonl": "a.jsonl"},
}


@pytest.mark.parametrize("name", DATA_LINKS)
def test_data_links(name, project, tally):
    """Links, chains of them and linked folders; on Vertex AI as on the Gemini API."""
    for made, target in DATA_LINKS[name].items():
        link(made, target.format(above=project.parent))
    for provider in ("emulator", VERTEX.replace("vertex,", "emulator,")):
        (project / "gemspec.yaml").write_text(PROJECT.replace("PROVIDER", provider))
        if "vertex" in provider:
            (project / "a.yaml").write_text(MANIFEST.replace("KEY", "a").replace("BASE", "gemini-2.0-flash-001"))
        judge(tally, "trust: links of data", why="symbolic links" if name == "itself" else "leads out")


def test_other_names_of_data(project, tally):
    """A path itself, a glob, and a link that a glob finds."""
    link("x/l.jsonl", "../../secret.jsonl")
    names = ("../secret.jsonl", str(project.parent / "secret.jsonl"), "x/../../secret.jsonl", "../*.jsonl", "x/*.jsonl")
    text = (project / "a.yaml").read_text()
    for name in names:
        (project / "a.yaml").write_text(text.replace("a.jsonl", name))
        said = run(["plan"])
        assert (said.status, SECRET in said.out + said.err, "a.yaml:8:28: " in said.err) == (1, False, True), said
    tally("trust: paths of data", len(names))


@pytest.mark.parametrize("kind", ["a pipe", "a socket", "a device", "a folder"])
def test_what_is_no_file(kind, project, tally):
    """Refused at once: nothing is waited for."""
    path = project / "a.jsonl"
    path.unlink()
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("a.jsonl")
    elif kind == "a folder":
        path.mkdir()
    else:
        try:
            os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
        except PermissionError:
            pytest.skip("making devices is not allowed here")
    said = run(["plan"])
    tally("trust: data that is no file", 1)
    assert (said.status, "a.yaml:8:28: a.jsonl" in said.err) == (1, True), said


@pytest.mark.parametrize("what", ["gemspec.yaml", "a.yaml", "models"])
@pytest.mark.parametrize("is_named", [False, True], ids=["found", "named"])
def test_linked_manifests(what, is_named, project, tally):
    """The project file, a manifest, a folder of them; found by the search, or named as a shell's `*` would."""
    link(what, {"gemspec.yaml": "../gemspec.yaml", "a.yaml": "../secret.yaml", "models": "../out"}[what])
    named = {"gemspec.yaml": "gemspec.yaml", "a.yaml": "a.yaml", "models": "models/secret.yaml"}[what]
    words = [named] if is_named else []
    judge(tally, "trust: links of manifests", [[*command, *words] for command in COMMANDS])
    if what == "gemspec.yaml":
        asked = [
            ["status"],
            ["output"],
            ["ask", "a", "1"],
            ["cancel", "a"],
            ["destroy"],
            ["check"],
            ["import", "--all"],
        ]
        judge(
            tally, "trust: links of manifests", [[*words, "--project", named] if is_named else words for words in asked]
        )


def test_a_link_that_is_put_behind_a_named_manifest(project, monkeypatch, tally):
    """A manifest named by its path is opened where it was found to be, too."""
    resolve = filesystem._below

    def after(folder, path):  # after the last check before it is opened
        found = resolve(folder, path)
        looks.extend([path] if str(path).endswith("a.yaml") else [])
        if len(looks) == 3:  # the caller has looked before
            os.unlink("a.yaml")
            os.symlink(project.parent / "secret.yaml", "a.yaml")
            looks.append(path)
        return found

    looks = []
    monkeypatch.setattr(filesystem, "_below", after)
    said = run(["validate", "a.yaml"])
    tally("trust: links put there meanwhile", 1)
    assert os.path.islink("a.yaml")
    assert (said.status, SECRET in said.out + said.err) == (1, False), said


@pytest.mark.parametrize("how", ["file", "folder"])
@pytest.mark.parametrize("name", ["d/a.jsonl", "d/a.yaml"])
def test_a_link_that_is_put_there_meanwhile(name, how, project, monkeypatch, tally):
    """Between the look at a path and its opening, the file or its folder is exchanged for a link that leads out."""
    (project / "d").mkdir()
    (project / "a.jsonl").rename("d/a.jsonl")
    (project / "a.yaml").write_text((project / "a.yaml").read_text().replace("a.jsonl", "d/a.jsonl"))
    if name == "d/a.yaml":
        (project / "a.yaml").rename("d/a.yaml")
    away = project.parent / "away"
    away.mkdir()
    shutil.copy(project.parent / f"secret{Path(name).suffix}", away / Path(name).name)
    swapped = threading.Event()

    def swap():
        if not swapped.is_set():
            swapped.set()
            if how == "file":
                link(name, away / Path(name).name)
            else:
                (project / "d").rename("was")
                link("d", away)

    opened, resolve = filesystem.open_file, filesystem._below

    def before(path, *args, **named):  # after all checks of the caller
        if str(path).endswith(name):
            swap()
        return opened(path, *args, **named)

    def after(folder, path):  # after the last check before it is opened
        found = resolve(folder, path)
        if str(path).endswith(name):
            swap()
        return found

    for module in (data_files, filesystem):
        monkeypatch.setattr(module, "open_file", before)
    said = run(["validate"])
    assert swapped.is_set()
    assert (said.status, SECRET in said.out + said.err) == (1, False), said
    # Once more, between the resolving of the path and its opening.
    if how == "folder":
        os.unlink("d")
        (project / "was").rename("d")
    else:
        write(project)
        link_free = MANIFEST.replace("KEY.jsonl", "d/a.jsonl").replace("KEY", "a").replace("BASE", "models/x")
        os.unlink(name)
        (project / name).write_text(DATA if name.endswith("jsonl") else link_free)
        (project / "a.yaml").unlink() if name.endswith("yaml") else (project / "a.yaml").write_text(link_free)
    swapped.clear()
    for module in (data_files, filesystem):
        monkeypatch.setattr(module, "open_file", opened)
    monkeypatch.setattr(filesystem, "_below", after)
    said = run(["validate"])
    tally("trust: links put there meanwhile", 2)
    assert swapped.is_set()
    assert (said.status, SECRET in said.out + said.err) == (1, False), said


@pytest.mark.parametrize("target", ["../elsewhere.db", "../is-there.db", "../gone/x.db"])
@pytest.mark.parametrize("is_folder", [False, True])
def test_the_emulators_file_stays_inside(target, is_folder, project, tally):
    """A link in a checkout must not have a file made or written to elsewhere."""
    (project.parent / "is-there.db").touch()
    if is_folder:
        link(".gemspec", "..")
        (project.parent / "emulator.db").touch()
    else:
        link(".gemspec/emulator.db", f"../{target}")
    before = sorted((path.name, path.stat().st_size) for path in project.parent.iterdir())
    for words in (["plan"], ["apply", "--auto-approve"], ["status"], ["emulator", "--port", "0"]):
        said = run(words)
        assert (said.status, ".gemspec/emulator.db leads out" in said.err) == (1, True), (words, said)
    tally("trust: links of the emulator's file", 4)
    assert sorted((path.name, path.stat().st_size) for path in project.parent.iterdir()) == before


def test_what_is_kept_is_the_owners_alone(project, monkeypatch, tmp_path, tally):
    """The emulator's file with its log, and what was read of data; whatever the umask."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("a.jsonl", "a.yaml"):
        os.utime(project / name, (1, 1))
    before = os.umask(0)
    try:
        assert run(["apply", "--auto-approve", "--no-wait"]).status == 0
        kept = [*(project / ".gemspec").iterdir()]
        kept += [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in kept}
    finally:
        os.umask(before)
    tally("trust: modes of what is kept", len(modes))
    assert "emulator.db" in modes
    assert set(modes.values()) == {0o600}
