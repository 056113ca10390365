"""The black list and the VIP list: heads keep them, agents do not, and the dial plan asks them over the API."""

from __future__ import annotations

import re

import pytest

from tests.crm.web.conftest import Person
from tests.crm.web.console import Consoles

WRITTEN = "070-174 06 12"


pytestmark = pytest.mark.usefixtures("pbx")


async def test_a_head_puts_a_number_on_a_list_and_takes_it_off(consoles: Consoles) -> None:
    assert "Nobody is on a list" in (await consoles.get("Sofia", "/callers")).words
    put = await consoles.press("Sofia", "/callers", number=WRITTEN, list="blocked", why="Calls every <night>")
    assert (put.status, f"{WRITTEN} is blocked" in put.words) == (200, True)
    page = await consoles.get("Sofia", "/callers")
    assert re.search(rf"{WRITTEN} Blocked Calls every <night> today \d\d:\d\d , Sofia Hjelm", page.words)
    await consoles.press("Sofia", "/callers", number="+46701740612", list="vip", priority="15")
    page = await consoles.get("Sofia", "/callers")
    assert f"{WRITTEN} VIP priority 15" in page.words
    assert "Blocked Calls" not in page.words
    assert "1 number is written" in (await consoles.press("Sofia", "/callers/pbx")).words
    assert (await consoles.press("Sofia", "/callers/1", "DELETE")).status == 200
    assert (await consoles.press("Sofia", "/callers/1", "DELETE")).status == 404
    assert "Nobody is on a list" in (await consoles.get("Sofia", "/callers")).words


async def test_what_cannot_be_is_said(consoles: Consoles) -> None:
    wrong = (({"number": "no", "list": "vip"}, 409), ({"number": WRITTEN, "list": "x"}, 409),
             ({"number": WRITTEN, "list": "vip", "priority": "0"}, 422),
             ({"number": WRITTEN, "list": "vip", "priority": "9" * 400}, 422))  # fmt: skip
    for fields, status in wrong:
        assert (await consoles.press("Sofia", "/callers", **fields)).status == status, fields
    assert (await consoles.get("Elin", "/callers")).status == 403
    assert (await consoles.press("Elin", "/callers", number=WRITTEN, list="vip")).status == 403


async def test_the_dial_plan_asks_who_should_get_a_caller(program: Person) -> None:
    api = await program("calls:read")
    answer = await api.ask("GET", "/callers?number=070-1740612")
    assert answer == {"treat": "normal", "priority": 0, "contact": None, "name": "", "extension": "",
                      "why": "Nobody we know, or several"}  # fmt: skip
    await (await program("contacts:read")).ask("GET", "/callers?number=1", status=403)
