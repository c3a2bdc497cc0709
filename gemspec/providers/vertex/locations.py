"""Where Vertex AI tunes models, as far as Google's pages, client libraries and recorded answers say. A table of facts.

A project names a single location. The others are looked at only while it owns nothing there.
"""

from __future__ import annotations

# docs/api-vertex.md, "Locations", has the sources.
TUNING_LOCATIONS = (
    "us-central1",  # Gemini 3.1 and 3.5, and all before them
    "europe-west4",  # the same
    "us-west1",  # open models; Gemini 2.5 and before were tuned in many regions
    "us-east5",
    "asia-southeast1",
    "us",  # a job there is in a recorded answer of google-genai
    "eu",
)
