"""What a visitor's browser asks: a pass, how its chat is by now, a file. By WebSocket, or by waiting for an answer.

A browser says what it has (a mark of what it was shown last), how far our messages reached, where it is, and that its
owner is writing; it is answered as soon as there is something else to see.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from hashlib import sha256

import msgspec
from aiohttp import WSMsgType, web
from msgspec import structs

from connectors.webchat import files, passes, posted
from connectors.webchat.desk import Desk, at_desk, readable
from connectors.webchat.posted import Page
from hub.languages import _
from hub.networks import network_of
from hub.pace import Pace
from hub.reception import Bell, Reception
from hub.shapes import decode
from hub.visits import CHANGED, Duty, Visit
from hub.web.origin import remote
from hub.web.problems import Problem
from hub.web.shell import OUTAGE

HEARTBEAT, CLOSING, GREETING = 25.0, 2.0, 10.0  # seconds
LONGEST_WAIT = 25
GLANCE = 3.0  # seconds after which it is looked whether a browser that waits is still there
LONGEST = 16 * 1024  # bytes that a browser says at once
MOST = 4_000  # browsers of this node that wait at once; more ask now and then
MOST_OF_NETWORK = 400
REVIEW = 60.0  # seconds after which it is looked who is there by now
FASTEST = 0.05  # seconds between two words of a browser, on average


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser says: its pass, the mark of what it `has`, up to which message it `got` and its owner `read`.

    `wait` is for how many seconds it would wait for something new.
    """

    v: str = ""
    has: str = ""
    got: int = 0
    read: int = 0
    writing: bool = False
    page: Page | None = None
    wait: int = 0


