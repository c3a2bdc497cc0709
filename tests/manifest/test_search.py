"""Which files are the desired state, and whether they are all of it."""

# ruff: noqa: E501 - an expected line is a single line, as a person reads it

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from gemspec.domain.errors import InputError
from gemspec.domain.project import Limit, Project
from gemspec.manifest import load, load_project

from .manifest_fixture import MODEL, PROJECT, model, problems, write

if TYPE_CHECKING:
    from pathlib import Path


def keys(*paths: str, project: str | None = None, stdin: bytes = b"", allow_empty: bool = False) -> list[str]:
    """The keys that these PATHs declare."""
    workspace = load(paths, project=project, stdin=io.BytesIO(stdin), allow_empty=allow_empty)
    return [desired.key for desired in workspace.desired]


FOREIGN = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: gemspec-runner}
"""


@pytest.fixture
def project(here: Path) -> Path:
    """A project with manifests at several depths, and much that is not one."""
    write(
        here,
        {
            "gemspec.yaml": f"{PROJECT}---\n{model('in-project')}",
            "a.yaml": f"{model('a1')}---\n{FOREIGN}---\n---\n{model('a2')}",
            "models/deep/b.yml": model("b"),
            "models/c.json": '{"apiVersion": "gemspec/v1", "kind": "TunedModel", "metadata": {"name": "c"}, "spec": '
            '{"baseModel": "models/x", "tuningTask": {"trainingData": {"examples": '
            '[{"textInput": "1", "output": "2"}]}}}}',
            "notes.txt": MODEL,
            ".hidden/x.yaml": model("hidden"),
            ".hidden.yaml": model("hidden"),
            "other/gemspec.yaml": PROJECT,
            "other/x.yaml": model("other"),
            "broken.yaml": "{{ template }}: [",
            "latin.yaml": b"caf\xe9",
            "data.json": '[{"textInput": "gemspec", "output": "TunedModel"}]',
            "list.yaml": "- gemspec\n- TunedModel\n",
            "deployment.yaml": FOREIGN,
        },
    )
    return here


def test_a_folder_is_everything(project: Path) -> None:
    """A project folder is searched below, without hidden folders, other projects and other projects' files."""
    workspace = load(["."])
    assert [desired.key for desired in workspace.desired] == ["a1", "a2", "b", "c", "in-project"]
    assert (workspace.whole, workspace.folder) == (True, project.relative_to(project))


def test_a_saved_plan_is_no_manifest(project: Path) -> None:
    """It is not even parsed, since it may be large; a manifest with such a field is reported, never skipped."""
    head = '{\n  "format_version": "1.0",\n'
    (project / "plan.json").write_text(f'{head}  "gemspec_version": "0.1.0",\n  "baseModel": ]')
    assert keys() == ["a1", "a2", "b", "c", "in-project"]
    (project / "n.json").write_text(f'{head}  "apiVersion": "gemspec/v1", "kind": "TunedModel"\n}}')
    assert any("format_version" in problem for problem in problems())


@pytest.mark.parametrize("path", [(), (".",), ("gemspec.yaml",), ("{here}",), ("{here}/gemspec.yaml",)])
def test_ways_to_say_a_project(project: Path, path: tuple[str, ...]) -> None:
    """The current folder, a folder and its project file mean the same."""
    paths = [part.format(here=project) for part in path]
    assert keys(*paths) == ["a1", "a2", "b", "c", "in-project"]
    assert load(paths).whole


@pytest.mark.parametrize("project_file", [None, "gemspec.yaml"])
def test_manifest_files_are_a_part(project: Path, project_file: str | None) -> None:
    """PATHs that name manifest files work on their keys alone."""
    workspace = load(["models/deep/b.yml", "models/c.json"], project=project_file)
    assert ([desired.key for desired in workspace.desired], workspace.whole) == (["b", "c"], False)


def test_a_part_does_not_know_the_other_keys(here: Path) -> None:
    """In a part of a project a parent that is not there may stand in another file."""
    write(here, {"m.yaml": model("b", baseModel=None, tunedModelSource={"key": "a"})})
    assert keys("m.yaml") == ["b"]


