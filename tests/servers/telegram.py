"""Telegram's Bot API as it is documented, with its limits and errors: https://core.telegram.org/bots/api.

People write with `write` and whatever else with `happen`; what the bot did stands in `calls`, what it said in `sent`.
An update waits until a question names a later one, or a web hook takes it, and is dropped after 24 hours. The second
who asks for updates ends the first (409). `troubles` befall the next calls of a method before it is carried out, an
answer or seconds of waiting; `breaks` do so after it was carried out.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from aiohttp import ClientError, ClientSession, web

from hub.clock import now
from tests.servers.telegram_limits import Refusal, check

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"  # noqa: S105 - of a bot that there is not
KEPT = timedelta(hours=24)
LARGEST = 20 * 1024 * 1024
UNASKED = ("message_reaction", "message_reaction_count", "chat_member")
BLOCKED = "Forbidden: bot was blocked by the user"
OTHER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
NO_FILE = "Bad Request: wrong file_id or the file is temporarily unavailable"
OLD_QUERY = "Bad Request: query is too old and response timeout expired or query ID is invalid"
Json = dict[str, Any]


class Call(NamedTuple):
    """What the bot asked for; `files` are those that came along, by the field that they are for."""

    method: str
    given: Json
    files: Mapping[str, bytes]


class Waiting(NamedTuple):
    """An update that nobody took yet."""

    number: int
    update: Json
    until: datetime


class Telegram:
    """One bot, and those who write to it."""

    def __init__(self) -> None:
        """Have nobody write yet."""
        self.address = ""
        self.calls: list[Call] = []
        self.sent: list[Call] = []
        self.files: dict[str, bytes] = {}
        self.blocked: set[int] = set()
        self.unknown: set[int] = set()  # chats that there are not
        self.troubles: dict[str, list[web.Response | float]] = defaultdict(list)
        self.breaks: dict[str, list[web.Response | float]] = defaultdict(list)
        self.queries: set[str] = set()  # buttons whose pressers wait
        self.hook: Json = {}
        self.hook_error = ""
        self.pause = 0.05  # seconds before a web hook that failed is tried again; in truth a second and more
        self._waiting: list[Waiting] = []
        self._allowed: list[str] = []
        self._number = 9000
        self._message = 54
        self._asker = 0
        self._changed = asyncio.Event()

    async def write(self, text: str = "", sender: int = 71, **more: object) -> Json:
        """Have somebody write, with a text or anything else; give the message."""
        self._message += 1
        person = {"id": sender, "first_name": "Ira", "username": f"ira_{sender}", "language_code": "sv"}
        message = {"message_id": self._message, "date": int(now().timestamp()),
                   "from": {**person, "is_bot": False}, "chat": {**person, "type": "private"}} | more  # fmt: skip
        await self.happen(message=message | ({"text": text} if text else {}))
        return message

    async def happen(self, number: int | None = None, **kind: Json) -> int:
        """Have something happen, such as `edited_message={…}`; give its number, or take the one that is given."""
        self._number = max(self._number + 1, number or 0)
        (name,) = kind
        if name == "callback_query":
            self.queries.add(str(kind[name]["id"]))
        if name in self._allowed or (not self._allowed and name not in UNASKED):
            update = {"update_id": number or self._number, **kind}
            self._waiting.append(Waiting(number or self._number, update, now() + KEPT))
            self._tell()
        return number or self._number

    @property
    def waiting(self) -> list[Json]:
        """Give what nobody took yet."""
        self._waiting = [each for each in self._waiting if each.until > now()]
        return [each.update for each in self._waiting]

    def has(self, file_id: str, content: bytes) -> str:
        """Have a file; give its id."""
        self.files[file_id] = content
        return file_id

    def texts(self, chat: int | None = None) -> list[str]:
        """Give what the bot said, in all chats or one."""
        said = [each.given for each in self.sent if chat is None or each.given["chat_id"] == str(chat)]
        return [str(each.get("text") or each.get("caption") or "") for each in said]

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Do what the bot asks for."""
        if request.match_info["token"] != TOKEN:
            return refusal(401, "Unauthorized")
        method = request.match_info["method"]
        call = Call(method, *await _opened(request))
        self.calls.append(call)
        if (answer := await _befall(self.troubles[method])) is not None:
            return answer
        try:
            result = await self._do(call)
        except Refusal as error:
            return refusal(error.code, str(error))
        return await _befall(self.breaks[method]) or web.json_response({"ok": True, "result": result})

    async def _do(self, call: Call) -> object:
        methods: dict[str, Callable[[Json], Awaitable[object]]] = {
            "getUpdates": self._updates, "getFile": self._file, "getMe": self._me, "setWebhook": self._hook,
            "deleteWebhook": self._unhook, "getWebhookInfo": self._hook_info, "answerCallbackQuery": self._answer,
        }  # fmt: skip
        if call.method in methods:
            return await methods[call.method](call.given)
        if not call.method.startswith("send"):
            raise Refusal(404, "Not Found: method not found")
        chat = int(call.given["chat_id"])
        if chat in self.unknown:
            raise Refusal(400, "Bad Request: chat not found")
        if chat in self.blocked:
            raise Refusal(403, BLOCKED)
        if call.method == "sendChatAction":
            return True
        check(call.method, call.given, call.files)
        self.sent.append(call)
        self._message += 1
        return {"message_id": self._message, "date": int(now().timestamp()), "chat": {"id": chat, "type": "private"},
                "text": call.given.get("text", "")}  # fmt: skip

    async def _updates(self, given: Json) -> object:
        if self.hook:
            raise Refusal(409, HOOKED)
        if "allowed_updates" in given:
            self._allowed = json.loads(given["allowed_updates"])
        self._asker += 1
        asker = self._asker
        self._tell()
        offset, limit = int(given.get("offset", 0)), int(given.get("limit", 100))
        self._waiting = [each for each in self._waiting if each.number >= offset]
        deadline = time.monotonic() + min(int(given.get("timeout", 0)), 50)
        while not self.waiting and (left := deadline - time.monotonic()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)
            if self._asker != asker:
                raise Refusal(409, OTHER)
        return self.waiting[:limit]

    def _tell(self) -> None:
        """Wake who waits for something to change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _file(self, given: Json) -> object:
        name = given["file_id"]
        if name not in self.files:
            raise Refusal(400, NO_FILE)
        if len(self.files[name]) > LARGEST:
            raise Refusal(400, "Bad Request: file is too big")
        return {"file_id": name, "file_unique_id": name, "file_size": len(self.files[name]),
                "file_path": f"files/{name}"}  # fmt: skip

    async def give(self, request: web.Request) -> web.StreamResponse:
        """Give a file's content."""
        if (answer := await _befall(self.troubles["file"])) is not None:
            return answer
        name = request.match_info["name"]
        known = name in self.files and request.match_info["token"] == TOKEN
        return web.Response(body=self.files[name]) if known else refusal(404, "Not Found")

    async def _me(self, _given: Json) -> object:
        return {"id": int(TOKEN.partition(":")[0]), "is_bot": True, "first_name": "Klarruta",
                "username": "klarruta_bot", "can_join_groups": True, "can_read_all_group_messages": False}  # fmt: skip

    async def _hook(self, given: Json) -> object:
        self.hook = given
        self._tell()
        if "allowed_updates" in given:
            self._allowed = json.loads(given["allowed_updates"])
        return True

    async def _unhook(self, given: Json) -> object:
        self.hook = {}
        if given.get("drop_pending_updates") == "true":
            self._waiting.clear()
        return True

    async def _hook_info(self, _given: Json) -> object:
        info: Json = {"url": self.hook.get("url", ""), "has_custom_certificate": False,
                      "pending_update_count": len(self.waiting)}  # fmt: skip
        error = {"last_error_date": int(now().timestamp()) + 1, "last_error_message": self.hook_error}
        return info | (error if self.hook_error else {})

    async def _answer(self, given: Json) -> object:
        if given["callback_query_id"] not in self.queries:
            raise Refusal(400, OLD_QUERY)
        self.queries.remove(given["callback_query_id"])
        return True

    async def bring(self) -> None:
        """Bring what waits to the web hook, one after the other, until cancelled."""
        async with ClientSession() as session:
            while True:
                if not (self.hook and self.waiting):
                    await self._changed.wait()
                elif not await self._brought(session, self.waiting[0]):
                    await asyncio.sleep(self.pause)

    async def _brought(self, session: ClientSession, update: Json) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.hook.get("secret_token", "")}
        try:
            async with session.post(self.hook["url"], json=update, headers=headers) as answer:
                if not answer.ok:
                    self.hook_error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                    return False
                said = await answer.json() if await answer.read() else {}
        except ClientError:
            self.hook_error = "Connection refused"
            return False
        self.hook_error = ""
        self._waiting = [each for each in self._waiting if each.update is not update]
        if "method" in said:
            call = Call(said.pop("method"), said, {})
            self.calls.append(call)
            with suppress(Refusal):
                await self._do(call)
        return True


