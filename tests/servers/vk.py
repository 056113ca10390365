"""A server that stands in for VK: methods of its API as https://dev.vk.com/method has them, and where it takes files.

Errors are a 200 with {"error": {"error_code", "error_msg"}}: 5 a wrong key, 6 and 9 too many, 901 a user who does not
let the community write. A second message with the same `random_id` is the first one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, web

KEY, SECRET, GROUP, CONFIRMATION = "vk1.a.4f1", "glas-8c2f", 212345678, "ab12cd34"
PEOPLE = {
    "612444319": {"id": 612444319, "first_name": "Карина", "last_name": "Эберг", "screen_name": "karin_o"},
    "100": {"id": 100, "first_name": "Бо", "last_name": "Линд", "screen_name": "id100"},
}


class VkServer:
    """Whom it lets write to whom, what it was sent, and how it is today."""

    def __init__(self) -> None:
        """Have everybody let the community write."""
        self.address = ""
        self.sent: dict[int, dict[str, str]] = {}  # by random_id
        self.numbers: dict[int, int] = {}
        self.files: list[tuple[str, str, bytes]] = []
        self.denied: set[str] = set()
        self.asked: list[str] = []
        self.typing: list[str] = []
        self.troubles: list[
            web.Response | float | int | None
        ] = []  # for the next methods; a number is an error's

    async def tell(self, where: str, event: dict[str, Any], *, times: int = 1) -> list[tuple[int, bytes]]:
        """Call back; more than once, as VK does that heard no “ok”."""
        found = []
        async with ClientSession() as client:
            for _time in range(times):
                async with client.post(where, json=event) as answer:
                    found.append((answer.status, await answer.read()))
        return found

    async def _method(self, request: web.Request) -> web.Response:
        method, told = request.match_info["method"], {k: str(v) for k, v in (await request.post()).items()}
        self.asked.append(method)
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, web.Response):
            return trouble
        if isinstance(trouble, float):
            await asyncio.sleep(trouble)
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            trouble = 5
        if isinstance(trouble, int) or self._is_denied(told):
            return _error(trouble if isinstance(trouble, int) else 901)
        assert told["v"] >= "5.103"
        return web.json_response({"response": self._answer(method, told)})

    def _is_denied(self, told: Mapping[str, str]) -> bool:
        return (told.get("peer_ids") or told.get("peer_id", "")) in self.denied

    def _answer(self, method: str, told: dict[str, str]) -> object:
        upload = {"upload_url": f"{self.address.removesuffix('/method')}/upload"}
        answers: dict[str, Callable[[], object]] = {
            "messages.send": lambda: self._send(told),
            "messages.setActivity": lambda: self.typing.append(told["peer_id"]) or 1,
            "users.get": lambda: [PEOPLE[each] for each in told["user_ids"].split(",") if each in PEOPLE],
            "groups.getById": lambda: {"groups": [{"id": GROUP, "name": "Klarruta"}], "profiles": []},
            "groups.getCallbackConfirmationCode": lambda: {"code": CONFIRMATION},
            "photos.getMessagesUploadServer": lambda: upload,
            "docs.getMessagesUploadServer": lambda: upload,
            "photos.saveMessagesPhoto": lambda: self._saved_photo(told),
            "docs.save": lambda: self._saved_file(json.loads(told["file"])["type"]),
        }
        return answers[method]()

    def _saved_photo(self, told: dict[str, str]) -> object:
        assert (told["server"], told["hash"]) == ("862720", "3c2f")
        return [{"id": len(self.files), "owner_id": 100, "access_key": "8d0"}]

    def _saved_file(self, kind: str) -> object:
        return {"type": kind, kind: {"id": len(self.files), "owner_id": 100}}

    def _send(self, told: dict[str, str]) -> object:
        number = int(told["random_id"])
        assert 0 < number < 2**31
        assert told.get("message") or told.get("attachment")
        if number not in self.sent:
            self.sent[number] = told
            self.numbers[number] = 1000 + len(self.sent)
        peer = int(told["peer_ids"])
        return [
            {"peer_id": peer, "message_id": self.numbers[number], "conversation_message_id": len(self.sent)}
        ]

    async def _upload(self, request: web.Request) -> web.Response:
        async for part in await request.multipart():
            content = bytes(await part.read())  # type: ignore[union-attr]
            self.files.append((part.name or "", part.filename or "", content))  # type: ignore[union-attr]
            if (part.filename or "").endswith(".exe"):  # type: ignore[union-attr]
                return web.json_response({"error": "unknown error", "error_descr": "file extension"})
        name, _file, _content = self.files[-1]
        if name == "photo":
            return web.json_response(
                {"server": 862720, "photo": '[{"markers_restarted":true}]', "hash": "3c2f"}
            )
        kind = "audio_message" if _file.endswith(".ogg") else "doc"
        return web.json_response({"file": json.dumps({"type": kind})})


def _error(code: int) -> web.Response:
    words = {5: "User authorization failed: invalid access_token.", 6: "Too many requests per second",
             9: "Flood control", 10: "Internal server error", 901: "Can't send messages for users without permission",
             914: "Message is too long"}  # fmt: skip
    return web.json_response({"error": {"error_code": code, "error_msg": words[code], "request_params": []}})


@asynccontextmanager
async def running() -> AsyncIterator[VkServer]:
    """Open it."""
    server = VkServer()
    app = web.Application(client_max_size=64_000_000)
    app.router.add_post("/method/{method}", server._method)
    app.router.add_post("/upload", server._upload)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        server.address = f"http://127.0.0.1:{runner.addresses[0][1]}/method"
        yield server
    finally:
        await runner.cleanup()
