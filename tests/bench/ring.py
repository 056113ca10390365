"""(j): from the ring on the wire to the popup in the page, against a bare echo with two commits.

A small PBX tells of calls one after the other; whose telephone rings hears a notice that brings the popup along. Where
it brings none he asks for it, as the page does (hub/web/assets/js/fragments.js).
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import aiohttp
from sqlalchemy import select
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from hub.channels import add_channel
from hub.store import open_store
from hub.users import User
from tests.bench.console import signed_in
from tests.bench.popup import notices, p99
from tests.bench.processes import beside
from tests.fake_pbx import SECRET, FakePbx, fake_pbx

CALLS = 300
PAUSE = 0.02  # seconds between two calls
EXTENSION = "101"


async def measure(folder: Path) -> tuple[float, float]:
    """Give the 99th percentile in milliseconds, ours and the bare one's."""
    data = folder / "hub"
    async with (
        fake_pbx() as pbx,
        beside("tests.bench.bare", str(folder / "bare.db")) as (_, (bare_port,)),
        beside("tests.bench.hub_process", str(data)) as (_, (port, _path)),
        aiohttp.ClientSession(f"http://127.0.0.1:{bare_port}") as bare,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookies=await signed_in(data)) as ours,
    ):
        async with open_store(data) as db:
            await db.write(_sits)
            await db.write(add_channel, "pbx", "Office", "asterisk", {"port": pbx.port, "secret": SECRET})
        while not pbx.logins:
            await asyncio.sleep(0.05)
        times = await _popups(pbx, ours)
        bare_times = await notices(bare, "/notice", lambda _line: True)
    return p99(times), p99(bare_times)


def _sits(session: Session) -> None:
    """Put a telephone on the desk of who is signed in."""
    session.scalars(select(User)).one().extension = EXTENSION


async def _popups(pbx: FakePbx, session: aiohttp.ClientSession) -> list[float]:
    """Let calls ring one after the other and give the milliseconds until each stood in the page."""
    times = []
    async with session.ws_connect("/live") as socket:
        for number in range(CALLS):
            caller = f"+467017{number:05}"
            begun = time.perf_counter()
            pbx.send(_rings(number, caller))
            await asyncio.wait_for(_popup(session, socket, caller, there=True), 10)
            times.append((time.perf_counter() - begun) * 1000)
            pbx.send(_ends(number))
            await asyncio.wait_for(_popup(session, socket, caller, there=False), 10)
            await asyncio.sleep(PAUSE)
    return times[CALLS // 10 :]


async def _popup(
    session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse, caller: str, *, there: bool
) -> None:
    """Look at the popup at each notice of a call, until it shows this one, or does no more."""
    shown = f"{caller[-4:-2]} {caller[-2:]}"
    while True:
        for notice in map(json.loads, (await socket.receive_str()).splitlines()):
            if notice["kind"] == "popup" and (shown in await _html(session, notice)) == there:
                return


async def _html(session: aiohttp.ClientSession, notice: dict[str, str]) -> str:
    if "html" in notice:
        return notice["html"]
    async with session.get("/popups", headers={"HX-Request": "true"}) as answer:
        return await answer.text()


def _rings(number: int, caller: str) -> bytes:
    trunk = {
        "Channel": f"PJSIP/trunk-{number:08x}",
        "Uniqueid": f"1764.{number}t",
        "Linkedid": f"1764.{number}t",
    }
    phone = {"Channel": f"PJSIP/{EXTENSION}-{number:08x}", "Uniqueid": f"1764.{number}p",
             "Linkedid": f"1764.{number}t"}  # fmt: skip
    dest = {f"Dest{name}": value for name, value in phone.items()}
    return b"".join([
        _event("Newchannel", **trunk, ChannelStateDesc="Ring", CallerIDNum=caller, Exten="+46846500401"),
        _event("Newchannel", **phone, ChannelStateDesc="Down", CallerIDNum="", Exten=""),
        _event("DialBegin", **trunk, **dest, DialString=EXTENSION),
        _event("Newstate", **phone, ChannelStateDesc="Ringing"),
    ])  # fmt: skip


def _ends(number: int) -> bytes:
    legs = ((f"PJSIP/{EXTENSION}-{number:08x}", "p"), (f"PJSIP/trunk-{number:08x}", "t"))
    return b"".join(
        _event(
            "Hangup", Channel=channel, Uniqueid=f"1764.{number}{end}", Linkedid=f"1764.{number}t", Cause="16"
        )
        for channel, end in legs
    )


def _event(kind: str, **fields: str) -> bytes:
    lines = [f"Event: {kind}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()
