"""Problems and exceptions, with texts for people. Almost every other module imports them.

    GemspecError                    a sentence, and what to do next
    ├── InputError                  files or arguments: a list of problems, each with its place
    ├── PlanRefused                 a plan that must not be applied
    └── ServiceError                the service refused a request, or did not answer
        ├── AuthError               authentication or authorisation failed
        ├── NotFoundError           no such model
        ├── ConflictError           the id is taken
        ├── ChangedError            somebody else has changed the model in between
        ├── InvalidRequestError     the service does not accept the request
        ├── NoAnswerError           the answer of a model is blocked or empty
        ├── QuotaError              no further training may run now
        └── UnavailableError        throttled, broken or unreachable, after all retries

Errors of third-party libraries are translated into these once, at the edge, and chained with `from`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


# `Origin.file` of standard input.
STDIN = "<stdin>"


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A place in a file: line and column count from 1 (0: the file as a whole), pointer is RFC 6901."""

    file: str
    line: int = 0
    column: int = 0
    pointer: str = ""

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"


class Severity(StrEnum):
    """An error stops the run; a warning is shown and the run continues."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a file or an argument: what is wrong, what to write instead, and where.

    `count`: the number of problems, where many similar problems are reported in a single line.
    """

    summary: str
    detail: str = ""
    origin: Origin | None = None
    severity: Severity = Severity.ERROR
    count: int = 1

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        warning = "warning: " if self.severity is Severity.WARNING else ""
        return f"{place}{warning}{self.summary}{', ' + self.detail if self.detail else ''}"


class GemspecError(Exception):
    """The root: `summary` says what happened, `hint` what to do next."""

    def __init__(self, summary: str, hint: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.summary}\n{self.hint}" if self.hint else self.summary


class InputError(GemspecError):
    """Files or arguments are wrong; `problems` lists all problems in the order of their places."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PlanRefused(GemspecError):  # noqa: N818 - a refusal is an answer, not a malfunction
    """The plan is blocked, or was not confirmed."""


class ServiceError(GemspecError):
    """The service refused or failed. `code` is the HTTP status, 0 where there was no answer."""

    def __init__(self, summary: str, hint: str = "", *, code: int = 0) -> None:
        super().__init__(summary, hint)
        self.code = code


class AuthError(ServiceError):
    """Credentials are missing, wrong or insufficient."""


class NotFoundError(ServiceError):
    """There is no such model, or these credentials cannot see it."""


class ConflictError(ServiceError):
    """The id is taken."""


class ChangedError(ServiceError):
    """Somebody else has changed the model since it was read."""


class InvalidRequestError(ServiceError):
    """The service does not accept the request."""


class NoAnswerError(ServiceError):
    """The answer of a model cannot be used: the service blocked it, or it is empty."""


class QuotaError(ServiceError):
    """No further training may run now, and none was started. Possible again when a running training has ended."""


class UnavailableError(ServiceError):
    """Throttled, broken or unreachable, after every retry."""
