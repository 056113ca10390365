"""A mail server that goes away, in every way that there is: noticed, and never waited for."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from connectors.mail.imap import Mailbox
from connectors.mail.imap_link import Address
from hub.clock import now
from hub.connector import Unavailable
from tests.connectors.mail.desk import Desk, letter
from tests.eventually import eventually
from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_port
from tests.servers.relay import Relay

SOON = 10
PATIENCE = 2.0
AnyTask = asyncio.Task[object]


@pytest.fixture
async def idling(desk: Desk, line: Relay) -> AsyncIterator[AnyTask]:
    """Give a wait for news for an hour, which the server has agreed to."""
    box = await desk.inbox(line.port, PATIENCE)
    task: AnyTask = asyncio.create_task(box.news_above(0, 3600))
    await eventually(box._wire.idles.is_set)
    yield task
    task.cancel()
    with suppress(asyncio.CancelledError, Unavailable):
        await task


async def test_a_restart_in_mid_idle_is_noticed_and_the_next_line_reads_on(
    dovecot: Dovecot, desk: Desk, idling: AnyTask
) -> None:
    dovecot.stop()
    try:
        with pytest.raises(Unavailable, match=r"ended the connection|was lost"):
            await asyncio.wait_for(idling, 45)
    finally:
        _start_again(dovecot)
    desk.deliver(letter("One"))
    assert await (await desk.inbox()).uids_above(0) == [1]


async def test_a_power_cut_in_mid_idle_is_noticed_at_once(dovecot: Dovecot, idling: AnyTask) -> None:
    dovecot.kill()
    try:
        with pytest.raises(Unavailable, match="was lost"):
            await asyncio.wait_for(idling, SOON)
    finally:
        _start_again(dovecot)


async def test_a_goodbye_in_mid_idle_is_noticed_at_once(line: Relay, idling: AnyTask) -> None:
    line.say(b"* BYE Shutting down for the night\r\n")
    with pytest.raises(Unavailable, match="Shutting down for the night"):
        await asyncio.wait_for(idling, SOON)


async def test_a_line_that_breaks_in_mid_idle_is_noticed_at_once(line: Relay, idling: AnyTask) -> None:
    line.close()
    with pytest.raises(Unavailable, match="was lost"):
        await asyncio.wait_for(idling, SOON)


async def test_silence_after_idle_is_noticed(desk: Desk, line: Relay) -> None:
    box = await desk.inbox(line.port, PATIENCE)
    waiting = asyncio.create_task(box.news_above(0, 0.2))
    await eventually(box._wire.idles.is_set)
    line.hush()
    with pytest.raises(Unavailable, match="is silent"):
        await asyncio.wait_for(waiting, SOON)


async def test_silence_instead_of_an_answer_to_idle_is_noticed(desk: Desk, line: Relay) -> None:
    box = await desk.inbox(line.port, PATIENCE)
    line.hush()
    with pytest.raises(Unavailable, match="is silent"):
        await asyncio.wait_for(box.news_above(0, 3600), SOON)


async def test_silence_in_the_middle_of_a_letter_is_noticed(desk: Desk, line: Relay) -> None:
    desk.deliver(letter("Large", size=3_000_000))
    box = await desk.inbox(line.port, PATIENCE)
    line.silent_after = line.told + 1_000_000
    with pytest.raises(Unavailable, match="is silent"):
        await asyncio.wait_for(_read(box), SOON)


async def test_a_goodbye_in_the_middle_of_a_fetch_is_noticed_at_once(desk: Desk, line: Relay) -> None:
    desk.deliver(letter("One"))
    box = await desk.inbox(line.port)
    line.change = lambda _said: b"* BYE Enough\r\n"
    with pytest.raises(Unavailable, match="Enough"):
        await asyncio.wait_for(_read(box), SOON)


async def test_a_slow_line_is_no_silence(desk: Desk, line: Relay) -> None:
    desk.deliver(letter("Large", size=400_000))
    box = await desk.inbox(line.port, PATIENCE)
    line.pause = 0.25
    began = time.monotonic()
    await asyncio.wait_for(_read(box), 30)
    assert time.monotonic() - began > PATIENCE


@pytest.mark.parametrize(
    "ask",
    [
        lambda box: box.folders(),
        lambda box: box.open("INBOX"),
        lambda box: box.uids_above(0),
        lambda box: box.mark([1]),
        lambda box: box.move([1], "Sent"),
        lambda box: box.append(letter("x"), "Sent", now()),
        lambda box: box.log_in("anna", "x"),
        lambda box: box.log_in("anna", "x", by_token=True),
    ],
    ids=["folders", "open", "search", "mark", "move", "append", "password", "token"],
)
async def test_no_question_waits_for_a_silent_server(
    desk: Desk, line: Relay, ask: Callable[[Mailbox], Awaitable[object]], request: pytest.FixtureRequest
) -> None:
    box = desk.mailbox(line.port)
    await box.connect()
    box._patience = PATIENCE
    if request.node.callspec.id not in {"password", "token"}:
        box = await desk.inbox(line.port, PATIENCE)
    line.hush()
    with pytest.raises(Unavailable, match="is silent"):
        await asyncio.wait_for(_awaited(ask(box)), SOON)
    with pytest.raises(Unavailable, match="no connection"):
        await box.folders()


async def test_the_system_looks_after_a_line_on_which_nobody_speaks(desk: Desk) -> None:
    box = await desk.inbox()
    connection = box._wire.transport.get_extra_info("socket")
    assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60


async def test_nobody_at_the_port_is_told() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        await Mailbox(Address("127.0.0.1", free_port(), "none")).connect()


@pytest.mark.parametrize("tls", ["imaps", "none"])
async def test_a_server_that_does_not_greet_is_told(dovecot: Dovecot, line: Relay, tls: str) -> None:
    line.hush()
    box = Mailbox(
        Address("127.0.0.1", line.port, "imaps" if tls == "imaps" else "none", dovecot.trust), PATIENCE
    )
    with pytest.raises(Unavailable, match=r"does not answer|is silent"):
        await asyncio.wait_for(box.connect(), SOON)


async def test_a_server_that_greets_by_a_goodbye_is_told(desk: Desk, line: Relay) -> None:
    line.change = lambda _said: b"* BYE Too many\r\n"
    with pytest.raises(Unavailable, match="Too many"):
        await asyncio.wait_for(desk.mailbox(line.port).connect(), SOON)


@pytest.mark.parametrize("junk", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 100 + b"\r\n", b"Z9 OK\r\n"])
async def test_what_is_no_imap_ends_the_line(line: Relay, idling: AnyTask, junk: bytes) -> None:
    line.say(junk)
    with pytest.raises(Unavailable, match="cannot be understood"):
        await asyncio.wait_for(idling, SOON)


async def test_who_is_cancelled_in_mid_idle_leaves_a_line_that_says_that_it_is_gone(
    desk: Desk,
) -> None:
    box = await desk.inbox()
    waiting = asyncio.create_task(box.news_above(0, 3600))
    await eventually(box._wire.idles.is_set)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(Unavailable, match="no connection"):
        await asyncio.wait_for(box.uids_above(0), SOON)


async def test_who_is_cancelled_in_mid_fetch_leaves_a_line_that_says_that_it_is_gone(
    desk: Desk, line: Relay
) -> None:
    desk.deliver(letter("One"))
    box = await desk.inbox(line.port)
    line.hush()
    reading = asyncio.create_task(_read(box))
    await eventually(lambda: b"FETCH" in b"".join(line.heard))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    with pytest.raises(Unavailable, match="no connection"):
        await asyncio.wait_for(box.uids_above(0), SOON)


async def test_who_is_cancelled_while_connecting_leaves_nothing_open(desk: Desk, line: Relay) -> None:
    line.hush()
    box = desk.mailbox(line.port)
    connecting = asyncio.create_task(box.connect())
    await eventually(lambda: line.told)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    await eventually(lambda: not line.is_used)


async def _read(box: Mailbox) -> None:
    async for _ in box.letters([1]):
        pass


async def _awaited(answer: Awaitable[object]) -> object:
    return await answer


def _start_again(dovecot: Dovecot) -> None:
    dovecot.end_all()
    dovecot.start()
