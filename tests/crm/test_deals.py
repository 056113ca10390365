"""Deals: opened, moved, changed, sold, handed over, seen by who may."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from crm import deal_changes, rights
from crm.deal_changes import DealChange, NewDeal
from crm.deal_line_changes import Line
from crm.deal_lines import lines_of
from crm.deals import deals_of, moves_of, parts_of
from crm.desk import Refusal
from hub.bus import Notice
from hub.clock import Clock
from tests.crm.klarruta import Klarruta
from tests.crm.salesroom import GLASS, Salesroom

PHONE = "+46701740612"


@pytest.fixture
async def sale(firm: Klarruta) -> Salesroom:
    """Give the company's sale."""
    made = Salesroom(firm)
    await made.open()
    return made


async def test_a_deal_begins_in_the_first_stage_and_is_the_openers(sale: Salesroom) -> None:
    deal = await sale.now(await sale.deal("Seven windows", by="Elin", value=9_500_000))
    elin = await sale.firm.who("Elin")
    assert (deal.title, deal.value, deal.currency, deal.is_open) == ("Seven windows", 9_500_000, "EUR", True)
    assert (deal.responsible_id, deal.department_id) == (elin.user_id, elin.department_id)
    assert await sale.road(deal.id) == ["Request"]
    (made,) = await sale.history(deal.id)
    assert (made.verb, made.who, made.changes["value"]) == ("made", "Elin Sandgren", [None, 9_500_000])


async def test_it_is_the_contacts_responsibles_where_there_is_one(sale: Salesroom) -> None:
    contact_id = await sale.contact("Karin Ekdahl")
    johan = await sale.firm.who("Johan")

    def give(_session: object, _viewer: object, contact: object) -> None:
        contact.responsible_id = johan.user_id  # type: ignore[attr-defined]

    await sale.act_on_contact(contact_id, "Elin", give)
    made = await sale.act_on_contact(contact_id, "Elin", deal_changes.open_deal, NewDeal(title="A door"))
    assert made.responsible_id == johan.user_id


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (NewDeal(title=" \t"), "needs a name"),
        (NewDeal(title="A door", pipeline_id=99), "no such pipeline"),
        (NewDeal(title="A door", stage_id=99), "no such stage"),
        (NewDeal(title="A door", stage_id=5), "begins in a stage that goes on"),
        (NewDeal(title="A door", stage_id=2), "Not before this is filled in: Phone number"),
        (NewDeal(title="A door", currency="KRONOR"), "“KRONOR” is no currency"),
        (NewDeal(title="A door", value=-1), "A value is nothing or more"),
        (NewDeal(title="A door", probability=101), "between 0 and 100"),
        (NewDeal(title="A door", responsible_id=99), "Choose a colleague"),
    ],
)
async def test_what_cannot_be_opened_is_refused_in_words_and_leaves_nothing(
    sale: Salesroom, wanted: NewDeal, words: str
) -> None:
    contact_id = await sale.contact("Karin Ekdahl")
    with pytest.raises(Refusal, match=words):
        await sale.act_on_contact(contact_id, "Elin", deal_changes.open_deal, wanted)
    assert await sale.firm.do(deals_of, contact_id) == []


async def test_without_a_pipeline_there_is_no_deal(firm: Klarruta) -> None:
    with pytest.raises(Refusal, match="an admin makes one"):
        await Salesroom(firm).deal()


async def test_a_stage_names_what_it_asks_for(sale: Salesroom) -> None:
    deal = await sale.deal(phone=PHONE)
    with pytest.raises(Refusal, match=r"Not before this is filled in: Lines, Expected on, measurements$"):
        await sale.move(deal, "Quoted")
    assert await sale.road(deal) == ["Request"]
    await sale.act(deal_changes.change, "Elin", deal, DealChange(
        expected_on=date(2026, 12, 24), fields={"measurements": "120 × 140"}, currency="SEK",  # noqa: RUF001
    ))  # fmt: skip
    await sale.sell(deal, Line(product_id=GLASS, quantity=7_000))
    await sale.move(deal, "Quoted")
    assert await sale.road(deal) == ["Request", "Quoted"]