def test_the_project_is_the_nearest_above(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project of a manifest file is found above it, and problems name files from where the user stands."""
    monkeypatch.chdir(project / "models/deep")
    assert keys("b.yml") == ["b"]
    write(project, {"gemspec.yaml": PROJECT.replace("emulator", "x")})
    assert problems("b.yml") == ['../../gemspec.yaml:4:18: provider cannot be "x", write emulator, gemini or vertex']


@pytest.mark.parametrize("name", [None, "gemspec.yaml", "prod.yaml"])
def test_standard_input(here: Path, name: str | None) -> None:
    """`-` is the whole desired state; its project is ./gemspec.yaml or --project; foreign documents do not matter."""
    write(here, {"prod.yaml": PROJECT, "m.yaml": model("m")})
    workspace = load(["-"], project=name, stdin=io.BytesIO(f"{model('a')}---\n{FOREIGN}".encode()))
    assert ([desired.key for desired in workspace.desired], workspace.whole) == (["a"], True)
    assert len(workspace.examples("a")) == 1


def test_mistakes_on_standard_input(here: Path) -> None:
    """Standard input is named in problems, and holds no Project."""
    write(here, {})
    assert problems("-", stdin=f"{PROJECT}---\n{model(topP=2)}".encode()) == [
        "<stdin>:1:1: a Project is not a manifest, name the project's file with --project",
        "<stdin>:11:9: topP cannot be 2, write at most 1",
    ]
    assert problems("-", stdin=b"a: [1") == [
        '<stdin>:1:4: the list that "[" opens here is not closed, write "," between items, "]" at the end'
    ]


def test_json_on_standard_input(here: Path) -> None:
    """kubectl writes JSON too, with surrogate pairs that YAML refuses."""
    write(here, {})
    text = '{"apiVersion": "gemspec/v1", "kind": "TunedModel", "metadata": {"name": "a"}, "spec": {"displayName": "\\ud83d\\ude00"}}'
    assert [line.split(": ")[1] for line in problems("-", stdin=text.encode())][:1] == [
        'missing field "baseModel" or "tunedModelSource", write baseModel'
    ]


def test_another_project_file(here: Path) -> None:
    """--project may name another project file of the folder; each ignores the other."""
    write(here, {"prod.yaml": PROJECT.replace("bots", "prod"), "m.yaml": model("m")})
    assert load(project="prod.yaml").project.owner == "prod"
    assert load(["."], project="prod.yaml").project.owner == "prod"
    assert load(["prod.yaml"], project="prod.yaml").whole
    assert load().project.owner == "bots"


@pytest.mark.parametrize(
    ("globs", "expected"),
    [
        ("models/*.json", ["c"]),
        ("models/**", ["b", "c"]),
        ("**/*.y*ml", ["a1", "a2", "b", "in-project"]),
        ("./models/**/deep/b.yml", ["b"]),
        ("models/[!c].json", None),
    ],
)
def test_globs(project: Path, globs: str, expected: list[str] | None) -> None:
    """spec.manifests says which files hold manifests."""
    inside = f"---\n{model('in-project')}" if expected and "in-project" in expected else ""
    write(project, {"gemspec.yaml": PROJECT.replace("emulator}", f'emulator, manifests: ["{globs}"]}}') + inside})
    if expected is None:
        assert problems()[0].startswith('gemspec.yaml:4:40: no file matches "models/[!c].json"')
    else:
        assert keys() == expected


def test_a_manifest_in_a_project_file_that_no_glob_names(here: Path) -> None:
    """A manifest beside the Project is lost without a word where spec.manifests names other files: an error."""
    text = PROJECT.replace("emulator}", "emulator, manifests: [m.yaml]}") + f"---\n{model('in-project')}"
    write(here, {"gemspec.yaml": text, "prod.yaml": text, "m.yaml": model("m")})
    for name in ("gemspec.yaml", "prod.yaml"):
        assert problems(project=name) == [
            f"{name}:6:1: this manifest stands in {name}, which spec.manifests does not cover, "
            f'move it, or add "{name}" to spec.manifests'
        ]
    assert keys("m.yaml") == ["m"]


def test_a_slow_glob(project: Path) -> None:
    """No glob takes long, whatever a pull request writes into it."""
    stars = "/".join(["**", "*a*a*a*a*a*a*a*a*b"] * 20)
    text = PROJECT.replace("emulator}", f'emulator, manifests: ["{stars}"]}}')
    write(project, {"gemspec.yaml": text, "/".join(["a" * 100] * 20) + "/x.yaml": ""})
    assert "no file matches" in problems()[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files(project: Path) -> None:
    """What may not be read may be a manifest: a problem, never skipped."""
    (project / "a.yaml").chmod(0)
    (project / "models").chmod(0)
    assert problems() == [
        "a.yaml: a.yaml cannot be read, permission denied",
        "models: this folder cannot be read, permission denied",
    ]


ARGUMENTS = {
    "a folder without project": (["models"], "models holds no gemspec.yaml, its project is gemspec.yaml: name that, or the manifest files to work on"),
    "a missing file": (["models/deep/bb.yml"], 'there is no file or folder models/deep/bb.yml, did you mean "models/deep/b.yml"?'),
    "nothing like it": (["zzz"], "there is no file or folder zzz, name a project folder, or manifest files"),
    "folder and file": ([".", "a.yaml"], "a project folder is the whole desired state and cannot be combined with other paths, name either one project folder or the manifest files to work on"),
    "standard input and more": (["-", "a.yaml"], '"-" (standard input) cannot be combined with other paths, it is the whole desired state'),
    "two projects": (["a.yaml", "other/x.yaml"], "these files belong to different projects: gemspec.yaml and other/gemspec.yaml, work on one project at a time"),
    "a file without manifest": (["deployment.yaml"], "deployment.yaml:1: this file holds no manifest, write apiVersion: gemspec/v1 and kind: TunedModel"),
}  # fmt: skip


@pytest.mark.parametrize(("paths", "expected"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments(project: Path, paths: list[str], expected: str) -> None:
    """PATHs that make no sense are refused with what to say instead."""
    assert problems(*paths) == [expected]


def test_wrong_project_arguments(project: Path) -> None:
    """--project must be a file, and that of the folder."""
    assert problems(project="x.yaml") == ["--project x.yaml is not a file, name a project file such as gemspec.yaml"]
    assert problems("other", project="gemspec.yaml") == [
        "--project gemspec.yaml is not in other, write --project other/gemspec.yaml, or leave one of the two out"
    ]


def test_no_project(here: Path) -> None:
    """Without a project file anywhere it says what to write, and knows gemspec.yml."""
    (here / "m.yaml").write_text(MODEL)
    assert problems() == [
        "the current folder holds no gemspec.yaml, name a project folder, or write a gemspec.yaml with kind: Project"
    ]
    assert problems("m.yaml") == [
        "there is no gemspec.yaml in the folder of m.yaml or above, "
        "write a gemspec.yaml with kind: Project, or name one with --project"
    ]
    (here / "gemspec.yml").write_text(PROJECT)
    assert problems() == ["the current folder holds no gemspec.yaml, rename gemspec.yml to gemspec.yaml"]


def test_no_manifests(here: Path) -> None:
    """Nothing at all is an error, since it would delete everything, unless it is meant."""
    write(here, {})
    advice = "write one with kind: TunedModel, or say --allow-empty if every model is to go"
    assert problems() == [f"gemspec.yaml: there is no manifest in the current folder, {advice}"]
    assert problems("-") == [f"<stdin>: there is no manifest in standard input, {advice}"]
    assert keys(allow_empty=True) == []
    assert keys("-", allow_empty=True) == []


@pytest.mark.parametrize(
    "head",
    ["apiVersion: gemspc/v1", "apiVersion: gem-spec/v1", "apiVersion: Gemspec/v1", "kind: Project", "kind: TunedModel", "kind: TunedModle"],
)  # fmt: skip
@pytest.mark.parametrize("rest", ["spec: {}\n", "spec: [\n"])
def test_nothing_of_ours_is_skipped(here: Path, head: str, rest: str) -> None:
    """A typo must not make a manifest vanish, whether or not the file can be read."""
    write(here, {"a.yaml": MODEL, "m.yaml": f"{head}\n{rest}"})
    assert all(line.startswith("m.yaml:") for line in problems())


WITHOUT_HEAD = "".join(MODEL.splitlines(keepends=True)[2:])
AS_JSON = '{"metadata": {"name": "a"}, "spec": {"tuningTask": {}}}'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.yaml", WITHOUT_HEAD),
        ("m.yaml", f"kind:\napiVersion: ''\n{WITHOUT_HEAD}"),
        ("m.yaml", "metadata: {name: a}\nspec: {tunedModelSource: {key: b}}\n"),
        ("m.yml", "metadata: {name: a}\nspec: {baseModel: models/x}\n"),
        ("m.json", AS_JSON),
    ],
)
def test_a_manifest_that_lost_its_head(here: Path, name: str, text: str) -> None:
    """Without apiVersion and kind a manifest still looks like one: it is not skipped, which would delete its model."""
    write(here, {"a.yaml": model("a"), name: text})
    expected = f"{name}:1:1: apiVersion and kind are missing, write apiVersion: gemspec/v1 and kind: TunedModel"
    assert problems() == [expected]
    assert problems(name) == [expected]


def test_other_heads_that_are_lost(here: Path) -> None:
    """A kind of one's own without apiVersion, and manifests within a list without their heads."""
    write(here, {"a.yaml": model("a"), "m.yaml": f"kind: Model\n{WITHOUT_HEAD}", "n.json": f"[{AS_JSON}]"})
    assert problems() == [
        'm.yaml:1:7: kind "Model" is not one that gemspec knows, write kind: TunedModel',
        'n.json:1:2: manifests within a list are not read, write each as a document of its own, with a line "---" '
        "between them",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PROJECT.replace("kind: Project\n", ""), 'missing or unreadable field "kind", write kind: Project'),
        (f"{PROJECT[:23]}metadata: {{name: x}}\n", 'missing or unreadable field "kind", write kind: Project'),
        (PROJECT[37:], "apiVersion and kind are missing, write apiVersion: gemspec/v1 and kind: Project"),
        (MODEL.replace("kind: TunedModel\n", ""), 'missing or unreadable field "kind", write kind: TunedModel'),
    ],
)
def test_a_project_that_lost_its_head(here: Path, text: str, expected: str) -> None:
    """In a project file the kind that is missing is Project, unless the document looks like a model."""
    write(here, {"gemspec.yaml": text, "m.yaml": MODEL})
    assert f"gemspec.yaml:1:1: {expected}" in problems()


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-16", "1:1: the file is in UTF-16"),
        ("utf-16-le", "1:1: the file seems to be in UTF-16"),
        ("utf-16-be", "1:1: the file seems to be in UTF-16"),
        ("utf-32", "1:1: the file is in UTF-32"),
        ("latin-1", "4:16: the byte 0xe9 is not UTF-8"),
    ],
)
@pytest.mark.parametrize("text", [MODEL, WITHOUT_HEAD, "x:\n  y:\n    z:\n      n: 'é baseModel'\n"])
@pytest.mark.parametrize("name", ["m.yaml", "m.json"])
def test_other_encodings_are_not_skipped(here: Path, encoding: str, said: str, text: str, name: str) -> None:
    """A file that cannot be decoded and mentions what only we have may be a manifest: PowerShell writes UTF-16."""
    text = f"# \n# \n# \n# a comment, é\n{text}" if "é" not in text else text
    write(here, {"a.yaml": model("a"), name: text.encode(encoding)})
    (line,) = problems()
    assert line.startswith(f"{name}:{said.partition(':')[0]}:")
    assert said.partition(": ")[2] in line


