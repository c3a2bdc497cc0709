"""gemspec keeps tuned Gemini models the way Terraform keeps infrastructure.

The names here are the public API (docs/python-api.md). They come from `gemspec.api`, which is imported on first use:
`gemspec --version` must not load heavy modules. docs/architecture.md describes the other packages.
"""

from typing import TYPE_CHECKING

from gemspec.util.version import __version__

if TYPE_CHECKING:
    from gemspec.api import (
        AuthError,
        Block,
        ChangedError,
        ConflictError,
        DesiredModel,
        Event,
        GemspecError,
        InputError,
        InvalidRequestError,
        NoAnswerError,
        NotFoundError,
        Origin,
        Outcome,
        Plan,
        PlanRefused,
        Problem,
        Project,
        QuotaError,
        Result,
        ServiceError,
        Severity,
        StepEnded,
        StepProgress,
        StepStarted,
        StepWaiting,
        UnavailableError,
        apply,
        apply_async,
        load,
        load_async,
        plan,
        plan_async,
    )

__all__ = [
    "AuthError",
    "Block",
    "ChangedError",
    "ConflictError",
    "DesiredModel",
    "Event",
    "GemspecError",
    "InputError",
    "InvalidRequestError",
    "NoAnswerError",
    "NotFoundError",
    "Origin",
    "Outcome",
    "Plan",
    "PlanRefused",
    "Problem",
    "Project",
    "QuotaError",
    "Result",
    "ServiceError",
    "Severity",
    "StepEnded",
    "StepProgress",
    "StepStarted",
    "StepWaiting",
    "UnavailableError",
    "__version__",
    "apply",
    "apply_async",
    "load",
    "load_async",
    "plan",
    "plan_async",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'gemspec' has no attribute {name!r}")
    from gemspec import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return __all__
