"""create_tuned_model with data of every shape, list, get, update, delete; operations; errors."""

import json
import os

import google.generativeai as genai
import pytest
from google.api_core import exceptions

ROWS = [(str(n), str(n + 1)) for n in range(1, 16)]


def as_file(folder, name):
    """Training data in a file."""
    if name.endswith(".json"):
        text = json.dumps([{"text_input": given, "output": wanted} for given, wanted in ROWS])
    else:
        text = "text_input,output\n" + "".join(f"{given},{wanted}\n" for given, wanted in ROWS)
    (folder / name).write_text(text)
    return folder / name


SHAPES = {
    "dicts": lambda _: [{"text_input": given, "output": wanted} for given, wanted in ROWS],
    "pairs": lambda _: ROWS,
    "columns": lambda _: {"text_input": [row[0] for row in ROWS], "output": [row[1] for row in ROWS]},
    "csv": lambda folder: as_file(folder, "data.csv"),
    "json": lambda folder: str(as_file(folder, "data.json")),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_training_data(create, tmp_path, shape):
    """All five are the same 15 examples: 15 * 5 / 2 = 38 steps, and an answer from among them."""
    started = create(f"of-{shape}", SHAPES[shape](tmp_path), epoch_count=5, batch_size=2, learning_rate=0.001)
    assert (started.metadata.tuned_model, started.metadata.total_steps) == (f"tunedModels/of-{shape}", 38)
    model = started.result()
    assert (model.name, model.state.name) == (f"tunedModels/of-{shape}", "ACTIVE")
    assert len(model.tuning_task.snapshots) == 38
    assert model.tuning_task.hyperparameters.learning_rate == pytest.approx(0.001)
    assert genai.GenerativeModel(model.name).generate_content("7").text == "8"


def test_other_columns(create):
    """input_key and output_key."""
    columns = {"question": [row[0] for row in ROWS], "answer": [row[1] for row in ROWS]}
    create("asked", columns, input_key="question", output_key="answer").result()
    assert genai.GenerativeModel("tunedModels/asked").generate_content("3").text == "4"


def test_the_wait_bar(create):
    """It gives metadata until the training has ended, with more and more steps."""
    started = create("waited")
    steps = [metadata.completed_steps for metadata in started.wait_bar(file=open(os.devnull, "w"))]  # noqa: SIM115
    assert steps == sorted(steps)
    assert started.metadata.completed_percent == 100


def test_a_name_is_made_of_the_display_name():
    """Lower case, spaces to hyphens, a suffix."""
    started = genai.create_tuned_model("models/gemini-1.0-pro-001", ROWS, display_name="Number Generator")
    name = started.metadata.tuned_model
    assert name.startswith("tunedModels/number-generator-")
    genai.delete_tuned_model(name)


def test_a_model_through_its_life(create):
    """get, list by pages, update as the tutorial does it, and by a message; delete."""
    create("life", display_name="A life", description="d", temperature=0.7, top_p=0.5, top_k=3).result()
    model = genai.get_model("tunedModels/life")
    assert (model.display_name, model.description, model.top_k) == ("A life", "d", 3)
    assert (model.temperature, model.top_p) == (pytest.approx(0.7), pytest.approx(0.5))
    assert model.base_model == model.source_model == "models/gemini-1.0-pro-001"
    assert model.create_time < model.update_time == model.tuning_task.complete_time
    create("life-2")
    assert {model.name for model in genai.list_tuned_models(page_size=1)} >= {"tunedModels/life", "tunedModels/life-2"}
    changed = genai.update_tuned_model("tunedModels/life", {"description": "This is my model.", "temperature": 0.1})
    assert changed.description == "This is my model."
    model = genai.get_tuned_model("tunedModels/life")
    assert (model.description, model.display_name) == ("This is my model.", "A life")
    assert model.temperature == pytest.approx(0.1)
    genai.delete_tuned_model(model)
    with pytest.raises(exceptions.NotFound, match=r"Tuned model tunedModels/life does not exist\."):
        genai.get_tuned_model("tunedModels/life")


def test_tuned_from_a_tuned_model(create):
    """The client asks for the parent first, and names its base beside it."""
    create("parent").result()
    child = create("child", source="tunedModels/parent").result()
    assert (child.source_model, child.base_model) == ("tunedModels/parent", "models/gemini-1.0-pro-001")


def test_an_operation_by_its_name(create):
    """get_operation, and its result."""
    started = create("operated")
    assert genai.get_operation(started.name).result().name == "tunedModels/operated"


def test_a_training_that_fails(create):
    """result() raises what the service says."""
    started = create("failing", [("1", "!fail"), *ROWS])
    with pytest.raises(exceptions.GoogleAPICallError, match="failed"):
        started.result()
    assert genai.get_tuned_model("tunedModels/failing").state.name == "FAILED"


def test_refusals(create):
    """As google.api_core's exceptions."""
    create("taken")
    with pytest.raises(exceptions.Conflict):
        create("taken")
    with pytest.raises(exceptions.BadRequest, match="at most 40"):
        genai.create_tuned_model("models/gemini-1.0-pro-001", ROWS, display_name="x" * 41)
    with pytest.raises(exceptions.BadRequest, match="is not found for CREATE TUNED MODEL"):
        genai.create_tuned_model("models/gemini-1.5-flash", ROWS, id="no-base")


def test_base_models():
    """Those that can be tuned say so, which is how the tutorial finds them."""
    tunable = [model.name for model in genai.list_models() if "createTunedModel" in model.supported_generation_methods]
    assert "models/gemini-1.5-flash-001-tuning" in tunable
    assert genai.get_model(tunable[0]).name == tunable[0]
