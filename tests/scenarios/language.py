"""The language of scenarios: a line is what somebody does, or what must then be so.

    a says one, CLAUSE, ...     the manifest of `a`: its model is trained to answer `one`. `a says nothing`: no data.
                                Clauses: from KEY or MODEL, called NAME, described TEXT, labelled KEY=VALUE, told TEXT
                                (a systemInstruction), expecting WORD (a check), keeping N, keeping for DAYS (14d),
                                protected, retained, moved from KEY (again and again for a list), adopting MODEL
                                [as declared], over N epochs, validated on gs://...
    a is undeclared             its manifest goes
    in OWNER                    from now on in another project's folder; `in OWNER, distinct from OTHER`
    in another repository of OWNER      the name is the same
    it is moved to LOCATION     its gemspec.yaml names another location
    a says gs://...             on data that the user keeps there
    $ COMMAND                   gemspec COMMAND, which ends well; people say yes. `=> N` after it is another exit status
    $ COMMAND (TROUBLE)         with trouble: killed before, killed after or without answer to `write N`; interrupted
    | TEXT                      it said so. `silent on TEXT`: it did not
    somebody trains wild: one   without gemspec. So also `somebody deletes MODEL`, `somebody calls MODEL NAME`,
                                `somebody labels MODEL KEY=VALUE`, `somebody stores NAME: WORD` (data, in my-bucket; or
                                BUCKET:NAME), `somebody composes NAME: WORD` (the same, from parts), `somebody forges
                                NAME` (other data of equal size and CRC32C), `somebody removes NAME`,
                                `somebody begins MODEL again` (the same training), `somebody cuts the marker of MODEL`
    NAME answers 403            that object cannot be read, 403 or else; `NAME answers again`
    somebody clears the marker of MODEL
                                its description is replaced; on Vertex AI model and endpoint lose all labels
    somebody copies the labels of MODEL to NAME: WORD[, with KEY=VALUE]
                                a training on other data, with the labels of that of MODEL
    mallory shares NAME, described TEXT   as another account; `marked MODEL, serving N`: as if it were of MODEL's key
    gemspec.yaml disowns MODEL  spec.notOurs names it
                                `somebody undeploys MODEL`, `somebody deletes the endpoint of MODEL`, `somebody deploys
                                MODEL` (on an endpoint of their own, or `on MODEL/endpoint`)
    endpoints answer 403        nobody can read them, until `endpoints answer again`; `endpoints N`: that many are there
    later                       trainings have ended; `N days later`
    OWNER has N uploads         so many objects with training data in its folder of the bucket
    at most N train             Vertex AI's quota; `at most N train, others are refused`
    = MODEL serves, ...         that is all there is: serves, retired, candidate, training, failed, free (nobody's),
                                silent (trained, and nothing deploys it).
                                `ended` is what a service keeps as a failed training, if it cannot delete those
    a answers one               who asks what `gemspec output a` names gets that
    told: TEXT                  the last question that gemspec asked a model began so; `told: nothing`
    MODEL is called NAME        and so `described TEXT`, `labelled KEY=VALUE`
    trained N                   so many trainings were ever started
    settled                     a plan is empty

MODEL is `a#2`, the second that was ever trained as `a`; in commands and texts, too; `a#2/endpoint` is a part of it.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from gemspec.domain.marker import Marker
from gemspec.identity import description_marker

from .project_fixture import KILLED, PROMPT, Stage, examples
from .service import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

_MODEL = re.compile(r"(?:[a-z]+:)?[a-z]+#\d+(?:/[a-z]+)?")
_STEPS: list[tuple[re.Pattern[str], Callable[..., None]]] = []


def play(stage: Stage, scenario: str) -> None:
    """Play the lines of a scenario. Raises AssertionError, with the line, where something is not so."""
    for number, line in enumerate(scenario.splitlines(), 1):
        if not line.strip():
            continue
        try:
            _play(stage, line.strip())
        except AssertionError as error:
            said = f"\n--- gemspec, last (exit {stage.status}):\n{stage.said}" if stage.said else ""
            raise AssertionError(f"line {number}, `{line.strip()}`: {error}{said}") from error


def _play(stage: Stage, line: str) -> None:
    for pattern, step in _STEPS:
        if match := pattern.fullmatch(line):
            step(stage, *match.groups())
            return
    raise ValueError(f"no step reads {line!r}")


def _step(pattern: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def add(function: Callable[..., None]) -> Callable[..., None]:
        _STEPS.append((re.compile(pattern), function))
        return function

    return add


def _named(stage: Stage, text: str) -> str:
    """A text with the names of the models that it speaks of."""
    return _MODEL.sub(lambda match: stage.name(match[0]), text)


# What is done


@_step(r"(\w+) says ([^ ,]+)((?:, [^,]+)*)")
def _declare(stage: Stage, key: str, word: str, clauses: str) -> None:
    metadata: dict[str, Any] = {}
    spec: dict[str, Any] = {"baseModel": stage.there.base_model}
    for clause in filter(None, clauses.split(", ")):
        _clause(stage, clause, metadata, spec)
    stage.declare(key, metadata, spec, says=None if word == "nothing" else word)


def _clause(stage: Stage, clause: str, metadata: dict[str, str], spec: dict[str, Any]) -> None:
    lifecycle, hyper = spec.setdefault("lifecycle", {}), spec.setdefault("hyperparameters", {})
    match clause.split(" "):
        case ["from", source]:
            del spec["baseModel"]
            model = {"tunedModel": stage.name(source)} if "#" in source else {"key": source}
            spec["tunedModelSource"] = model
        case ["called", *words]:
            spec["displayName"] = " ".join(words)
        case ["described", *words]:
            spec["description"] = " ".join(words)
        case ["told", *words]:
            spec["systemInstruction"] = " ".join(words)
        case ["labelled", label]:
            key, value = label.split("=")
            spec.setdefault("labels", {})[key] = value
        case ["expecting", word]:
            spec.setdefault("checks", []).append({"prompt": PROMPT, "expect": {"equals": word}})
        case ["keeping", "for", days]:
            lifecycle["keepFor"] = days
        case ["keeping", number]:
            lifecycle["keepPrevious"] = int(number)
        case ["protected"]:
            lifecycle["protect"] = True
        case ["retained"]:
            lifecycle["deletionPolicy"] = "retain"
        case ["moved", "from", key]:
            metadata["movedFrom"] = [*metadata["movedFrom"], key] if "movedFrom" in metadata else [key]
        case ["run", "as", account]:
            spec["serviceAccount"] = f"{account}@my-project.iam.gserviceaccount.com"
        case ["encrypted", "with", key]:
            spec["kmsKeyName"] = f"projects/my-project/locations/us-central1/keyRings/ring/cryptoKeys/{key}"
        case ["with", "every", "checkpoint"]:
            spec["exportLastCheckpointOnly"] = False
        case ["validated", "by", word]:
            spec["validationData"] = {"examples": [{"textInput": p, "output": a} for p, a in examples(word)]}
        case ["validated", "on", uri]:
            spec["validationData"] = {"uri": uri}
        case ["adopting", model, *how]:
            spec["import"] = {"tunedModel": stage.name(model), "data": "asDeclared" if how else "unknown"}
        case ["over", "its", "epochs"]:
            hyper["epochCount"] = stage.there.default_epochs
        case ["over", number, "epochs"]:
            hyper["epochCount"] = int(number)
        case _:
            raise ValueError(f"no clause is {clause!r}")


@_step(r"(\w+) is undeclared")
def _undeclare(stage: Stage, key: str) -> None:
    (stage.here / f"{key}.yaml").unlink()


@_step(r"in (\w+)(?:, distinct from (\w+))?")
def _enter(stage: Stage, owner: str, distinct: str | None) -> None:
    stage.enter(owner, distinct=distinct or "")


@_step(r"in another repository of (\w+)")
def _enter_another(stage: Stage, owner: str) -> None:
    stage.enter(owner, "-another")


@_step(r"it is moved to (\S+)")
def _move(stage: Stage, location: str) -> None:
    stage.enter(stage.owner, location=location)


@_step(r"\$ (.*?)(?: \((.*?)(?: write (\d+))?\))?(?: => (\d+))?")
def _run(stage: Stage, command: str, trouble: str | None, write: str | None, status: str | None) -> None:
    stage.run(shlex.split(_named(stage, command)), Trouble(trouble, int(write or 0)) if trouble else None)
    killed = (trouble or "").startswith("killed")
    expected = KILLED if killed else 130 if trouble == "interrupted" else int(status or 0)
    assert stage.status == expected, f"ended with {stage.status}"


@_step(r"somebody trains (\w+): (\w+)")
def _train(stage: Stage, key: str, word: str) -> None:
    stage.train(key, word)


@_step(r"somebody deletes (\S+)")
def _delete(stage: Stage, model: str) -> None:
    stage.there.delete(stage.look()[model])


@_step(r"somebody undeploys (\S+)")
def _undeploy(stage: Stage, model: str) -> None:
    stage.there.undeploy(stage.look()[model])


@_step(r"somebody deletes the endpoint of (\S+)")
def _delete_endpoint(stage: Stage, model: str) -> None:
    stage.there.delete_endpoint(stage.look()[model])


@_step(r"somebody deploys (\S+)(?: on (\S+))?")
def _deploy(stage: Stage, model: str, endpoint: str | None) -> None:
    stage.there.deploy(stage.look()[model], stage.name(endpoint) if endpoint else "")


@_step(r"endpoints answer (\d+|again)")
def _refuse_endpoints(stage: Stage, status: str) -> None:
    paths = [f"/v1/{stage.there.HERE}/endpoints"]
    paths += [f"/v1/{seen.parts['endpoint']}" for seen in stage.look().values() if "endpoint" in seen.parts]
    stage.service.refuses |= dict.fromkeys(paths, 0 if status == "again" else int(status))


@_step(r"endpoints (\d+)")
def _endpoints(stage: Stage, number: str) -> None:
    assert stage.there.endpoints == int(number), f"there are {stage.there.endpoints}"


@_step(r"somebody calls (\S+) (.*)")
def _rename(stage: Stage, model: str, name: str) -> None:
    stage.there.rename(stage.look()[model], name)


@_step(r"somebody labels (\S+) (\S+)=(\S+)")
def _label(stage: Stage, model: str, key: str, value: str) -> None:
    stage.there.label(stage.look()[model], {key: value})


@_step(r"somebody cuts the marker of (\S+)")
def _cut(stage: Stage, model: str) -> None:
    stage.there.cut_marker(stage.look()[model])


@_step(r"somebody takes (?:all|the) labels (?:(.+) )?off the (model|endpoint) of (\S+)")
def _unlabel(stage: Stage, labels: str | None, kind: str, model: str) -> None:
    stage.there.unlabel(stage.look()[model].parts[kind], labels.split(" and ") if labels else ())


@_step(r"somebody clears the marker of (\S+)")
def _clear(stage: Stage, model: str) -> None:
    stage.there.clear_marker(stage.look()[model])


@_step(r"somebody copies the labels of (\S+) to (\w+): (\w+)(?:, with (\S+)=(\S+))?")
def _copy_labels(stage: Stage, model: str, name: str, word: str, label: str | None, value: str | None) -> None:
    stage.there.store(name, examples(word))
    changed = {f"gemspec-{label}": value} if label and value else {}
    stage.names[name] = [stage.there.copy_labels(stage.look()[model], name, changed)]


@_step(r"mallory shares (\w+), described (.*)")
def _share(stage: Stage, name: str, description: str) -> None:
    stage.names[name] = [stage.there.share(name, description)]


@_step(r"mallory shares (\w+), marked (\S+), serving (\d+)")
def _forge_marker(stage: Stage, name: str, model: str, serving: str) -> None:
    true = stage.look()[model].marker
    marker = Marker(true["owner"], true["key"], "0" * 12, "0" * 12, 1, serving=int(serving))
    stage.names[name] = [stage.there.share(name, description_marker.line(marker, name))]


@_step(r"gemspec.yaml disowns (\S+)")
def _disown(stage: Stage, model: str) -> None:
    file = stage.here / "gemspec.yaml"
    file.write_text(file.read_text() + f"  notOurs: [{stage.name(model)}]\n")


@_step(r"somebody begins (\S+) again")
def _twin(stage: Stage, model: str) -> None:
    stage.there.twin(stage.look()[model])
    stage.look()


@_step(r"somebody (stores|composes) (\S+): (\w+)")
def _store(stage: Stage, how: str, name: str, word: str) -> None:
    stage.there.store(name, examples(word), composed=how == "composes")


@_step(r"somebody forges (\S+)")
def _forge(stage: Stage, name: str) -> None:
    stage.there.forge(name)


@_step(r"somebody removes (\S+)")
def _remove(stage: Stage, name: str) -> None:
    stage.there.remove(name)


@_step(r"(\S+) answers (\d+|again)")
def _refuse(stage: Stage, name: str, status: str) -> None:
    stage.service.refuses[stage.there.object_path(name)] = 0 if status == "again" else int(status)


@_step(r"later")
def _later(stage: Stage) -> None:
    stage.later()


@_step(r"(\d+) days later")
def _days_later(stage: Stage, days: str) -> None:
    stage.service.now += int(days) * 24 * 3600


@_step(r"(\S+) has (\d+) uploads?")
def _has_uploads(stage: Stage, owner: str, number: str) -> None:
    found = stage.there.uploads(owner)
    assert len(found) == int(number), f"it has {found}"


@_step(r"at most (\d+) trains?(, others are refused)?")
def _quota(stage: Stage, number: str, refused: str | None) -> None:
    stage.service.options |= {"concurrent_jobs": int(number), "refuses_beyond": bool(refused)}


# What must be so


@_step(r"\| (.*)")
def _said(stage: Stage, text: str) -> None:
    said = " ".join(stage.said.split())
    assert _named(stage, text) in said, "it did not say so"


@_step(r"silent on (.*)")
def _silent(stage: Stage, text: str) -> None:
    assert text not in " ".join(stage.said.split()), "it said so"


@_step(r"= (.*)")
def _is(stage: Stage, text: str) -> None:
    parts = [part.split(" ", 1) for part in text.split(", ")] if text != "nothing" else []
    wanted = {model: word for model, word in parts if word != "ended" or stage.there.keeps_records}
    wanted = {model: "failed" if word == "ended" else word for model, word in wanted.items()}
    there = stage.look()
    assert stage.words(there) == wanted, f"it is {stage.words(there)}"
    for model, seen in there.items():
        assert _agree(seen.told), f"the resources of {model} differ: {seen.told}"


def _agree(told: Any) -> bool:
    """Whether all resources of a model say the same, but for the sum, which covers the name of each."""
    said = [{**part, "labels": {**part.get("labels", {}), "gemspec-sum": ""}} for part in told]
    return len({json.dumps(part, sort_keys=True) for part in said}) <= 1


@_step(r"(\w+) answers (!?[\w-]+)")
def _answers(stage: Stage, key: str, word: str) -> None:
    answer = stage.answer(key)
    assert answer == word, f"it answers {answer}"


@_step(r"(\S+#\d+) is (called|described|labelled) (.*)")
def _told(stage: Stage, model: str, how: str, text: str) -> None:
    for part in stage.look()[model].told:
        if how == "labelled":
            key, value = text.split("=")
            assert part["labels"].get(key, "") == value, f"its labels are {part['labels']}"
        else:
            found = part["displayName" if how == "called" else "description"]
            assert found == text, f"{found!r}"


@_step(r"told: (.*)")
def _was_told(stage: Stage, text: str) -> None:
    told = stage.service.asked.get("systemInstruction", {}).get("parts", [{}])[0].get("text", "nothing")
    assert told == text, f"it was told {told!r}"


@_step(r"trained (\d+)")
def _trained(stage: Stage, number: str) -> None:
    assert stage.there.trainings == int(number), f"{stage.there.trainings} were started"


@_step(r"settled")
def _settled(stage: Stage) -> None:
    stage.run(["plan", "--detailed-exitcode"])
    assert stage.status == 0, "a plan is not empty"
    assert "No changes." in stage.said
