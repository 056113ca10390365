"""A colleague who is named in a note is told, if he may see the card, and has it in his list until he has seen it."""

from __future__ import annotations

import re

import pytest

from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles


@pytest.mark.parametrize(
    "text",
    ["Ask @Johan about it.", "@Johan Lindh: she waits", "See johan@klarruta.example, please", "(@johan)"],
    ids=["first name", "whole name", "address", "in brackets"],
)
async def test_whoever_is_named_has_it_in_his_list_until_seen(
    firm: Klarruta, consoles: Consoles, text: str
) -> None:
    contact = (await firm.task(await firm.request())).contact_id
    await consoles.press("Elin", f"/contacts/{contact}/notes", text=text)
    listed = await consoles.get("Johan", "/mentions")
    assert "Karin Ekdahl Elin Sandgren" in listed.words
    assert "Johan Lindh was told." in (await consoles.get("Elin", f"/contacts/{contact}")).words
    press = re.search(r'action="(/mentions/\d+/seen)"', listed.html)
    assert press is not None
    assert (await consoles.press("Sofia", press[1])).status == 404
    await consoles.press("Johan", press[1])
    assert "Nobody named you" in (await consoles.get("Johan", "/mentions")).words


async def test_whoever_does_not_see_the_card_is_not_told_and_the_note_says_so(
    firm: Klarruta, consoles: Consoles
) -> None:
    contact = (await firm.task(await firm.request())).contact_id
    await consoles.press("Elin", f"/contacts/{contact}/notes", text="@Nils measured it, not @Elin or @nobody")
    assert "Nobody named you" in (await consoles.get("Nils", "/mentions")).words
    assert "Nobody named you" in (await consoles.get("Elin", "/mentions")).words
    card = await consoles.get("Elin", f"/contacts/{contact}")
    assert "Nils Åkerman does not see this card, and was not told." in card.words


async def test_a_customers_address_or_another_johan_names_nobody(firm: Klarruta, consoles: Consoles) -> None:
    contact = (await firm.task(await firm.request())).contact_id
    await consoles.press(
        "Elin", f"/contacts/{contact}/notes", text="His: xjohan@klarruta.example, @Johanna, me@johan.se"
    )
    assert "Nobody named you" in (await consoles.get("Johan", "/mentions")).words
