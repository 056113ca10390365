"""A server that stands in for Viber: it speaks what its documentation says of the REST API for bots.

Every answer is a 200 with a `status`: 0 ok, 2 a wrong token, 3 bad data, 6 a receiver who is not subscribed, 12 too
many within the hour. `set_webhook` tries the address first, with a signed callback.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

from aiohttp import ClientError, ClientSession, web

TOKEN = "4453b6ac12345678-e02c5f12174805f9-daec9cbb5448c51f"  # noqa: S105 - an invented one
FIRST = 5_466_358_343_372_500_000  # more than a float can count
MOST = 30_000  # bytes of a message
MOST_LETTERS = 7_000


class ViberServer:
    """Who gets its messages, what it was sent, and how it is today."""

    def __init__(self) -> None:
        """Have nobody subscribed."""
        self.address = ""
        self.subscribed: set[str] = set()
        self.sent: list[dict[str, Any]] = []
        self.webhook = ""
        self.troubles: list[web.Response | float | None] = []  # for the next requests; None lets one through
        self.most_per_hour = 100

    async def tell(self, body: dict[str, Any], *, times: int = 1) -> list[tuple[int, bytes]]:
        """Call back; more than once, as Viber does that heard no answer."""
        content = json.dumps(body).encode()
        async with ClientSession() as client:
            return [await self._call(client, content) for _time in range(times)]

    async def _call(self, client: ClientSession, content: bytes) -> tuple[int, bytes]:
        headers = {"X-Viber-Content-Signature": signature(content), "Content-Type": "application/json"}
        async with client.post(self.webhook, data=content, headers=headers) as answer:
            return answer.status, await answer.read()

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, web.Response):
            return trouble
        if isinstance(trouble, float):
            await asyncio.sleep(trouble)
        if request.headers.get("X-Viber-Auth-Token") != TOKEN:
            return _answer(2, "invalidAuthToken")
        told = await request.json()
        what = {
            "send_message": self._send,
            "get_account_info": self._account,
            "set_webhook": self._set_webhook,
        }
        return await what[request.match_info["what"]](told, await request.read())

    async def _send(self, told: dict[str, Any], content: bytes) -> web.Response:
        if told["receiver"] not in self.subscribed:
            return _answer(6, "notSubscribed")
        if len(self.sent) >= self.most_per_hour:
            return _answer(12, "tooManyRequests")
        name, text = told.get("sender", {}).get("name", ""), told.get("text", "")
        if not 0 < len(name) <= 28 or len(content) > MOST or len(text) > MOST_LETTERS:
            return _answer(3, "badData")
        if told["type"] != "text" and not told.get("media", "").startswith("https://"):
            return _answer(3, "badData")
        if told["type"] == "file" and not (told.get("size") and told.get("file_name")):
            return _answer(4, "missingData")
        self.sent.append(told)
        return _answer(0, "ok", message_token=FIRST + len(self.sent))

    async def _account(self, _told: dict[str, Any], _content: bytes) -> web.Response:
        return _answer(
            0, "ok", id="pa:75346594275468546724", name="Klarruta", uri="klarruta", webhook=self.webhook
        )

    async def _set_webhook(self, told: dict[str, Any], _content: bytes) -> web.Response:
        before, self.webhook = self.webhook, told["url"]
        try:
            ((status, _body),) = await self.tell({"event": "webhook", "timestamp": 1, "message_token": FIRST})
        except (ClientError, OSError):
            status = 0
        if status != 200:
            self.webhook = before
            return _answer(1, "invalidUrl")
        return _answer(0, "ok", event_types=told["event_types"])


def signature(content: bytes, token: str = TOKEN) -> str:
    """Sign as Viber does."""
    return hmac.new(token.encode(), content, sha256).hexdigest()


def _answer(status: int, words: str, **more: object) -> web.Response:
    return web.json_response({"status": status, "status_message": words, **more})


@asynccontextmanager
async def running() -> AsyncIterator[ViberServer]:
    """Open it."""
    server = ViberServer()
    app = web.Application()
    app.router.add_post("/pa/{what}", server._ask)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        server.address = f"http://127.0.0.1:{runner.addresses[0][1]}/pa"
        yield server
    finally:
        await runner.cleanup()
