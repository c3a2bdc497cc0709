"""The provider against the emulator, which reads requests as strictly as Google's types: a model's whole life."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gemspec.domain.errors import ConflictError, InvalidRequestError
from gemspec.domain.marker import Absent
from gemspec.domain.model import BaseModel, ParentModel, State
from gemspec.domain.training_data import Example
from gemspec.emulator import create_app
from gemspec.identity import fingerprint
from gemspec.providers.gemini import provider as gemini

pytestmark = pytest.mark.anyio


@pytest.fixture
def emulated():
    """Make a provider over an emulator in this process; trainings take this many seconds."""
    return lambda seconds=0.0: gemini.emulated(create_app(None, training_seconds=seconds), "in process")


async def test_a_whole_life(emulated, creation):
    """Create, list, ask, update, promote, release, delete."""
    provider = emulated()
    created = await provider.create(creation)
    assert created.marker == creation.marker
    assert created.settings | creation.settings == created.settings
    assert created.hyperparameters == creation.hyperparameters
    [listed] = await provider.list()
    assert (listed.name, listed.state) == (creation.name, State.ACTIVE)
    assert (await provider.poll([creation.name]))[creation.name].progress.percent == 100.0
    assert await provider.generate(creation.name, "9") == "10"
    settings = {"temperature": 0.5, "description": "Counts.", "readerProjectNumbers": ("999", "1000"), "topK": 7}
    changed = await provider.update(listed, settings, replace(creation.marker, serving=2))
    assert changed.settings | settings == changed.settings
    assert (changed.marker.serving, changed.settings["displayName"]) == (2, "numbers")
    cleared = await provider.update(changed, {"readerProjectNumbers": (), "description": ""}, None)
    assert (cleared.settings["readerProjectNumbers"], cleared.settings["description"]) == ((), "")
    assert (await provider.release(cleared)).marker == Absent()
    for _ in range(2):
        await provider.delete(creation.name)
    assert await provider.get(creation.name) is None
    await provider.aclose()


async def test_temperature_zero(emulated, creation):
    """What a manifest sets to 0 reads back as 0, so that the next plan is empty."""
    created = await emulated().create(replace(creation, settings={"temperature": 0.0}))
    assert created.settings["temperature"] == 0.0


async def test_a_repeated_create_finds_the_first(emulated, creation):
    provider = emulated(60.0)
    first = await provider.create(creation)
    again = await provider.create(replace(creation, marker=replace(creation.marker, rev="3c59dc0")))
    assert (again.name, again.create_time, again.marker) == (first.name, first.create_time, first.marker)
    with pytest.raises(ConflictError, match="key numbers"):
        await provider.create(replace(creation, marker=replace(creation.marker, train="f" * 12)))
    assert len(await provider.list()) == 1


async def test_progress_and_cancel(emulated, creation):
    provider = emulated(60.0)
    await provider.create(creation)
    running = (await provider.poll([creation.name]))[creation.name]
    assert (running.state, running.progress.total_steps) == (State.CREATING, 8)
    await provider.cancel(creation.name)
    await provider.cancel(creation.name)
    stopped = (await provider.poll([creation.name]))[creation.name]
    assert stopped is None or stopped.state is not State.ACTIVE


async def test_a_failed_training_has_its_reason(emulated, creation, marker):
    """The emulator fails a training with an example whose output is `!fail`."""
    examples = [*creation.examples, Example("x", "!fail")]
    data = fingerprint.fingerprint(examples)
    marked = replace(marker, data=data.fingerprint[:12], examples=data.examples)
    provider = emulated()
    await provider.create(replace(creation, examples=examples, marker=marked))
    for live in (await provider.get(creation.name), *await provider.list()):
        assert live.state is State.FAILED
        assert live.failure
        assert live.failure != "the service gives no reason"


async def test_tuned_from_another(emulated, creation, marker):
    provider = emulated()
    await provider.create(creation)
    child = replace(creation, name="tunedModels/child-0123456789", source=ParentModel(creation.name))
    assert (await provider.create(child)).source == ParentModel(creation.name)


async def test_a_base_model_that_cannot_be_tuned(emulated, creation):
    with pytest.raises(InvalidRequestError, match="models/nothing cannot be tuned") as caught:
        await emulated().create(replace(creation, source=BaseModel("models/nothing")))
    assert "These can be tuned: models/" in caught.value.hint


async def test_many_pages_of_models(emulated, creation):
    """More than the default page of ten."""
    provider = emulated()
    names = [f"tunedModels/m{number:02}-0123456789" for number in range(12)]
    for name in names:
        await provider.create(replace(creation, name=name))
    assert [live.name for live in await provider.list()] == names
    assert list(await provider.poll(names)) == names
