"""Live consoles: a WebSocket for every open tab, told what changed and why it concerns its owner.

A notice says what changed, never what it is now; the browser asks again with its own rights. One that reads
too slowly loses its notices and gets a `hello` instead, which means: ask again for everything. What every page would
ask for at once, such as who rings, goes along with its notice: the hub asks on the page's behalf (ADR 0062).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextvars import copy_context
from typing import NamedTuple

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from hub import signin
from hub.bus import Bus, Notice
from hub.db import Database
from hub.languages import Listener, listener, speaking_to
from hub.said import again, to_json
from hub.signin import SignInsEnded
from hub.users import Viewer

QUEUE = 100
FEW = 10  # lines that may wait for a page, beyond which it is to ask by itself
HEARTBEAT = 20.0
CLOSING = 2.0  # seconds that a browser has to say good-bye
LONGEST_MESSAGE = 4096
NOT_SIGNED_IN = 4401
HELLO = b'{"kind":"hello"}'


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """A notice as a browser gets it."""

    kind: str
    id: int
    why: str = ""
    src: str = ""
    html: str = ""


class Fragment(NamedTuple):
    """What goes along with a notice: where a page asks for it by itself, and what asks on somebody's behalf."""

    src: str
    ask: Callable[[Viewer], Awaitable[str]]


class Console:
    """One open tab and what it has not been told yet."""

    def __init__(self, socket: web.WebSocketResponse, sign_in: int, viewer: Viewer) -> None:
        """Begin with a hello."""
        self.socket = socket
        self.sign_in = sign_in
        self.viewer = viewer
        self.listener = listener()
        self._context = copy_context()  # of who opened it: his language, and whether he can dial
        self._bringing: asyncio.Task[None] | None = None
        self._next: tuple[Notice, Fragment] | None = None
        self._waiting = [HELLO]
        self._woken = asyncio.Event()
        self._woken.set()

    def tell(self, line: bytes) -> None:
        """Queue one line; past the bound everything that waits becomes one hello."""
        if len(self._waiting) >= QUEUE:
            self._waiting = [HELLO]
        else:
            self._waiting.append(line)
        self._woken.set()

    def bring(self, notice: Notice, fragment: Fragment) -> None:
        """Queue a notice with its fragment as it is by then; of several that wait for it the last is enough."""
        self._next = notice, fragment
        if self._bringing is None:
            self._bringing = asyncio.create_task(self._bring(), context=self._context)

    async def _bring(self) -> None:
        """Ask for one fragment after the other: of two answers the older could come last."""
        try:
            while self._next:
                (notice, fragment), self._next = self._next, None
                src, html = fragment.src, ""
                if len(self._waiting) < FEW:
                    with contextlib.suppress(
                        Exception
                    ):  # the page asks by itself then, and is told of the trouble
                        html = await fragment.ask(self.viewer)
                self.tell(to_json(Told(notice.kind, notice.id, src=src if html else "", html=html)))
        finally:
            self._bringing = None

    def leave(self) -> None:
        """Ask for nothing any more."""
        self._next = None
        if self._bringing is not None:
            self._bringing.cancel()

    async def write(self) -> None:
        """Send what waits, lines together, until cancelled or cut off."""
        with contextlib.suppress(ConnectionError):
            while not self.socket.closed:
                await self._woken.wait()
                self._woken.clear()
                lines, self._waiting = self._waiting, []
                await self.socket.send_frame(b"\n".join(lines), WSMsgType.TEXT)


class LivePool:
    """All consoles of this node."""

    def __init__(self, db: Database, bus: Bus) -> None:
        """Listen on the bus, and for sign-ins that end."""
        self._db = db
        self.along: Mapping[str, Fragment] = {}
        self._consoles: defaultdict[Viewer, set[Console]] = defaultdict(set)
        self._closing: set[asyncio.Task[bool]] = set()
        bus.subscribe(self.hear)
        db.listen(SignInsEnded, self._end)

    def __len__(self) -> int:
        """Count the consoles."""
        return sum(len(consoles) for consoles in self._consoles.values())

    def hear(self, notice: Notice) -> None:
        """Pass a notice on to whoever may hear it; the reason goes to those who are addressed by name."""
        plain, fragment = _encode(notice), self.along.get(notice.kind)
        for viewer, consoles in self._consoles.items():
            if not viewer.hears(notice.audience):
                continue
            addressed = notice.why and viewer.user_id in notice.audience.users
            for console in consoles:
                if fragment is not None:
                    console.bring(notice, fragment)
                else:
                    console.tell(_addressed(notice, console.listener) if addressed else plain)

    async def serve(self, request: web.Request, sign_in: int, viewer: Viewer) -> web.WebSocketResponse:
        """Keep one console until it closes."""
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT, timeout=CLOSING, compress=False, max_msg_size=LONGEST_MESSAGE
        )
        await socket.prepare(request)
        console = Console(socket, sign_in, viewer)
        self._consoles[viewer].add(console)
        writer = asyncio.create_task(console.write())
        try:
            async for _message in socket:
                pass  # browsers have nothing to say here, but their pongs and good-byes are read
        finally:
            writer.cancel()
            console.leave()
            self._forget(console)
        return socket

    async def watch(self) -> None:
        """Look after sign-ins that expired, people who left, and rights that changed, until cancelled."""
        while True:
            await asyncio.sleep(HEARTBEAT)
            with contextlib.suppress(Exception):  # the store is away: consoles stay as they are
                await self.review()

    async def review(self) -> None:
        """Close consoles whose sign-in ended, and give the others their owner's rights of today."""
        consoles = list(self._all())
        today = await self._db.read(signin.viewers, {console.sign_in for console in consoles})
        for console in consoles:
            viewer = today.get(console.sign_in)
            if viewer is None:
                self._close([console], NOT_SIGNED_IN)
            elif viewer != console.viewer and not console.socket.closed:
                self._forget(console)
                console.viewer = viewer
                self._consoles[viewer].add(console)
                console.tell(HELLO)

    async def close(self) -> None:
        """Say good-bye to all, at shutdown."""
        self._close(list(self._all()), WSCloseCode.GOING_AWAY)
        if self._closing:
            await asyncio.wait(self._closing)

    def _all(self) -> Iterable[Console]:
        return (console for consoles in self._consoles.values() for console in consoles)

    def _end(self, ended: SignInsEnded) -> None:
        self._close([console for console in self._all() if console.sign_in in ended.ids], NOT_SIGNED_IN)

    def _close(self, consoles: Iterable[Console], code: int) -> None:
        for console in consoles:
            task = asyncio.create_task(console.socket.close(code=code))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def _forget(self, console: Console) -> None:
        same = self._consoles[console.viewer]
        same.discard(console)
        if not same:
            del self._consoles[console.viewer]


LIVE = web.AppKey("live", LivePool)


def _addressed(notice: Notice, somebody: Listener) -> bytes:
    """Tell the reason too, in the language of whoever sits there."""
    with speaking_to(somebody):
        return _encode(notice, again(notice.why))


def _encode(notice: Notice, why: str = "") -> bytes:
    return to_json(Told(notice.kind, notice.id, why))