class Answered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What it is told: how its chat is, with a mark of that; or that one of us is writing."""

    mark: str = ""
    duty: Duty | None = None
    visit: Visit | None = None
    writing: bool = False
    stranger: bool = False


def routes() -> list[web.RouteDef]:
    """Give the addresses."""
    return [
        web.post("/chat/{token}/visitor", visitor),
        web.post("/chat/{token}/news", news),
        web.get("/chat/{token}/live", live),
        web.get("/chat/{token}/files/{id}/{opener}/{name}", files.file),
    ]


async def visitor(request: web.Request) -> web.StreamResponse:
    """Give somebody new a pass."""
    desk = at_desk(request)
    _slow(request, desk, desk.gate.newcomers)
    return _said(request, desk, msgspec.json.encode({"v": passes.issue(desk.gate.settings.secret)}))


async def news(request: web.Request) -> web.StreamResponse:
    """Answer once, or when there is something new."""
    desk = at_desk(request)
    _slow(request, desk, desk.gate.askers)
    asked = _asked(await request.content.read(LONGEST))
    seen = desk.gate.visitor(asked.v)
    if asked.v and not seen:
        return _said(request, desk, msgspec.json.encode(Answered(stranger=True)))
    if seen:
        await _hear(desk, seen, asked)
    with desk.reception.waiting(desk.channel.id, seen) as bell:
        told = await look(request, desk, seen)
        until = time.monotonic() + min(max(asked.wait, 0), LONGEST_WAIT)
        writing = False
        while told.mark == asked.has and not writing and _waits(request, desk, until):
            await bell.wait(min(until - time.monotonic(), GLANCE))
            changed, writing = bell.take()
            told = await look(request, desk, seen) if changed else told
    told = (
        Answered(mark=told.mark, writing=writing)
        if told.mark == asked.has
        else structs.replace(told, writing=writing)
    )
    return _said(request, desk, msgspec.json.encode(told))


async def live(request: web.Request) -> web.StreamResponse:
    """Keep one browser until it closes; the first that it says is its pass."""
    desk = at_desk(request)
    _slow(request, desk, desk.gate.askers)
    reception, network = desk.reception, network_of(remote(request)) or ""
    if _is_full(reception, network) or not web.WebSocketResponse().can_prepare(request):
        raise Problem(503, _("Ask again in a while."))
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT, timeout=CLOSING, compress=False, max_msg_size=LONGEST)
    await socket.prepare(request)
    reception.sockets[socket] = network
    try:
        with suppress(ValueError, TypeError, Problem, *OUTAGE):  # the browser comes again by itself
            asked = _asked((await socket.receive_str(timeout=GREETING)).encode())
            seen = desk.gate.visitor(asked.v)
            if seen:
                await _serve(request, desk, seen, asked, socket)
            else:
                await socket.send_frame(msgspec.json.encode(Answered(stranger=True)), WSMsgType.TEXT)
    finally:
        del reception.sockets[socket]
        await socket.close()
    return socket


async def look(request: web.Request, desk: Desk, seen: str) -> Answered:
    """Show how it is: his chat, and who is there."""
    duty = await desk.reception.duty(desk.gate.settings.department)
    visit = await desk.reception.look(desk.channel.id, seen)  # who is nobody yet is greeted
    messages = tuple(files.with_addresses(request, desk, each) for each in visit.messages)
    told = Answered(duty=duty, visit=structs.replace(visit, messages=messages))
    return structs.replace(told, mark=sha256(msgspec.json.encode(told)).hexdigest()[:16])


def _is_full(reception: Reception, network: str) -> bool:
    """Tell whether there is no socket left, for all or for a network ("" for our own, which may be a proxy's)."""
    of_network = sum(each == network for each in reception.sockets.values()) if network else 0
    return len(reception.sockets) >= MOST or of_network >= MOST_OF_NETWORK


def _slow(request: web.Request, desk: Desk, pace: Pace) -> None:
    """Tell a network that asks too fast when to come again."""
    network = network_of(remote(request))
    seconds = pace.wait(network) if network else 0.0
    if seconds:
        again = {"Retry-After": str(int(seconds) + 1), **readable(request, desk)}
        raise Problem(429, _("Not so fast."), headers=again)


def _waits(request: web.Request, desk: Desk, until: float) -> bool:
    """Tell whether a browser still waits: nobody says so when it went away."""
    return time.monotonic() < until and request.transport is not None and not desk.reception.closing


async def _serve(
    request: web.Request, desk: Desk, seen: str, asked: Asked, socket: web.WebSocketResponse
) -> None:
    """Tell and listen until one of both ends: a browser that is told nothing more is to come again."""
    with desk.reception.waiting(desk.channel.id, seen) as bell:
        bell.ring(CHANGED)
        await _first_of(
            _tell(request, desk, seen, asked.has, socket, bell), _listen(desk, seen, asked, socket)
        )


async def _first_of(*doing: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.create_task(each) for each in doing]
    try:
        done, _others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _tell(
    request: web.Request, desk: Desk, seen: str, has: str, socket: web.WebSocketResponse, bell: Bell
) -> None:
    """Send what is new as often as the bell rings."""
    while not socket.closed:
        await bell.wait(REVIEW)
        changed, writing = bell.take()
        told = Answered(mark=has) if writing and not changed else await look(request, desk, seen)
        if told.mark != has or writing:
            has = told.mark
            await socket.send_frame(
                msgspec.json.encode(structs.replace(told, writing=writing)), WSMsgType.TEXT
            )


async def _listen(desk: Desk, seen: str, asked: Asked, socket: web.WebSocketResponse) -> None:
    """Take in what the browser says until it goes; one that says too much is cut off."""
    began, words = time.monotonic(), 1
    await _hear(desk, seen, asked)
    async for message in socket:
        words += 1
        if message.type != WSMsgType.TEXT or words * FASTEST > time.monotonic() - began + 10:
            return
        await _hear(desk, seen, _asked(message.data.encode()))


async def _hear(desk: Desk, seen: str, asked: Asked) -> None:
    """Note what a browser says; of what comes too fast, the next word says it again."""
    got, read = (number if 0 < number < 1 << 62 else 0 for number in (asked.got, asked.read))
    if (got or read) and not desk.gate.readers.wait(seen):
        if got > read:
            await desk.reception.reach(desk.channel.id, seen, got, read=False)
        if read:
            await desk.reception.reach(desk.channel.id, seen, read, read=True)
    if asked.page is not None and not desk.gate.movers.wait(seen):
        await desk.reception.go(desk.channel.id, seen, posted.origin(asked.page))
    if asked.writing and not desk.gate.writers.wait(seen):
        await desk.reception.writing(desk.channel.id, seen)


def _asked(sent: bytes) -> Asked:
    try:
        return decode(sent or b"{}", Asked)
    except (ValueError, RecursionError):
        raise Problem(400, _("Nobody understands this.")) from None


def _said(request: web.Request, desk: Desk, body: bytes) -> web.Response:
    headers = {
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "cross-origin",
        **readable(request, desk),
    }
    return web.Response(body=body, content_type="application/json", headers=headers)
