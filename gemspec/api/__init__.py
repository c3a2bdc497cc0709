"""The public API: the calls and values for programs in Python. docs/python-api.md says what is guaranteed.

Between `cli` and `wiring`. `calls` has the functions, `values` what they take and give; `connection` is shared with the
commands. Nothing here prints, asks for input, handles signals or changes the process. Heavy modules are imported where
they are needed.
"""

from gemspec.api.calls import apply, apply_async, load, load_async, plan, plan_async
from gemspec.api.values import Plan, Project, Result
from gemspec.domain.errors import (
    AuthError,
    ChangedError,
    ConflictError,
    GemspecError,
    InputError,
    InvalidRequestError,
    NoAnswerError,
    NotFoundError,
    Origin,
    PlanRefused,
    Problem,
    QuotaError,
    ServiceError,
    Severity,
    UnavailableError,
)
from gemspec.domain.events import Event, Outcome, StepEnded, StepProgress, StepStarted, StepWaiting
from gemspec.domain.model import DesiredModel
from gemspec.domain.plan import Block

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
    "apply",
    "apply_async",
    "load",
    "load_async",
    "plan",
    "plan_async",
]
