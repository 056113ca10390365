"""(p): a thousand visitors with the web chat open on one hub: memory, and how soon each sees what was written.

Some write, and of these some are answered at the console; from the press of a key to the eyes of the other side it goes
over the journal, a card, a task, and the socket.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import aiohttp
import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.webchat.passes import issue
from crm.chats import Chat
from crm.conversations import Interaction
from hub.channels import Channel, add_channel
from hub.store import open_store
from tests.bench.console import signed_in
from tests.bench.processes import beside, resident_megabytes
from tests.eventually import eventually

WIDGETS = 1_000
WRITING, RATE = 300, 20  # of them write, so many messages a second
ANSWERS, ANSWER_RATE = 40, 5
SITE = "https://klarruta.example"
LATEST = 60.0  # seconds that a message may take before it counts as lost


@dataclass
class Visitor:
    """One open widget: its pass, its socket, and when it was shown what."""

    carried: str
    socket: aiohttp.ClientWebSocketResponse
    seen: dict[str, float] = field(default_factory=dict)

    async def look(self) -> None:
        """Note when each text was shown, for as long as the socket lives."""
        async for message in self.socket:
            told = msgspec.json.decode(message.data)
            for each in (told.get("visit") or {}).get("messages", ()):
                self.seen.setdefault(each.get("text", ""), time.perf_counter())


@dataclass(frozen=True)
class Figures:
    """Megabytes of all widgets; milliseconds (median, 99th percentile) of a message and of an answer; what was lost."""

    memory: float
    message: tuple[float, float]
    answer: tuple[float, float]
    lost: int


async def measure(folder: Path) -> Figures:
    """Open them, let each write, answer some."""
    async with (
        beside("tests.bench.hub_process", str(folder), "proxied") as (pid, (port, _path)),
        AsyncExitStack() as stack,
    ):
        path, secret = await _chat(folder)
        session = await stack.enter_async_context(aiohttp.ClientSession(
            f"http://127.0.0.1:{port}", connector=aiohttp.TCPConnector(limit=0), headers={"Origin": SITE}
        ))  # fmt: skip
        await eventually(lambda: _is_taken_up(session, path))
        before = resident_megabytes(pid)
        visitors = [await _open(stack, session, path, secret) for _number in range(WIDGETS)]
        await asyncio.sleep(1)
        memory = resident_megabytes(pid) - before
        sent = await _each(
            RATE,
            [_writing(session, path, visitor, number) for number, visitor in enumerate(visitors[:WRITING])],
        )
        message = await _shown(visitors[:WRITING], [f"Message {number}" for number in range(WRITING)], sent)
        cookies, written = await signed_in(folder), visitors[:ANSWERS]
        chats = await _chats(folder)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookies=cookies) as console:
            sent = await _each(ANSWER_RATE, [_answering(console, *chats[_id(each)]) for each in written])
            answer = await _shown(written, ["An answer"] * ANSWERS, sent)
        lost = len([each for each in (*message, *answer) if each < 0]) + WRITING - await _kept(folder)
        return Figures(memory, _percentiles(message), _percentiles(answer), lost)


async def _chat(folder: Path) -> tuple[str, str]:
    """Set the chat up, and give the end of its addresses and its secret."""

    def make(session: Session) -> Channel:
        return add_channel(session, "chat", "Chat", "webchat", {"origins": ["*"]})

    async with open_store(folder) as db:
        row = await db.write(make)
        return row.token, str(row.settings["secret"])


async def _is_taken_up(session: aiohttp.ClientSession, token: str) -> bool:
    async with session.get(f"/chat/{token}.js") as answer:
        return answer.ok


async def _open(stack: AsyncExitStack, session: aiohttp.ClientSession, token: str, secret: str) -> Visitor:
    socket = await stack.enter_async_context(session.ws_connect(f"/chat/{token}/live"))
    visitor = Visitor(issue(secret), socket)
    await socket.send_str(msgspec.json.encode({"v": visitor.carried}).decode())
    await socket.receive(timeout=LATEST)
    looking = asyncio.create_task(visitor.look())
    stack.callback(looking.cancel)
    return visitor


def _writing(
    session: aiohttp.ClientSession, token: str, visitor: Visitor, number: int
) -> Callable[[], Awaitable[None]]:
    told = {"v": visitor.carried, "id": f"message-{number:08}", "text": f"Message {number}"}
    headers = {"X-Forwarded-For": f"{60 + (number >> 8)}.{number & 255}.7.1"}

    async def write() -> None:
        async with session.post(
            f"/in/chat/{token}", data=msgspec.json.encode(told), headers=headers
        ) as answer:
            assert answer.status == 200, answer.status

    return write


def _answering(
    console: aiohttp.ClientSession, contact_id: int, chat_id: int
) -> Callable[[], Awaitable[None]]:
    said = {"chat": chat_id, "body": "An answer"}
    headers = {"Sec-Fetch-Site": "same-origin", "HX-Request": "true"}

    async def answer() -> None:
        async with console.post(f"/contacts/{contact_id}/answer/message", data=said, headers=headers) as told:
            assert told.status == 200, told.status

    return answer


async def _each(rate: int, deeds: list[Callable[[], Awaitable[None]]]) -> list[float]:
    """Do them at this rate, whatever the earlier ones take; give when each was begun."""
    began, going, begun = time.perf_counter(), [], []
    for number, deed in enumerate(deeds):
        await asyncio.sleep(max(began + number / rate - time.perf_counter(), 0))
        begun.append(time.perf_counter())
        going.append(asyncio.ensure_future(deed()))
    await asyncio.gather(*going)
    return begun


async def _shown(visitors: list[Visitor], texts: list[str], sent: list[float]) -> list[float]:
    """Give for each how many milliseconds it took until it was shown, -1 where it never was."""
    until = time.perf_counter() + LATEST
    pairs = list(zip(visitors, texts, strict=True))
    while time.perf_counter() < until and not all(text in visitor.seen for visitor, text in pairs):
        await asyncio.sleep(0.01)
    return [
        (visitor.seen[text] - begun) * 1000 if text in visitor.seen else -1.0
        for (visitor, text), begun in zip(pairs, sent, strict=True)
    ]


async def _chats(folder: Path) -> dict[str, tuple[int, int]]:
    async with open_store(folder) as db:
        rows = await db.read(
            lambda session: session.execute(select(Chat.key, Chat.contact_id, Chat.id)).all()
        )
    return {key: (contact_id, chat_id) for key, contact_id, chat_id in rows}


async def _kept(folder: Path) -> int:
    wanted = select(Interaction.key).where(Interaction.kind == "chat", Interaction.direction == "in")
    async with open_store(folder) as db:
        return len(await db.read(lambda session: session.scalars(wanted).all()))


def _id(visitor: Visitor) -> str:
    return visitor.carried.partition(".")[0]


def _percentiles(times: list[float]) -> tuple[float, float]:
    parts = quantiles(times, n=100)
    return parts[49], parts[98]
