"""Selling in the console: the board, what a stage asks for, the deal's own page, and setting it all up."""

from __future__ import annotations

import re

import pytest
from aiohttp import FormData

from crm import deal_lists
from crm.deal_board import Wanted
from crm.deal_line_changes import Line
from hub.channels import add_channel
from tests.crm.klarruta import Klarruta
from tests.crm.salesroom import Salesroom
from tests.crm.web.console import OURS, Consoles
from tests.plans import plan

Sale = tuple[Salesroom, Consoles]
PHONE = "+46701740612"


@pytest.fixture
async def sale(firm: Klarruta, consoles: Consoles) -> Sale:
    """Give the window company's sale, and its consoles."""
    room = Salesroom(firm)
    await room.open()
    return room, consoles


async def test_a_company_without_a_pipeline_is_told_what_to_do(consoles: Consoles) -> None:
    shown = await consoles.get("Maria", "/deals")
    assert "No pipeline yet" in shown.words
    assert 'href="/pipelines"' in shown.html


async def test_a_column_shows_its_sum_and_its_cards(sale: Sale) -> None:
    room, consoles = sale
    deal_id = await room.deal("Seven windows", value=12_500_00)
    board = await consoles.get("Elin", "/deals")
    assert "Request 1 €12,500" in board.words
    assert "1 open, €12,500, weighted €1,250" in board.words
    card = re.search(rf'<article class="deal" id="deal-{deal_id}".*?</article>', board.html, re.DOTALL)
    assert card is not None
    for words in ("Seven windows", "Karin Ekdahl", "Nothing planned", "New here", "Elin Sandgren"):
        assert words in card[0]


async def test_another_department_sees_neither_card_nor_page(sale: Sale) -> None:
    room, consoles = sale
    deal_id = await room.deal("Seven windows")
    assert "Seven windows" not in (await consoles.get("Nils", "/deals")).words
    assert (await consoles.get("Nils", f"/deals/{deal_id}")).status == 404
    assert (await consoles.press("Nils", f"/deals/{deal_id}/moves", stage="2")).status == 404


async def test_a_column_shows_the_first_and_brings_more(sale: Sale) -> None:
    room, consoles = sale
    for _each in range(14):
        await room.deal()
    board = await consoles.get("Elin", "/deals")
    assert board.html.count('class="deal"') == 12
    [more] = re.findall(r'<a class="btn quiet" href="([^"]+more=[^"]+)"', board.html)
    assert "2 more" in board.words
    assert (await consoles.part("Elin", more.replace("&amp;", "&"))).html.count('class="deal"') == 14


async def test_a_card_that_is_dropped_moves_and_goes_back_by_undo(sale: Sale) -> None:
    room, consoles = sale
    deal_id = await room.deal(phone=PHONE)
    stage = await room.stage("Measured")
    answer = await consoles.press("Elin", f"/deals/{deal_id}/moves", stage=str(stage.id))
    assert "Measured: Seven windows" in answer.words
    [undo] = re.findall(r'hx-delete="(/deals/[^"]+)"', answer.html)
    assert "Back in Request" in (await consoles.press("Elin", undo, "DELETE")).words
    assert await room.road(deal_id) == ["Request", "Measured", "Request"]


async def test_of_two_who_move_it_at_once_the_second_is_told(sale: Sale) -> None:
    room, consoles = sale
    deal_id = await room.deal(phone=PHONE)
    here = {name: str((await room.stage(name)).id) for name in ("Request", "Measured", "Quoted")}
    page = await consoles.get("Sofia", f"/deals/{deal_id}")
    assert f'name="was" value="{here["Request"]}"' in page.html
    await consoles.press("Elin", f"/deals/{deal_id}/moves", stage=here["Measured"], was=here["Request"])
    told = await consoles.press("Sofia", f"/deals/{deal_id}/moves", stage=here["Quoted"], was=here["Request"])
    assert (told.status, "Elin Sandgren moved it to “Measured” meanwhile" in told.words) == (409, True)
    asked = await consoles.press(
        "Sofia", f"/deals/{deal_id}/moves", stage=here["Quoted"], was=here["Measured"]
    )
    assert f'name="was" value="{here["Measured"]}"' in asked.html  # what the stage asks for is asked first
    assert await room.road(deal_id) == ["Request", "Measured"]


