"""A homeserver that stands in for Synapse: what an application service asks of it, and what it pushes to one.

https://spec.matrix.org/latest/client-server-api/ and /application-service-api/. Errors are {"errcode", "error"}: 401
M_UNKNOWN_TOKEN, 403 M_FORBIDDEN, 429 M_LIMIT_EXCEEDED with `retry_after_ms`, 413 M_TOO_LARGE. The same transaction of
a client is one event; a transaction to a service is repeated until it is answered with a 200.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, web

AS_TOKEN, HS_TOKEN, USER = "as-4f1c", "hs-9b2d", "@office:klarruta.example"
ROOM = "!jEsUZKDJdhlrceRyVU:klarruta.example"
MOST = 1_000_000  # bytes of a file


class Homeserver:
    """Its rooms, what it was sent, and how it is today."""

    def __init__(self) -> None:
        """Have one room, in which the service's user is."""
        self.address = ""
        self.service = ""  # the address of the application service
        self.users: set[str] = set()
        self.rooms = {ROOM}
        self.invitations: set[str] = set()
        self.invited = asyncio.Event()
        self.names = {"@karin:oberg.example": "Karin Öberg"}
        self.sent: dict[tuple[str, str], dict[str, Any]] = {}  # by room and transaction
        self.events: dict[tuple[str, str], str] = {}
        self.typing: list[str] = []
        self.media: dict[str, tuple[str, bytes]] = {}
        self.troubles: list[web.Response | float | None] = []
        self.knows_new_media = True
        self.moved: str = ""  # where it sends one on to for a file
        self._transaction = 0

    async def push(
        self, events: list[dict[str, Any]], *, ephemeral: Sequence[dict[str, Any]] = (), token: str = HS_TOKEN,
        times: int = 1, legacy: bool = False,
    ) -> list[tuple[int, bytes]]:  # fmt: skip
        """Push a transaction; more than once, as a homeserver does that heard no answer."""
        self._transaction += 1
        path = "transactions" if legacy else "_matrix/app/v1/transactions"
        url = f"{self.service}/{path}/{self._transaction}" + (f"?access_token={token}" if legacy else "")
        headers = {} if legacy else {"Authorization": f"Bearer {token}"}
        found = []
        async with ClientSession(headers=headers) as client:
            for _time in range(times):
                async with client.put(url, json={"events": events, "ephemeral": list(ephemeral)}) as answer:
                    found.append((answer.status, await answer.read()))
        return found

    @web.middleware
    async def _ail(self, request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ANN401 - aiohttp's own
        """Be as the day has it, and let in who has the token."""
        if not request.path.endswith("/sync") and self.troubles:
            trouble = self.troubles.pop(0)
            if isinstance(trouble, web.Response):
                return trouble
            await asyncio.sleep(trouble or 0)
        if request.headers.get("Authorization") != f"Bearer {AS_TOKEN}":
            return error(401, "M_UNKNOWN_TOKEN")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _register(self, request: web.Request) -> web.Response:
        told = await request.json()
        assert told["type"] == "m.login.application_service"
        user = f"@{told['username']}:klarruta.example"
        if user in self.users:
            return error(400, "M_USER_IN_USE")
        self.users.add(user)
        return web.json_response({"user_id": user, "home_server": "klarruta.example"})

    async def _sync(self, request: web.Request) -> web.Response:
        if not self.invitations and int(request.query["timeout"]) > 0:
            self.invited.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.invited.wait(), int(request.query["timeout"]) / 1000)
        invite = {room: {"invite_state": {"events": []}} for room in self.invitations}
        return web.json_response({"next_batch": "s72595", "rooms": {"invite": invite, "join": {}}})

    async def _join(self, request: web.Request) -> web.Response:
        room = request.match_info["room"]
        if room not in self.invitations:
            return error(403, "M_FORBIDDEN")
        self.invitations.discard(room)
        self.rooms.add(room)
        return web.json_response({"room_id": room})

    async def _send(self, request: web.Request) -> web.Response:
        room, transaction = request.match_info["room"], request.match_info["transaction"]
        if room not in self.rooms:
            return error(403, "M_FORBIDDEN", "User not in room")
        content = await request.json()
        if len(json.dumps(content)) > 65_000:
            return error(413, "M_TOO_LARGE")
        self.sent.setdefault((room, transaction), content)
        event = self.events.setdefault((room, transaction), f"$event{len(self.events)}")
        return web.json_response({"event_id": event})

    async def _type(self, request: web.Request) -> web.Response:
        assert request.match_info["user"] == USER
        self.typing.append(request.match_info["room"])
        return web.json_response({})

    async def _whoami(self, _request: web.Request) -> web.Response:
        return web.json_response({"user_id": USER})

    async def _profile(self, request: web.Request) -> web.Response:
        name = self.names.get(request.match_info["user"])
        return web.json_response({"displayname": name}) if name else error(404, "M_NOT_FOUND")

    async def _upload(self, request: web.Request) -> web.Response:
        content = await request.read()
        if len(content) > MOST:
            return error(413, "M_TOO_LARGE", "Upload request body is too large")
        name = f"media{len(self.media)}"
        self.media[name] = (request.headers["Content-Type"], content)
        return web.json_response({"content_uri": f"mxc://klarruta.example/{name}"})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        if "client" in request.path and not self.knows_new_media:
            return error(404, "M_UNRECOGNIZED")
        if self.moved:
            return web.Response(status=307, headers={"Location": self.moved})
        if request.match_info["media"] not in self.media:
            return error(404, "M_NOT_FOUND")
        return web.Response(body=self.media[request.match_info["media"]][1])

    async def _ping(self, request: web.Request) -> web.Response:
        url = f"{self.service}/_matrix/app/v1/ping"
        headers = {"Authorization": f"Bearer {HS_TOKEN}"}
        async with ClientSession() as client, client.post(url, json={}, headers=headers) as answer:
            if answer.status != 200:
                return error(502, "M_BAD_STATUS", f"Ping returned status {answer.status}")
        return web.json_response({"duration_ms": 3, "id": request.match_info["service"]})


def error(status: int, code: str, words: str = "", **more: object) -> web.Response:
    """Say what is wrong as Matrix does."""
    return web.json_response({"errcode": code, "error": words or code, **more}, status=status)


@asynccontextmanager
async def running() -> AsyncIterator[Homeserver]:
    """Open it."""
    server = Homeserver()
    app = web.Application(middlewares=[server._ail], client_max_size=64_000_000)
    client, media = "/_matrix/client/v3", "/_matrix/client/v1/media"
    app.router.add_post(f"{client}/register", server._register)
    app.router.add_get(f"{client}/sync", server._sync)
    app.router.add_get(f"{client}/account/whoami", server._whoami)
    app.router.add_post(f"{client}/join/{{room}}", server._join)
    app.router.add_get(f"{client}/profile/{{user}}", server._profile)
    app.router.add_put(f"{client}/rooms/{{room}}/send/m.room.message/{{transaction}}", server._send)
    app.router.add_put(f"{client}/rooms/{{room}}/typing/{{user}}", server._type)
    app.router.add_post("/_matrix/media/v3/upload", server._upload)
    app.router.add_get("/_matrix/media/v3/download/{server}/{media}", server._download)
    app.router.add_get(f"{media}/download/{{server}}/{{media}}", server._download)
    app.router.add_post("/_matrix/client/v1/appservice/{service}/ping", server._ping)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        server.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        server.invited.set()  # lets go of who still waits
        await runner.cleanup()
