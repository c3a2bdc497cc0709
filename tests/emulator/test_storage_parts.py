"""The pure parts of Cloud Storage, under many inputs: multipart bodies, lists, checksums."""

import base64
import hashlib

import pytest
from hypothesis import example, given, strategies as st

from gemspec.emulator.storage.blobs import checksums_in_header, digest_of
from gemspec.emulator.storage.errors import StorageError
from gemspec.emulator.storage.listing import ListRequest, page_of
from gemspec.emulator.storage.uploads import MultipartReader


def body(data, newline, preamble):
    lines = [
        b"--sep",
        b"Content-Type: application/json",
        b"",
        b'{"name": "a"}',
        b"--sep",
        b"content-type: x/y",
        b"",
        data,
    ]
    return preamble + newline.join([*lines, b"--sep--"]) + newline


@given(
    data=st.binary(max_size=60)
    | st.lists(st.sampled_from([b"\r", b"\n", b"-", b"--", b"\r\n--se", b"p"])).map(b"".join),
    cuts=st.lists(st.integers(0, 200)),
    newline=st.sampled_from([b"\r\n", b"\n"]),
    preamble=st.sampled_from([b"", b"\r\n"]),
)
@example(data=b"\r", cuts=[], newline=b"\n", preamble=b"")
def test_multipart_in_any_pieces(data, cuts, newline, preamble):
    """However the network cuts a body, the second part's content comes out whole, if it does not hold the delimiter."""
    whole = body(data, newline, preamble)
    if b"\n--sep" in data:
        return
    reader = MultipartReader("multipart/related; boundary=sep")
    ends = sorted({min(end, len(whole)) for end in cuts} | {len(whole)})
    got = b"".join(reader.feed(whole[start:end]) for start, end in zip([0, *ends], ends, strict=False))
    reader.close()
    assert (got, reader.metadata.strip(), reader.content_type) == (data, b'{"name": "a"}', "x/y")


@given(st.integers(0, 120))
def test_multipart_that_breaks_off(length):
    """A body without its last delimiter is refused, wherever it ends."""
    whole = body(b"data" * 10, b"\r\n", b"")
    reader = MultipartReader('multipart/related; boundary="sep"')
    reader.feed(whole[: min(length, whole.rindex(b"--sep--"))])
    with pytest.raises(StorageError):
        reader.close()


NAMES = st.lists(st.text("ab/é", min_size=1, max_size=5), unique=True).map(sorted)


@given(
    names=NAMES, prefix=st.text("ab/", max_size=2), delimiter=st.sampled_from(["", "/", "b"]), size=st.integers(1, 4)
)
def test_pages_show_everything_once(names, prefix, delimiter, size):
    """Whatever the size of its pages, a list shows each name or common prefix once, in order."""
    expected_names = [n for n in names if n.startswith(prefix) and (not delimiter or delimiter not in n[len(prefix) :])]
    expected_prefixes = sorted(
        {
            prefix + name[len(prefix) :].partition(delimiter)[0] + delimiter
            for name in names
            if delimiter and name.startswith(prefix) and delimiter in name[len(prefix) :]
        }
    )
    shown, prefixes, token = [], [], ""
    for _ in range(len(names) + 1):
        wanted = ListRequest.from_parameters(
            {"prefix": prefix, "delimiter": delimiter, "maxResults": size, "pageToken": token}
        )
        page = page_of([name for name in names if name >= wanted.first], wanted)
        assert len(page.names) + len(page.prefixes) <= size
        shown, prefixes, token = shown + page.names, prefixes + page.prefixes, page.token
        if not token:
            break
    assert (shown, prefixes, token) == (expected_names, expected_prefixes, "")


@pytest.mark.parametrize(
    ("data", "crc"),
    [(b"", 0), (b"123456789", 0xE3069283), (b"\0" * 32, 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43)],
)
def test_crc32c(data, crc):
    """The check values of RFC 3720, and of the polynomial's catalogue."""
    found = digest_of([data])
    assert base64.b64decode(found.crc32c) == crc.to_bytes(4)
    assert base64.b64decode(found.md5) == hashlib.md5(data).digest()


@given(st.lists(st.binary(max_size=50)))
def test_digests_of_pieces(pieces):
    """The pieces do not matter, only what they make together."""
    assert digest_of(pieces) == digest_of([b"".join(pieces)])


def test_claims():
    """What a header says, and what contradicts it."""
    found = digest_of([b"hello"])
    assert checksums_in_header(f"crc32c={found.crc32c}, md5={found.md5}") == {"crc32c": found.crc32c, "md5": found.md5}
    assert found.mismatches({"crc32c": found.crc32c, "md5Hash": found.md5, "sha1": "?"}) == []
    assert found.mismatches({"md5": "x"}) == [
        f'Provided MD5 hash "x" doesn\'t match calculated MD5 hash "{found.md5}".'
    ]
