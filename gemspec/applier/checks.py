"""Runs the checks of a model: sends their prompts and compares the answers. For apply and `gemspec check`.

`domain.expectations` compares. An error that concerns a single prompt (the service does not accept it, or blocks its
answer) fails the check. An error that concerns all prompts (credentials, quota, a model that is gone) is raised, since
it says nothing about the model.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gemspec.domain.errors import GemspecError, InvalidRequestError, NoAnswerError
from gemspec.domain.events import Checked
from gemspec.domain.expectations import is_expected
from gemspec.util.concurrency import gather
from gemspec.util.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gemspec.domain.model import Check
    from gemspec.providers.base import Provider

_AT_A_TIME = 4  # requests; services count generateContent by the minute


class ChecksFailed(GemspecError):  # noqa: N818 - a verdict on a model, not a malfunction
    """A model does not answer as its key's checks expect. `checked` holds all checks in their order."""

    def __init__(self, key: str, name: str, checked: Sequence[Checked]) -> None:
        failed = [check.check.prompt for check in checked if not check.passed]
        many = f"{len(failed)} of {len(checked)} checks" if len(checked) > 1 else "its check"
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        super().__init__(f"{name} failed {many}: {shortened(failed[0])}{more}", what_to_do(key))
        self.checked = tuple(checked)


def what_to_do(key: str) -> str:
    """The two things that a person can do about a model that failed the checks of its key."""
    return f"`gemspec check --accept {key}` lets it serve all the same; `gemspec apply --replace {key}` trains it again"


async def ask(
    provider: Provider, name: str, checks: Sequence[Check], *, at_a_time: int = _AT_A_TIME
) -> tuple[Checked, ...]:
    """Send every prompt to the model `name` once, and judge the answers, in the order of `checks`.

    Checks with the same prompt judge the same answer. Raises errors.ServiceError (not in a group) for an error that
    concerns all prompts.
    """
    said = await _answers(provider, name, dict.fromkeys((check.prompt, check.system) for check in checks), at_a_time)
    return tuple(_judged(check, *said[check.prompt, check.system]) for check in checks)


async def _answers(
    provider: Provider, name: str, prompts: Iterable[tuple[str, str]], at_a_time: int
) -> Mapping[tuple[str, str], tuple[str, str]]:
    """Prompt and system instruction -> the answer of the model, and why there is none; one of the two is ""."""

    async def answer(prompt: str, system: str) -> tuple[str, str]:
        try:
            return await provider.generate(name, prompt, system), ""
        except (NoAnswerError, InvalidRequestError) as error:
            return "", _plainly(error, name)

    asked = [*prompts]
    said = await gather([partial(answer, *prompt) for prompt in asked], limit=at_a_time)
    return dict(zip(asked, said, strict=True))


def _judged(check: Check, answer: str, error: str) -> Checked:
    return Checked(check, passed=not error and is_expected(check, answer), answer=answer, error=error)


def _plainly(error: GemspecError, name: str) -> str:
    """Say why there is no answer, without the name of the model: it is shown above its checks."""
    return error.summary.removeprefix(f"asking {name}: ").removeprefix(f"{name} ")
