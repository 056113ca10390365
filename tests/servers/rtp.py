"""The sound of a call by RTP (RFC 3550): a tone in G.711 A-law, twenty milliseconds a packet, and keys (RFC 4733)."""

from __future__ import annotations

import asyncio
import cmath
import math
import secrets
import struct
from collections import deque
from functools import cache
from typing import cast

RATE = 8000  # samples a second
FRAME = 160  # samples a packet
SECOND = RATE // FRAME  # packets
ALAW, KEYS = 8, 101  # types of payload
HEADER = 12  # bytes before it
LOUD = 500  # of what a tone has, on average over all samples: a sixteenth of its height
KEYPAD = "0123456789*#ABCD"


@cache
def tone(hertz: int) -> tuple[bytes, ...]:
    """Give one second of a tone as fifty payloads."""
    wave = bytes(alaw(round(RATE * math.sin(2 * math.pi * hertz * sample / RATE))) for sample in range(RATE))
    return tuple(wave[start : start + FRAME] for start in range(0, RATE, FRAME))


def alaw(sample: int) -> int:
    """Press a sample of sixteen bits into eight (ITU-T G.711)."""
    sign = 0x80 if sample >= 0 else 0
    value = min(abs(sample) >> 4, 2047)
    exponent = max(0, value.bit_length() - 4)
    mantissa = value >> max(0, exponent - 1)
    return (sign | exponent << 4 | mantissa & 0x0F) ^ 0x55


@cache
def linear(code: int) -> int:
    """Unfold it again."""
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 0x0F
    value = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << exponent - 1
    return value if code & 0x80 else -value


class Media(asyncio.DatagramProtocol):
    """The socket of one call's sound. `received` counts the packets that came, `keys` are those that were pressed."""

    def __init__(self, hertz: int) -> None:
        """Sound at this height once `speak` has told to whom."""
        self.received = 0
        self.keys = ""
        self._heard: deque[bytes] = deque(maxlen=SECOND)
        self._key_at = -1
        self._frames = tone(hertz)
        self._target: tuple[str, int] | None = None
        self._sender: asyncio.Task[None] | None = None
        self._source = secrets.randbits(32)
        self._sent = self._stamp = 0

    @classmethod
    async def open(cls, host: str, hertz: int) -> Media:
        """Take a free port of a host."""
        loop = asyncio.get_running_loop()
        _, media = await loop.create_datagram_endpoint(lambda: cls(hertz), local_addr=(host, 0))
        return media

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Learn the port."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = int(transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's signature
        """Count what is heard, and keep the last second of it."""
        self.received += 1
        kind, stamp, payload = data[1] & 0x7F, int.from_bytes(data[4:8], "big"), data[HEADER:]
        if kind == KEYS and stamp != self._key_at:
            self._key_at = stamp
            self.keys += KEYPAD[payload[0]]
        elif kind == ALAW:
            self._heard.append(payload)

    @property
    def loudest(self) -> int:
        """Give the loudest sample of the last second, of sixteen bits; 0 as long as a second was not heard."""
        if len(self._heard) < SECOND:
            return 0
        return max(abs(linear(byte)) for payload in self._heard for byte in payload)

    def hears(self, hertz: int) -> bool:
        """Tell whether a tone of this height was in the last half second (Goertzel's question, asked plainly)."""
        last = list(self._heard)[-SECOND // 2 :]
        sound = [linear(code) for frame in last for code in frame]
        turn = -2j * math.pi * hertz / RATE
        strength = abs(sum(sample * cmath.exp(turn * at) for at, sample in enumerate(sound)))
        return strength > LOUD * max(1, len(sound))

    def speak(self, target: tuple[str, int] | None) -> None:
        """Send the tone to this host and port from now on."""
        self._target = target or self._target
        if self._target and not self._sender:
            self._sender = asyncio.create_task(self._speak())

    async def press(self, key: str) -> None:
        """Press one key for 160 ms; its end is sent three times."""
        event, stamp = KEYPAD.index(key), self._stamp
        for step in range(1, 9):
            ended = 0x80 if step > 5 else 0
            self._send(KEYS, struct.pack("!BBH", event, ended | 10, min(step, 6) * FRAME), stamp)
            await asyncio.sleep(FRAME / RATE)

    def close(self) -> None:
        """Fall silent."""
        if self._sender:
            self._sender.cancel()
        self._transport.close()

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self._send(ALAW, self._frames[self._sent % len(self._frames)], self._stamp)
            self._stamp += FRAME
            due += FRAME / RATE
            await asyncio.sleep(max(0, due - loop.time()))

    def _send(self, kind: int, payload: bytes, stamp: int) -> None:
        self._sent += 1
        head = struct.pack("!BBHII", 0x80, kind, self._sent & 0xFFFF, stamp, self._source)
        self._transport.sendto(head + payload, self._target)
