from __future__ import annotations

from dataclasses import replace

from gemspec.model import Progress, Snapshot, State
from gemspec.render.status import status_document, status_lines

CURVE = Progress(38, 38, (Snapshot(38, 5, 0.01234),))


def models(make_live):
    return [
        make_live("number-generator", "1" * 12, serving=1, progress=CURVE),
        make_live("number-generator", "3" * 12, State.CREATING, serving=3, progress=Progress(16, 38)),
        make_live("number-generator", "2" * 12, serving=2, progress=CURVE),
        make_live("greeter", "4" * 12, serving=None),
        make_live("greeter", "5" * 12, State.FAILED, serving=1),
    ]


def test_table(make_live, golden):
    """By key, the serving generation first; a candidate and a failed one are told apart from it."""
    golden("status", "\n".join(status_lines(status_document(models(make_live), "support-bots"))) + "\n")


def test_only_our_models_count(make_live, stranger):
    """Models without this project's marker are nobody's business."""
    document = status_document([stranger, *models(make_live)], "somebody-else")
    assert status_lines(document) == ["somebody-else has no models on the service."]


def test_long_keys_fit_80_columns(make_live):
    """Where the table is too wide the key is cut, never the model's name, which begins with it."""
    live = make_live("a-key-of-exactly-29-character", "1" * 12, State.CREATING, progress=CURVE)
    lines = status_lines(status_document([live], "support-bots"))
    assert max(len(line) for line in lines) <= 80
    assert live.name.removeprefix("tunedModels/") in lines[1]


def test_document_holds_what_the_table_shows(make_live):
    """Machines read the same."""
    (entry,) = status_document([replace(models(make_live)[1])], "support-bots")["models"]
    assert (entry["role"], entry["state"], int(entry["percent"]), entry["loss"]) == ("creating", "CREATING", 42, None)
