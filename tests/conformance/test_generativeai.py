"""The emulator under google-generativeai, the SDK of Google's tuning tutorial, in an environment of its own: it pins a
google-ai-generativelanguage, and a protobuf, that are older than what the others need. Its tests are in
`generativeai/`.

What it does that the emulator does not serve:

- gRPC, its default: `configure(transport="rest")`. Its asynchronous calls go by gRPC alone.
- list_operations asks for all operations of all models, which has no path in REST: the client itself refuses it.
- delete_operation; files, cached contents, corpora and retrievers; embed_content, count_tokens; the models of before
  Gemini (generate_text, chat of PaLM).
- A CSV file on the web is fetched by the client, not by the service.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from .environments import python_with

CLIENT = "google-generativeai"
TRAINING_SECONDS = 0.3  # it asks for the first time after a second
TESTS = Path(__file__).parent / "generativeai"
REQUIREMENTS = ("google-generativeai==0.8.6", "pytest>=8.2")


def test_as_the_tutorial_uses_it(request, url, tmp_path, tally):
    """Every test there; the client's calls are counted there too."""
    command = [python_with(request.config, *REQUIREMENTS), "-I", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    here = ["--import-mode=importlib", f"--rootdir={TESTS}", f"--confcutdir={TESTS}", "-c", os.devnull, str(TESTS)]
    counts = tmp_path / "calls.json"
    environment = {**os.environ, "EMULATOR": url, "COUNTS": str(counts), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run([*command, *here], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    calls = json.loads(counts.read_text())
    tally(f"calls of {CLIENT}", calls)
    assert calls > 30
