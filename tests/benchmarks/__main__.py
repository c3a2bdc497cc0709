"""`python tests/benchmarks`: how long gemspec takes over projects of up to ten thousand models, measured as its users
would: whole processes against an emulator in another process. Most run several times.

Prints a table (median seconds, peak memory, requests a run, and what each is to be at most) and writes it as JSON with
the machine. `--quick` is a tenth of the size. Where `terraform` is installed it runs beside gemspec, over as many
built-in resources of the same shape. Nothing here is a test: figures differ between machines.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import fingerprints
import projects
import terraform
import waiting
from measure import Row, counted, run
from service import GEMSPEC, Service

SIZE = 1_000  # models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measure import Run


def main() -> None:
    """Measure every row, print it as soon as it is there, and write all of them."""
    asked = _arguments()
    size = SIZE // 10 if asked.quick else SIZE
    with tempfile.TemporaryDirectory() as name:
        rows = []
        for row in _rows(Path(name), size, asked.runs):
            rows.append(replace(row, goal="") if asked.quick else row)  # goals are for the whole size
            print(rows[-1].line(), flush=True)
    print(*_ratios(rows, size), sep="\n")
    machine = {"python": platform.python_version(), "cpu": _cpu(), "system": platform.system()}
    if asked.json:
        asked.json.write_text(
            json.dumps({"machine": machine, "rows": [row.as_dict() for row in rows]}, indent=2) + "\n"
        )
    print(f"\n{machine['cpu']}, Python {machine['python']}")


def _ratios(rows: list[Row], size: int) -> Iterator[str]:
    """How many times as long Terraform takes, where it ran."""
    peers = {
        word: row.seconds for row in rows for word in ("plan", "apply") if row.what.startswith(f"terraform {word}")
    }
    for row in rows:
        word = row.what.partition(",")[0]
        if word in peers and f" {size:,} " in row.what:
            yield f"Terraform takes {peers[word] / row.seconds:.1f} times as long as: {row.what}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each row; the median counts")
    parser.add_argument("--quick", action="store_true", help="projects of a tenth of the size")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args()


def _rows(folder: Path, size: int, runs: int) -> Iterator[Row]:
    print(Row.head())
    run([*GEMSPEC, "--version"], folder)  # compiles it
    yield Row.of("gemspec --version", [run([*GEMSPEC, "--version"], folder) for _ in range(runs)], "0.10 s")
    yield Row.of("gemspec --help", [run([*GEMSPEC, "--help"], folder) for _ in range(runs)], "0.10 s")
    single, files = projects.make(folder / "one", 1), projects.make(folder / "files", size)
    inline = projects.make(folder / "inline", size, inline=True)
    changed = projects.make(folder / "changed", size, temperature=0.25)
    many = projects.make(folder / "many", 10 * size)
    with Service(folder / "one.db") as service:
        service.gemspec(single, *projects.APPLY)
        yield _plans("plan, 1 model, no changes", service, single, runs, "0.35 s")
    yield Row.of(f"apply, {size:,} creates", list(_creates(folder, files, runs)), "15 s, 3 requests a model")
    with Service(folder / "files0.db") as service:
        yield _plans(
            f"plan, {size:,} models in JSONL files, no changes", service, files, runs, "0.8 s, 1/8 of Terraform"
        )
        yield _plans(f"plan, {size:,} models of 15 examples in YAML", service, inline, runs, "1.3 s, 1/5 of Terraform")
        yield _plans(f"plan, {size:,} models, all changed", service, changed, runs, "3 s")
    with Service(folder / "many.db") as service:
        service.gemspec(many, *projects.APPLY)
        yield _plans(f"plan, {10 * size:,} models, no changes", service, many, runs, "7 s, 300 MB")
    yield Row.of(f"validate, {size:,} models", [run([*GEMSPEC, "validate"], files) for _ in range(runs)], "0.8 s")
    yield from fingerprints.rows(folder, runs)
    yield from waiting.rows(folder, size)
    if shutil.which("terraform"):
        yield from terraform.rows(folder / "terraform", size, runs)


def _plans(what: str, service: Service, project: Path, runs: int, goal: str) -> Row:
    return Row.of(what, [counted(service, project, ["plan"]) for _ in range(runs)], goal)


def _creates(folder: Path, project: Path, runs: int) -> Iterator[Run]:
    """Create all models of a project, each time on a service that has none, with trainings that take no time."""
    for number in range(runs):
        with Service(folder / f"files{number}.db") as service:
            yield counted(service, project, projects.APPLY)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.machine()


if __name__ == "__main__":
    main()
