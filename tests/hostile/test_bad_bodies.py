"""Bodies that nobody in his right mind sends: refused in words or made a card of, and nobody else notices."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import aiohttp
import pytest

from hub.db import Database
from tests.eventually import eventually
from tests.hostile.conftest import digested
from tests.hostile.sight import Seen, latest, seen
from tests.servers.ringback import Hub

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=b"
MEGABYTE = 1024 * 1024


class Sender:
    """Sends bodies and finds out what became of them."""

    def __init__(self, client: aiohttp.ClientSession, hub: Hub, path: str, db: Database) -> None:
        """Know where to."""
        self._client, self._hub, self._path, self._db = client, hub, path, db

    async def send(self, body: object, kind: str = FORM, **headers: str) -> tuple[int, str]:
        """Send a body and give status and words of the answer."""
        given = {"Content-Type": kind, "Accept": "application/json", **headers}
        async with self._client.post(self._path, data=body, headers=given) as answer:
            return answer.status, await answer.text()

    async def card(self, body: bytes, kind: str = FORM, **headers: str) -> Seen:
        """Send a body that must be taken, and give what stands on the card."""
        assert (await self.send(body, kind, **headers))[0] == 200
        await self._digested()
        return await self._db.read(latest)

    async def card_of(self, name: str) -> Seen:
        """Give the one card of this name."""
        await self._digested()
        return await self._db.read(seen, name)

    async def _digested(self) -> None:
        await eventually(lambda: digested(self._hub), 30)


@pytest.fixture
def sender(client: aiohttp.ClientSession, hub: Hub, intake: str, db: Database) -> Sender:
    """Give somebody with bad intentions."""
    return Sender(client, hub, intake, db)


async def hundred_megabytes() -> AsyncIterator[bytes]:
    """Give them piece by piece, so that nobody can see beforehand how many there are."""
    for _ in range(100):
        yield bytes(MEGABYTE)


async def test_a_body_of_a_hundred_megabytes_is_refused_before_it_is_read(sender: Sender) -> None:
    status, words = await sender.send(bytes(100 * MEGABYTE))
    assert status == 413
    assert "at most" in words or "too large" in words


async def test_a_hundred_megabytes_in_pieces_are_refused_too(sender: Sender) -> None:
    assert (await sender.send(hundred_megabytes()))[0] == 413


@pytest.mark.parametrize("way", ["urlencoded", "multipart", "json"])
async def test_ten_thousand_fields_become_one_card_with_the_first_of_them(sender: Sender, way: str) -> None:
    name = f"Astrid Falk {way}"
    answers = {"name": name, "phone": "+46 70 174 06 01", **{f"f{number}": "x" for number in range(10_000)}}
    body, kind = written(answers, way)
    assert (await sender.send(body, kind))[0] == 200
    card = await eventually(lambda: sender.card_of(name))
    assert 400 < len(card.answers) <= 500
    assert "more answers" in card.remarks


def written(answers: dict[str, str], way: str) -> tuple[bytes, str]:
    """Write answers in one of the ways in which forms are sent."""
    if way == "urlencoded":
        return urlencode(answers).encode(), FORM
    if way == "json":
        return json.dumps(answers).encode(), "application/json"
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in answers.items()]
    return "".join([*parts, "--b--\r\n"]).encode(), PARTS


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
     b'"' + b"\\" * 100_000, b'{"name":' + b"[{" * 50_000],
)  # fmt: skip
async def test_nesting_a_hundred_thousand_levels_deep_becomes_a_card(sender: Sender, body: bytes) -> None:
    card = await sender.card(body, "application/json")
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
    [("gzip", 400), ("deflate", 400), ("br", 415), ("gzip, gzip", 415), ("zstd", 415), ("\x7f", 400)],
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


async def test_a_phone_of_400_digits_is_no_number_but_a_card(sender: Sender) -> None:
    card = await sender.card(b"name=Folke+Ny&phone=" + b"4670174" * 58)
    assert card.name == "Folke Ny"
    assert "No contact data" in card.remarks


async def test_nul_bytes_are_replaced(sender: Sender) -> None:
    card = await sender.card(b"name=Greta%00Ny&%00=%00&message=a%00b")
    assert card.name.startswith("Greta")
    assert "\0" not in card.name + card.message + "".join(card.answers)


@pytest.mark.parametrize("half", [r"\ud800", r"\udfff\ud800", "\\u0000"])
async def test_half_letters_in_json_are_replaced(sender: Sender, half: str) -> None:
    body = f'{{"name": "Hilda{half} Berg", "{half}": "{half}", "message": "ok"}}'.encode()
    card = await sender.card(body, "application/json")
    assert card.name.startswith("Hilda")


NASTY = (
    "'; DROP TABLE contacts; --",
    '" OR 1=1 --',
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7*7 }} {% for x in y %}",
    "${7*7} %s %(name)s {name} {0.__class__}",
    "=cmd|' /C calc'!A0",
    "javascript:alert(1)",
)


async def test_sql_and_html_in_every_field_stay_what_they_are(sender: Sender) -> None:
    answers = {f"{nasty} {place}": f"{nasty} value" for place, nasty in enumerate(NASTY)}
    answers |= {"name": "<b>Ida</b> {0.__class__}", "message": " ".join(NASTY), "email": "a'b--@klarruta.example"}
    card = await sender.card(urlencode(answers).encode())
    assert card.name == "<b>Ida</b> {0.__class__}"
    assert card.message == " ".join(NASTY)
    assert {label: value for label, value in answers.items() if label in card.answers} == card.answers
