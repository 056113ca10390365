"""Bodies that nobody in his right mind sends: refused in words or made a card of, and nobody else notices."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from tests.hostile.sender import FORM, JSON, PARTS, Sender

MEGABYTE = 1024 * 1024


async def hundred_megabytes() -> AsyncIterator[bytes]:
    """Give them piece by piece, so that nobody can see beforehand how many there are."""
    for _ in range(100):
        yield bytes(MEGABYTE)


async def test_a_body_of_a_hundred_megabytes_is_refused_before_it_is_read(sender: Sender) -> None:
    status, words = await sender.send(bytes(100 * MEGABYTE))
    assert status == 413
    assert "the most that is taken" in words


async def test_a_hundred_megabytes_in_pieces_are_refused_too(sender: Sender) -> None:
    assert (await sender.send(hundred_megabytes()))[0] == 413


@pytest.mark.parametrize("way", ["urlencoded", "multipart", "json"])
async def test_ten_thousand_fields_become_one_card_with_the_first_of_them(sender: Sender, way: str) -> None:
    name = f"Astrid Falk {way}"
    answers = {"name": name, **{f"f{number}": "x" for number in range(10_000)}}
    card = await sender.card(*written(answers, way))
    assert card.name == name
    assert 400 < len(card.answers) <= 500
    assert "more answers" in card.remarks


def written(answers: dict[str, str], way: str) -> tuple[bytes, str]:
    """Write answers in one of the ways in which forms are sent."""
    if way == "urlencoded":
        return urlencode(answers).encode(), FORM
    if way == "json":
        return json.dumps(answers).encode(), JSON
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in answers.items()
    ]
    return "".join([*parts, "--b--\r\n"]).encode(), PARTS


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
     b'"' + b"\\" * 100_000, b'{"name":' + b"[{" * 50_000],
)  # fmt: skip
async def test_nesting_a_hundred_thousand_levels_deep_becomes_a_card(sender: Sender, body: bytes) -> None:
    card = await sender.card(body, JSON)
    assert "could not be read as a form" in card.remarks


async def test_php_keys_nested_a_hundred_thousand_deep_become_a_card(sender: Sender) -> None:
    card = await sender.card(b"name=Britta+Ek&a" + b"[b]" * 100_000 + b"=1")
    assert card.name == "Britta Ek"


@pytest.mark.parametrize("charset", ["utf-8", "klingon", "utf-7", "../../etc/passwd", "rot13", "idna", ""])
async def test_a_wrong_charset_is_seen_through(sender: Sender, charset: str) -> None:
    name = f"Иван Петров {charset or 'none'}"
    body = f"name={name}&phone=%2B7 921 555 12 34".encode("cp1251")
    card = await sender.card(body, f"{FORM}; charset={charset}")
    assert card.name.startswith("Иван Петров")


@pytest.mark.parametrize(
    "body",
    [b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nCarl Rask',
     b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nCarl Rask\r\n--b',
     b'--b\nContent-Disposition: form-data; name="name"\n\nCarl Rask\n--b--\n',
     b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nCarl Rask\r\n--b\r\n\r\n\r\n--b\r\njunk',
     b'--other\r\nContent-Disposition: form-data; name="name"\r\n\r\nCarl Rask\r\n--other--\r\n'],
)  # fmt: skip
async def test_a_broken_multipart_is_read_as_far_as_it_goes(sender: Sender, body: bytes) -> None:
    assert (await sender.card(body, PARTS)).name == "Carl Rask"


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=", f"{PARTS * 50}"])
async def test_a_multipart_of_nothing_but_junk_becomes_a_card_that_says_so(sender: Sender, kind: str) -> None:
    card = await sender.card(b"\r\n--b" * 200_000, kind)
    assert "could not be read as a form" in card.remarks


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_zip_bomb_is_not_blown_up(sender: Sender, encoding: str) -> None:
    zeros = bytes(100 * MEGABYTE)
    bomb = gzip.compress(zeros, 9) if encoding == "gzip" else zlib.compress(zeros, 9)
    status, words = await sender.send(bomb, **{"Content-Encoding": encoding})
    assert (status, len(bomb) < MEGABYTE) == (413, True), words


async def test_a_zip_bomb_of_many_members_is_not_blown_up(sender: Sender) -> None:
    bomb = gzip.compress(bytes(MEGABYTE), 9) * 1000
    assert (await sender.send(bomb, **{"Content-Encoding": "gzip"}))[0] == 413


@pytest.mark.parametrize(
    ("encoding", "status"),
    [("gzip", 400), ("deflate", 400), ("br", 415), ("gzip, gzip", 415), ("zstd", 415)],
)
async def test_packing_that_cannot_be_undone_is_refused_in_words(
    sender: Sender, encoding: str, status: int
) -> None:
    answered, words = await sender.send(b"name=Doris", **{"Content-Encoding": encoding})
    assert answered == status, words


async def test_ten_megabytes_in_one_answer_are_kept_and_shown_in_part(sender: Sender) -> None:
    card = await sender.card(b"name=Erik+Lund&message=" + b"x" * (10 * MEGABYTE))
    assert card.name == "Erik Lund"
    assert "original is kept in the journal" in card.remarks
