"""`gemspec init`: writes a new project, copied from gemspec/starter. Never overwrites. It asks for a name where that of
the folder says nothing: two projects of one name would delete each other's models.

A provider may replace files with its own, in the folder that its `ProviderSpec` names.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import click

from gemspec.cli import signals
from gemspec.domain.errors import GemspecError
from gemspec.identity.hashing import OWNER_PATTERN
from gemspec.providers import registry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from gemspec.providers.spec import ProviderSpec

# File in the project -> what it is for. Its content is the file of that name in gemspec/starter, without a leading dot.
FILES = {
    "gemspec.yaml": "the project: its owner and service",
    "models/number-generator.yaml": "a manifest: one tuned model",
    "data/numbers.jsonl": "its training data",
    ".gitignore": "keeps the emulator's data out of Git",
}
# Names of folders that say nothing of what is in them: the next repository may well have the same.
SAYS_NOTHING = frozenset({
    "ai", "app", "apps", "assets", "backend", "bin", "build", "checkout", "ci", "cloud", "code", "config",
    "configs", "data", "demo", "deploy", "deployment", "dev", "dist", "docs", "emulator", "env", "example",
    "examples", "fine-tuning", "finetuning", "folder", "frontend", "gcp", "gemini", "gemspec", "gemspecs", "git",
    "github", "gitlab", "google", "home", "infra", "infrastructure", "lib", "llm", "llms", "local", "main",
    "manifests", "master", "ml", "model", "models", "my", "my-app", "my-models", "my-project", "new",
    "new-project", "ops", "output", "package", "packages", "prod", "production", "project", "projects", "prompts",
    "repo", "repos", "repository", "root", "sandbox", "scratch", "script", "scripts", "server", "service",
    "services", "source", "src", "staging", "starter", "temp", "template", "terraform", "test", "tests", "tmp",
    "training", "trunk", "tuned-models", "tunedmodels", "tuning", "untitled", "user", "users", "var", "vertex",
    "vertex-ai", "work", "workdir", "workspace", "workspaces", "yaml",
})  # fmt: skip
MAX_NAME = 30
COMMON = "gemspec", "starter"  # package and folder of the files that a provider does not replace


class ProviderChoice(click.Choice[str]):
    """The emulator, or a provider that is registered when the choice is made."""

    def __init__(self) -> None:
        super().__init__((registry.EMULATOR, *registry.names()))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        self.choices = (registry.EMULATOR, *registry.names())
        return super().convert(value, param, ctx)


def places() -> str:
    """`on the Gemini API, or on Vertex AI`."""
    *others, last = (f"on {name}" for name in registry.names().values())
    return f"{', '.join([*others, 'or'])} {last}"


@click.command("init")
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--provider",
    type=ProviderChoice(),
    default=registry.EMULATOR,
    show_default=True,
    help=f"Where the models live: on this machine, {places()}.",
)
@click.option("--name", help="The project's name, the owner of its models. [default: the folder's name]")
def command(folder: Path, provider: str, name: str | None) -> None:
    """Write a project to start from into FOLDER (default: this one): project file, manifest, data, .gitignore.

    The project is named after its folder. Where that says nothing (models, src), it asks, or needs --name. It talks to
    no service, and overwrites nothing: where one of its files exists, none is written.
    """
    _refuse_existing(folder)
    owner = _checked(name) if name is not None else owner_name(folder) or _asked(folder)
    with signals.deferred():  # half of a project would be refused the next time
        for file, content in contents(provider, {"name": owner, "provider": provider}).items():
            _write(folder / file, content)
    click.echo("\n".join(_summary(folder, owner, provider)))


def contents(provider: str, values: Mapping[str, str]) -> dict[str, str]:
    """File -> what to write into it."""
    return {file: Template(_starter(provider, file).read_text("utf-8")).substitute(values) for file in FILES}


def _starter(provider: str, file: str) -> Traversable:
    """The provider's own file, if it has such a file, else the common file."""
    spec = _spec(provider)
    folders = [spec.starter, COMMON] if spec and spec.starter else [COMMON]
    found = [files(package).joinpath(folder, *file.removeprefix(".").split("/")) for package, folder in folders]
    return next((path for path in found if path.is_file()), found[-1])


