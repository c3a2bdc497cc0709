"""Trust: an answer that is large, or becomes large when it is unpacked, is an error and fills no memory."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib

import pytest

from gemspec.emulator.server import in_thread
from gemspec.providers.http import response_limit, session

from .garbage import run
from .trust import TOKEN, Ears, obeyed, write

MIB = 1024 * 1024
LIMIT = 4 * MIB  # of answers in these tests
LARGE = 256 * MIB
MODELS = json.dumps({"tunedModels": [{"name": "tunedModels/x", "displayName": "y"}]}).encode()


def packed(size, bits=16 + zlib.MAX_WBITS):
    """Many spaces, which are JSON's as well, in few bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return b"".join(packer.compress(b" " * MIB) for _ in range(size // MIB)) + packer.flush()


def endless():
    """What never ends, at least not in a test."""
    yield from (b" " * MIB for _ in range(LARGE // MIB))


ANSWERS = {
    "gzip": ({"content-encoding": "gzip"}, packed(LARGE), "more than 4 MiB"),
    "gzip, x-gzip": ({"content-encoding": "x-gzip"}, packed(LARGE), "more than 4 MiB"),
    "gzip twice": ({"content-encoding": "gzip, gzip"}, gzip.compress(packed(LARGE)), "was not asked for"),
    "deflate": ({"content-encoding": "deflate"}, packed(LARGE, zlib.MAX_WBITS), "was not asked for"),
    "brotli": ({"content-encoding": "br"}, b"\x5b\xff\xff\xff" * 100, "was not asked for"),
    "zstd": ({"content-encoding": "zstd"}, b"\x28\xb5\x2f\xfd" * 100, "was not asked for"),
    "an unknown one": ({"content-encoding": "\x1b[2J\u00ff"}, MODELS, "was not asked for"),
    "not gzip": ({"content-encoding": "gzip"}, MODELS, "is no gzip"),
    "without end": ({}, endless(), "more than 4 MiB"),
    "large, and said so": ({"content-length": str(LARGE)}, endless(), "more than 4 MiB"),
}


@pytest.fixture(autouse=True)
def _bounds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
    monkeypatch.setattr(response_limit, "MAX_BYTES", LIMIT)
    monkeypatch.setattr(session, "ATTEMPTS", 1)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("name", ANSWERS)
def test_a_large_answer_is_an_error(name, status, tmp_path, monkeypatch, tally):
    """Told as one, after as much of it as is allowed; an error of the service may be as large."""
    headers, body, words = ANSWERS[name]
    service = Ears(lambda _method, _path: (status, headers, endless() if not isinstance(body, bytes) else body))
    write(tmp_path, "gemini")
    with in_thread(service) as url:
        monkeypatch.setenv("GEMSPEC_ENDPOINT", url)
        run(["status"])  # what is loaded by it is not counted
        tracemalloc.start()
        said = run(["status"])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    is_bounded = peak < 6 * LIMIT
    tally("trust: large answers", 1, 0 if is_bounded else 1)
    assert (said.status, words in " ".join(said.err.split()), said.escaped) == (1, True, ""), said
    assert not [*obeyed(said.out + said.err)]
    assert is_bounded, f"{peak / MIB} MiB"


@pytest.mark.parametrize(
    ("headers", "body"),
    [({}, MODELS), ({"content-encoding": "gzip"}, gzip.compress(MODELS, mtime=0))],
    ids=["plain", "packed"],
)
def test_what_is_not_large_is_read(headers, body, tmp_path, monkeypatch):
    """Packed or not, and up to the limit."""
    monkeypatch.setattr(response_limit, "MAX_BYTES", len(MODELS))
    write(tmp_path, "gemini")
    with in_thread(Ears(lambda _method, _path: (200, headers, body))) as url:
        monkeypatch.setenv("GEMSPEC_ENDPOINT", url)
        said = run(["status"])
        assert (said.status, "1 other model" in said.out) == (0, True), said
        monkeypatch.setattr(response_limit, "MAX_BYTES", len(MODELS) - 1)
        assert run(["status"]).status == 1
