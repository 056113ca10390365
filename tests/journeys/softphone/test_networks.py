"""Servers that help a softphone's sound through networks: the browser is told of them, and asks them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.journeys.people import Join
from tests.journeys.softphone.desk import give, hears, opened, switch_on, talking
from tests.journeys.softphone.watching import WATCHED
from tests.servers.asterisk import Asterisk
from tests.servers.cuttable import Cuttable
from tests.servers.phone import Phone
from tests.servers.ringback import Hub

BINDING, ALLOCATE = 1, 3  # RFC 8489, RFC 8656
COOKIE = bytes.fromhex("2112a442")
SECRET = "eleven brass hinges"  # noqa: S105 - an invented one


class Silent(asyncio.DatagramProtocol):
    """A server that hears what it is asked and never answers."""

    def __init__(self) -> None:
        """Have heard nothing."""
        self.asked: set[int] = set()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's signature
        """Keep which questions of STUN and TURN came."""
        if data[4:8] == COOKIE:
            self.asked.add(int.from_bytes(data[:2], "big"))


@pytest.fixture
async def silent() -> AsyncIterator[tuple[Silent, int]]:
    """Give the server and its port."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(Silent, local_addr=("127.0.0.1", 0))
    yield server, transport.get_extra_info("sockname")[1]
    transport.close()


async def test_they_are_asked_and_one_that_is_silent_keeps_nobody_waiting(
    hub: Hub, join: Join, asterisk: Asterisk, line: Cuttable, tmp_path: Path, trunk: Phone,
    silent: tuple[Silent, int],
) -> None:  # fmt: skip
    server, port = silent
    stun, turn = f"stun:127.0.0.1:{port}", f"turn:127.0.0.1:{port}?transport=udp"
    elin = await join("Elin Sandgren", "agent")
    more = f'ice_servers = ["{stun}", "{turn}"]\nturn_user = "klarruta"\nturn_secret = "{SECRET}"\n'
    await give(hub, asterisk, tmp_path, f"wss://127.0.0.1:{line.port}/ws", more)
    await switch_on(elin)
    assert SECRET not in await elin.content()
    await elin.context.add_init_script(WATCHED)
    phone = await opened(elin)
    assert SECRET not in await phone.content()
    customer = await talking(trunk, phone, phone)
    assert await phone.evaluate("peers.at(-1).asked.iceServers") == [
        {"urls": stun}, {"urls": turn, "username": "klarruta", "credential": SECRET},
    ]  # fmt: skip
    await eventually(lambda: {BINDING, ALLOCATE} <= server.asked)
    await hears(phone)
    customer.hang_up()
