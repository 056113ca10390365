"""Whose telephone rings is sent the popup with the notice: what he would be shown if he asked, and nothing else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import ClientWebSocketResponse
from sqlalchemy.orm import Session

from crm.web import popups
from hub.clock import now
from hub.users import find_user
from tests.crm.switchboard import Switchboard
from tests.crm.web.console import Consoles

Notices = Callable[[], Awaitable[dict[str, str]]]


@asynccontextmanager
async def listens(consoles: Consoles, name: str) -> AsyncIterator[Notices]:
    """Open a page for somebody and give what waits for its next notice of a popup."""
    headers = {"Cookie": f"ringback={await consoles._cookie(name)}", "Sec-Fetch-Site": "same-origin"}
    origin = str(consoles.client.make_url("")).rstrip("/")
    async with consoles.client.ws_connect("/live", headers=headers, origin=origin) as socket:

        async def popup() -> dict[str, str]:
            while True:
                for notice in await _lines(socket):
                    if notice["kind"] == "popup":
                        return notice

        yield popup


async def _lines(socket: ClientWebSocketResponse) -> list[dict[str, str]]:
    return [json.loads(line) for line in (await socket.receive_str(timeout=10)).splitlines()]


async def test_the_popup_comes_with_the_notice_as_it_would_be_asked_for(
    pbx: Switchboard, consoles: Consoles
) -> None:
    async with listens(consoles, "Elin") as popup:
        call = pbx.rings()
        await pbx.tells(call)
        rings = await popup()
        assert rings["src"] == "/popups"
        assert rings["html"] == (await consoles.part("Elin", "/popups")).html
        assert "Calls you" in rings["html"]
        await pbx.tells(pbx.ended(call))
        assert "Calls you" not in (await popup())["html"]


async def test_a_colleagues_call_comes_to_nobody_else(pbx: Switchboard, consoles: Consoles) -> None:
    async with listens(consoles, "Elin") as popup:
        await pbx.tells(pbx.rings(None, "102"))
        await pbx.tells(pbx.rings("+46701740699", "101"))
        html = (await popup())["html"]
    assert "070-174 06 99" in html
    assert html.count("data-call=") == 1


async def test_who_left_is_sent_nothing_though_his_page_is_still_open(
    pbx: Switchboard, consoles: Consoles
) -> None:
    elin = await consoles.firm.who("Elin")
    await pbx.tells(pbx.rings())
    assert (await pbx.db.read(popups._brought, elin))["popups"] != []

    def leaves(session: Session) -> None:
        find_user(session, "elin@klarruta.example").disabled_at = now()

    await pbx.db.write(leaves)
    assert list((await pbx.db.read(popups._brought, elin))["popups"]) == []
