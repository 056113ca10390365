"""Customers of Viber, VK and Matrix, a hub as it is run, and the messenger between: what is written arrives once."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.connectors.chat_wire import body_of
from tests.eventually import eventually
from tests.servers import matrix, viber, vk
from tests.servers.ringback import Hub

LONG = 30.0
PICTURE = b"\xff\xd8\xff\xe0" + b"\0" * 50_000
Json = dict[str, Any]


class Office:
    """Who answers, by the hub's API; each of its channels has an address to which the messenger tells."""

    def __init__(self, hub: Hub) -> None:
        """Have no channels yet."""
        self.hub = hub
        self._headers = {"Authorization": f"Bearer {hub.tell('token', 'create', 'office', '--scope', 'all')}"}

    async def channel(self, kind: str, folder: Path, settings: Mapping[str, object]) -> str:
        """Add a channel and give its address, once the hub has taken it up."""
        file = folder / f"{kind}.toml"
        file.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()))
        self.hub.tell("channel", "add", kind, "--kind", kind, "--settings", str(file))
        address = f"{self.hub.address}{self.hub.tell('channel', 'url', kind)}"

        async def is_taken_up() -> bool:
            async with aiohttp.ClientSession() as client, client.options(address) as answer:
                return answer.status == 204

        await eventually(is_taken_up, LONG)
        return address

    async def asked(self, method: str, path: str, **given: Any) -> Json:  # noqa: ANN401 - as aiohttp takes it
        """Ask the API."""
        async with (
            aiohttp.ClientSession(headers=self._headers) as client,
            client.request(method, f"{self.hub.address}/api/v1{path}", **given) as answer,
        ):
            told: Json = await answer.json()
            assert answer.ok, told
            return told

    async def came(self, count: int = 1) -> list[Json]:
        """Give what came, the oldest first, once it is as much."""

        async def all_of_it() -> list[Json]:
            found = (await self.asked("GET", "/messages"))["items"]
            return list(reversed(found)) if len(found) >= count else []

        messages = await eventually(all_of_it, LONG)
        assert len(messages) == count
        return messages

    async def is_read(self, message: Json) -> bool:
        """Tell whether the customer read one of ours."""
        found = (await self.asked("GET", "/messages"))["items"]
        return any(each["id"] == message["id"] and each["spoken"]["read_at"] for each in found)

    async def name_of(self, message: Json) -> str:
        """Give the name on the card of who wrote."""
        return str((await self.asked("GET", f"/contacts/{message['contact']}"))["name"])


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Give a hub that is run, without channels."""
    hub = Hub(tmp_path / "data")
    hub.start()
    await hub.listening()
    yield Office(hub)
    hub.stop()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Close what a test opened."""
    async with AsyncExitStack() as opened:
        yield opened


def told(messenger: str, name: str) -> Json:
    body: Json = json.loads(body_of(messenger, name))
    return body


@pytest.mark.timeout(120)
async def test_viber_there_and_back(office: Office, stack: AsyncExitStack, tmp_path: Path) -> None:
    server = await stack.enter_async_context(viber.running())
    text = told("viber", "text")
    server.subscribed.add(text["sender"]["id"])
    settings = {"token": viber.TOKEN, "base_url": server.address, "name": "Klarruta"}
    server.webhook = await office.channel("viber", tmp_path, settings)
    await server.tell(text, times=3)
    (message,) = await office.came()
    assert (message["text"], await office.name_of(message)) == (text["message"]["text"], "Karin Öberg")
    said = await office.asked(
        "POST", "/messages", json={"conversation": message["conversation"], "text": "På tisdag?"}
    )
    await eventually(lambda: len(server.sent) == 1, LONG)
    assert server.sent[0]["text"] == "På tisdag?"
    await server.tell({**told("viber", "seen"), "message_token": viber.FIRST + 1}, times=2)
    await eventually(lambda: office.is_read(said), LONG)
    assert len(server.sent) == 1


@pytest.mark.timeout(120)
async def test_vk_there_and_back(office: Office, stack: AsyncExitStack, tmp_path: Path) -> None:
    server = await stack.enter_async_context(vk.running())
    settings = {"token": vk.KEY, "group_id": vk.GROUP, "secret": vk.SECRET, "base_url": server.address}
    hook = await office.channel("vk", tmp_path, settings)
    text = told("vk", "text")
    await server.tell(hook, text, times=3)
    (message,) = await office.came()
    assert (message["text"], await office.name_of(message)) == (
        text["object"]["message"]["text"],
        "Карина Эберг",
    )
    said = await office.asked(
        "POST", "/messages", json={"conversation": message["conversation"], "text": "På tisdag?"}
    )
    await eventually(lambda: len(server.sent) == 1, LONG)
    assert next(iter(server.sent.values()))["message"] == "På tisdag?"
    read = told("vk", "read")
    read["object"]["read_message_id"] = max(server.numbers.values())
    await server.tell(hook, read)
    await eventually(lambda: office.is_read(said), LONG)


@pytest.mark.timeout(120)
async def test_matrix_there_and_back(office: Office, stack: AsyncExitStack, tmp_path: Path) -> None:
    server = await stack.enter_async_context(matrix.running())
    server.invitations = {"!new:klarruta.example"}
    server.media["AQwafuaFswefuhsfAFAgsw"] = ("image/jpeg", PICTURE)
    settings = {
        "base_url": server.address, "user": matrix.USER, "as_token": matrix.AS_TOKEN, "hs_token": matrix.HS_TOKEN,
    }  # fmt: skip
    server.service = await office.channel("matrix", tmp_path, settings)
    await eventually(lambda: "!new:klarruta.example" in server.rooms, LONG)
    await server.push([*told("matrix", "text")["events"], *told("matrix", "image")["events"]], times=3)
    message, picture = await office.came(2)
    assert (message["text"], await office.name_of(message)) == (
        "Hej! Kan ni byta två fönster?",
        "Karin Öberg",
    )

    async def has_come() -> bool:
        found = (await office.asked("GET", "/messages"))["items"]
        return any(each["id"] == picture["id"] and each["attachments"] for each in found)

    await eventually(has_come, LONG)
    said = await office.asked(
        "POST", "/messages", json={"conversation": message["conversation"], "text": "På tisdag?"}
    )
    await eventually(lambda: len(server.sent) == 1, LONG)
    assert next(iter(server.sent.values()))["body"] == "På tisdag?"
    reading = {"m.read": {"@karin:oberg.example": {"ts": int(time.time() * 1000) + 1000}}}
    receipt = {"type": "m.receipt", "room_id": matrix.ROOM, "content": {"$event0": reading}}
    await server.push([], ephemeral=[receipt])
    await eventually(lambda: office.is_read(said), LONG)
    assert len(server.sent) == 1