async def test_a_phone_that_is_asked_for_is_the_contacts(sale: Salesroom) -> None:
    with pytest.raises(Refusal, match="Phone number"):
        await sale.move(await sale.deal(), "Measured")
    assert await sale.move(await sale.deal(phone=PHONE), "Measured") is not None


async def test_a_move_says_since_when_and_by_whom(sale: Salesroom, clock: Clock) -> None:
    deal = await sale.deal(phone=PHONE)
    clock.advance(hours=2)
    await sale.move(deal, "Measured", by="Johan", why="  Was there\ntoday ")
    moved = await sale.now(deal)
    made = (await sale.firm.do(lambda session: moves_of(session, deal)))[-1]
    assert (made.at, made.by, made.why) == (
        moved.stage_since, (await sale.firm.who("Johan")).user_id, "Was there today",
    )  # fmt: skip
    assert (await sale.history(deal))[-1].changes["stage_id"] == [1, 2]
    assert await sale.move(deal, "Measured") is None
    assert len(await sale.history(deal)) == 2


async def test_a_won_deal_goes_on_when_it_is_moved_back(sale: Salesroom) -> None:
    deal = await sale.deal(phone=PHONE)
    await sale.move(deal, "Installed")
    assert (await sale.now(deal)).won_at is not None
    await sale.move(deal, "Measured")
    assert (await sale.now(deal)).is_open


async def test_a_lost_deal_says_why(sale: Salesroom) -> None:
    deal = await sale.deal()
    for reason in (None, 99):
        with pytest.raises(Refusal, match=r"Say why it is lost|Choose one of the reasons"):
            await sale.move(deal, "Lost", reason=reason)
    assert (await sale.now(deal)).is_open
    await sale.move(deal, "Lost", reason=1, why="Twice the price")
    lost = await sale.now(deal)
    assert (lost.is_open, lost.lost_reason_id, lost.lost_why) == (False, 1, "Twice the price")
    await sale.move(deal, "Request")
    again = await sale.now(deal)
    assert (again.is_open, again.lost_reason_id, again.lost_why) == (True, None, "")


async def test_of_two_who_drag_it_at_once_the_second_is_told(sale: Salesroom) -> None:
    deal = await sale.deal(phone=PHONE)
    done = await asyncio.gather(
        sale.move(deal, "Measured", by="Elin", was="Request"),
        sale.move(deal, "Installed", by="Johan", was="Request"),
        return_exceptions=True,
    )
    refused = [each for each in done if isinstance(each, Refusal)]
    assert len(refused) == 1
    assert "meanwhile" in str(refused[0])
    assert len(await sale.road(deal)) == 2


async def test_the_lines_are_said_as_a_whole_and_give_the_value(sale: Salesroom) -> None:
    deal = await sale.deal()
    await sale.act(deal_changes.change, "Elin", deal, DealChange(currency="SEK"))
    await sale.sell(
        deal, Line(product_id=GLASS, quantity=7_000, discount=1_000), Line(name="Scaffold", price=400_000)
    )
    first, second = await sale.firm.do(lines_of, deal)
    assert (first.name, first.unit, first.price, first.tax, first.net) == (
        "Window, three panes", "pc", 1_250_000, 2500, 7_875_000,
    )  # fmt: skip
    assert (second.name, second.position, (await sale.now(deal)).value) == ("Scaffold", 1, 8_275_000)
    with pytest.raises(Refusal, match="sum of the lines"):
        await sale.act(deal_changes.change, "Elin", deal, DealChange(value=1))
    await sale.sell(deal)
    assert (await sale.firm.do(lines_of, deal), (await sale.now(deal)).value) == ([], 8_275_000)
    assert [set(each.changes) for each in (await sale.history(deal))[2:]] == [{"lines", "value"}, {"lines"}]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([Line(price=5)], "Line 1: say what it is"),
        ([Line(name="A", price=5), Line(name="B")], "Line 2: say what one costs"),
        ([Line(name="A", price=5, quantity=0)], "Line 1: say how many"),
        ([Line(name="A", price=5, discount=10_001)], "Line 1: a discount"),
        ([Line(product_id=99)], "Line 1: there is no such product"),
        ([Line(product_id=GLASS)], "priced in SEK and the deal in EUR"),
        ([Line(name="A", price=10**15, quantity=10**15)], "more than can be counted"),
        ([Line(name="Old one", price=-5)], "less than nothing"),
        ([Line(name="A", price=1)] * 1_001, "at most 1000 lines"),
    ],
)
async def test_lines_that_cannot_be_sold_leave_those_that_are_there(
    sale: Salesroom, lines: list[Line], words: str
) -> None:
    deal = await sale.deal()
    await sale.sell(deal, Line(name="Survey", price=150_000))
    with pytest.raises(Refusal, match=words):
        await sale.sell(deal, *lines)
    assert [line.name for line in await sale.firm.do(lines_of, deal)] == ["Survey"]


