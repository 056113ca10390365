"""Whose telephone rings is sent the popup with the notice: what he would be shown if he asked, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import cast

from aiohttp import ClientWebSocketResponse
from sqlalchemy.orm import Session

from crm.company import Company
from crm.web import popups
from crm.web.popups import Popup
from hub.clock import now
from hub.users import Viewer, find_user
from tests.asked import asked
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


async def _brought(pbx: Switchboard, viewer: Viewer) -> Sequence[Popup]:
    """Give the popups that come along to somebody."""
    return cast("Sequence[Popup]", (await pbx.db.read(popups._brought, viewer))["popups"])


def _whenever(html: str) -> str:
    """Leave out for how long it rang when that was asked: it goes on meanwhile."""
    left, times = re.subn(r"( data-elapsed>)\d:\d\d<", r"\1<", html)
    assert times == 1
    return left


async def test_the_popup_comes_with_the_notice_as_it_would_be_asked_for(
    pbx: Switchboard, consoles: Consoles
) -> None:
    async with listens(consoles, "Elin") as popup:
        call = pbx.rings()
        await pbx.tells(call)
        rings = await popup()
        assert rings["src"] == "/popups"
        assert _whenever(rings["html"]) == _whenever((await consoles.part("Elin", "/popups")).html)
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


async def test_it_goes_by_whose_telephone_it_is_by_now(pbx: Switchboard, consoles: Consoles) -> None:
    elin, johan = await consoles.firm.who("Elin"), await consoles.firm.who("Johan")

    def renames(session: Session) -> None:
        session.get_one(
            Company, 1
        ).name = "Klarruta Glas"  # so that the set-up is read anew, with whose telephones

    await pbx.db.write(renames)
    await pbx.tells(pbx.rings(None, "101"))
    assert len(await _brought(pbx, elin)) == 1
    await pbx.sits("Elin", "")
    await pbx.sits("Johan", "101")
    assert await _brought(pbx, elin) == []
    assert len(await _brought(pbx, johan)) == 1


async def test_what_lies_open_comes_along_with_what_rings(pbx: Switchboard, consoles: Consoles) -> None:
    elin = await consoles.firm.who("Elin")
    for number, customer in enumerate(("+46701740699", "+46701740698"), 1):
        call = pbx.answered(pbx.rings(customer, "101"))
        await pbx.tells(call)
        await consoles.press("Elin", f"/popups/{number}/note", text="Twelve windows", was="")
        await pbx.tells(pbx.ended(call, seconds=20))
    await pbx.tells(pbx.rings("+46701740697", "101"))
    rings, *over = await _brought(pbx, elin)
    assert [rings.state, *(each.state for each in over)] == ["rings", "over", "over"]
    assert [each.number for each in over] == ["070-174 06 98", "070-174 06 99"]


async def test_a_ring_of_somebody_unknown_asks_the_store_five_times(
    pbx: Switchboard, consoles: Consoles
) -> None:
    elin = await consoles.firm.who("Elin")

    def look(session: Session) -> tuple[object, list[str]]:
        with asked(session.connection()) as told:
            return popups._brought(session, elin)["popups"], told

    await pbx.tells(pbx.rings("+46701740699", "101"))
    await _brought(pbx, elin)
    shown, told = await pbx.db.read(look)
    assert shown != []
    assert len(told) == 5, told
