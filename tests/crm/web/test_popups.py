"""The card is there before hello: on the screens of those whose telephones ring, and gone from them when it is over."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient

from crm import contacts
from crm.contacts import PHONE
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import KARIN, Switchboard
from tests.crm.web.console import Consoles


@pytest.fixture
async def consoles(firm: Klarruta, client: TestClient) -> Consoles:
    """Give everybody a console of one hub."""
    return Consoles(firm, client)


@pytest.fixture
async def pbx(firm: Klarruta, consoles: Consoles) -> Switchboard:
    """Give the company's PBX."""
    del consoles
    made = Switchboard(firm)
    await made.open()
    return made


async def words(consoles: Consoles, name: str) -> str:
    """Give what rings for somebody."""
    return (await consoles.part(name, "/popups")).words


async def test_all_whose_telephones_ring_see_who_calls_and_others_do_not(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.tells(pbx.rings())
    for name in ("Elin", "Johan"):
        shown = await words(consoles, name)
        assert "Calls you" in shown
        assert "070-174 06 12" in shown
        assert "Nobody we know" in shown
        assert "queue sales" in shown
    assert await words(consoles, "Sofia") == ""


async def test_it_goes_from_the_others_when_one_answers_and_from_all_at_the_end(
    pbx: Switchboard, consoles: Consoles
) -> None:
    call = pbx.rings()
    await pbx.tells(call)
    call = pbx.answered(call, "101")
    await pbx.tells(call)
    assert "In talk" in await words(consoles, "Elin")
    assert await words(consoles, "Johan") == ""
    await pbx.tells(pbx.ended(call, seconds=30))
    assert await words(consoles, "Elin") == ""


async def test_a_known_caller_is_shown_with_what_is_open_and_what_happened(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.misses(name="Karin Ekdahl")
    await pbx.tells(pbx.rings())
    shown = await consoles.part("Elin", "/popups")
    assert "Karin Ekdahl" in shown.words
    assert "Call back Karin Ekdahl" in shown.words
    assert "Call: missed" in shown.words
    assert 'href="/contacts/1"' in shown.html


async def test_who_may_not_open_the_card_sees_the_name_alone(pbx: Switchboard, consoles: Consoles) -> None:
    nils = (await consoles.firm.who("Nils")).user_id
    await pbx.firm.do(contacts.add_contact, "Karin Ekdahl", [(PHONE, KARIN)], responsible_id=nils)
    await pbx.tells(pbx.rings())
    shown = await consoles.part("Elin", "/popups")
    assert "Karin Ekdahl" in shown.words
    assert "Responsible: Nils Åkerman" in shown.words
    assert "/contacts/1" not in shown.html


async def test_a_name_with_markup_is_a_name(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.misses(name="<script>alert(1)</script>")
    await pbx.tells(pbx.rings())
    assert "<script>alert" not in (await consoles.part("Elin", "/popups")).html


async def test_who_has_no_telephone_is_shown_none(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.rings(KARIN, ""))
    assert await words(consoles, "Maria") == ""
