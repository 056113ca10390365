"""Intake: what is sent is kept before the answer, within bounds, and every failure has a clear answer."""

from __future__ import annotations

import asyncio
import gzip
import threading
import zlib
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from hub import journal, unproven
from hub.db import Database
from hub.journal import Inbound
from hub.processing import AT_HAND
from tests.hub.web.conftest import SITE, Shop, Visitor


async def kept(db: Database) -> list[Inbound]:
    """Give what the journal holds."""
    return list(await db.read(lambda session: session.scalars(select(Inbound).order_by(Inbound.id)).all()))


async def test_a_post_is_in_the_journal_when_it_is_answered(
    visitor: Visitor, intake: str, db: Database
) -> None:
    answer = await visitor.post(f"{intake}?a=1", data=b"name=Yasmin", headers={"X-Shop": "7"})
    (item,) = await kept(db)
    assert answer.status == 200
    assert await answer.text() == item.key
    assert item.body == b"name=Yasmin"
    assert item.headers["x-shop"] == "7"
    assert (item.headers[":method"], item.headers[":query"], item.headers[":remote"]) == (
        "POST",
        "a=1",
        "127.0.0.1",
    )


async def test_the_same_post_twice_is_two_items(visitor: Visitor, intake: str, db: Database) -> None:
    for _ in range(2):
        await visitor.post(intake, data=b"name=Yasmin")
    assert len(await kept(db)) == 2


async def test_who_is_signed_in_here_is_not_written_down(visitor: Visitor, intake: str, db: Database) -> None:
    await visitor.post(intake, data=b"x", headers={"Cookie": "ringback=secret"})
    (item,) = await kept(db)
    assert "secret" not in str(item.headers)