@pytest.mark.parametrize(
    "version", ["v1", "apps/v1", "helm.sh/v1", "gem/v1", "spec/v1", "genome/v1", "kustomize.config.k8s.io/v1"]
)
def test_other_peoples_documents_are_skipped(here: Path, version: str) -> None:
    """Documents of other tools do not matter, even where they mention gemspec."""
    other = f"apiVersion: {version}\nkind: Thing\nuses: gemspec\nx: !Ref y\n"
    like_ours = f"apiVersion: {version}\nmetadata: {{name: a}}\nspec: {{tuningTask: {{}}, baseModel: x}}\n"
    policy = "kind: Thing\nuses: gemspec\nmetadata: {name: a}\nspec: {policy: {}}\n"
    write(here, {"m.yaml": MODEL, "x.yaml": f"{other}---\n{like_ours}---\n{policy}"})
    assert keys() == ["numbers"]


def test_project_defaults(here: Path) -> None:
    """The project file alone: folder, owner, provider and policy; manifests are not read."""
    write(here, {"m.yaml": "kind: TunedModel"})
    assert load_project() == (here.relative_to(here), Project("bots", "emulator", Limit(30, percent=True), 10))
    assert load_project("m.yaml") == load_project("gemspec.yaml") == load_project(project="gemspec.yaml")
    policy = "emulator, policy: {maxDeletes: 3, maxTrainings: 2}}"
    write(here, {"gemspec.yaml": PROJECT.replace("emulator}", policy)})
    assert load_project()[1] == Project("bots", "emulator", Limit(3), 2)
    text = PROJECT.replace("{name: bots}", "{name: bots, distinctFrom: [prod, staging, prod]}")
    (here / "gemspec.yaml").write_text(text)
    assert load_project()[1].distinct_from == ("prod", "staging")
    write(here, {"gemspec.yaml": "kind: Project"})
    with pytest.raises(InputError, match=r'gemspec\.yaml:1:1: missing field "apiVersion"'):
        load_project()
