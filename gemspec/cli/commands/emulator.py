"""`gemspec emulator`: the same services that `provider: emulator` runs in process, for programs of any language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import click

from gemspec import emulator_host, wiring
from gemspec.cli import options
from gemspec.cli.options import param
from gemspec.util.escape import terminal

DEFAULT_SECONDS = 4.0
# To be copied into a shell, and its end into programs. Clients need credentials for every service; the emulator ignores
# them.
SETTINGS = """
# gemspec, with every provider
export GEMSPEC_ENDPOINT={url}
# Cloud Storage, in gemspec and in Google's clients
export STORAGE_EMULATOR_HOST={url}
# The Gemini API, in Python with google-genai
from google import genai
client = genai.Client(api_key="none", http_options={{"base_url": "{url}", "api_version": "v1beta"}})
# The Gemini API, in Python with google-generativeai
import google.generativeai
google.generativeai.configure(api_key="none", transport="rest", client_options={{"api_endpoint": "{url}"}})
# Vertex AI, in Python with google-genai
from google import genai
from google.oauth2.credentials import Credentials
client = genai.Client(vertexai=True, project="emulated", location="us-central1", credentials=Credentials("none"),
                      http_options={{"base_url": "{url}", "api_version": "v1"}})"""

FAULTS = """
# What goes wrong, as {file} says; other rules, and a clock that moves
curl {url}/emulator/faults
curl {url}/emulator/faults -X PUT -H "Content-Type: application/json" -d '{{}}'
curl {url}/emulator/clock -H "Content-Type: application/json" -d '{{"seconds": 3600}}'"""


@dataclass(frozen=True, kw_only=True)
class EmulatorFlags:
    """What `gemspec emulator` is given."""

    host: str = param(
        click.Option(["--host"], default="127.0.0.1", show_default=True, help="The address to listen on.")
    )
    port: int = param(
        click.Option(
            ["--port"], type=click.IntRange(0, 65535), default=8085, show_default=True, help="0 takes a free one."
        )
    )
    data: Path | None = param(
        click.Option(
            ["--data"],
            type=click.Path(path_type=Path),
            help=f"Where everything is kept. [default: {wiring.EMULATOR_DATA}]",
        )
    )
    in_memory: bool = param(click.Option(["--in-memory"], is_flag=True, help="Keep nothing."))
    training_seconds: float = param(
        click.Option(
            ["--training-seconds"],
            type=click.FloatRange(min=0),
            default=DEFAULT_SECONDS,
            show_default=True,
            help="How long a training takes; 0 is instant.",
        )
    )
    buckets: tuple[str, ...] = param(
        click.Option(
            ["--bucket", "buckets"],
            metavar="NAME",
            multiple=True,
            help="A Cloud Storage bucket that there must be; repeatable.",
        )
    )
    faults: Path | None = param(
        click.Option(
            ["--faults"],
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="What is to go wrong: requests that fail, trainings that are slow or fail, a quota of them.",
        )
    )
    concurrent_jobs: int | None = param(
        click.Option(
            ["--concurrent-jobs"],
            type=click.IntRange(min=1),
            help="Vertex AI's quota: tuning jobs of a project beyond it wait, QUEUED. [default: none]",
        )
    )


@options.command("emulator", EmulatorFlags)
def command(flags: EmulatorFlags) -> None:
    """Serve tuned models as the Gemini API and Vertex AI do, on this machine. Ends with Ctrl-C.

    It is an emulation: a "tuned" model answers with the output of the nearest training example. Vertex AI's training
    data comes from a Cloud Storage that is emulated, too.

    \b
    A file for --faults, in YAML or JSON:
      requests:
        - {path: "/v1*", share: 0.3, fault: [throttled, dropped], when: either}
      trainings:
        - {model: "slow-*", seconds: 3600}

    With such a file the emulator also serves GET and PUT /emulator/faults, and POST /emulator/clock {"seconds": 60},
    which moves its clock on. examples/emulator/faults.yaml shows everything that can go wrong.
    """
    if flags.data and flags.in_memory:
        raise click.UsageError("--data and --in-memory exclude each other")
    emulator_host.serve_emulator(
        flags.host,
        flags.port,
        database=None if flags.in_memory else flags.data or wiring.emulator_data(Path()),
        training_seconds=flags.training_seconds,
        buckets=flags.buckets,
        concurrent_jobs=flags.concurrent_jobs,
        faults=flags.faults,
        announce=lambda url: _announce(url, flags.faults),
    )


def _announce(url: str, faults: Path | None) -> None:
    click.echo(f"Serving the Gemini API's tuned models, Vertex AI and Cloud Storage on {url}")
    local = url.replace("://0.0.0.0:", "://127.0.0.1:").replace("://[::]:", "://[::1]:")
    if not re.search(r"://(127\.|localhost|\[::1\])", url):
        click.echo("Warning: other machines can reach it, and nobody is asked for a password.", err=True)
    click.echo(SETTINGS.format(url=local))
    if faults:
        click.echo(FAULTS.format(file=terminal(str(faults)), url=local))