def _spec(provider: str) -> ProviderSpec | None:
    """The spec of a provider; None for the emulator, which replaces several."""
    return None if provider == registry.EMULATOR else registry.find(provider, ())


def owner_name(folder: Path) -> str:
    """A valid name for a project in `folder`, as similar to the folder's name as possible; "" where the folder's name
    says nothing.
    """
    plain = unicodedata.normalize("NFKD", folder.resolve().name).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).lstrip("-0123456789")[:MAX_NAME].rstrip("-")
    meaning = re.sub(r"[-0-9]+$", "", name)  # app-2 says no more than app
    return "" if meaning in SAYS_NOTHING or len(meaning) < 2 else name


def _asked(folder: Path) -> str:
    """Ask for the project's name. Raises GemspecError where nobody can answer."""
    why = f"the folder's name ({_shown(Path(folder.resolve().name))}) says nothing about the project"
    command = f"gemspec init{'' if folder == Path() else ' ' + _quoted(folder)} --name support-bots"
    if not sys.stdin.isatty():
        summary = f"{why}, and two projects of one name would delete each other's models"
        raise GemspecError(summary, f"name it after what it is for: {command}")
    click.echo(f"A project needs a name of its own, and {why}.")
    try:
        return _checked(click.prompt("Name").strip())
    except click.Abort as abort:
        raise GemspecError("there is no name, and nothing was written", f"give one: {command}") from abort


def _checked(name: str) -> str:
    if not re.fullmatch(OWNER_PATTERN, name):
        raise GemspecError(
            f"{name!r} is no name for a project",
            "write at most 30 lower-case letters, digits and hyphens, a letter first and no hyphen last, "
            "such as support-bots",
        )
    return name


def _refuse_existing(folder: Path) -> None:
    existing = [_shown(folder / file) for file in FILES if os.path.lexists(folder / file)]
    if existing:
        one = len(existing) == 1
        raise GemspecError(
            f"{', '.join(existing)} {'exists' if one else 'exist'} already, and nothing was written",
            "name a new folder, such as `gemspec init support-bots`",
        )


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            try:
                file.write(content)
                file.flush()
            except OSError:  # the disk is full: half a file would be in the way of the next try
                path.unlink()
                raise
    except OSError as error:
        raise GemspecError(f"{_shown(path)} cannot be written", (error.strerror or str(error)).lower()) from error


def _summary(folder: Path, owner: str, provider: str) -> list[str]:
    """What was written, and what to do next."""
    place = registry.names().get(provider, "the emulator")
    names = {_shown(folder / file): words for file, words in FILES.items()}
    width = max(map(len, names))
    return [
        f"Project {owner}, on {place}:",
        "",
        *(f"  {name.ljust(width)}  {words}" for name, words in names.items()),
        "",
        "Next:",
        "",
        *(f"  {line}".rstrip() for line in _next(folder, provider)),
    ]


def _next(folder: Path, provider: str) -> list[str]:
    steps = [
        ("gemspec plan", "shows what would be trained"),
        ("gemspec apply", "trains it"),
        ("gemspec ask number-generator 3", "asks the trained model"),
        ("gemspec explain spec", "says what else a manifest can hold"),
    ]
    if folder != Path():
        steps.insert(0, (f"cd {_quoted(folder)}", ""))
    lines = [f"{step.ljust(30)}  {words}".rstrip() for step, words in steps]
    spec = _spec(provider)
    before = [*spec.before_plan, ""] if spec and spec.before_plan else []
    return [*before, *lines]


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(_shown(path))


def _shown(path: Path) -> str:
    from gemspec.util.escape import terminal

    return terminal(os.fsencode(path).decode("utf-8", "backslashreplace"))
