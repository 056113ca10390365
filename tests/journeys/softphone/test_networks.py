"""Servers that help a softphone's sound through networks: the browser is told of them, and asks them."""

from __future__ import annotations

import asyncio
import hmac
import struct
from collections.abc import AsyncIterator
from hashlib import md5
from pathlib import Path
from typing import cast

import pytest

from tests.eventually import eventually
from tests.journeys.people import Join
from tests.journeys.softphone.desk import give, hears, opened, switch_on, talking
from tests.journeys.softphone.watching import WATCHED
from tests.servers.asterisk import Asterisk
from tests.servers.cuttable import Cuttable
from tests.servers.phone import Phone
from tests.servers.ringback import Hub

BINDING, ALLOCATE, REFUSED = 0x001, 0x003, 0x113  # RFC 8489, RFC 8656
USERNAME, INTEGRITY, ERROR, REALM, NONCE = 0x0006, 0x0008, 0x0009, 0x0014, 0x0015
COOKIE = bytes.fromhex("2112a442")
USER = "klarruta"
SECRET = "eleven brass hinges"  # noqa: S105 - an invented one


class Doorkeeper(asyncio.DatagramProtocol):
    """A server that is told who comes, and lets nobody in: after that it never answers."""

    def __init__(self) -> None:
        """Have heard nothing."""
        self.asked: set[int] = set()
        self.known: set[str] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Learn where to answer."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Keep what is asked, and ask who it is."""
        if data[4:8] != COOKIE:
            return
        kind, parts = int.from_bytes(data[:2], "big"), attributes(data)
        self.asked.add(kind)
        if kind == ALLOCATE and USERNAME not in parts:
            body = attribute(ERROR, b"\0\0\4\1") + attribute(REALM, b"ringback") + attribute(NONCE, b"once")
            self._transport.sendto(struct.pack("!HH", REFUSED, len(body)) + data[4:20] + body, addr)
        elif kind == ALLOCATE and is_signed(data):
            self.known.add(parts[USERNAME].decode())


def attribute(kind: int, value: bytes) -> bytes:
    """Write an attribute; this one needs no filling."""
    return struct.pack("!HH", kind, len(value)) + value


def attributes(data: bytes) -> dict[int, bytes]:
    """Read the attributes of a message."""
    found, at = {}, 20
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("!HH", data, at)
        found[kind] = data[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4
    return found


def is_signed(data: bytes) -> bool:
    """Tell whether a message was signed by who knows the secret (RFC 8489, long-term credentials)."""
    start = data.index(struct.pack("!HH", INTEGRITY, 20))
    signed = data[:2] + struct.pack("!H", start + 4) + data[4:start]
    key = md5(f"{USER}:ringback:{SECRET}".encode(), usedforsecurity=False).digest()
    return hmac.new(key, signed, "sha1").digest() == data[start + 4 : start + 24]


@pytest.fixture
async def door() -> AsyncIterator[tuple[Doorkeeper, int]]:
    """Give the server and its port."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(Doorkeeper, local_addr=("127.0.0.1", 0))
    yield server, transport.get_extra_info("sockname")[1]
    transport.close()
    await asyncio.sleep(0)  # the loop lets go of the socket


async def test_they_are_asked_and_one_that_is_silent_keeps_nobody_waiting(
    hub: Hub, join: Join, asterisk: Asterisk, line: Cuttable, tmp_path: Path, trunk: Phone,
    door: tuple[Doorkeeper, int],
) -> None:  # fmt: skip
    server, port = door
    stun, turn = f"stun:127.0.0.1:{port}", f"turn:127.0.0.1:{port}?transport=udp"
    elin = await join("Elin Sandgren", "agent")
    more = f'ice_servers = ["{stun}", "{turn}"]\nturn_user = "{USER}"\nturn_secret = "{SECRET}"\n'
    await give(hub, asterisk, tmp_path, f"wss://127.0.0.1:{line.port}/ws", more)
    await switch_on(elin)
    assert SECRET not in await elin.content()
    await elin.context.add_init_script(WATCHED)
    phone = await opened(elin)
    assert SECRET not in await phone.content()
    customer = await talking(trunk, phone, phone)
    assert await phone.evaluate("peers.at(-1).asked.iceServers") == [
        {"urls": stun}, {"urls": turn, "username": USER, "credential": SECRET},
    ]  # fmt: skip
    await eventually(lambda: {BINDING, ALLOCATE} <= server.asked)
    await eventually(lambda: server.known == {USER})
    await hears(phone)
    customer.hang_up()
