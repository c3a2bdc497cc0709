"""Symbolic links: what the search does not follow could hold manifests, and a model that looks gone is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gemspec.manifest import load

from .manifest_fixture import PROJECT, model, problems, with_data, write

if TYPE_CHECKING:
    from pathlib import Path

FILE = "replace it by the file that it leads to, or leave it out with spec.manifests"
FOLDER = "replace it by the files that it leads to, or leave it out with spec.manifests"
DIRECT = "replace it by the files that it leads to, or name the folder that they are in with spec.manifests"
OUT = "this symbolic link leads out of the project folder and is not followed"
HIDDEN = "this symbolic link leads to a folder that is not searched, and is not followed"
UNNAMED = "this symbolic link leads to files that spec.manifests does not name, and is not followed"
NOWHERE = "this symbolic link leads nowhere"
MEND = "mend it, or remove it"

# The link, where it leads, the glob of spec.manifests, what is said.
LINKS = {
    "a file outside": ("x.yaml", "../out.yaml", None, f"x.yaml: {OUT}, {FILE}"),
    "a folder outside": ("x", "../out", None, f"x: {OUT}, {FOLDER}"),
    "a folder outside that a glob reaches": ("x", "../out", "x/*.yaml", f"x: {OUT}, {FOLDER}"),
    "a folder outside below a glob": ("models/x", "../../out", "models/**/*.yaml", f"models/x: {OUT}, {FOLDER}"),
    "a hidden folder": ("x", ".gen/models", None, f"x: {HIDDEN}, {DIRECT}"),
    "a folder named like a manifest": ("x.yaml", ".gen/models", None, f"x.yaml: {HIDDEN}, {DIRECT}"),
    "within another project": ("x", "other/models", None, f"x: {HIDDEN}, {DIRECT}"),
    "a folder that the glob names by the link alone": ("x", "shared", "{m.yaml,x/*.yaml}", f"x: {UNNAMED}, {DIRECT}"),
    "a file that is gone": ("x.yaml", "gone.yaml", None, f"x.yaml: {NOWHERE}, {MEND}"),
    "a folder that is gone": ("x", "../gone", None, f"x: {NOWHERE}, {MEND}"),
    "a manifest file that is itself": ("x.yaml", "x.yaml", None, f"x.yaml: {NOWHERE}, {MEND}"),
    "itself": ("x", "x", None, f"x: {NOWHERE}, {MEND}"),
}

FOLLOWED = {
    "a file beside it": ("x.yaml", "m.yaml", None),
    "a file in a folder": ("models/x.yaml", "../m.yaml", None),
    "a file in a hidden folder": ("x.yaml", ".gen/models/g.yaml", None),
    "a folder that is searched": ("x", "shared", None),
    "a folder of the search that is named twice": ("x", "shared", "**/*.yaml"),
    "the project itself": ("x", ".", None),
    "another project": ("x", "other", None),
    "a folder that no glob reaches": ("x", "../out", "*.yaml"),
    "a file that no glob names": ("x.yaml", "../out.yaml", "m.yaml"),
    "a missing folder that no glob reaches": ("x", "gone", "*.yaml"),
    "a missing file of another kind": ("x.txt", "gone.txt", None),
    "a hidden link": (".x", "../out", None),
}


@pytest.fixture
def project(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a hidden folder and another project below it, and manifests outside."""
    write(here / "p", {"m.yaml": model("m"), "shared/s.yaml": model("s"), ".gen/models/g.yaml": model("g")})
    write(here / "p/other", {"models/o.yaml": model("o")})
    write(here, {"out.yaml": model("out"), "out/o.yaml": model("o")})
    monkeypatch.chdir(here / "p")
    return here / "p"


def _link(project: Path, link: str, target: str, glob: str | None) -> None:
    patterns = ", ".join(f'"{pattern}"' for pattern in (glob or "").strip("{}").split(","))
    if glob:
        write(project, {"gemspec.yaml": PROJECT.replace("emulator}", f"emulator, manifests: [{patterns}]}}")})
    (project / link).parent.mkdir(exist_ok=True)
    (project / link).symlink_to(target)


@pytest.mark.parametrize(("link", "target", "glob", "expected"), LINKS.values(), ids=LINKS)
def test_not_followed(project: Path, link: str, target: str, glob: str | None, expected: str) -> None:
    """A link that could hold manifests and is not read is an error at the link."""
    _link(project, link, target, glob)
    assert [line for line in problems() if "no file matches" not in line] == [expected]


@pytest.mark.parametrize(("link", "target", "glob"), FOLLOWED.values(), ids=FOLLOWED)
def test_nothing_is_missed(project: Path, link: str, target: str, glob: str | None) -> None:
    """A link whose files are read anyway, once, or are not asked for, does not matter."""
    _link(project, link, target, glob)
    keys = [desired.key for desired in load().desired]
    assert len(keys) == len(set(keys)) >= 1
    assert not [warning for warning in load().warnings if "link" in warning.summary]


def test_a_link_within_a_linked_folder(project: Path) -> None:
    """A glob that names files by two links, one within the other, would miss them."""
    (project / "shared/deep").symlink_to("../other/models")
    _link(project, "x", "shared", "{m.yaml,x/deep/*.yaml}")
    assert f"x: {UNNAMED}, {DIRECT}" in problems()


def test_data_may_be_linked(project: Path) -> None:
    """Data files keep their own rules: within the project links are followed, hidden folders too."""
    write(project, {"m.yaml": with_data(files=["d.jsonl"]), ".gen/d.jsonl": '{"textInput": "1", "output": "2"}'})
    (project / "d.jsonl").symlink_to(".gen/d.jsonl")
    assert len(load().examples("numbers")) == 1
