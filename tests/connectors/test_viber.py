"""A bot of Viber: what it hears is proven and heard once, what it says leaves once, and the rest is said in words."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, web
from msgspec import structs

from connectors.viber import Viber, ViberSettings
from hub.chats import Button, ChatChanged, MessageReceived, SendMessage
from hub.clock import Clock
from hub.connector import AuthFailed, Blocked, InDoubt, Refused, Unavailable, WrongSetting
from hub.db import Database
from hub.letters import Enclosure
from hub.public_files import PublicFiles
from hub.web.keys import BLOBS
from tests.connectors.chat_hub import ChatHub, hearing
from tests.connectors.chat_wire import body_of, raw
from tests.eventually import eventually
from tests.servers import viber
from tests.servers.viber import TOKEN, ViberServer, signature

HUB = "https://hub.klarruta.example"
KARIN = "k1pQ0A2uQ3mWZ7aRk0QvXw=="
HELLO = SendMessage(to=KARIN, text="Hej!", message_id="m1")
PICTURE = Enclosure(name="så här.jpg", type="image/jpeg", blob="a" * 64, size=9)


@pytest.fixture
async def server() -> AsyncIterator[ViberServer]:
    async with viber.running() as running:
        running.subscribed.add(KARIN)
        yield running


@pytest.fixture
def bot(server: ViberServer) -> Viber:
    return made(server)


def made(server: ViberServer, url: str = "", **more: str) -> Viber:
    """Give the bot of a hub that is reached under an address."""
    given = {"token": TOKEN, "base_url": server.address, "name": "Klarruta", **more}
    bot = Viber("chat", "sesame", ViberSettings(**given))
    bot.address = f"{url}/in/chat/sesame" if url else ""
    return bot


@pytest.fixture
async def hub(db: Database, tmp_path: Path, server: ViberServer) -> AsyncIterator[ChatHub]:
    settings = {"token": TOKEN, "base_url": server.address, "welcome": "Välkommen!"}
    async with hearing(db, tmp_path, "viber", settings) as hub:
        server.webhook = hub.intake
        yield hub


def told(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(body_of("viber", name))
    return body


async def test_what_was_said_is_heard_by_the_time_that_its_post_is_answered(
    hub: ChatHub, server: ViberServer
) -> None:
    await hub.sleeps()
    assert await server.tell(told("text")) == [(200, b"")]
    await eventually(lambda: [type(each) for each in hub.heard] == [MessageReceived])


async def test_what_cannot_be_taken_at_once_is_kept_and_its_post_is_answered(
    hub: ChatHub, server: ViberServer
) -> None:
    await hub.sleeps()
    hub.stumbles_over.add(KARIN)
    assert await server.tell(told("text")) == [(200, b"")]
    (item,) = await hub.kept()
    assert (hub.heard, item.due_at is not None) == ([], True)


async def test_a_message_is_heard_once_however_often_it_comes(hub: ChatHub, server: ViberServer) -> None:
    assert await server.tell(told("text"), times=3) == [(200, b"")] * 3
    await eventually(lambda: len(hub.heard) == 1)
    (item,) = await hub.kept()
    assert item.key == f"message 5466358343372472401 {KARIN}"
    assert isinstance(hub.heard[0], MessageReceived)


async def test_who_opens_the_chat_is_welcomed_in_the_answer_and_nobody_else(
    hub: ChatHub, server: ViberServer
) -> None:
    ((status, body),) = await server.tell(told("conversation-started"))
    assert (status, json.loads(body)["text"]) == (200, "Välkommen!")
    assert await server.tell(told("subscribed")) == [(200, b"")]
    await eventually(lambda: len(hub.heard) == 2)
    assert {each.what for each in hub.heard if isinstance(each, ChatChanged)} == {"began", "unblocked"}


@pytest.mark.parametrize(
    "forged", ["", "00", signature(b"other words"), signature(body_of("viber", "text"), "x")]
)
async def test_what_is_not_signed_with_the_token_is_kept_apart(hub: ChatHub, forged: str) -> None:
    async with (
        ClientSession() as client,
        client.post(
            hub.intake, data=body_of("viber", "text"),
            headers={"X-Viber-Content-Signature": forged},
        ) as answer,
    ):  # fmt: skip
        assert answer.status == 403
    (why,) = await hub.unproven()
    assert "signature" in why
    assert hub.heard == []


def test_the_signature_is_over_the_very_bytes() -> None:
    bot = Viber("chat", "sesame", ViberSettings(token=TOKEN))
    body = body_of("viber", "text")
    signed = signature(body)
    assert bot.doubt(raw(body, x_viber_content_signature=signed)) is None
    again = json.dumps(json.loads(body)).encode()
    assert bot.doubt(raw(again, x_viber_content_signature=signed)) is not None


def test_without_a_token_nothing_is_proven_not_even_by_an_empty_one() -> None:
    bot = Viber("chat", "sesame", ViberSettings())
    assert bot.doubt(raw(b"{}", x_viber_content_signature=signature(b"{}", ""))) is not None


async def test_a_message_leaves_with_buttons_and_its_number_is_a_text(
    bot: Viber, server: ViberServer
) -> None:
    buttons = (
        Button(text="Fönster & dörrar", payload="topic:window"),
        Button(text="Vi", url="https://klarruta.example"),
    )
    number = await bot.send(structs.replace(HELLO, buttons=buttons))
    assert number == "5466358343372500001"
    (sent,) = server.sent
    assert [each["ActionBody"] for each in sent["keyboard"]["Buttons"]] == [
        "topic:window",
        "https://klarruta.example",
    ]
    assert sent["keyboard"]["Buttons"][0]["Text"] == "Fönster &amp; dörrar"
    assert (sent["text"], sent["sender"]) == ("Hej!", {"name": "Klarruta"})


async def test_what_a_button_sends_back_has_the_buttons_words(bot: Viber, server: ViberServer) -> None:
    await bot.send(structs.replace(HELLO, buttons=(Button(text="Fönster", payload="topic:window"),)))
    pressed = {"type": "text", "text": "topic:window", "tracking_data": server.sent[0]["tracking_data"]}
    (event,) = bot.read(raw(json.dumps({**told("text"), "message": pressed}).encode()))
    assert isinstance(event, MessageReceived)
    assert (event.text, event.pressed) == ("Fönster", "topic:window")


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (web.json_response({"status": 2, "status_message": "invalidAuthToken"}), AuthFailed),
        (web.json_response({"status": 3, "status_message": "badData"}), Refused),
        (web.json_response({"status": 12, "status_message": "tooManyRequests"}), Unavailable),
        (web.Response(status=429, headers={"Retry-After": "7"}), Unavailable),
        (web.Response(status=502), InDoubt),
        (web.Response(status=404), Refused),
        (web.Response(text="<html>"), Refused),
        (web.json_response({"status": 0, "status_message": "ok"}), InDoubt),
    ],
    ids=["token", "data", "many", "429", "502", "404", "html", "no number"],
)
async def test_what_viber_says_decides_whether_it_is_tried_again(
    bot: Viber, server: ViberServer, trouble: web.Response, error: type[Exception]
) -> None:
    server.troubles = [trouble]
    with pytest.raises(error) as raised:
        await bot.send(HELLO)
    assert type(raised.value) is error
    if trouble.status == 429:
        assert getattr(raised.value, "after", None) == 7


async def test_who_unsubscribed_is_said_to_have_blocked_us(bot: Viber) -> None:
    with pytest.raises(Blocked):
        await bot.send(structs.replace(HELLO, to="somebody else"))


async def test_after_too_many_viber_is_left_alone_for_a_while(bot: Viber, server: ViberServer) -> None:
    server.most_per_hour = 1
    await bot.send(HELLO)
    with pytest.raises(Unavailable) as raised:
        await bot.send(HELLO)
    assert raised.value.after == 60


async def test_where_nobody_answers_nothing_left(bot: Viber) -> None:
    settings = structs.replace(bot.settings, base_url="http://127.0.0.1:1/pa")
    with pytest.raises(Unavailable):
        await Viber("chat", "sesame", settings).send(HELLO)


async def test_without_a_token_nothing_leaves(server: ViberServer) -> None:
    with pytest.raises(Unavailable):
        await made(server, token="").send(HELLO)


async def test_a_file_is_fetched_by_viber_from_an_address_that_ends(
    hub: ChatHub, server: ViberServer, clock: Clock
) -> None:
    content = b"\xff\xd8\xff a picture"
    file = structs.replace(PICTURE, blob=await hub.server.app[BLOBS].put(content), size=len(content))
    await made(server, url=HUB).send(structs.replace(HELLO, file=file, text="så"))
    (sent,) = server.sent
    assert (sent["type"], sent["text"]) == ("picture", "så")
    path = urlsplit(sent["media"]).path
    async with ClientSession(str(hub.server.make_url("/"))) as viber_:
        async with viber_.get(path) as answer:
            assert (answer.status, await answer.read()) == (200, content)
            assert answer.headers["Content-Type"] == "image/jpeg"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for forged in (path.replace("aa", "ab", 1) + "x", path.replace("/viber/chat/", "/viber/chat/9"),
                       path.replace("/viber/chat/", "/viber/other/")):  # fmt: skip
            async with viber_.get(forged) as answer:
                assert answer.status == 404
        clock.shift = timedelta(days=15)
        async with viber_.get(path) as answer:
            assert answer.status == 404


async def test_large_pictures_and_other_files_go_as_files_and_none_where_viber_cannot_fetch(
    bot: Viber, server: ViberServer
) -> None:
    there = made(server, url=HUB)
    for file, kind in (
        (structs.replace(PICTURE, size=2_000_000), "file"),
        (Enclosure(name="ritning.pdf", type="application/pdf", blob="b" * 64, size=88), "file"),
        (Enclosure(name="film.mp4", type="video/mp4", blob="c" * 64, size=88), "video"),
    ):
        await there.send(SendMessage(to=KARIN, file=file, message_id="m2"))
        assert server.sent[-1]["type"] == kind
    with pytest.raises(Refused, match="which url"):
        await bot.send(SendMessage(to=KARIN, file=PICTURE, message_id="m2"))
    with pytest.raises(Refused, match="50 MB"):
        await there.send(
            SendMessage(to=KARIN, file=structs.replace(PICTURE, size=60_000_000), message_id="m2")
        )


async def test_a_test_of_the_channel_says_where_viber_tells_what_happens(server: ViberServer) -> None:
    bot = made(server, url=HUB)
    found = [each async for each in bot.examine(send=False)]
    assert [each.how for each in found] == ["good", "bad"]
    assert "--send" in found[1].words
    server.webhook = f"{HUB}/in/chat/sesame"
    assert [each.how async for each in bot.examine(send=False)] == ["good", "good"]
    assert [each.how async for each in made(server).examine(send=False)] == ["good", "unknown"]
    assert [each.how async for each in made(server, token=TOKEN[1:]).examine(send=False)] == ["bad"]
    assert [each.how async for each in made(server, url="https://127.0.0.1:1").examine(send=True)] == [
        "good",
        "bad",
    ]


async def test_viber_tries_the_address_that_it_is_told(hub: ChatHub, server: ViberServer) -> None:
    await made(server)._api.tell_address(hub.intake)
    assert server.webhook == hub.intake
    with pytest.raises(Refused, match="invalidUrl"):
        await made(server)._api.tell_address(hub.intake + "x")


async def test_files_of_strangers_are_fetched_from_the_public_network_alone(
    bot: Viber, tmp_path: Path
) -> None:
    for address in (
        "https://127.0.0.1/x",
        "http://dl-media.viber.com/x",
        "file:///etc/passwd",
        "https://[::1]/x",
    ):
        with pytest.raises(Refused):
            await bot.bring(address, tmp_path / "file")
    assert isinstance(bot.public_files, PublicFiles)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("name", "a" * 29), ("base_url", "hub"), ("welcome", "a" * 7_001)],
)
def test_what_could_never_work_is_refused(setting: str, value: str) -> None:
    with pytest.raises(WrongSetting) as raised:
        ViberSettings(**{setting: value})
    assert raised.value.setting == setting


def test_the_token_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    assert ViberSettings(token_file=str(tmp_path / "token")).secret == TOKEN
