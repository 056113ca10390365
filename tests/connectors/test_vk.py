"""A community of VK: what it hears is proven and heard once, what it says is one message however often it is tried."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec import structs

from connectors.vk import Vk, VkSettings
from connectors.vk.api import random_id
from hub.chats import Button, Chatter, MessageReceived, SendMessage, ShowTyping
from hub.connector import AuthFailed, Blocked, Refused, Unavailable, WrongSetting
from hub.db import Database
from hub.letters import Enclosure
from tests.connectors.chat_hub import ChatHub, hearing
from tests.connectors.chat_wire import body_of, raw
from tests.eventually import eventually
from tests.servers import vk
from tests.servers.vk import CONFIRMATION, GROUP, KEY, SECRET, VkServer

KARIN = "612444319"
HELLO = SendMessage(to=KARIN, text="Здравствуйте!", message_id="m1")
OURS = {"group_id": GROUP, "token": KEY, "secret": SECRET, "confirmation": CONFIRMATION}


@pytest.fixture
async def server() -> AsyncIterator[VkServer]:
    async with vk.running() as running:
        yield running


@pytest.fixture
def community(server: VkServer) -> Vk:
    return Vk("chat", "sesame", VkSettings(**OURS, base_url=server.address))


@pytest.fixture
async def hub(db: Database, tmp_path: Path, server: VkServer) -> AsyncIterator[ChatHub]:
    async with hearing(db, tmp_path, "vk", {**OURS, "base_url": server.address}) as hub:
        yield hub


def told(name: str, **changes: object) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(body_of("vk", name))
    return {**body, **changes}


async def test_vk_is_told_what_it_wants_to_hear_and_the_question_is_not_kept(
    hub: ChatHub, server: VkServer
) -> None:
    assert await server.tell(hub.intake, told("confirmation")) == [(200, CONFIRMATION.encode())]
    assert await hub.kept() == []


async def test_a_message_is_heard_once_with_the_name_of_who_wrote(hub: ChatHub, server: VkServer) -> None:
    assert await server.tell(hub.intake, told("text"), times=3) == [(200, b"ok")] * 3
    (event,) = await eventually(lambda: list(hub.heard))
    assert isinstance(event, MessageReceived)
    assert event.sender == Chatter(id=KARIN, name="Карина Эберг", username="karin_o")
    await server.tell(hub.intake, told("photo"))
    await eventually(lambda: len(hub.heard) == 2)
    assert server.asked.count("users.get") == 1
    assert [item.key for item in await hub.kept()] == ["event da1b15e9f6d0c3c8", "event da1b15e9f6d0c3c9"]


@pytest.mark.parametrize("trouble", [5, 6, 10])
async def test_a_name_that_cannot_be_had_costs_nobody_his_message(
    hub: ChatHub, server: VkServer, trouble: int
) -> None:
    server.troubles = [trouble]
    await server.tell(hub.intake, told("text"))
    (event,) = await eventually(lambda: list(hub.heard))
    assert isinstance(event, MessageReceived)
    assert event.sender == Chatter(id=KARIN)


@pytest.mark.parametrize("name", ["typing", "own-message"])
async def test_what_becomes_nothing_is_not_even_kept(hub: ChatHub, server: VkServer, name: str) -> None:
    assert await server.tell(hub.intake, told(name)) == [(200, b"ok")]
    assert await hub.kept() == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"secret": "another"}, "another secret"),
        ({"secret": None}, "does not carry the secret"),
        ({"secret": ["glas-8c2f"]}, "does not carry the secret"),
        ({"group_id": 7}, "another community"),
        ({"group_id": str(GROUP)}, "another community"),
    ],
)
async def test_what_does_not_prove_itself_is_kept_apart(
    hub: ChatHub, server: VkServer, changes: dict[str, object], why: str
) -> None:
    ((status, body),) = await server.tell(hub.intake, told("text", **changes))
    assert (status, body) == (403, b"")
    (kept,) = await hub.unproven()
    assert why in kept
    assert hub.heard == []


async def test_another_communitys_confirmation_is_not_given(hub: ChatHub, server: VkServer) -> None:
    ((status, body),) = await server.tell(hub.intake, told("confirmation", group_id=7))
    assert (status, CONFIRMATION.encode() in body) == (403, False)


def test_without_a_secret_the_address_is_the_secret() -> None:
    community = Vk("chat", "sesame", VkSettings(group_id=GROUP))
    assert community.doubt(raw(json.dumps(told("text", secret="")).encode())) is None


async def test_a_message_tried_again_is_one_message_there(community: Vk, server: VkServer) -> None:
    numbers = {await community.send(HELLO) for _ in range(3)}
    assert (numbers, len(server.sent)) == ({"1001"}, 1)
    assert await community.send(structs.replace(HELLO, message_id="m2")) == "1002"


def test_the_number_of_a_message_is_always_the_same_and_one_that_vk_takes() -> None:
    numbers = [random_id(f"m{each}") for each in range(5_000)]
    assert numbers == [random_id(f"m{each}") for each in range(5_000)]
    assert len(set(numbers)) == 5_000
    assert all(0 < number < 2**31 for number in numbers)


async def test_a_message_has_buttons_and_what_it_answers(community: Vk, server: VkServer) -> None:
    buttons = (
        Button(text="Окно", payload="topic:window"),
        Button(text="Сайт", url="https://klarruta.example"),
    )
    await community.send(structs.replace(HELLO, buttons=buttons, answers="41"))
    (sent,) = server.sent.values()
    assert sent["reply_to"] == "41"
    first, second = (row[0]["action"] for row in json.loads(sent["keyboard"])["buttons"])
    assert (first["label"], first["type"], second["link"]) == ("Окно", "text", "https://klarruta.example")
    message = {**told("text")["object"]["message"], "text": "Окно", "payload": first["payload"]}
    (event,) = community.read(raw(json.dumps(told("text", object={"message": message})).encode()))
    assert isinstance(event, MessageReceived)
    assert (event.text, event.pressed) == ("Окно", "topic:window")


@pytest.mark.parametrize(
    ("file", "attachment"),
    [
        (Enclosure(name="så.jpg", type="image/jpeg", blob="a", size=3, content=b"jpg"), "photo100_1_8d0"),
        (Enclosure(name="ritning.pdf", type="application/pdf", blob="a", size=3, content=b"pdf"), "doc100_1"),
        (Enclosure(name="röst.ogg", type="audio/ogg", blob="a", size=3, content=b"ogg"), "doc100_1"),
    ],
    ids=["photo", "file", "voice"],
)
async def test_a_file_is_handed_over_and_then_sent(
    community: Vk, server: VkServer, file: Enclosure, attachment: str
) -> None:
    await community.send(structs.replace(HELLO, file=file))
    (sent,) = server.sent.values()
    assert (sent["attachment"], sent["message"]) == (attachment, HELLO.text)
    assert [content for _name, _file, content in server.files] == [file.content]


async def test_a_file_that_vk_does_not_take_is_refused_in_words(community: Vk, server: VkServer) -> None:
    file = Enclosure(name="setup.exe", type="application/octet-stream", blob="a", size=2, content=b"MZ")
    with pytest.raises(Refused, match="unknown error"):
        await community.send(structs.replace(HELLO, file=file))
    assert server.sent == {}


async def test_typing_is_shown(community: Vk, server: VkServer) -> None:
    await community.send(ShowTyping(to=KARIN))
    assert server.typing == [KARIN]


@pytest.mark.parametrize(
    ("trouble", "error", "after"),
    [
        (5, AuthFailed, None),
        (6, Unavailable, 1.0),
        (9, Unavailable, 60.0),
        (10, Unavailable, None),
        (901, Blocked, None),
        (914, Refused, None),
        (web.Response(status=429, headers={"Retry-After": "3"}), Unavailable, 3.0),
        (web.Response(status=503), Unavailable, None),
        (web.Response(status=404), Refused, None),
        (web.Response(text="<html>"), Refused, None),
    ],
    ids=str,
)
async def test_what_vk_says_decides_whether_it_is_tried_again(
    community: Vk, server: VkServer, trouble: int | web.Response, error: type[Exception], after: float | None
) -> None:
    server.troubles = [trouble]
    with pytest.raises(error) as raised:
        await community.send(HELLO)
    assert type(raised.value) is error
    assert getattr(raised.value, "after", None) == after


async def test_who_does_not_let_us_write_is_said_to_have_blocked_us(community: Vk, server: VkServer) -> None:
    server.denied.add(KARIN)
    with pytest.raises(Blocked):
        await community.send(HELLO)


async def test_where_nobody_answers_it_is_tried_later(community: Vk) -> None:
    away = Vk("chat", "x", structs.replace(community.settings, base_url="http://127.0.0.1:1/method"))
    with pytest.raises(Unavailable):
        await away.send(HELLO)


async def test_a_test_of_the_channel_says_what_vk_wants_to_hear(community: Vk, server: VkServer) -> None:
    assert [each.how async for each in community.examine(send=False)] == ["good", "good"]
    other = Vk("chat", "x", structs.replace(community.settings, confirmation="old"))
    found = [each async for each in other.examine(send=False)]
    assert (found[1].how, CONFIRMATION in found[1].words) == ("bad", True)
    server.troubles = [5]
    assert [each.how async for each in community.examine(send=False)] == ["bad"]


async def test_files_of_strangers_are_fetched_from_the_public_network_alone(
    community: Vk, tmp_path: Path
) -> None:
    for address in ("https://169.254.169.254/latest", "http://sun9-1.userapi.com/x", "", "https://"):
        with pytest.raises(Refused):
            await community.bring(address, tmp_path / "file")


@pytest.mark.parametrize(("setting", "value"), [("group_id", -1), ("base_url", "api.vk.com")])
def test_what_could_never_work_is_refused(setting: str, value: object) -> None:
    with pytest.raises(WrongSetting) as raised:
        VkSettings(**{setting: value})
    assert raised.value.setting == setting
