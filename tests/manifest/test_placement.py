"""New manifests go where the search finds them, and over nothing that is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gemspec.domain.errors import GemspecError, InputError
from gemspec.manifest import load
from gemspec.manifest.export.placement import Places, write_all

from .manifest_fixture import PROJECT, model, write


def project(*patterns: str) -> str:
    return PROJECT.replace("emulator", f"emulator, manifests: {list(patterns)}") if patterns else PROJECT


def place(key: str = "new", given: str | None = None) -> str | None:
    """Where a new manifest would go, from the current folder."""
    workspace = load(project=given, allow_empty=True)
    path = Places.of(workspace, given).path(key)
    return None if path is None else path.as_posix()


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ([], "new.yaml"),
        (["a.yaml"], "new.yaml"),
        (["models/a.yaml", "models/b.yml"], "models/new.yaml"),
        (["models/a.yaml", "models/eu/b.yaml"], "models/new.yaml"),
        (["a/model.yaml", "b/model.yaml"], "new.yaml"),
        (["bots/a/model.yaml", "bots/b/model.yaml"], "bots/new.yaml"),
    ],
)
def test_beside_the_others(here: Path, files: list[str], wanted: str) -> None:
    """In the folder that holds them all."""
    write(here, {file: model(f"k{index}") for index, file in enumerate(files)})
    assert place() == wanted


@pytest.mark.parametrize(
    ("patterns", "files", "wanted"),
    [
        (["models/**/*.yaml"], [], "models/new.yaml"),
        (["models/**"], [], "models/new.yaml"),
        (["models/*.yml"], [], "models/new.yml"),
        (["models/*.yml"], ["models/a.yml"], "models/new.yml"),
        (["models/**/*.yaml"], ["models/eu/a.yaml"], "models/eu/new.yaml"),
        (["a/*.yaml", "b/*.yaml"], [], "a/new.yaml"),
        (["a/*.yaml", "b/*.yaml"], ["b/x.yaml"], "b/new.yaml"),
        (["*/model.yaml"], ["a/model.yaml"], "new/model.yaml"),
        (["bots/*/gemspec-*.yaml"], [], "bots/new/gemspec-new.yaml"),
        (["one.yaml", "more/*.yaml"], ["one.yaml"], "more/new.yaml"),
        (["one.yaml"], ["one.yaml"], None),
        (["models/*.json"], [], None),
        (["models/[ab].yaml"], [], None),
    ],
)
def test_where_the_project_looks(here: Path, patterns: list[str], files: list[str], wanted: str | None) -> None:
    """Within spec.manifests, in a file that is new."""
    write(here, {"gemspec.yaml": project(*patterns), **{file: model(f"k{n}") for n, file in enumerate(files)}})
    assert place() == wanted
    if wanted:
        write_all({"new": (Path(wanted), model("new"))}, None)
        assert "new" in {model.key for model in load(allow_empty=True).desired}


def test_another_project_file(here: Path) -> None:
    """Places begin in the folder of --project, from wherever one stands."""
    write(here, {"team/gemspec.yaml": project("models/*.yaml"), "here.txt": ""})
    assert place(given="team/gemspec.yaml") == "team/models/new.yaml"
    write_all({"new": (here / "team/models/new.yaml", model("new"))}, "team/gemspec.yaml")
    assert [model.key for model in load(project="team/gemspec.yaml").desired] == ["new"]


@pytest.mark.parametrize("link", [False, True])
def test_never_over_a_file(here: Path, link: bool) -> None:
    """Nor over a link, even one that leads nowhere; what was written before it is taken back."""
    write(here, {})
    if link:
        (here / "b.yaml").symlink_to("nowhere.txt")
    else:
        (here / "b.yaml").write_text("# mine\n")
    with pytest.raises(GemspecError, match=r"b\.yaml exists already"):
        write_all({"a": (Path("a.yaml"), model("a")), "b": (Path("b.yaml"), model("b"))}, None)
    assert sorted(os.listdir(here)) == ["b.yaml", "gemspec.yaml"]
    assert link or (here / "b.yaml").read_text() == "# mine\n"


@pytest.mark.parametrize("path", ["elsewhere/new.yaml", ".hidden.yaml", "models/other/new.yaml", "models/new.txt"])
def test_not_where_nobody_looks(here: Path, path: str) -> None:
    """It is taken back, and a place that works is named."""
    write(here, {"gemspec.yaml": project("models/*.yaml")})
    with pytest.raises(GemspecError) as caught:
        write_all({"new": (Path(path), model("new"))}, None)
    assert caught.value.summary == f"{path} would not be found in this project, so it was not written"
    assert caught.value.hint == "--out models/new.yaml would be"
    assert not (here / path).exists()


def test_not_beside_what_became_wrong(here: Path) -> None:
    """Where the project cannot be loaded with it, it is taken back."""
    write(here, {"a.yaml": model("new")})
    with pytest.raises(InputError, match="two manifests have the name"):
        write_all({"new": (Path("new.yaml"), model("new"))}, None)
    assert not (here / "new.yaml").exists()


def test_a_folder_that_cannot_be_written(here: Path) -> None:
    """It is said, without a traceback."""
    write(here, {"models": "a file, not a folder"})
    with pytest.raises(GemspecError, match=r"models/new\.yaml cannot be written"):
        write_all({"new": (Path("models/new.yaml"), model("new"))}, None)
