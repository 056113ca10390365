"""A stand-in for Meta: the Graph API as documented for WhatsApp, Messenger and Instagram, and the web hooks it posts.

Asking: a bearer token, else 401 with code 190; `appsecret_proof` is checked. Sending: the limits of each kind of
message are kept (132xxx for templates, 131xxx for WhatsApp, 10/2018278 outside of the window, 551 for who blocked us).
Files of WhatsApp: `GET /{media}` gives an address, which wants the token as well. Web hooks are signed over bytes in
which no letter is beyond ASCII and `/` is escaped, sent again until they are answered by 200, and may come doubled and
in any order.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import aiohttp
from aiohttp import web

TOKEN, APP_SECRET = "EAAJB-token", "0f1e2d3c4b5a"
NUMBER, ACCOUNT, PAGE, INSTAGRAM = (
    "106540352242922",
    "102290129340398",
    "682498302938465",
    "17841405822304914",
)
DOCUMENTS = ("text/plain", "application/pdf", "application/msword", "application/vnd.")
LARGEST = {"image": 5_000_000, "video": 16_000_000, "audio": 16_000_000, "document": 100_000_000}

Json = dict[str, Any]
Hook = Json | bytes


class Meta:
    """What was sent and uploaded, and how Meta is today.

    `troubles` are met by the next messages in turn: an answer, seconds of waiting, or "hang up" once it was sent.
    `refused` are codes by whom a message is to, `template_trouble` the one for every template, 0 for none.
    """

    def __init__(self) -> None:
        """Have one number, one page and one account, and be well."""
        self.address = ""
        self.sent: list[Json] = []
        self.typing: list[Json] = []
        self.uploads: dict[str, tuple[str, str, bytes]] = {}
        self.media: dict[str, tuple[str, bytes]] = {}
        self.people: dict[str, Json] = {}
        self.blocked: set[str] = set()
        self.refused: dict[str, int] = {}
        self.template_trouble = 0
        self.late: set[str] = set()  # who wrote more than 24 hours ago
        self.templates: dict[tuple[str, str], str] = {("order_ready", "sv"): "Hej {{1}}!\nDina {{2}} är här."}
        self.subscribed: list[Json] = [{"name": "Klarruta hub", "id": "1517776481860111"}]
        self.hooks_go_to = ""
        self.troubles: list[web.Response | float | str] = []

    def settings(self, *templates: str) -> str:
        """Give what a channel of WhatsApp is set up by, as a file of settings says it."""
        given = {"phone_number_id": NUMBER, "access_token": TOKEN, "app_secret": APP_SECRET, "base_url": self.address,
                 "templates": templates}  # fmt: skip
        return "".join(f"{name} = {json.dumps(value)}\n" for name, value in given.items())

    def app(self) -> web.Application:
        """Give the server."""
        app = web.Application(middlewares=[self._let_in], client_max_size=120 << 20)
        app.router.add_get("/files/{media}", self._file)
        app.router.add_get("/{version}/{node}", self._node)
        app.router.add_get("/{version}/{node}/subscribed_apps", self._apps)
        app.router.add_get("/{version}/{node}/message_templates", self._templates)
        app.router.add_post("/{version}/{node}/media", self._upload)
        app.router.add_post("/{version}/{node}/message_attachments", self._attach)
        app.router.add_post("/{version}/{node}/messages", self._message)
        return app

    @web.middleware
    async def _let_in(
        self, request: web.Request, handler: Callable[[web.Request], Any]
    ) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return refusal(190, "Error validating access token: The session is invalid.", status=401)
        proof = request.query.get("appsecret_proof")
        if proof and proof != hmac.new(APP_SECRET.encode(), TOKEN.encode(), sha256).hexdigest():
            return refusal(100, "Invalid appsecret_proof provided in the API argument")
        response: web.StreamResponse = await handler(request)
        return response

    async def _node(self, request: web.Request) -> web.Response:
        node = request.match_info["node"]
        if node in self.media:
            kind, content = self.media[node]
            return web.json_response({
                "messaging_product": "whatsapp", "url": f"{self.address}/files/{node}", "mime_type": kind,
                "sha256": sha256(content).hexdigest(), "file_size": len(content), "id": node,
            })  # fmt: skip
        known: dict[str, Json] = {
            NUMBER: {"id": NUMBER, "display_phone_number": "+46 8 465 004 00", "verified_name": "Klarruta",
                     "quality_rating": "GREEN", "webhook_configuration": {"application": self.hooks_go_to}},
            PAGE: {"id": PAGE, "name": "Klarruta"}, INSTAGRAM: {"id": INSTAGRAM, "name": "klarruta"}, **self.people,
        }  # fmt: skip
        if node not in known:
            words = f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded."
            return refusal(100, words, subcode=33)
        return web.json_response(known[node])

    async def _file(self, request: web.Request) -> web.Response:
        kind, content = self.media[request.match_info["media"]]
        return web.Response(body=content, content_type=kind)

    async def _apps(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"data": self.subscribed})

    async def _templates(self, request: web.Request) -> web.Response:
        del request
        approved = [
            {"name": name, "language": language, "status": "APPROVED", "id": "1",
             "components": [{"type": "BODY", "text": text}]}
            for (name, language), text in self.templates.items()
        ]  # fmt: skip
        waiting = {"name": "visit", "language": "sv", "status": "PENDING", "id": "2", "components": []}
        return web.json_response({"data": [*approved, waiting]})

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        assert form["messaging_product"] == "whatsapp"
        content, kind = file.file.read(), str(form["type"])
        family = kind.partition("/")[0]
        if family not in {"image", "video", "audio"} and not kind.startswith(DOCUMENTS):
            return refusal(
                100, "(#100) Param file must be a file with one of the following types: audio/aac, …"
            )
        if len(content) > LARGEST.get(family, LARGEST["document"]):
            return refusal(131053, "Media upload error", details="The file is too large.")
        return web.json_response({"id": self._keep(kind, file.filename, content)})

    async def _attach(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form["filedata"]
        assert isinstance(file, web.FileField)
        told = json.loads(str(form["message"]))
        content = file.file.read()
        if len(content) > 25 << 20:
            return refusal(100, "Attachment size exceeds allowable limit", subcode=2018109)
        uploaded = self._keep(told["attachment"]["type"], file.filename, content)
        return web.json_response({"attachment_id": uploaded})

    def _keep(self, kind: str, name: str, content: bytes) -> str:
        number = str(1_000_000 + len(self.uploads))
        self.uploads[number] = (kind, name, content)
        return number

    async def _message(self, request: web.Request) -> web.StreamResponse:
        told: Json = await request.json()
        if "typing_indicator" in told or "sender_action" in told:
            self.typing.append(told)
            return web.json_response({"success": True})
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, web.Response):
            return trouble
        if isinstance(trouble, float):
            await asyncio.sleep(trouble)
        is_whatsapp = told.get("messaging_product") == "whatsapp"
        wrongs = (
            self._wrongs_whatsapp(told)
            if is_whatsapp
            else self._wrongs_direct(request.match_info["node"], told)
        )
        wrong = next(filter(None, wrongs), None)
        if wrong is not None:
            return wrong
        self.sent.append(told)
        if trouble == "hang up":
            assert request.transport is not None
            request.transport.abort()
        if is_whatsapp:
            to = told.get("to") or told["recipient"]
            return web.json_response({
                "messaging_product": "whatsapp", "contacts": [{"input": to, "wa_id": to}],
                "messages": [{"id": f"wamid.SENT{len(self.sent)}"}],
            })  # fmt: skip
        return web.json_response(
            {"recipient_id": told["recipient"]["id"], "message_id": f"m_SENT{len(self.sent)}"}
        )

    def _wrongs_whatsapp(self, told: Json) -> Iterator[web.Response | None]:
        to, kind = told.get("to") or told["recipient"], told["type"]
        about = told[kind]
        if to in self.refused:
            yield refusal(self.refused[to], "Message undeliverable", details="Unable to deliver message.")
        if to in self.late and kind != "template":
            yield refusal(131047, "Re-engagement message", details="More than 24 hours have passed.")
        if kind == "template":
            yield self._wrong_template(about)
        if kind == "text" and not 0 < len(about["body"]) <= 4_096:
            yield refusal(100, "Param text['body'] must be at most 4096 characters long.")
        if kind in {"audio", "sticker"} and "caption" in about:
            yield refusal(100, f'Unexpected key "caption" on param "{kind}".')
        if kind in LARGEST and about["id"] not in self.uploads:
            yield refusal(131009, "Parameter value is not valid", details="Media ID is not valid.")
        if kind == "interactive":
            titles = [each["reply"]["title"] for each in about["action"]["buttons"]]
            fits = 0 < len(titles) <= 3 and all(len(each) <= 20 for each in titles)
            if not fits or len(set(titles)) < len(titles) or not 0 < len(about["body"]["text"]) <= 1_024:
                yield refusal(131009, "Parameter value is not valid", details="Buttons or body do not fit.")

    def _wrong_template(self, about: Json) -> web.Response | None:
        if self.template_trouble:
            return refusal(self.template_trouble, "Template is Paused", details="Template is paused.")
        text = self.templates.get((about["name"], about["language"]["code"]))
        if text is None:
            return refusal(132001, "Template name does not exist in the translation", status=404)
        bodies = [each["parameters"] for each in about["components"] if each["type"] == "body"]
        given = bodies[0] if bodies else []
        if len(given) != text.count("{{"):
            return refusal(132000, "Number of parameters does not match the expected number of params")
        if any("\n" in each["text"] for each in given):
            return refusal(
                132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
            )
        return None

    def _wrongs_direct(self, node: str, told: Json) -> Iterator[web.Response]:
        to, message = told["recipient"]["id"], told["message"]
        most = len(message.get("text", "")) if node == PAGE else len(message.get("text", "").encode())
        assert told["messaging_type"] == "RESPONSE"
        if to in self.blocked:
            yield refusal(551, "This person isn't available at the moment.", subcode=1545041)
        if to in self.late:
            yield refusal(10, "This message is sent outside of allowed window.", subcode=2018278)
        if most > (2_000 if node == PAGE else 1_000):
            yield refusal(100, "Length of param message[text] must be less than or equal to 2000")
        if "text" in message and "attachment" in message:
            yield refusal(100, "Only one of the text, attachment and dynamic_text can be specified")
        if len(message.get("quick_replies", [])) > 13:
            yield refusal(100, "Too many quick replies")

    async def posts(self, url: str, *hooks: Hook, secret: str = APP_SECRET, tries: int = 3) -> list[int]:
        """Post web hooks, each until it is answered by 200; gives the last status of each."""
        async with aiohttp.ClientSession() as client:
            return [await self._post(client, url, each, secret, tries) for each in hooks]

    async def _post(
        self, client: aiohttp.ClientSession, url: str, hook: Hook, secret: str, tries: int
    ) -> int:
        body = hook if isinstance(hook, bytes) else written(hook)
        status = 0
        for _ in range(tries):
            async with client.post(url, data=body, headers=signed(body, secret)) as answer:
                status = answer.status
            if status == 200:
                break
        return status


def written(hook: Json) -> bytes:
    """Write a web hook as Meta does: nothing beyond ASCII, and no plain slash."""
    return json.dumps(hook, separators=(",", ":")).replace("/", "\\/").encode()


def signed(body: bytes, secret: str = APP_SECRET) -> Mapping[str, str]:
    """Give the headers of a web hook."""
    signature = hmac.new(secret.encode(), body, sha256).hexdigest()
    return {"Content-Type": "application/json", "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": f"sha256={signature}"}  # fmt: skip


def doubled_and_shuffled(hooks: Sequence[Hook], seed: int = 7) -> list[Hook]:
    """Give web hooks as they come on a bad day."""
    found = [*hooks, *hooks]
    random.Random(seed).shuffle(found)  # noqa: S311 - a test's order
    return found


def refusal(
    code: int, message: str, *, subcode: int = 0, details: str = "", status: int = 400, **headers: str
) -> web.Response:
    """Answer with an error as Meta writes it."""
    error: Json = {
        "message": f"(#{code}) {message}",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "AXk",
    }
    if subcode:
        error["error_subcode"] = subcode
    if details:
        error["error_data"] = {"messaging_product": "whatsapp", "details": details}
    return web.json_response({"error": error}, status=status, headers=headers)


@asynccontextmanager
async def running() -> AsyncIterator[Meta]:
    """Open it."""
    meta = Meta()
    runner = web.AppRunner(meta.app(), handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        meta.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield meta
    finally:
        await runner.cleanup()