async def test_a_header_that_is_no_utf8_does_not_lose_the_post(
    visitor: Visitor, intake: str, db: Database
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", visitor.port)
    writer.write(
        f"POST {intake} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nX-Name: ".encode() + b"\xcd\xe5\r\n\r\nx"
    )
    assert b" 200 " in await reader.readline()
    writer.close()
    (item,) = await kept(db)
    assert item.headers["x-name"] == "\N{REPLACEMENT CHARACTER}" * 2


@pytest.mark.parametrize("path", ["/in/shop/wrong", "/in/elsewhere/wrong", "/in/shop", "/in/shop/a/b"])
async def test_a_wrong_address_is_a_problem_document(visitor: Visitor, path: str) -> None:
    answer = await visitor.post(path, data=b"x")
    assert answer.status == 404
    assert answer.content_type == "application/problem+json"
    assert (await answer.json(content_type=None))["status"] == 404


async def test_looking_at_the_address_says_how_to_use_it(visitor: Visitor, intake: str) -> None:
    answer = await visitor.get(intake)
    assert answer.status == 405
    assert answer.headers["Allow"] == "POST, OPTIONS"
    assert "POST" in (await answer.json(content_type=None))["detail"]


async def test_the_connector_may_refuse(visitor: Visitor, intake: str, db: Database) -> None:
    answer = await visitor.post(intake, data=b"")
    assert (answer.status, await answer.text()) == (400, "nothing")
    assert await kept(db) == []


async def test_what_is_not_proven_genuine_is_refused_and_kept_apart(
    visitor: Visitor, intake: str, db: Database
) -> None:
    answer = await visitor.post(intake, data=b"name=Yasmin", headers={"X-Forged": "1"})
    (item,) = await kept(db)
    assert (answer.status, await answer.text()) == (401, "forged")
    assert (item.body, item.due_at, item.set_aside_why) == (b"name=Yasmin", None, "It says so itself.")


@pytest.mark.parametrize(("body", "is_kept"), [
    (b"name=Yasmin", True), (b"unreadable", True), (b"goods=7", False), (b"x" * 51, False),
], ids=["order", "unreadable", "nothing", "large"])  # fmt: skip
async def test_a_forger_is_told_whether_what_he_sent_is_kept(
    visitor: Visitor,
    intake: str,
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    body: bytes,
    *,
    is_kept: bool,
) -> None:
    monkeypatch.setattr(unproven, "LARGEST", 50)
    answer = await visitor.post(intake, data=body, headers={"X-Forged": "1"})
    assert (answer.status, await answer.text()) == (401, "forged" if is_kept else "forged, and gone")
    assert len(await kept(db)) == is_kept


@pytest.mark.parametrize(("size", "waits"), [(AT_HAND, True), (AT_HAND + 1, False)], ids=["small", "large"])
async def test_nobody_waits_while_a_large_post_is_looked_at(
    visitor: Visitor, intake: str, size: int, *, waits: bool
) -> None:
    Shop.asked_on.clear()
    assert (await visitor.post(intake, data=b"x" * size)).status == 200
    assert (threading.get_ident() in Shop.asked_on) is waits


async def test_scripts_of_an_allowed_site_may_send_and_others_may_not(visitor: Visitor, intake: str) -> None:
    asked = await visitor.options(intake, headers={"Origin": SITE})
    assert (asked.status, asked.headers["Access-Control-Allow-Origin"]) == (204, SITE)
    foreign = await visitor.options(intake, headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in foreign.headers


async def test_a_foreign_page_may_post_a_form(visitor: Visitor, intake: str) -> None:
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert (await visitor.post(intake, data=b"x", headers=headers)).status == 200


@pytest.mark.parametrize("data", [b"x" * 100_001, None], ids=["announced", "in pieces"])
async def test_too_much_is_refused_so_that_the_site_can_read_why(
    visitor: Visitor, intake: str, db: Database, data: bytes | None
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 10_000

    answer = await visitor.post(intake, data=data or pieces(), headers={"Origin": SITE})
    assert answer.status == 413
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert await kept(db) == []


def _packed(data: bytes, encoding: str) -> bytes:
    return gzip.compress(data) if encoding == "gzip" else zlib.compress(data)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_packed_body_is_kept_unpacked(
    visitor: Visitor, intake: str, db: Database, encoding: str
) -> None:
    packed = _packed(b"name=Yasmin", encoding)
    answer = await visitor.post(intake, data=packed, headers={"Content-Encoding": encoding})
    assert answer.status == 200
    (item,) = await kept(db)
    assert item.body == b"name=Yasmin"
    assert "content-encoding" not in item.headers


async def test_a_body_packed_in_two_halves_is_whole(visitor: Visitor, intake: str, db: Database) -> None:
    packed = gzip.compress(b"name=") + gzip.compress(b"Yasmin")
    await visitor.post(intake, data=packed, headers={"Content-Encoding": "gzip"})
    assert [item.body for item in await kept(db)] == [b"name=Yasmin"]


async def test_bare_deflate_is_understood_as_some_send_it(
    visitor: Visitor, intake: str, db: Database
) -> None:
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(b"name=Yasmin") + packer.flush()
    await visitor.post(intake, data=packed, headers={"Content-Encoding": "deflate"})
    assert [item.body for item in await kept(db)] == [b"name=Yasmin"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_bomb_is_refused(visitor: Visitor, intake: str, encoding: str) -> None:
    packed = _packed(bytes(50_000_000), encoding)
    answer = await visitor.post(intake, data=packed, headers={"Content-Encoding": encoding})
    assert answer.status == 413


@pytest.mark.parametrize(
    ("encoding", "data", "status"),
    [
        ("gzip", b"no gzip", 400),
        ("gzip", gzip.compress(b"cut short", mtime=0)[:-4], 400),  # both runners must name it alike
        ("gzip", b"", 400),
        ("br", b"x", 415),
    ],
)
async def test_what_cannot_be_unpacked_is_refused(
    visitor: Visitor, intake: str, encoding: str, data: bytes, status: int
) -> None:
    answer = await visitor.post(intake, data=data, headers={"Content-Encoding": encoding})
    assert answer.status == status


async def test_a_stalled_sender_is_told_and_holds_nobody_up(visitor: Visitor, intake: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", visitor.port)
    writer.write(f"POST {intake} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf".encode())
    assert (await visitor.post(intake, data=b"x")).status == 200
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 15)
    writer.close()


async def test_a_sender_who_hangs_up_leaves_nothing(visitor: Visitor, intake: str, db: Database) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", visitor.port)
    writer.write(f"POST {intake} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf".encode())
    writer.close()
    await writer.wait_closed()
    assert (await visitor.post(intake, data=b"x")).status == 200
    assert len(await kept(db)) == 1


async def test_a_store_that_is_away_means_try_again(
    visitor: Visitor, intake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(journal, "accept", away)
    answer = await visitor.post(intake, data=b"x", headers={"Origin": SITE})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert "INSERT" not in await answer.text()


async def test_a_path_behind_the_address_is_kept_with_the_item(
    visitor: Visitor, intake: str, db: Database
) -> None:
    assert (await visitor.post(f"{intake}/rest/1/call.register", data=b"name=Yasmin")).status == 200
    (item,) = await kept(db)
    assert item.headers[":path"] == "rest/1/call.register"


async def test_a_get_that_the_connector_understands_is_kept_like_any_other(
    visitor: Visitor, intake: str, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Shop, "asks", lambda _self, raw: raw.headers[":query"] == "event=newCall", raising=False
    )
    monkeypatch.setattr(Shop, "refuse", lambda _self, _raw: None)
    assert (await visitor.get(f"{intake}?event=other")).status == 405
    assert (await visitor.get(f"{intake}?event=newCall")).status == 200
    (item,) = await kept(db)
    assert (item.headers[":method"], item.body) == ("GET", b"")


async def test_items_of_one_stream_stay_in_order(
    visitor: Visitor, intake: str, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shop, "stream", lambda _self, raw: raw.body.decode().partition("=")[0], raising=False)
    for body in (b"call=rings", b"call=ends", b""):
        await visitor.post(intake, data=body)
    assert [item.stream for item in await kept(db)] == ["call", "call"]
