"""Reads and cancels the operations behind trainings on the Gemini API. Used by `provider`.

A model has its own state and loss curve. Only its operation has the reason of a failure, and the total steps of a
training with unreported parameters. So operations are read rarely, and their answers are remembered. All other features
work without them: older deployments do not have operations, and operations expire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.domain.errors import ServiceError
from gemspec.providers.gemini import messages
from gemspec.providers.gemini.encode import path
from gemspec.providers.http import errors
from gemspec.providers.http.api import RefusedError
from gemspec.providers.http.errors import Kind
from gemspec.providers.http.status import clean
from gemspec.providers.http.wire import decode

if TYPE_CHECKING:
    from gemspec.providers.http.api import Calls

# v1beta has them since late 2024; before that, and on some deployments still, only v1.
VERSIONS = ("v1beta", "v1")
# How a cancel is refused where nothing is left to cancel: unknown, finished, or never possible.
NOTHING_TO_CANCEL = (400, 404, 405, 501)


class Operations:
    """What is known of the training operations, by the model's name."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._names: dict[str, str] = {}
        self._reasons: dict[str, str] = {}
        self._unknown: set[str] = set()

    def remember(self, model: str, operation: messages.Operation) -> None:
        """Keep the name of a model's operation, as a create or a list gave it."""
        if _belongs(operation, model):
            self._names[model] = operation.name
            self._unknown.discard(model)

    async def get(self, model: str) -> messages.Operation | None:
        """Read a model's operation; None when the service does not give it. For a model without an operation, the
        service is asked only once.
        """
        if model in self._unknown:
            return None
        try:
            found = await (self._read(model) if model in self._names else self._look_for(model))
        except ServiceError:
            return None  # not known now; the next poll asks again
        if found is None:
            self._unknown.add(model)
        return found

    async def reason(self, model: str) -> str:
        """Say why a training failed, in the service's words, cleaned; never empty."""
        if model not in self._reasons:
            operation = await self.get(model)
            if operation is None or operation.error is None:
                return "the service gives no reason"
            self._reasons[model] = (
                clean(operation.error.message) or f"the service gives only the code {operation.error.code}"
            )
        return self._reasons[model]

    async def cancel(self, model: str) -> None:
        """Cancel a model's training, if it still runs. Only v1 has the method."""
        operation = self._names.get(model)
        if operation is None and (found := await self._look_for(model)):
            operation = found.name
        if operation is None:
            return
        try:
            await self._calls.attempt("POST", f"{path(operation, 'v1')}:cancel", body=b"{}")
        except RefusedError as refused:
            if refused.refusal.code not in NOTHING_TO_CANCEL or refused.kind is Kind.BAD_KEY:
                raise errors.service_error(refused.refusal, f"cancelling the training of {model}") from None

    async def _read(self, model: str) -> messages.Operation | None:
        for version in VERSIONS:
            body = await self._calls.find(path(self._names[model], version), f"reading the operation of {model}")
            if body is not None:
                return decode(body, messages.Operation)
        return None

    async def _look_for(self, model: str) -> messages.Operation | None:
        """Find the operation of a model that another process created: one that runs, else the last of the list."""
        for version in VERSIONS:
            listed = await self._list(model, version)
            if listed:
                found = next((operation for operation in listed if not operation.done), listed[-1])
                self.remember(model, found)
                return found
        return None

    async def _list(self, model: str, version: str) -> list[messages.Operation]:
        about = f"listing the operations of {model}"
        pages = self._calls.pages(f"{path(model, version)}/operations", messages.OperationPage, about)
        try:
            listed = [operation async for page in pages for operation in page.operations]
        except ServiceError as refused:
            if refused.code in (403, 404):
                return []
            raise
        return [operation for operation in listed if _belongs(operation, model)]


def _belongs(operation: messages.Operation, model: str) -> bool:
    """Whether an operation is that of a model. A name from the service becomes a path, so it is checked."""
    return operation.name.startswith(f"{model}/operations/")
