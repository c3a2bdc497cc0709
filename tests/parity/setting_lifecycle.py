"""The life of a setting over the real emulator in this process: manifests are read, plans made and carried out."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from gemspec import manifest
from gemspec.api.connection import make_plan
from gemspec.applier import ApplyOptions, Run
from gemspec.domain.plan import Kind
from gemspec.domain.settings import GEMINI, SettingKind, SettingType
from gemspec.emulator import VertexOptions, create_app
from gemspec.identity.normal_form import entries
from gemspec.planner import PlanOptions
from gemspec.providers import registry
from gemspec.providers.spec import Connection
from gemspec.providers.vertex.wire.parts import JOB
from gemspec.render.terminal.plan import plan_text

if TYPE_CHECKING:
    from gemspec.domain.settings import Setting

BLOCK = "  vertex: {project: my-project, location: us-central1, bucket: my-bucket}\n"
BASE_MODELS = {GEMINI: "models/gemini-1.0-pro-001", "vertex": "gemini-2.5-flash"}
JOBS = "/v1/projects/my-project/locations/us-central1/tuningJobs"
PROJECT = "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: team}\nspec:\n  provider: emulator\n"


def walk(setting: Setting, provider: str, value: Any) -> None:
    """Walk the life of a setting, by what it is to a model. Raises where something is not as it should be."""
    with tempfile.TemporaryDirectory() as folder:
        anyio.run(_walk, setting, provider, value, Path(folder))


async def _walk(setting: Setting, provider: str, value: Any, folder: Path) -> None:
    project = Project(folder, provider)
    try:
        match setting.kind:
            case SettingKind.MUTABLE:
                await _changed_and_kept(project, setting, value)
            case SettingKind.HYPERPARAMETER | SettingKind.FIXED:
                await _identifies(project, setting, value)
            case SettingKind.EXTRA:
                await _sent(project, setting, value)
    finally:
        await project.provider.aclose()


async def _changed_and_kept(project: Project, setting: Setting, value: Any) -> None:
    """Set on a model that is there, it is changed; a replacement keeps it where its manifest is silent."""
    await project.apply(None)
    assert setting.name in await project.apply(setting, value)
    await project.expect_no_changes()
    await project.apply(None, replace=frozenset({"key"}))
    await project.expect_no_changes()
    models = await project.provider.list()
    assert len(models) == 2
    for model in models:
        assert entries(setting, value).items() <= model.settings.items()


async def _identifies(project: Project, setting: Setting, value: Any) -> None:
    """It is sent with the training, is reported, and another value trains the next generation."""
    await project.apply(setting, value)
    await project.expect_no_changes()
    [model] = await project.provider.list()
    assert entries(setting, value).items() <= {**model.hyperparameters, **model.fixed}.items()
    project.declare(setting, _other(setting, value))
    plan, _ = await project.plan()
    assert plan.keys[0].kind is Kind.REPLACE


async def _sent(project: Project, setting: Setting, value: Any) -> None:
    """It is sent with the training, and another value changes nothing."""
    await project.apply(setting, value)
    found = (await project.jobs())[0]
    for name in JOB.place(setting):
        found = found.get(name, {})
    assert found in (value, {})  # an answer leaves out what is false
    project.declare(None)
    await project.expect_no_changes()


class Project:
    """A project with a single key on an emulator of its own. Trainings take no time."""

    def __init__(self, folder: Path, provider: str) -> None:
        self.folder, self.kind = folder, provider
        app = create_app(None, training_seconds=0, buckets=["my-bucket"], vertex=VertexOptions(operation_seconds=0))
        self._app = app
        (folder / "gemspec.yaml").write_text(PROJECT + (BLOCK if provider == "vertex" else ""))
        self.declare(None)
        spec = registry.of(manifest.load([str(folder)]).project)
        block = manifest.load([str(folder)]).project.blocks.get(provider, {})
        self.provider = spec.open(Connection({}, block=block, open_emulator=lambda buckets: app, emulator_label="here"))

    def declare(self, setting: Setting | None, value: Any = None) -> None:
        """Write the manifest, with the setting or without any."""
        rows = [{"textInput": str(number), "output": str(number + 1)} for number in range(20)]
        spec: dict[str, Any] = {
            "baseModel": BASE_MODELS[self.kind],
            "tuningTask": {"trainingData": {"examples": rows}},
        }
        block = spec
        for name in setting.path[:-1] if setting else ():
            block = block.setdefault(name, {})
        if setting:
            block[setting.path[-1]] = value
        head = {"apiVersion": "gemspec/v1", "kind": "TunedModel", "metadata": {"name": "key"}}
        (self.folder / "key.json").write_text(json.dumps({**head, "spec": spec}))

    async def plan(self, **options: Any) -> tuple[Any, str]:
        self.workspace = manifest.load([str(self.folder)])
        plan, document = await make_plan(self.provider, self.workspace, PlanOptions(**options))
        return plan, plan_text(document)

    async def apply(self, setting: Setting | None, value: Any = None, **options: Any) -> str:
        """Declare it, and carry the plan out; gives the plan's text."""
        self.declare(setting, value)
        plan, text = await self.plan(**options)
        result = await Run(plan, self.provider, self.workspace, ApplyOptions(), lambda _: None).run()
        assert [end.message for end in result.ended if end.outcome != "done"] == []
        return text

    async def expect_no_changes(self) -> None:
        plan, text = await self.plan()
        assert not plan.has_changes, text

    async def jobs(self) -> Any:
        """The tuning jobs of the service."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://here") as client:
            return (await client.get(JOBS)).json()["tuningJobs"]


def _other(setting: Setting, value: Any) -> Any:
    """Another value that is valid, too."""
    match setting.type:
        case SettingType.FLOAT32:
            return value / 2
        case SettingType.INTEGER:
            return value + 1
        case SettingType.ENUM:
            return "ADAPTER_SIZE_ONE"
        case _:
            return f"{value}2"
