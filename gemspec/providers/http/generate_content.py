"""The answer of generateContent, on the Gemini API as on Vertex AI: its types and its text. Pure, above `wire`."""

from __future__ import annotations

from gemspec.domain.errors import NoAnswerError
from gemspec.providers.http.status import clean
from gemspec.providers.http.wire import Wire

# Finish reasons of a usable answer; the others (SAFETY, RECITATION, ...) withdraw it.
COMPLETE = frozenset({"", "FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS"})


class Part(Wire, frozen=True):
    text: str = ""
    thought: bool = False


class Content(Wire, frozen=True):
    parts: tuple[Part, ...] = ()


class Candidate(Wire, frozen=True):
    content: Content = Content()
    finish_reason: str = ""


class PromptFeedback(Wire, frozen=True):
    block_reason: str = ""


class Generation(Wire, frozen=True):
    """The answer of generateContent."""

    candidates: tuple[Candidate, ...] = ()
    prompt_feedback: PromptFeedback = PromptFeedback()


def generated_text(answer: Generation, name: str) -> str:
    """Give the text of an answer. Raises NoAnswerError when it was blocked or is empty."""
    if answer.prompt_feedback.block_reason:
        raise NoAnswerError(
            f"{name} did not answer: the service blocked the prompt ({clean(answer.prompt_feedback.block_reason, 60)})"
        )
    first = answer.candidates[0] if answer.candidates else Candidate()
    text = "".join(part.text for part in first.content.parts if not part.thought)
    if first.finish_reason not in COMPLETE:
        raise NoAnswerError(f"{name} did not answer: the service ended it with {clean(first.finish_reason, 60)}")
    if not text:
        raise NoAnswerError(f"{name} gave an empty answer", "Ask again, or with another prompt.")
    return text
