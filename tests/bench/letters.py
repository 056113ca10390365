"""(l): letters out of a real Dovecot: fetched against a raw socket, into finished cards, and to an open console."""

from __future__ import annotations

import asyncio
import base64
import time
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import aiohttp
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connectors.mail.imap import Mailbox
from connectors.mail.imap_link import Address
from crm.letters import Letter
from hub.channels import add_channel
from hub.store import open_store
from tests.bench.console import signed_in
from tests.bench.processes import beside
from tests.servers import dovecot as dovecot_server
from tests.servers.dovecot import PASSWORD, Dovecot

LETTERS = 5_000
WRITERS = 2_500  # each wrote two
BYTES = 1_700
ARRIVALS = 60
ROUNDS = 3
PATIENCE = 120  # seconds


class Measured(NamedTuple):
    """Letters a second: fetched, by a raw socket, into finished cards. Milliseconds to a console, and to who idles."""

    fetched: float
    raw: float
    cards: float
    noticed: float
    told: float


async def measure(folder: Path) -> Measured:
    """Measure all of it over the same letters."""
    with dovecot_server.running() as server:
        server.fill("crowd", map(letter, range(LETTERS)))
        rounds = [(await _fetched(server), await _raw(server)) for _ in range(ROUNDS)]
        fetched, raw = (max(times) for times in zip(*rounds, strict=True))
        cards = await _cards(server, folder / "import")
        noticed, told = await _noticed(server, folder / "live")
    return Measured(fetched, raw, cards, noticed, told)


def letter(number: int) -> bytes:
    """Write a letter as people write them: a question, a signature, and what was written before."""
    writer = number % WRITERS
    head = (
        f"Received: from mx.example.net by mail.example.org; Tue, 24 Nov 2026 09:14:07 +0100\r\n"
        f"From: Customer {writer} <customer-{writer}@example.net>\r\nTo: office@klarruta.example\r\n"
        f"Subject: Windows for house {number}\r\nDate: Tue, 24 Nov 2026 09:14:05 +0100\r\n"
        f"Message-ID: <{number}.{writer}@example.net>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"Hej,\r\n\r\nvad kostar {number % 9 + 1} fönster för vårt hus?\r\n\r\n"
        f"Med vänliga hälsningar\r\nKund {writer}\r\n\r\n"
        "Den 23 november 2026 skrev Klarruta <office@klarruta.example>:\r\n"
    )
    quoted = "> Tack för Ert intresse, vi återkommer gärna med ett förslag.\r\n"
    return (head + quoted * ((BYTES - len(head.encode())) // len(quoted.encode()))).encode()


async def _fetched(server: Dovecot) -> float:
    box = Mailbox(Address("127.0.0.1", server.port, "none"))
    await box.connect()
    await box.log_in("crowd", PASSWORD)
    await box.open("INBOX")
    begun, count = time.perf_counter(), 0
    async for _ in box.letters(await box.uids_above(0)):
        count += 1
    took = time.perf_counter() - begun
    box.close()
    assert count == LETTERS
    return count / took


async def _raw(server: Dovecot) -> float:
    """Read the same bytes off the line, and look at none of them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 24)

    async def ask(line: bytes) -> None:
        writer.write(b"a " + line + b"\r\n")
        tail = b""
        while b"\r\na OK" not in tail and not tail.startswith(b"a OK"):
            read = await reader.read(1 << 20)
            assert read
            tail = (tail + read)[-4096:]

    await reader.readline()
    secret = base64.b64encode(f"\0crowd\0{PASSWORD}".encode())
    await ask(b"AUTHENTICATE PLAIN " + secret)
    await ask(b"SELECT INBOX")
    begun = time.perf_counter()
    await ask(b"UID FETCH 1:* (UID BODY.PEEK[])")
    took = time.perf_counter() - begun
    writer.close()
    return LETTERS / took


async def _cards(server: Dovecot, folder: Path) -> float:
    """Have a hub read them all; count from the first finished one to the last."""
    since = (date.today() - timedelta(days=1)).isoformat()  # noqa: DTZ011 - the server's own
    async with beside("tests.bench.hub_process", str(folder)), open_store(folder) as db:
        await db.write(add_channel, "post", "Office", "mail", _settings(server, "crowd", since))
        first, begun, count = 0, 0.0, 0
        until = time.perf_counter() + PATIENCE
        while count < LETTERS and time.perf_counter() < until:
            await asyncio.sleep(0.1)
            count = await db.read(_count)
            if count and not begun:
                first, begun = count, time.perf_counter()
        return (count - first) / (time.perf_counter() - begun)


async def _noticed(server: Dovecot, folder: Path) -> tuple[float, float]:
    """Give the median milliseconds from the server's OK to a notice, and to the server's own word to who idles."""
    box = Mailbox(Address("127.0.0.1", server.port, "none"))
    await box.connect()
    await box.log_in("live", PASSWORD)
    await box.open("INBOX")
    times: list[tuple[float, float]] = []
    async with (
        beside("tests.bench.hub_process", str(folder)) as (_, (port, _path)),
        open_store(folder) as db,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookies=await signed_in(folder)) as console,
        console.ws_connect("/live") as socket,
    ):
        channel = await db.write(add_channel, "post", "Office", "mail", _settings(server, "live", ""))
        await _heard(console)
        assert channel.id
        last = 0
        for number in range(ARRIVALS):
            hearing = asyncio.create_task(_tells(socket))
            idling = asyncio.create_task(_grows(box, last))
            await asyncio.sleep(0.05)
            await asyncio.to_thread(server.deliver, "live", letter(number))
            begun = time.perf_counter()
            heard, (told, last) = await asyncio.gather(hearing, idling)
            times.append((1000 * (heard - begun), 1000 * (told - begun)))
    box.close()
    noticed, told = zip(*times, strict=True)
    return _median(noticed), _median(told)


async def _tells(socket: aiohttp.ClientWebSocketResponse) -> float:
    while '"kind":"contact"' not in await asyncio.wait_for(socket.receive_str(), 20):
        pass
    return time.perf_counter()


async def _grows(box: Mailbox, last: int) -> tuple[float, int]:
    await box._wait_for_news(20)
    told = time.perf_counter()
    return told, max(await box.uids_above(last))


async def _heard(console: aiohttp.ClientSession) -> None:
    until = time.perf_counter() + 20
    while time.perf_counter() < until:
        async with console.get("/metrics") as answer:
            if "ringback_channels_heard 1" in await answer.text():
                return
        await asyncio.sleep(0.1)
    raise TimeoutError("the mailbox is not heard")


def _settings(server: Dovecot, user: str, since: str) -> dict[str, object]:
    return {
        "imap_host": "127.0.0.1", "imap_port": server.port, "imap_tls": "none", "user": user, "password": PASSWORD,
        "address": "office@klarruta.example", "read_from": since,
    }  # fmt: skip


def _count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Letter)) or 0


def _median(times: tuple[float, ...]) -> float:
    return sorted(times)[len(times) // 2]
