"""`gemspec emulator`: the same services that `provider: emulator` runs in process, for programs of any language."""

from __future__ import annotations

import re
from pathlib import Path

import click

from gemspec import emulator_host, wiring
from gemspec.util.escape import terminal

DEFAULT_SECONDS = 4.0
# To be copied into a shell, and the end of it into programs. Clients want credentials whatever the service; the
# emulator looks at none.
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


@click.command("emulator")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8085, show_default=True, help="0 takes a free one.")
@click.option(
    "--data", type=click.Path(path_type=Path), help=f"Where everything is kept. [default: {wiring.EMULATOR_DATA}]"
)
@click.option("--in-memory", is_flag=True, help="Keep nothing.")
@click.option(
    "--training-seconds",
    type=click.FloatRange(min=0),
    default=DEFAULT_SECONDS,
    show_default=True,
    help="How long a training takes; 0 is instant.",
)
@click.option(
    "--bucket", "buckets", metavar="NAME", multiple=True, help="A Cloud Storage bucket that there must be; repeatable."
)
@click.option(
    "--faults",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What is to go wrong: requests that fail, trainings that are slow or fail, a quota of them.",
)
@click.option(
    "--concurrent-jobs",
    type=click.IntRange(min=1),
    help="Vertex AI's quota: tuning jobs of a project beyond it wait, QUEUED. [default: none]",
)
def command(
    host: str,
    port: int,
    data: Path | None,
    training_seconds: float,
    buckets: tuple[str, ...],
    faults: Path | None,
    concurrent_jobs: int | None,
    *,
    in_memory: bool,
) -> None:
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
    if data and in_memory:
        raise click.UsageError("--data and --in-memory exclude each other")
    emulator_host.serve_emulator(
        host,
        port,
        database=None if in_memory else data or wiring.emulator_data(Path()),
        training_seconds=training_seconds,
        buckets=buckets,
        concurrent_jobs=concurrent_jobs,
        faults=faults,
        announce=lambda url: _announce(url, faults),
    )


def _announce(url: str, faults: Path | None) -> None:
    click.echo(f"Serving the Gemini API's tuned models, Vertex AI and Cloud Storage on {url}")
    local = url.replace("://0.0.0.0:", "://127.0.0.1:").replace("://[::]:", "://[::1]:")
    if not re.search(r"://(127\.|localhost|\[::1\])", url):
        click.echo("Warning: other machines can reach it, and nobody is asked for a password.", err=True)
    click.echo(SETTINGS.format(url=local))
    if faults:
        click.echo(FAULTS.format(file=terminal(str(faults)), url=local))
