"""The parts of --help besides options: examples of every command, exit statuses, environment variables.

The examples work in a project that `gemspec init` made; tests/cli/test_help.py runs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gemspec.providers import registry

if TYPE_CHECKING:
    from collections.abc import Sequence

_MODEL = registry.specs()[0].model_name.example
# Command -> (what it is for, what to type).
EXAMPLES: dict[str, Sequence[tuple[str, str]]] = {
    "init": (
        ("A project in a new folder, on the emulator", "gemspec init support-bots"),
        ("In this folder, under a name of its own", "gemspec init --name team-bots"),
        *((f"For {spec.name}", f"gemspec init {spec.key}-bots --provider {spec.key}") for spec in registry.specs()),
    ),
    "explain": (
        ("What a manifest holds", "gemspec explain"),
        ("One field and those below it", "gemspec explain spec.tuningTask.hyperparameters"),
        ("Everything in the project file, as a tree", "gemspec explain project --recursive"),
        ("The JSON schema of manifests, for an editor", "gemspec explain --format json > tunedmodel.schema.json"),
    ),
    "validate": (
        ("Everything in the project of this folder", "gemspec validate"),
        ("Some manifests", "gemspec validate models/*.yaml"),
        ("What another program writes", "cat models/*.yaml | gemspec validate -"),
        ("In GitHub Actions: on the lines of the pull request", "gemspec validate --format github"),
    ),
    "plan": (
        ("What apply would do", "gemspec plan"),
        ("Train a model again, though nothing changed", "gemspec plan --replace number-generator"),
        ("In a pipeline: status 2 when something would change", "gemspec plan --detailed-exitcode --format json"),
        ("For review: a plan to approve, and a comment", "gemspec plan --out plan.json --write markdown=plan.md"),
    ),
    "apply": (
        ("Plan, ask, carry out, wait", "gemspec apply"),
        ("All but a key that is blocked or failed", "gemspec apply --exclude number-generator"),
        ("In a pipeline: do not ask, and wait two hours at most", "gemspec apply --auto-approve --wait-timeout 2h"),
        ("What was reviewed, and nothing else", "gemspec apply plan.json"),
    ),
    "show": (
        ("A saved plan", "gemspec show plan.json"),
        ("For a comment on a pull request", "gemspec show plan.json --format markdown"),
    ),
    "destroy": (
        ("Everything that this project owns; asks for its name", "gemspec destroy"),
        ("All but some keys, in a pipeline", "gemspec destroy --exclude 'prod-*' --auto-approve"),
    ),
    "import": (
        ("A manifest for a model that exists", f"gemspec import {_MODEL} --key my-model"),
        ("Manifests for all models that are nobody's", "gemspec import --all"),
        ("The models of this project, which had another name", "gemspec import --from-owner old-name"),
    ),
    "status": (
        ("Which generation of each key serves, which train", "gemspec status"),
        ("One key in full", "gemspec status number-generator"),
        ("Until nothing trains any more", "gemspec status --watch"),
        ("With uploaded data that no generation refers to, for programs", "gemspec status --data --format json"),
    ),
    "output": (
        ("The name to call", "gemspec output number-generator"),
        ("GEMSPEC_MODEL_NUMBER_GENERATOR and its like, for a shell", 'eval "$(gemspec output --format env)"'),
        ("Every key, for programs", "gemspec output --format json"),
    ),
    "ask": (
        ("One prompt", "gemspec ask number-generator twenty two"),
        ("A prompt from standard input", "echo 3 | gemspec ask number-generator -"),
    ),
    "check": (
        ("What serves, and what waits to serve, of every key that has checks", "gemspec check"),
        ("One key", "gemspec check number-generator"),
        ("For programs", "gemspec check --format json"),
        ("Let what waits serve, though a check failed", "gemspec check --accept number-generator"),
    ),
    "cancel": (
        ("The training of one key that is under way", "gemspec cancel number-generator"),
        ("Without being asked", "gemspec cancel number-generator --auto-approve"),
    ),
    "data": (
        ("What was uploaded, and no training needs any more; asks", "gemspec data prune"),
        ("In a pipeline, with a document of what was deleted", "gemspec data prune --auto-approve --format json"),
    ),
    "emulator": (
        ("Serve this project's emulated models to other programs", "gemspec emulator"),
        ("For tests: any free port, nothing kept", "gemspec emulator --port 0 --in-memory --training-seconds 0"),
    ),
    "completion": (
        ("In this bash, for now", "source <(gemspec completion bash)"),
        ("In this fish, for now", "gemspec completion fish | source"),
    ),
    "help": (
        ("All commands", "gemspec help"),
        ("One command", "gemspec help plan"),
    ),
}  # fmt: skip
FIRST_STEPS = (
    ("A first project, trained on the emulator", "gemspec init support-bots && cd support-bots && gemspec apply"),
    ("What a manifest can hold", "gemspec explain spec"),
)
STATUSES = (
    ("0", "Done, nothing to do, or only trainings in progress."),
    ("1", "Any error, a blocked plan, a failed training, a failed check."),
    ("2", "Changes pending; only with plan --detailed-exitcode."),
    ("130, 143", "Interrupted, terminated. Trainings go on, and the next apply finds them."),
)
ENVIRONMENT = (
    *dict(row for spec in registry.specs() for row in spec.environment).items(),
    ("GEMSPEC_POLICY", "The project file with the policy that counts, as --policy-from."),
    ("GEMSPEC_ENDPOINT", "Another service to talk to, as --endpoint."),
    ("GEMSPEC_LOG", "debug logs each request, as -v, and prints the details of faults."),
    ("NO_COLOR", "Not empty: no colour."),
)


class ExampleContext(click.Context):
    """A command's context, with examples of the command at the end of its help."""

    def get_help(self) -> str:
        formatter = self.make_formatter()
        write_examples(formatter, EXAMPLES.get(self.command.name or "", ()))
        return f"{super().get_help()}\n\n{formatter.getvalue().lstrip()}".rstrip("\n")


def write_examples(formatter: click.HelpFormatter, examples: Sequence[tuple[str, str]]) -> None:
    """Write examples with their line breaks, each under what it is for."""
    if not examples:
        return
    with formatter.section("Examples"):
        for words, example in examples:
            formatter.write_text(f"# {words}")
            formatter.write(f"{' ' * formatter.current_indent}{example}\n")


def write_conventions(formatter: click.HelpFormatter) -> None:
    """Write the help that all commands share: first steps, exit statuses, environment variables."""
    write_examples(formatter, FIRST_STEPS)
    for title, rows in ("Exit status", STATUSES), ("Environment variables", ENVIRONMENT):
        with formatter.section(title):
            formatter.write_dl(rows)
