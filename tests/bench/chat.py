"""(o): from the post of a messenger to the notice at a console's WebSocket, against a bare echo with two commits."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, cast

import aiohttp

from hub.channels import Channel, add_channel
from hub.store import open_store
from tests.bench.console import signed_in
from tests.bench.popup import p99
from tests.bench.processes import beside
from tests.servers.telegram import TOKEN

MESSAGES = 400
PEOPLE = 40
PAUSE = 0.004  # seconds in which nothing more is told before the next message is sent
TAKEN_UP = 3  # seconds, within which a hub takes up what another process configured
NOTICES = ('"kind":"contact"', '"kind":"conversation"', '"kind":"task"')


class Post(NamedTuple):
    """What a messenger posts."""

    body: bytes
    headers: Mapping[str, str]


class Messenger(NamedTuple):
    """A messenger that posts to its intake: its channel, and its posts by their number and the channel's token."""

    kind: str
    settings: Mapping[str, object]
    post: Callable[[int, str], Post]


def _from_telegram(number: int, token: str) -> Post:
    person = {
        "id": 71 + number % PEOPLE,
        "first_name": f"Ira {number % PEOPLE}",
        "username": f"ira_{number % PEOPLE}",
    }
    message = {"message_id": number + 1, "date": int(time.time()), "from": {**person, "is_bot": False},
               "chat": {**person, "type": "private"}, "text": f"Is window {number} ready?"}  # fmt: skip
    secret = hmac.new(TOKEN.encode(), token.encode(), hashlib.sha256).hexdigest()
    body = json.dumps({"update_id": 9000 + number, "message": message}).encode()
    return Post(body, {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret})


# Telegram itself is not there: the posts come all the same.
TELEGRAM = Messenger(
    "telegram", {"token": TOKEN, "mode": "webhook", "base_url": "http://127.0.0.1:9"}, _from_telegram
)


async def measure(folder: Path, messenger: Messenger = TELEGRAM) -> tuple[float, float]:
    """Give the 99th percentile in milliseconds, ours and the bare one's."""
    data = folder / "hub"
    async with (
        beside("tests.bench.bare", str(folder / "bare.db")) as (_, (bare_port,)),
        beside("tests.bench.hub_process", str(data)) as (_, (port, _path)),
        aiohttp.ClientSession(f"http://127.0.0.1:{bare_port}") as bare,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookies=await signed_in(data)) as ours,
    ):
        async with open_store(data) as db:
            row = await db.write(add_channel, "messenger", "Messenger", messenger.kind, messenger.settings)
        await asyncio.sleep(TAKEN_UP)
        token = cast("Channel", row).token

        def post(number: int) -> Post:
            return messenger.post(number, token)

        bare_times = await _notices(bare, "/notice", post)
        our_times = await _notices(ours, f"/in/messenger/{token}", post)
    return p99(our_times), p99(bare_times)


async def _notices(session: aiohttp.ClientSession, path: str, post: Callable[[int], Post]) -> list[float]:
    """Post messages one after the other and give the milliseconds until each was heard of."""
    times = []
    async with session.ws_connect("/live") as socket:
        for number in range(MESSAGES):
            begun = time.perf_counter()
            posting = asyncio.create_task(_send(session, path, post(number)))
            await asyncio.wait_for(_heard(socket), 10)
            times.append((time.perf_counter() - begun) * 1000)
            await posting
            await _quiet(socket)
    return times[MESSAGES // 10 :]


async def _heard(socket: aiohttp.ClientWebSocketResponse) -> None:
    while not _tells(await socket.receive_str()):
        pass


def _tells(message: str) -> bool:
    return any(each in message for each in NOTICES)


async def _quiet(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Let pass what else is told of the same message."""
    with suppress(TimeoutError):
        while True:
            await asyncio.wait_for(socket.receive_str(), PAUSE)


async def _send(session: aiohttp.ClientSession, path: str, post: Post) -> None:
    async with session.post(path, data=post.body, headers=post.headers) as answer:
        answer.raise_for_status()
