"""Running a model's checks: each prompt once, a few at a time, and what a refusal means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from gemspec.applier.checks import ChecksFailed, ask
from gemspec.domain.errors import (
    AuthError,
    ConflictError,
    InvalidRequestError,
    NoAnswerError,
    NotFoundError,
    ServiceError,
    UnavailableError,
)
from gemspec.domain.events import Checked
from gemspec.domain.model import Check, Expectation

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

NAME = "tunedModels/a-1111111111"


class Model:
    """A provider of which only `generate` is there: answers by `say`, which may raise."""

    def __init__(self, say: Callable[[str], str], *, seconds: Callable[[str], float] = lambda prompt: 0.0) -> None:
        self.say = say
        self.seconds = seconds
        self.asked: list[str] = []
        self.running = self.most_running = 0

    async def generate(self, name: str, prompt: str, system: str = "") -> str:
        assert name == NAME
        self.asked.append(prompt)
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        try:
            await anyio.sleep(self.seconds(prompt))
            return self.say(prompt)
        finally:
            self.running -= 1


def equals(prompt: str, text: str) -> Check:
    return Check(prompt, Expectation.EQUALS, text)


def raising(error: Exception, *, at: str) -> Callable[[str], str]:
    def say(prompt: str) -> str:
        if prompt == at:
            raise error
        return prompt.upper()

    return say


@pytest.mark.parametrize(
    ("expectation", "text", "passed"),
    [
        ("equals", "YES", True),
        ("equals", "YE", False),
        ("contains", "YE", True),
        ("contains", "NO", False),
        ("matches", "^Y.S$", True),
        ("matches", "^Y.$", False),
    ],
)
async def test_an_answer_is_judged(expectation, text, passed):
    check = Check("yes", Expectation(expectation), text)
    assert await ask(Model(str.upper), NAME, [check]) == (Checked(check, passed, "YES"),)


async def test_the_order_is_that_of_the_checks():
    """Whichever answer comes first."""
    checks = [equals(letter, letter.upper()) for letter in "dacb"]
    checked = await ask(Model(str.upper, seconds=lambda prompt: ord(prompt) % 7 / 100), NAME, checks)
    assert [check.check for check in checked] == checks
    assert [check.answer for check in checked] == ["D", "A", "C", "B"]


async def test_a_few_prompts_run_at_a_time():
    model = Model(str.upper, seconds=lambda prompt: 0.001)
    await ask(model, NAME, [equals(str(number), "x") for number in range(20)])
    assert (len(model.asked), model.most_running) == (20, 4)


async def test_equal_prompts_are_sent_once():
    """Two checks of the same prompt share an answer: a model may answer differently the second time."""
    answers = iter(["the first of them", "the second"])
    model = Model(lambda prompt: next(answers))
    checks = [Check("x", Expectation.CONTAINS, word) for word in ("first", "second")]
    assert [check.passed for check in await ask(model, NAME, checks)] == [True, False]
    assert model.asked == ["x"]


async def test_no_checks_send_nothing():
    model = Model(str.upper)
    assert await ask(model, NAME, []) == ()
    assert model.asked == []


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (InvalidRequestError(f"asking {NAME}: the prompt is too long", code=400), "the prompt is too long"),
        (
            NoAnswerError(f"{NAME} did not answer: the service ended it with SAFETY"),
            "did not answer: the service ended it with SAFETY",
        ),
        (NoAnswerError(f"{NAME} gave an empty answer"), "gave an empty answer"),
    ],
)
async def test_an_error_of_a_single_prompt_fails_its_check(error, why):
    """The others are judged as ever; and nothing that is missing matches an expectation of nothing."""
    checks = [equals("a", "A"), Check("bad", Expectation.MATCHES, ""), equals("c", "C")]
    checked = await ask(Model(raising(error, at="bad")), NAME, checks)
    assert [check.passed for check in checked] == [True, False, True]
    assert (checked[1].answer, checked[1].error) == ("", why)


@pytest.mark.parametrize("kind", [AuthError, NotFoundError, UnavailableError, ConflictError, ServiceError])
async def test_what_concerns_all_of_them_is_raised_as_it_is(kind):
    """The error is not in an exception group, which no caller would catch, and no further prompt is sent."""
    model = Model(raising(kind("no"), at="1"), seconds=lambda prompt: 0 if prompt == "1" else 0.05)
    with pytest.raises(kind, match="no"):
        await ask(model, NAME, [equals(str(number), "x") for number in range(20)])
    assert len(model.asked) < 10
    assert model.running == 0


def checked(*passed: bool) -> list[Checked]:
    return [Checked(equals(f"prompt {place}", "x"), is_passed, "y") for place, is_passed in enumerate(passed)]


@pytest.mark.parametrize(
    ("passed", "summary"),
    [
        ((False,), f'{NAME} failed its check: "prompt 0"'),
        ((True, False), f'{NAME} failed 1 of 2 checks: "prompt 1"'),
        ((True, False, False), f'{NAME} failed 2 of 3 checks: "prompt 1" and 1 more'),
    ],
)
async def test_the_message_of_a_failure_counts_checks_and_says_what_to_do(passed, summary):
    error = ChecksFailed("a", NAME, checked(*passed))
    assert error.summary == summary
    assert "`gemspec check --accept a`" in error.hint
    assert "`gemspec apply --replace a`" in error.hint
    assert error.checked == tuple(checked(*passed))


async def test_a_long_prompt_is_cut_in_a_failure():
    error = ChecksFailed("a", NAME, [Checked(equals("long " * 100, "x"), False, "y")])
    assert len(error.summary) < 120
