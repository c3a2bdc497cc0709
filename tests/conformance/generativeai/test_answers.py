"""generate_content, streams and chats with tuned models."""

import google.generativeai as genai
import pytest


@pytest.fixture
def model(create):
    """A trained model that says the number that comes next."""
    create("speaker").result()
    return genai.GenerativeModel("tunedModels/speaker")


def test_one_answer(model):
    """With its parts, and settings that programs send."""
    answer = model.generate_content("9", generation_config=genai.GenerationConfig(temperature=0.1, max_output_tokens=5))
    assert (answer.text, answer.candidates[0].finish_reason.name) == ("10", "STOP")
    assert answer.usage_metadata.total_token_count > 0


def test_a_stream(model):
    """In pieces."""
    chunks = list(model.generate_content("9", stream=True))
    assert "".join(chunk.text for chunk in chunks) == "10"


def test_a_chat(model):
    """Its history goes along."""
    chat = model.start_chat()
    assert [chat.send_message(text).text for text in ("3", "11")] == ["4", "12"]
    assert len(chat.history) == 4


def test_with_an_api_key(model, configured):
    """Enough for answers."""
    from conftest import EMULATOR

    configured(api_key="key", transport="rest", client_options={"api_endpoint": EMULATOR})
    assert genai.GenerativeModel(model.model_name).generate_content("1").text == "2"
