"""Terraform over as many resources of the same shape, for comparison; `terraform_data`, which needs no provider."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import projects
from measure import Row, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def rows(folder: Path, models: int, runs: int) -> Iterator[Row]:
    """Create them once, then plan with nothing to change."""
    folder.mkdir(parents=True)
    resources = {f"model_{number:05d}": _resource(number) for number in range(models)}
    (folder / "main.tf.json").write_text(json.dumps({"resource": {"terraform_data": resources}}))
    terraform = shutil.which("terraform") or "terraform"
    run([terraform, "init", "-input=false"], folder)
    created = run([terraform, "apply", "-auto-approve", "-input=false"], folder)
    command = [terraform, "plan", "-input=false", "-detailed-exitcode"]
    yield Row.of(f"terraform plan, {models:,} resources, no changes", [run(command, folder) for _ in range(runs)])
    yield Row.of(f"terraform apply, {models:,} creates", [created])


def _resource(number: int) -> dict[str, object]:
    examples = [
        {"text_input": f"question {n} of {number}: {number} + {n}?", "output": str(number + n)}
        for n in range(projects.EXAMPLES)
    ]
    model = {
        "display_name": f"Model {number}",
        "description": f"The model of number {number}",
        "base_model": "models/gemini-1.5-flash-001-tuning",
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "hyperparameters": {"epoch_count": 5, "batch_size": 4, "learning_rate": 0.001},
        "examples": examples,
    }
    return {"input": model}
