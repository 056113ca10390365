"""A PBX that says far more than anybody wants to know, and among it one call, in a process of its own.

`python -m tests.hostile.flood RATE` prints its port. Told "flood" it says RATE events a second, or as many as are read;
told "rings", "answers" or "ends" it says that of its call among them; told "tell" it prints how many it said.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress

from tests.fake_pbx import FakePbx, fake_pbx

SLICES = 50  # a second
CALLER, EXTENSION = "+46701740605", "101"
TRUNK = {"Channel": "PJSIP/trunk-00000001", "Uniqueid": "1795.1", "Linkedid": "1795.1"}
PHONE = {"Channel": f"PJSIP/{EXTENSION}-00000002", "Uniqueid": "1795.2", "Linkedid": "1795.1"}


def event(kind: str, **fields: str) -> bytes:
    """Say one thing."""
    lines = [f"Event: {kind}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def legs(kind: str, **fields: str) -> bytes:
    """Say the same of both legs."""
    return event(kind, **TRUNK, **fields) + event(kind, **PHONE, **fields)


CALL = {
    "rings": event("Newchannel", **TRUNK, ChannelStateDesc="Ring", CallerIDNum=CALLER, Exten="+46846500401")
    + event("Newchannel", **PHONE, ChannelStateDesc="Down", Exten="s")
    + event("Newstate", **PHONE, ChannelStateDesc="Ringing"),
    "answers": event("Newstate", **PHONE, ChannelStateDesc="Up") + legs("BridgeEnter", BridgeUniqueid="b"),
    "ends": event("HangupRequest", **TRUNK)
    + legs("BridgeLeave", BridgeUniqueid="b")
    + legs("Hangup", Cause="16"),
}
# What a busy PBX says most: what nobody wants, what is shown on the wallboard, and once too much of something.
NOISE: Sequence[bytes] = (
    event("VarSet", **TRUNK, Variable="DIALSTATUS", Value="ANSWER"),
    event(
        "Newexten",
        **TRUNK,
        Context="from-trunk",
        Extension="s",
        Priority="1",
        Application="NoOp",
        AppData="x" * 60,
    ),
    event("RTCPSent", **TRUNK, SSRC="0x1234", PT="200(SR)", To="127.0.0.1:4000", ReportCount="0"),
    event("DeviceStateChange", Device="PJSIP/102", State="INUSE"),
    event("DeviceStateChange", Device="PJSIP/102", State="NOT_INUSE"),
    event(
        "QueueMemberStatus", Queue="sales", Interface="PJSIP/103", Status="1", Paused="0", MemberName="Carl"
    ),
)


class Flood:
    """What a PBX says."""

    def __init__(self, pbx: FakePbx, rate: int) -> None:
        """Say nothing yet."""
        self.told = 0
        self._pbx = pbx
        self._each = rate // SLICES
        self._piece = b"".join(NOISE[number % len(NOISE)] for number in range(self._each))

    async def run(self) -> None:
        """Say so much as long as somebody listens."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            for writer in [each for each in self._pbx._writers if not each.is_closing()]:
                writer.write(self._piece)
                with suppress(ConnectionError):
                    await writer.drain()
                self.told += self._each
            due = max(due + 1 / SLICES, clock() - 1)
            await asyncio.sleep(max(0.0, due - clock()))


async def main(rate: int) -> None:
    """Do what is asked, until nobody asks any more."""
    async with fake_pbx() as pbx:
        flood = Flood(pbx, rate)
        running: asyncio.Task[None] | None = None
        print(pbx.port, flush=True)  # noqa: T201 - it is read by who asks
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if word == "flood":
                running = asyncio.create_task(flood.run())
            pbx.send(CALL.get(word, b""))
            print(flood.told, flush=True)  # noqa: T201 - as above
        if running is not None:
            running.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