async def _opened(request: web.Request) -> tuple[Json, dict[str, bytes]]:
    """Give what was asked with, wherever it stands, and the files that came along."""
    given: Json = dict(request.query)
    files: dict[str, bytes] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = value.file.read()
            given[f"{name} name"] = value.filename
        else:
            given[name] = value
    return given, files


async def _befall(troubles: list[web.Response | float]) -> web.Response | None:
    trouble = troubles.pop(0) if troubles else None
    if isinstance(trouble, float):
        await asyncio.sleep(trouble)
        return None
    return trouble


def refusal(code: int, words: str, **parameters: int) -> web.Response:
    """Answer as Telegram refuses."""
    told: Json = {"ok": False, "error_code": code, "description": words}
    return web.json_response(told | ({"parameters": parameters} if parameters else {}), status=code)


def flood(seconds: int) -> web.Response:
    """Answer that too much was sent."""
    return refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@asynccontextmanager
async def running() -> AsyncIterator[Telegram]:
    """Run Telegram; its `address` is the `base_url` of a channel."""
    telegram = Telegram()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/bot{token}/{method}", telegram.call)
    app.router.add_get("/file/bot{token}/files/{name}", telegram.give)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    telegram.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    bringing = asyncio.create_task(telegram.bring())
    try:
        yield telegram
    finally:
        bringing.cancel()
        await asyncio.gather(bringing, return_exceptions=True)
        await runner.cleanup()
