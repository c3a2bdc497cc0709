"""Projects on one service, people who run gemspec in them, and another client who does not."""

from __future__ import annotations

import contextlib
import io
import json
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from support.services import SERVICES

from gemspec import cli

from .service import TRAINING_SECONDS, Killed, Service

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from support.services import Seen

    from .service import Trouble

PROMPT = "ticket 7"
EXAMPLES = 20  # as many as bring no warning
OWNER = "team"
KILLED = -9  # the exit status of what was killed
_TASK = ("hyperparameters", "validationData", "exportLastCheckpointOnly")  # what is in a manifest's tuningTask
_ASKING = ("apply", "cancel", "destroy")  # before they write


@dataclass(frozen=True)
class Saved:
    """A stage as it was at one moment."""

    owner: str
    files: Mapping[Path, bytes]
    names: Mapping[str, list[str]]
    service: tuple[float, sqlite3.Connection]


@dataclass
class Stage:
    """`folder` holds a folder for each project. `said` and `status` are those of the last command.

    Models go by `key#n`, the n-th that was ever trained as `key`; those of other projects by `owner:key#n`.
    """

    folder: Path
    provider: str
    owner: str = OWNER
    repository: str = ""
    said: str = ""
    status: int = 0
    service: Service = field(default_factory=Service)
    names: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.there = SERVICES[self.provider](self.service)
        self.enter(OWNER)

    def enter(self, owner: str, repository: str = "", distinct: str = "", location: str = "us-central1") -> None:
        """Go to a project; make it, where it is not there yet. `repository` tells those of one name apart."""
        self.owner, self.repository = owner, repository
        self.here.mkdir(exist_ok=True)
        metadata = f"{{name: {owner}{f', distinctFrom: [{distinct}]' if distinct else ''}}}"
        text = f"apiVersion: gemspec/v1\nkind: Project\nmetadata: {metadata}\nspec:\n  provider: emulator\n"
        (self.here / "gemspec.yaml").write_text(text + self.there.place.replace("us-central1", location))

    @property
    def here(self) -> Path:
        return self.folder / f"{self.owner}{self.repository}"

    def save(self) -> Saved:
        """Everything that there is, so that another story can begin with it."""
        files = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        return Saved(self.owner, files, deepcopy(self.names), self.service.save())

    def restore(self, saved: Saved) -> None:
        """Be as it was then, whatever has happened since."""
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in saved.files:
                path.unlink()
        for path, content in saved.files.items():
            path.write_bytes(content)
        self.owner, self.names = saved.owner, deepcopy(saved.names)
        self.service.restore(saved.service)

    def declare(self, key: str, metadata: Mapping[str, str], spec: Mapping[str, Any], says: str | None) -> None:
        """Write the manifest of a key, whose model is to answer `says`; with None, no data is declared."""
        task = {name: spec[name] for name in _TASK if name in spec}
        rest = {name: value for name, value in spec.items() if name not in _TASK and value not in ({}, [])}
        if says and says.startswith("gs://"):
            rest["tuningTask"] = {**task, "trainingData": {"uri": says}}
        elif says is not None:
            rows = ({"textInput": prompt, "output": answer} for prompt, answer in examples(says))
            (self.here / f"{key}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
            rest["tuningTask"] = {**task, "trainingData": {"files": [f"{key}.jsonl"]}}
        head = {"apiVersion": "gemspec/v1", "kind": "TunedModel", "metadata": {"name": key, **metadata}}
        manifest = {**head, "spec": rest}
        (self.here / f"{key}.yaml").write_text(json.dumps(manifest, indent=2))  # which is YAML, too

    def run(self, words: Sequence[str], trouble: Trouble | None = None, *, asks: bool = True) -> None:
        """Run gemspec in this process; who is asked says yes."""
        self.service.begin(trouble)
        asks = asks and (words[0] in _ASKING or {"--accept", "--from-owner", "prune"} & {*words})
        said = io.StringIO()
        with contextlib.chdir(self.here), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                self.status = cli.run([*words, *(["--auto-approve"] if asks else [])])
            except BaseException as error:
                if not _is_killed(error):
                    raise
                self.status = KILLED
        self.said = said.getvalue()
        self.service.end()
        if self.service.writes:
            self.look()

    def train(self, key: str, says: str) -> None:
        """Somebody trains a model without gemspec."""
        self.names[key] = [self.there.train(key, examples(says))]
        self.later()

    def later(self) -> None:
        """Trainings have ended."""
        self.service.now += 2 * TRAINING_SECONDS

    def output(self, key: str) -> str:
        """The name that `gemspec output` gives."""
        self.run(["output", key])
        assert self.status == 0, "no model serves"
        return self.said.strip().rpartition("\n")[2]  # warnings come before it

    def answer(self, key: str) -> str:
        """What a caller gets that asks the model which `gemspec output` names."""
        return self.there.answer(self.output(key), PROMPT)

    def name(self, label: str) -> str:
        """The name of `key#n`, or of a part of it: `key#n/endpoint`."""
        model, _, part = label.partition("/")
        key, _, number = model.partition("#")
        return self.look()[model].parts[part] if part else self.names[key][int(number) - 1]

    def look(self) -> dict[str, Seen]:
        """Every model on the service, by its label."""
        found = sorted(self.there.models(), key=lambda model: (datetime.fromisoformat(model.created), model.name))
        known = {name: key for key, names in self.names.items() for name in names}
        for model in found:
            if model.name not in known:
                self.names.setdefault(self.key_of(model), []).append(model.name)
        labels = {name: f"{key}#{n}" for key, names in self.names.items() for n, name in enumerate(names, 1)}
        return {labels[model.name]: model for model in found}

    def key_of(self, model: Seen) -> str:
        """The key that the marker of a model says, with its project where that is not the first one."""
        owner, key = model.marker.get("owner"), model.marker.get("key", "?")
        return key if owner in (None, OWNER) else f"{owner}:{key}"

    def words(self, seen: Mapping[str, Seen]) -> dict[str, str]:
        """What every model is, in a word, by its label; with its key, where that is not the one it was trained as."""
        numbers: dict[str, list[int]] = {}
        for model in seen.values():
            if model.state == "ACTIVE" and model.answers:
                numbers.setdefault(self.key_of(model), []).append(_number(model))
        return {label: self._word(label, model, numbers) for label, model in sorted(seen.items())}

    def _word(self, label: str, model: Seen, numbers: Mapping[str, list[int]]) -> str:
        key = self.key_of(model)
        moved = f" {key}" if model.marker and key != label.partition("#")[0] else ""
        if model.state != "ACTIVE":
            return {"CREATING": "training", "FAILED": "failed"}[model.state] + moved
        if not model.marker:
            return "free"
        if not model.answers:
            return "silent" + moved
        role = "serves" if _number(model) == max(numbers[key]) else "retired"
        return (role if _number(model) else "candidate") + moved


def _number(model: Seen) -> int:
    return int(model.marker.get("serving", 0))


def examples(says: str) -> list[tuple[str, str]]:
    """Training data for a model that always says the same."""
    return [(f"ticket {n}", says) for n in range(EXAMPLES)]


def _is_killed(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(map(_is_killed, error.exceptions))
    return isinstance(error, Killed)
