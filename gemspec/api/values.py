"""The values that the calls of the public API take and give: a project, a plan, a result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gemspec.domain import plan as planned
    from gemspec.domain.errors import Problem
    from gemspec.domain.events import StepEnded
    from gemspec.domain.model import DesiredModel
    from gemspec.domain.plan import Block
    from gemspec.manifest import Workspace
    from gemspec.planner import PlanOptions
    from gemspec.reports.plan import PlanDocument
    from gemspec.reports.result import ResultDocument


@dataclass(frozen=True, slots=True)
class Project:
    """A project as its files describe it: what `load` gives and `plan` takes.

    `models` are the manifests, in order of their keys. `whole` is False where paths named manifest files: then no
    other key is deleted. `warnings` are problems that do not stop a run.
    """

    workspace: Workspace = field(repr=False)

    @property
    def name(self) -> str:
        """The owner on every model that the project makes."""
        return self.workspace.project.owner

    @property
    def provider(self) -> str:
        return self.workspace.project.provider

    @property
    def folder(self) -> Path:
        return self.workspace.folder

    @property
    def models(self) -> tuple[DesiredModel, ...]:
        return self.workspace.desired

    @property
    def whole(self) -> bool:
        return self.workspace.whole

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return self.workspace.warnings

    def __repr__(self) -> str:
        return f"<Project {self.name}: {len(self.models)} models>"


@dataclass(frozen=True, slots=True)
class Plan:
    """What apply would do. `document` is what `gemspec plan --format json` prints, by schemas/plan.v1.schema.json."""

    document: PlanDocument
    value: planned.Plan
    workspace: Workspace
    options: PlanOptions
    endpoint: str | None

    @property
    def digest(self) -> str:
        """Equal for plans that do the same."""
        return self.document["digest"]

    @property
    def has_changes(self) -> bool:
        """Whether apply would write anything; waiting for a training is no change."""
        return self.value.has_changes

    @property
    def is_applyable(self) -> bool:
        """Whether nothing blocks the plan."""
        return self.value.is_applyable

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks, each with what lifts it."""
        return self.value.blocks

    def __repr__(self) -> str:
        return f"<Plan of {self.value.owner}: {len(self.value.steps)} steps, {self.digest}>"


@dataclass(frozen=True, slots=True)
class Result:
    """How an apply ended. `document` is what `gemspec apply --format json` prints, by schemas/result.v1.schema.json."""

    document: ResultDocument
    steps: tuple[StepEnded, ...]

    @property
    def outcome(self) -> str:
        """complete, in_progress, timed_out or incomplete."""
        return self.document["outcome"]

    @property
    def is_complete(self) -> bool:
        """Whether all steps were done, and no key stays behind its manifest."""
        return self.outcome == "complete"

    @property
    def serving(self) -> dict[str, str | None]:
        """Key -> remote name of its serving model, None where no model serves. Keys are left out where that is
        unknown.
        """
        return {entry["key"]: entry["serving"] for entry in self.document["keys"]}

    def __repr__(self) -> str:
        return f"<Result {self.outcome}: {len(self.steps)} steps>"