async def test_what_a_stage_asks_for_is_asked_and_kept_with_the_move(sale: Sale) -> None:
    room, consoles = sale
    deal_id = await room.deal()
    moves, stage = f"/deals/{deal_id}/moves", str((await room.stage("Measured")).id)
    asked = await consoles.press("Elin", moves, stage=stage)
    assert (asked.status, 'name="fill.phone"' in asked.html) == (422, True)
    wrong = await consoles.press("Elin", moves, **{"stage": stage, "asked": "on", "fill.phone": "green"})
    assert "neither a phone number nor a mail address" in wrong.words
    done = await consoles.press(
        "Elin", moves, **{"stage": stage, "asked": "on", "fill.phone": "070-174 06 12"}
    )
    assert "Measured: Seven windows" in done.words
    assert await room.road(deal_id) == ["Request", "Measured"]


async def test_a_lost_deal_says_why(sale: Sale) -> None:
    room, consoles = sale
    deal_id = await room.deal()
    moves, stage = f"/deals/{deal_id}/moves", str((await room.stage("Lost")).id)
    asked = await consoles.press("Elin", moves, stage=stage)
    assert "Why is it lost?" in asked.words
    assert "Too dear" in asked.words
    await consoles.press("Elin", moves, stage=stage, asked="on", reason="1", why="A neighbour does it")
    page = await consoles.get("Elin", f"/deals/{deal_id}")
    assert "Too dear: A neighbour does it" in page.words
    assert "Seven windows" in (await consoles.get("Elin", "/deals/list?state=lost")).words


async def test_lines_come_from_the_price_list_or_from_the_seller(sale: Sale) -> None:
    room, consoles = sale
    deal_id = await room.deal()
    lines = f"/deals/{deal_id}/lines"
    answer = await consoles.press(
        "Elin", lines, product=["", ""], name=["fit", "Taking away"], quantity=["2,5", ""], unit=["", "job"],
        price=["", "100"], discount=["10", ""], tax=["", "25"],
    )  # fmt: skip
    assert answer.status == 200
    page = await consoles.get("Elin", f"/deals/{deal_id}")
    assert "Without tax €1,562.50 Tax 25 % €390.63 In all €1,953.13" in page.words
    refused = await consoles.press(
        "Elin", lines, product="", name="Sill", quantity="1", unit="", price="", discount="", tax=""
    )
    assert "Line 1: say what one costs" in refused.words


async def test_a_new_deal_is_opened_from_the_card_and_stands_there(sale: Sale) -> None:
    room, consoles = sale
    contact_id = await room.contact("Lars Nyman")
    wrong = await consoles.press("Elin", "/deals", title="", contact_id=str(contact_id))
    assert (wrong.status, "Say what it is about." in wrong.words) == (422, True)
    made = await consoles.press(
        "Elin",
        "/deals",
        title="Front door",
        contact_id=str(contact_id),
        value="12 500,50",
        source="Telephone",
    )
    assert "New deal: Front door" in made.words
    card = await consoles.get("Elin", f"/contacts/{contact_id}")
    assert "Deals New deal Front door Request" in card.words


async def test_a_deal_is_changed_and_given_away_in_one_form(sale: Sale) -> None:
    room, consoles = sale
    deal_id = await room.deal()
    johan = (await room.firm.who("Johan")).user_id
    wrong = await consoles.press("Elin", f"/deals/{deal_id}", title="Eight windows", probability="200")
    assert "from 0 to 100" in wrong.words
    await consoles.press(
        "Elin", f"/deals/{deal_id}", title="Eight windows", probability="80", expected_on="2027-01-07",
        value="900", to=f"user:{johan}",
    )  # fmt: skip
    deal = await room.now(deal_id)
    assert (deal.title, deal.probability, deal.value, deal.responsible_id) == (
        "Eight windows",
        80,
        900_00,
        johan,
    )
    assert "January 2027" in (await consoles.get("Elin", "/deals/forecast")).words


async def test_a_deal_is_worth_something_in_another_currency(sale: Sale) -> None:
    room, consoles = sale
    contact_id, title = str(await room.contact("Lars Nyman")), "Windows for a cabin"
    said = {"title": title, "contact_id": contact_id, "value": "12 500,50"}
    wrong = await consoles.press("Elin", "/deals", **said, currency="crowns")
    assert (wrong.status, "“CROWNS” is no currency; write it like EUR" in wrong.words) == (422, True)
    await consoles.press("Elin", "/deals", **said, currency="sek")
    assert (await room.now(1)).value == 1_250_050
    board = await consoles.get("Elin", "/deals")
    assert "SEK 12,500" in board.words
    form = await consoles.part("Elin", "/deals/1/form")
    assert 'name="currency" type="text" value="SEK"' in form.html
    assert (
        await consoles.press("Elin", "/deals/1", title=title, value="900,5", currency="jpy")
    ).status == 422
    await consoles.press("Elin", "/deals/1", title=title, value="9000", currency="jpy")
    deal = await room.now(1)
    assert (deal.currency, deal.value) == ("JPY", 9_000)
    await room.sell(1, Line(name="Window", price=4_000))
    summed = await consoles.press("Elin", "/deals/1", title="Cabin", currency="EUR")
    assert "Saved: Cabin" in summed.words
    assert (await room.now(1)).currency == "JPY"  # its lines are priced in it


