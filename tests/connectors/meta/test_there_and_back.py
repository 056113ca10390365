"""A customer of WhatsApp, a hub as it is run, and Meta between them: what is written arrives, either way, once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.connectors.meta.recorded import post
from tests.eventually import eventually
from tests.servers.graph import Json, Meta, doubled_and_shuffled
from tests.servers.ringback import Hub

PICTURE = b"\xff\xd8\xff\xe0" + b"\0" * 50_000
LONG = 30.0


class Office:
    """Who answers, by the hub's API."""

    def __init__(self, hub: Hub, token: str, hook: str) -> None:
        """Know the hub, and where Meta posts to."""
        self.hub = hub
        self.hook = hook
        self._headers = {"Authorization": f"Bearer {token}"}

    async def messages(self) -> list[Json]:
        """Give all messages, the oldest first."""
        found = await self._asked("GET", "/messages")
        return list(reversed(found["items"]))

    async def found(self, remote_id: str) -> Json | None:
        """Give the message that Meta calls so, None as long as there is none."""
        return next(
            (each for each in await self.messages() if each["spoken"]["remote_id"] == remote_id), None
        )

    async def says(self, **message: object) -> Json:
        """Say something."""
        return await self._asked("POST", "/messages", json=message)

    async def _asked(self, method: str, path: str, **given: Any) -> Json:  # noqa: ANN401 - as aiohttp takes it
        async with (
            aiohttp.ClientSession(headers=self._headers) as client,
            client.request(method, f"{self.hub.address}/api/v1{path}", **given) as answer,
        ):
            told: Json = await answer.json()
            assert answer.ok, told
            return told


@pytest.fixture
async def office(tmp_path: Path, meta: Meta) -> AsyncIterator[Office]:
    """Give a hub that is run, with our number."""
    hub = Hub(tmp_path / "data")
    hub.start()
    await hub.listening()
    settings = tmp_path / "whatsapp.toml"
    settings.write_text(meta.settings("order_ready sv = Hej {1}! Dina {2} är här."))
    hub.tell("channel", "add", "wa", "--kind", "whatsapp", "--title", "WhatsApp", "--settings", str(settings))
    token, path = hub.tell("token", "create", "office", "--scope", "all"), hub.tell("channel", "url", "wa")
    given = Office(hub, token, hub.address + path)
    await eventually(lambda: _is_taken_up(given), LONG)
    yield given
    hub.stop()


async def _is_taken_up(office: Office) -> bool:
    async with aiohttp.ClientSession() as client, client.options(office.hook) as answer:
        return answer.status == 204


@pytest.mark.timeout(120)
async def test_an_admin_is_told_what_works_and_what_to_paste(office: Office) -> None:
    lines = (await asyncio.to_thread(office.hub.tell, "channel", "test", "wa")).splitlines()
    path = office.hook.removeprefix(office.hub.address)
    assert lines == [
        "+ Number: +46 8 465 004 00 “Klarruta”, quality GREEN", "+ App secret: it is that of the token's app",
        "? Templates: the account's ID is not set up: account_id",
        f"+ Callback URL: paste the hub's https address, then {path}",
        f"+ Verify token: paste {path.rpartition('/')[2]}",
    ]  # fmt: skip


@pytest.mark.timeout(120)
async def test_what_is_written_either_way_arrives_once(office: Office, meta: Meta) -> None:
    meta.media["1003383421387256"] = ("image/jpeg", PICTURE)
    hooks = [post("whatsapp", name).body for name in ("text", "image", "location", "contacts")]
    assert set(await meta.posts(office.hook, *doubled_and_shuffled(hooks))) == {200}

    async def came() -> list[Json]:
        found = await office.messages()
        return found if len(found) == 4 and any(each["attachments"] for each in found) else []

    messages = await eventually(came, LONG)
    assert {each["channel_kind"] for each in messages} == {"whatsapp"}
    assert len({each["conversation"] for each in messages}) == 1  # and one card
    (picture,) = [each for each in messages if each["attachments"]]
    assert (picture["text"], picture["attachments"][0]["size"]) == ("Så här ser det ut", len(PICTURE))
    words = next(each for each in messages if each["spoken"]["remote_id"] == "wamid.TEXT")
    assert words["text"] == "Hej! När kan ni mäta våra fönster? 🪟"

    # She wrote long ago: only a template goes, until she writes again.
    around = words["conversation"]
    await office.says(conversation=around, template="order_ready", language="sv", values=["Karin", "fönster"])
    await eventually(lambda: len(meta.sent) == 1, LONG)
    assert meta.sent[0]["template"]["name"] == "order_ready"
    assert await meta.posts(office.hook, _written_now("wamid.NOW")) == [200]
    now_ = await eventually(lambda: office.found("wamid.NOW"), LONG)
    said = await office.says(conversation=around, text="På tisdag?", answers=now_["id"])
    await eventually(lambda: len(meta.sent) == 2, LONG)
    assert (meta.sent[1]["to"], meta.sent[1]["text"]["body"]) == ("46701740612", "På tisdag?")
    assert meta.sent[1]["context"] == {"message_id": "wamid.NOW"}

    fates = [_status(fate, "wamid.SENT2") for fate in ("sent", "delivered", "read")]
    assert set(await meta.posts(office.hook, *doubled_and_shuffled(fates, seed=3))) == {200}

    async def is_read() -> bool:
        found = next(each for each in await office.messages() if each["id"] == said["id"])
        return bool(
            found["spoken"]["delivered_at"]
            and found["spoken"]["read_at"]
            and not found["spoken"]["failed_at"]
        )

    assert await eventually(is_read, LONG)
    assert len(meta.sent) == 2


def _status(fate: str, message: str) -> Json:
    told: Json = json.loads(post("whatsapp", f"status-{fate}").body)
    told["entry"][0]["changes"][0]["value"]["statuses"][0]["id"] = message
    return told


def _written_now(message: str) -> Json:
    told: Json = json.loads(post("whatsapp", "text").body)
    told["entry"][0]["changes"][0]["value"]["messages"][0] |= {
        "id": message,
        "timestamp": str(int(time.time())),
    }
    return told
