"""What people do in a history: to their manifests, with gemspec, and to the service by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .walk import KEYS, OWNERS, WORDS, Manifest, World, apply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Event = Callable[[World], Awaitable[None] | None]


def declare(world: World) -> None:
    """A key is declared, or trained to say something else."""
    owner, key = _owner(world), world.random.choice(KEYS)
    there = world.manifests[owner].get(key)
    if there and there.adopts:
        return  # what an imported model was trained on is what its manifest says of it
    if any(key in manifest.moved_from for manifest in world.manifests[owner].values()):
        return  # validation refuses it
    says = world.random.choice(WORDS)
    if there:
        there.says = says
    else:
        world.manifests[owner][key] = Manifest(says, keep=world.random.choice([0, 1, 1, 2]))
    world.note(f"{owner}/{key} says {says}")


def undeclare(world: World) -> None:
    if found := _some(world):
        owner, key = found
        del world.manifests[owner][key]
        world.note(f"{owner}/{key} is undeclared")


def retain(world: World) -> None:
    if found := _some(world):
        owner, key = found
        world.manifests[owner][key].retain = True
        world.note(f"{owner}/{key} is retained")


def rename(world: World) -> None:
    """A key gets a new name, and its manifest says so."""
    if not (found := _some(world)):
        return
    owner, key = found
    spoken = {old for manifest in world.manifests[owner].values() for old in manifest.moved_from}
    free = [name for name in KEYS if name not in world.manifests[owner] and name not in spoken]
    if free:
        new = world.random.choice(free)
        manifest = world.manifests[owner].pop(key)
        manifest.moved_from = (*manifest.moved_from, key)
        world.manifests[owner][new] = manifest
        world.note(f"{owner}/{key} is called {new}")


async def applies(world: World) -> None:
    await apply(world, _owner(world))


async def replaces(world: World) -> None:
    """Somebody asks for the same training again."""
    if found := _some(world):
        owner, key = found
        await apply(world, owner, replace=frozenset({key}))


async def takes_over(world: World) -> None:
    """A project takes over the models that another has for its keys."""
    owner = _owner(world)
    old = next(name for name in OWNERS if name != owner)
    await apply(world, owner, from_owner=old)


async def retries(world: World) -> None:
    """Somebody asks for failed trainings again."""
    await apply(world, "team", retry_failed=True)


def breaks(world: World) -> None:
    """Trainings on some data fail from now on; or no more."""
    if world.memory.fails:
        world.memory.fails.clear()
        world.note("trainings do not fail any more")
    else:
        word = world.random.choice(WORDS)
        world.memory.fails.add(word)
        world.note(f"trainings to say {word} fail")


def strip_marker(world: World) -> None:
    """Somebody tidies a description, or the labels of a model and its endpoint."""
    if not (name := _model(world)):
        return
    memory, world.has_stripped = world.memory, True
    if world.kind == "gemini":
        memory.resources[name]["description"] = "Tidy."
        memory.touch(name)
    else:
        for kind in world.random.choice([("model",), ("endpoint",), ("model", "endpoint")]):
            if part := memory.part(name, kind):
                memory.resources[part]["labels"] = {"tune-type": "sft"}
                memory.touch(part)
    world.note(f"somebody takes the marker off {world.short(name)}")


def edit_marker(world: World) -> None:
    """Somebody edits a marker."""
    if not (name := _model(world)):
        return
    memory = world.memory
    if world.kind == "gemini":
        text = memory.resources[name].get("description", "")
        memory.resources[name]["description"] = text.replace("serving=1", "serving=9")
        memory.touch(name)
    else:
        for kind in world.random.choice([("model",), ("endpoint",), ("model", "endpoint")]):
            if part := memory.part(name, kind):
                memory.resources[part]["labels"] |= {"gemspec-name": world.random.choice(KEYS)}
                memory.touch(part)
    world.note(f"somebody edits the marker of {world.short(name)}")


def undeploy(world: World) -> None:
    """Somebody takes a model off its endpoint, or deletes the endpoint."""
    if world.kind != "vertex" or not (name := _model(world)):
        return
    memory = world.memory
    for endpoint in memory.take_down(name):
        if world.random.random() < 0.5:
            memory.delete(endpoint)
        world.note(f"somebody undeploys {world.short(name)}")


def strangers(world: World) -> None:
    """Somebody trains a model without gemspec; on Vertex AI perhaps with labels copied from one of ours."""
    memory, says = world.memory, world.random.choice(WORDS)
    if world.kind == "gemini":
        name = f"tunedModels/wild-{memory.number()}"
        body: dict[str, Any] = {"displayName": "wild", "baseModel": memory.base, "description": "Mine."}
        if world.made and world.random.random() < 0.5:
            copied = world.random.choice(sorted(world.made))
            body["description"] = memory.resources.get(copied, {}).get("description", "")
        memory.add(name, body, says, mine=world.random.random() < 0.5)
    else:
        uri = f"gs://wild/{memory.number()}.jsonl"
        memory.data[uri] = says
        spec = {"trainingDatasetUri": uri, "exportLastCheckpointOnly": True}
        body = {"baseModel": memory.base, "tunedModelDisplayName": "wild", "supervisedTuningSpec": spec}
        if world.made and world.random.random() < 0.5:
            body["labels"] = memory.resources[world.random.choice(sorted(world.made))].get("labels", {})
        name = memory.add(body, says)["name"]
    world.wild.add(name)
    world.note(f"somebody trains {world.short(name)} to say {says}")


def tidy(world: World) -> None:
    """Somebody takes off what a released model still has of gemspec."""
    memory = world.memory
    released = sorted(name for name in memory.models() if name not in world.made and name in world.released)
    if not released:
        return
    name = world.random.choice(released)
    if world.kind == "gemini":
        memory.resources[name]["description"] = "Mine again."
        memory.touch(name)
    else:
        for kind in ("model", "endpoint"):
            if part := memory.part(name, kind):
                memory.resources[part]["labels"] = {"tune-type": "sft"}
                memory.touch(part)
    world.note(f"somebody tidies {world.short(name)}")


def delete(world: World) -> None:
    """Somebody deletes a model by hand."""
    if not (name := _model(world)):
        return
    memory = world.memory
    if world.kind == "gemini":
        del memory.resources[name]
    else:
        for endpoint in memory.take_down(name):
            memory.delete(endpoint)
        if model := memory.part(name, "model"):
            memory.delete(model)
        if memory.resources[name]["state"] == "JOB_STATE_RUNNING":
            memory.cancel(name)
    del world.made[name]
    world.note(f"somebody deletes {world.short(name)}")


def imports(world: World) -> None:
    """A manifest imports a model that somebody has trained."""
    wild = sorted(name for name in world.memory.models() if name not in world.made and name in world.wild)
    wild = [name for name in wild if name not in getattr(world.memory, "others", ())]
    asked = {manifest.adopts for manifest in world.manifests["team"].values()}
    wild = [name for name in wild if world.asked(name) not in asked]
    spoken = {old for manifest in world.manifests["team"].values() for old in manifest.moved_from}
    free = [key for key in KEYS if key not in world.manifests["team"] and key not in spoken]
    if wild and free:
        name, key = world.random.choice(wild), world.random.choice(free)
        world.manifests["team"][key] = Manifest(world.memory.data[name], adopts=world.asked(name))
        world.note(f"team/{key} imports {world.short(name)}")


def later(world: World) -> None:
    world.memory.now += 100
    world.note("later")


EVENTS: tuple[tuple[int, Event], ...] = (
    (6, declare),
    (8, applies),
    (2, undeclare),
    (1, retain),
    (2, rename),
    (1, replaces),
    (1, takes_over),
    (1, retries),
    (1, breaks),
    (1, strip_marker),
    (1, edit_marker),
    (1, undeploy),
    (1, strangers),
    (1, tidy),
    (1, delete),
    (1, imports),
    (1, later),
)


def _owner(world: World) -> str:
    return world.random.choices(OWNERS, [4, 1])[0]


def _some(world: World) -> tuple[str, str] | None:
    there = [(owner, key) for owner in OWNERS for key in sorted(world.manifests[owner])]
    return world.random.choice(there) if there else None


def _model(world: World) -> str | None:
    there = sorted(name for name in world.memory.models() if name in world.made)
    return world.random.choice(there) if there else None