async def test_somebody_else_takes_part_and_leaves(sale: Sale) -> None:
    room, consoles = sale
    deal_id, other = await room.deal(), await room.contact("Astrid Wallner")
    await consoles.press("Elin", f"/deals/{deal_id}/parts", contact_id=str(other), role="Architect")
    assert "Astrid Wallner Architect" in (await consoles.get("Elin", f"/deals/{deal_id}")).words
    await consoles.press("Elin", f"/deals/{deal_id}/parts/{other}", "DELETE")
    assert "Architect</span>" not in (await consoles.get("Elin", f"/deals/{deal_id}")).html


async def test_a_manager_sets_stages_up_and_an_agent_does_not(sale: Sale) -> None:
    room, consoles = sale
    assert (await consoles.get("Elin", "/pipelines")).status == 403
    made = await consoles.press(
        "Maria", "/pipelines/1/stages", name="Agreed", probability="80", ends="", required=["lines", "phone"],
        stale_days="10",
    )  # fmt: skip
    assert "New stage: Agreed" in made.words
    shown = await consoles.get("Maria", "/pipelines")
    assert (
        "Agreed 80 % probable · asks for: Lines, Phone number · stands too long after 10 days" in shown.words
    )
    await consoles.press("Maria", f"/stages/{(await room.stage('Agreed')).id}/position", to="0")
    assert "Agreed" in (await consoles.get("Elin", "/deals")).words


async def test_a_stage_that_may_last_a_day_says_so_of_one_day(sale: Sale) -> None:
    _room, consoles = sale
    await consoles.press(
        "Maria", "/pipelines/1/stages", name="Agreed", probability="80", ends="", stale_days="1"
    )
    assert "80 % probable · stands too long after 1 day " in (await consoles.get("Maria", "/pipelines")).words


async def test_a_manager_says_which_requests_open_a_deal(sale: Sale) -> None:
    room, consoles = sale
    await room.firm.do(add_channel, "shop", "Shop window", "form", {})
    await consoles.press("Maria", "/pipelines/1/openings", channel="shop")
    assert "Requests that open a deal here Shop window" in (await consoles.get("Maria", "/pipelines")).words
    await consoles.press("Maria", "/pipelines/1/openings", channel="no such channel")
    assert "Requests that open a deal here none" in (await consoles.get("Maria", "/pipelines")).words


async def test_a_price_list_is_taken_whole_or_not_at_all(sale: Sale) -> None:
    _room, consoles = sale
    wrong = await upload(consoles, "code,name,price\nA-1,Sill,100\nA-2,Handle,green\n")
    assert "Nothing was taken from the file." in wrong
    assert "Row 3" in wrong
    assert "A-1" not in (await consoles.get("Maria", "/products")).html
    good = await upload(consoles, "code,name,price\nA-1,Sill,100\nA-2,Handle,20\n")
    assert "Taken from the file: 2 new, 0 changed, 0 as they were." in good
    assert "Handle" in (await consoles.part("Elin", "/products/offers?q=hand")).words


async def upload(consoles: Consoles, text: str) -> str:
    """Have the manager send a price list, and give what the page says."""
    data = FormData()
    data.add_field("file", text.encode(), filename="prices.csv", content_type="text/csv")
    cookie = {"Cookie": f"ringback={await consoles._cookie('Maria')}"}
    async with consoles.client.post("/products/import", data=data, headers=OURS | cookie) as answer:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", await answer.text()))


async def test_a_list_looks_up_nothing_by_which_it_is_not_sorted(sale: Sale) -> None:
    room, _consoles = sale
    await room.deal("Seven windows")
    maria = await room.firm.who("Maria")
    for sort, looked_up in (("changed", set()), ("contact", {"contacts"}), ("stage", {"stages"})):
        found = await room.firm.do(
            plan, deal_lists.rows, maria, Wanted(pipeline_id=0), "", sort, down=True, start=0, most=50
        )
        assert {each for each in ("contacts", "stages") if each in found} == looked_up
