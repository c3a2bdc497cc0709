"""`python tests/benchmarks`: how long gemspec takes over projects of up to ten thousand models, measured as its users
would: whole processes against an emulator in another process, each several times.

Prints a table (median seconds, peak memory, requests a run) and writes it as JSON with the machine. `--quick` is a
tenth of the size. Where `terraform` is installed it runs beside gemspec, over as many built-in resources of the same
shape. Nothing here is a test: figures differ between machines.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import fingerprints
import projects
import terraform
from measure import Row, median, run
from service import Service

GEMSPEC = (sys.executable, "-m", "gemspec")


def main() -> None:
    """Measure every row, print it as soon as it is there, and write all of them."""
    asked = _arguments()
    size = 100 if asked.quick else 1000
    with tempfile.TemporaryDirectory() as name:
        rows = []
        for row in _rows(Path(name), size, asked.runs):
            print(row.line(), flush=True)
            rows.append(row)
    machine = {"python": platform.python_version(), "cpu": _cpu(), "system": platform.system()}
    if asked.json:
        asked.json.write_text(
            json.dumps({"machine": machine, "rows": [row.as_dict() for row in rows]}, indent=2) + "\n"
        )
    print(f"\n{machine['cpu']}, Python {machine['python']}, {asked.runs} runs each")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each row; the median counts")
    parser.add_argument("--quick", action="store_true", help="projects of a tenth of the size")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args()


def _rows(folder: Path, size: int, runs: int):
    print(Row.head())
    yield _commands("gemspec --version", ["--version"], folder, runs)
    yield _commands("gemspec --help", ["--help"], folder, runs)
    one = projects.make(folder / "one", 1)
    with Service(folder / "one.db") as service:
        service.apply(one)
        yield median("plan, 1 model, no changes", service, one, ["plan"], runs)
    with Service(folder / "files.db") as service:
        files = projects.make(folder / "files", size)
        yield median(f"apply, {size:,} creates, instant training", service, files, projects.APPLY, 1)
        yield median(f"plan, {size:,} models in JSONL files, no changes", service, files, ["plan"], runs)
        yield median(f"validate, {size:,} models", service, files, ["validate"], runs)
        inline = projects.make(folder / "inline", size, inline=True)
        yield median(f"plan, {size:,} models of 15 inline examples, no changes", service, inline, ["plan"], runs)
        changed = projects.make(folder / "changed", size, temperature=0.25)
        yield median(f"plan, {size:,} models, all changed", service, changed, ["plan"], runs)
    with Service(folder / "many.db") as service:
        many = projects.make(folder / "many", 10 * size)
        service.apply(many)
        yield median(f"plan, {10 * size:,} models, no changes", service, many, ["plan"], runs)
    yield from fingerprints.rows(folder, runs)
    if shutil.which("terraform"):
        yield terraform.plan(folder / "terraform", size, runs)


def _commands(what: str, words: list[str], folder: Path, runs: int) -> Row:
    return Row.of(what, [run([*GEMSPEC, *words], folder) for _ in range(runs)])


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.machine()


if __name__ == "__main__":
    main()