async def test_a_thousand_lines_are_a_deal(sale: Salesroom) -> None:
    deal = await sale.deal()
    await sale.sell(deal, *[Line(name="Pane", price=100)] * 1_000)
    assert (await sale.now(deal)).value == 100_000


async def test_who_may_see_a_deal(sale: Salesroom) -> None:
    deal = await sale.deal(by="Elin")
    seen = {
        name: await sale.firm.do(rights.deal_for, await sale.firm.who(name), deal) is not None
        for name in ("Elin", "Johan", "Sofia", "Maria", "Nils")
    }
    assert seen == {"Elin": True, "Johan": True, "Sofia": True, "Maria": True, "Nils": False}


async def test_it_is_handed_over_and_who_gets_it_is_told(sale: Salesroom) -> None:
    deal, nils = await sale.deal(), await sale.firm.who("Nils")
    heard: list[Notice] = []
    sale.firm.db.listen(Notice, heard.append)
    await sale.act(deal_changes.hand_over, "Elin", deal, f"user:{nils.user_id}")
    given = await sale.now(deal)
    assert (given.responsible_id, given.department_id) == (nils.user_id, 1)
    assert await sale.firm.do(rights.deal_for, nils, deal) is not None
    for name in ("Elin", "Nils", "Maria"):
        who = await sale.firm.who(name)
        assert any(who.hears(notice.audience) for notice in heard if notice.kind == "deal")
    assert [notice.why for notice in heard if notice.why] == ["Seven windows"]
    await sale.act(deal_changes.hand_over, "Maria", deal, "department:2")
    assert ((await sale.now(deal)).responsible_id, (await sale.now(deal)).department_id) == (None, 2)
    for to in ("user:99", "department:99", "nobody", "user:²"):
        with pytest.raises(Refusal):
            await sale.act(deal_changes.hand_over, "Maria", deal, to)


async def test_others_take_part_in_it(sale: Salesroom) -> None:
    deal, other = await sale.deal(), await sale.contact("Bo Ek")
    await sale.act(deal_changes.set_parts, "Elin", deal, {other: " Landlord "})
    assert [(part.contact_id, part.role) for part in await sale.firm.do(parts_of, deal)] == [
        (other, "Landlord")
    ]
    foreign = await sale.contact("A stranger", of="Service")
    with pytest.raises(Refusal, match="no such contact"):
        await sale.act(deal_changes.set_parts, "Elin", deal, {foreign: ""})
    await sale.act(deal_changes.set_parts, "Elin", deal, {})
    assert await sale.firm.do(parts_of, deal) == []
    assert [set(each.changes) for each in (await sale.history(deal))[1:]] == [{"parts"}, {"parts"}]


async def test_answers_are_kept_by_name_and_taken_away(sale: Salesroom) -> None:
    deal = await sale.deal()
    for fields in ({"floor": 3, "lift": False, "note": " By the yard "}, {"floor": None}):
        await sale.act(deal_changes.change, "Elin", deal, DealChange(fields=fields))
    assert (await sale.now(deal)).fields == {"lift": False, "note": "By the yard"}
    assert not await sale.act(deal_changes.change, "Elin", deal, DealChange(title="Seven windows"))
