"""The base models that the emulated Vertex AI tunes, and where the models that come out are."""

from __future__ import annotations

PREFIX = "publishers/google/models/"
NO_TUNING_IN = ("global", "us", "eu")

# Whether a tuned model is served from a multi-region, whatever the region of its job.
_MULTI_REGION = {
    "gemini-2.0-flash-001": False,
    "gemini-2.0-flash-lite-001": False,
    "gemini-2.5-pro": False,
    "gemini-2.5-flash": False,
    "gemini-2.5-flash-lite": False,
    "gemini-3.1-flash-lite": True,
    "gemini-3.5-flash": True,
}


def plain_name(base_model: str) -> str | None:
    """The name of a base model that can be tuned, without its publisher; None for what is none."""
    name = base_model.removeprefix(PREFIX)
    return name if name in _MULTI_REGION else None


def model_location(base_model: str, job_location: str) -> str:
    """Where the model is that a job there makes of that base model, by its plain name."""
    if not _MULTI_REGION[base_model]:
        return job_location
    return "eu" if job_location.startswith("europe-") else "us"
