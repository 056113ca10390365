"""Deals go where their people go: with a card that is merged, and with the work of somebody who leaves."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm import deal_changes, handovers, merging
from crm.deals import deals_of, parts_of
from crm.handover_items import Handover, Item
from crm.holdings import belongings
from crm.rights import contact_for
from hub.users import User
from tests.crm.klarruta import Klarruta
from tests.crm.salesroom import Salesroom
from tests.crm.switchboard import KARIN, Switchboard
from tests.crm.web.console import Consoles


@pytest.fixture
async def sale(firm: Klarruta) -> Salesroom:
    """Give the company's sale."""
    made = Salesroom(firm)
    await made.open()
    return made


async def test_a_deal_follows_its_contact_into_another_card_and_comes_back(sale: Salesroom) -> None:
    deal, other = await sale.deal(), await sale.contact("K. Ekdahl")
    own = (await sale.now(deal)).contact_id
    merge = await sale.firm.do(merging.merge, await sale.firm.who("Sofia"), own, other)
    assert [each.id for each in await sale.firm.do(deals_of, other)] == [deal]
    await sale.firm.do(merging.undo, await sale.firm.who("Sofia"), merge.id)
    assert [each.id for each in await sale.firm.do(deals_of, own)] == [deal]
    assert await sale.firm.do(deals_of, other) == []


async def test_two_who_take_part_and_are_one_take_part_once_and_are_two_again(sale: Salesroom) -> None:
    deal, bo, other = await sale.deal(), await sale.contact("Bo Ek"), await sale.contact("B. Ek")
    await sale.act(deal_changes.set_parts, "Elin", deal, {bo: "Landlord", other: "Neighbour"})
    merge = await sale.firm.do(merging.merge, await sale.firm.who("Sofia"), bo, other)
    assert [part.contact_id for part in await sale.firm.do(parts_of, deal)] == [other]
    await sale.firm.do(merging.undo, await sale.firm.who("Sofia"), merge.id)
    assert {(part.contact_id, part.role) for part in await sale.firm.do(parts_of, deal)} == {
        (bo, "Landlord"), (other, "Neighbour"),
    }  # fmt: skip


async def test_whoever_has_a_deal_may_open_its_contact(sale: Salesroom) -> None:
    deal, nils = await sale.deal(), await sale.firm.who("Nils")
    contact = (await sale.now(deal)).contact_id
    assert await sale.firm.do(contact_for, nils, contact) is None
    await sale.act(deal_changes.hand_over, "Elin", deal, f"user:{nils.user_id}")
    assert await sale.firm.do(contact_for, nils, contact) is not None


async def test_open_deals_are_handed_over_with_somebodys_work_and_taken_back(sale: Salesroom) -> None:
    firm, first, second, won = sale.firm, await sale.deal(), await sale.deal("A door"), await sale.deal("Old")
    await sale.move(won, "Installed")
    elin, johan, sofia = [await firm.who(name) for name in ("Elin", "Johan", "Sofia")]
    assert [each.id for each in (await firm.do(belongings, elin.user_id or 0)).deals] == [first, second]

    def give(session: Session) -> int:
        wanted = {Item("deal", first): f"user:{johan.user_id}", Item("deal", second): "department:2",
                  Item("deal", won): "department:2"}  # fmt: skip
        deed = handovers.hand_over(session, sofia, session.get_one(User, elin.user_id), wanted, "On leave")
        return deed.id

    def back(session: Session, deed: int) -> tuple[int, int]:
        return handovers.take_back(session, sofia, session.get_one(Handover, deed))

    deed = await firm.do(give)
    whose = [
        ((await sale.now(deal)).responsible_id, (await sale.now(deal)).department_id)
        for deal in (first, second)
    ]
    assert whose == [(johan.user_id, 1), (None, 2)]
    assert (await sale.now(won)).responsible_id == elin.user_id
    await sale.act(deal_changes.hand_over, "Sofia", first, f"user:{sofia.user_id}")
    assert await firm.do(back, deed) == (1, 1)
    assert (await sale.now(second)).responsible_id == elin.user_id
    assert (await sale.now(second)).department_id == 1
    assert (await sale.now(first)).responsible_id == sofia.user_id
    assert "a hand-over was taken back" in [entry.words for entry in await sale.history(second)]


async def test_the_page_of_a_hand_over_lists_open_deals(sale: Salesroom, consoles: Consoles) -> None:
    deal = await sale.deal(value=9_500_000)
    elin, johan = await sale.firm.who("Elin"), await sale.firm.who("Johan")
    path = f"/people/{elin.user_id}/handover"
    assert "Open deals 1 Seven windows €95,000.00" in (await consoles.get("Sofia", path)).words
    done = await consoles.send("Sofia", path, item=[f"deal:{deal}"], to=f"user:{johan.user_id}")
    assert "Seven windows" in (await consoles.get("Sofia", done.location)).words
    assert (await sale.now(deal)).responsible_id == johan.user_id


async def test_the_popup_names_the_open_deal_and_its_stage(
    sale: Salesroom, pbx: Switchboard, consoles: Consoles
) -> None:
    contact_id = await sale.contact("Karin Ekdahl", KARIN)
    await pbx.tells(pbx.rings())
    assert "Request" not in (await consoles.part("Elin", "/popups")).words
    for title in ("A door", "Seven windows"):
        wanted = deal_changes.NewDeal(title=title)
        await sale.act_on_contact(contact_id, "Elin", deal_changes.open_deal, wanted)
    shown = await consoles.part("Elin", "/popups")
    assert "Seven windows Request · 1 more deal" in shown.words
    assert 'href="/deals/2"' in shown.html


async def test_the_popup_tells_nobody_of_deals_that_are_not_his(
    sale: Salesroom, pbx: Switchboard, consoles: Consoles
) -> None:
    contact_id, nils = await sale.contact("Karin Ekdahl", KARIN), await sale.firm.who("Nils")
    deal = await sale.act_on_contact(
        contact_id, "Elin", deal_changes.open_deal, deal_changes.NewDeal(title="A door")
    )
    await sale.act(deal_changes.hand_over, "Maria", deal.id, "department:2")
    await sale.act(deal_changes.hand_over, "Maria", deal.id, f"user:{nils.user_id}")
    await pbx.tells(pbx.rings())
    shown = (await consoles.part("Elin", "/popups")).words
    assert "Karin Ekdahl" in shown
    assert "A door" not in shown
