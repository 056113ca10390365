"""Who calls, where the number alone does not say it: one of several is chosen, and somebody new gets a card."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from crm import callers, contacts, conversations, merging, search_feed
from crm.contacts import PHONE
from hub.users import Viewer
from tests.crm.switchboard import KARIN, Switchboard
from tests.crm.test_intake_races import at_once
from tests.crm.web.console import Consoles

RUSSIAN, TWIN = "+79215550102", "+89215550102"  # two spellings of one number


def index(session: Session) -> None:
    """Index what was written, as the hub does behind the traffic."""
    while lot := search_feed.gather(session):
        search_feed.index(session, lot)


async def words(consoles: Consoles, name: str) -> str:
    """Give what rings for somebody."""
    return (await consoles.part(name, "/popups")).words


@pytest.fixture
async def two(pbx: Switchboard) -> tuple[int, int]:
    """Give two people with spellings of one number."""
    place = (await pbx.firm.who("Elin")).department_id
    first = await pbx.firm.do(contacts.add_contact, "Karin Ekdahl", [(PHONE, RUSSIAN)], department_id=place)
    second = await pbx.firm.do(contacts.add_contact, "Mats Forsling", [(PHONE, TWIN)], department_id=place)
    return first, second


async def test_one_press_says_which_of_several_it_is_and_nothing_else_is_remembered(
    pbx: Switchboard, consoles: Consoles, two: tuple[int, int]
) -> None:
    call = pbx.rings(RUSSIAN)
    await pbx.tells(call)
    shown = await consoles.part("Elin", "/popups")
    assert "Several have this number" in shown.words
    assert f'value="{two[1]}" data-digit="2"' in shown.html
    answer = await consoles.press("Elin", "/popups/1/contact", contact=str(two[1]))
    assert "It is Mats Forsling" in answer.words
    assert 'href="/contacts/2"' in (await consoles.part("Johan", "/popups")).html
    await pbx.tells(pbx.ended(pbx.answered(call), seconds=9))
    assert [each.contact_id for each in await pbx.calls()] == [two[1]]
    await pbx.tells(pbx.rings(RUSSIAN))
    assert "Several have this number" in await words(consoles, "Elin")


async def test_a_wrong_press_is_taken_back(
    pbx: Switchboard, consoles: Consoles, two: tuple[int, int]
) -> None:
    await pbx.tells(pbx.rings(RUSSIAN))
    await consoles.press("Elin", "/popups/1/contact", contact=str(two[0]))
    assert (await consoles.press("Elin", "/popups/1/contact", "DELETE")).status == 200
    assert "Several have this number" in await words(consoles, "Elin")


async def test_of_two_who_say_it_at_once_the_second_hears_who_it_is(
    pbx: Switchboard, consoles: Consoles, two: tuple[int, int]
) -> None:
    await pbx.tells(pbx.rings(RUSSIAN))
    answers = await asyncio.gather(
        consoles.press("Elin", "/popups/1/contact", contact=str(two[0])),
        consoles.press("Johan", "/popups/1/contact", contact=str(two[1])),
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert "It is known already who this is" in " ".join(answer.words for answer in answers)


async def test_only_those_who_have_the_number_can_be_chosen(
    pbx: Switchboard, consoles: Consoles, two: tuple[int, int]
) -> None:
    del two
    other = await pbx.firm.do(contacts.add_contact, "Somebody Else")
    await pbx.tells(pbx.rings(RUSSIAN))
    assert (await consoles.press("Elin", "/popups/1/contact", contact=str(other))).status == 409
    assert (await consoles.press("Elin", "/popups/1/contact", contact="9" * 30)).status == 409


async def test_one_press_makes_the_card_of_somebody_new_and_the_call_belongs_to_it(
    pbx: Switchboard, consoles: Consoles
) -> None:
    call = pbx.rings(name="Karin Ekdahl")
    await pbx.tells(call)
    assert 'value="Karin Ekdahl"' in (await consoles.part("Elin", "/popups")).html
    answer = await consoles.press("Elin", "/popups/1/card", name="Karin  Ekdahl")
    assert "The call is on the card of Karin Ekdahl" in answer.words
    await pbx.tells(pbx.ended(pbx.answered(call), seconds=9))
    (card,) = await pbx.cards()
    assert card.name == "Karin Ekdahl"
    assert [each.contact_id for each in await pbx.calls()] == [card.id]


async def test_two_who_press_at_once_make_one_card(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.rings())
    answers = await asyncio.gather(
        *[consoles.press(name, "/popups/1/card", name=f"Karin, says {name}") for name in ("Elin", "Johan")]
    )
    assert [answer.status for answer in answers] == [200, 200]
    (card,) = await pbx.cards()
    assert all(f"The call is on the card of {card.name}" in answer.words for answer in answers)


async def test_two_deeds_that_meet_between_looking_and_writing_make_one_card(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.tells(pbx.rings())
    viewers = [await consoles.firm.who(name) for name in ("Elin", "Johan")]

    def making(viewer: Viewer) -> Callable[[Session], object]:
        def make(session: Session) -> int:
            call = callers.call_of(session, viewer, 1)
            assert call is not None
            return callers.make_card(session, viewer, call, "Karin").id

        return make

    await at_once(pbx.db, *[making(viewer) for viewer in viewers])
    assert len(await pbx.cards()) == 1


async def test_two_calls_from_one_new_number_make_one_card(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.rings(KARIN, "101"))
    await pbx.tells(pbx.rings(KARIN, "102"))
    await asyncio.gather(
        consoles.press("Elin", "/popups/1/card", name="Karin"),
        consoles.press("Johan", "/popups/2/card", name="Karin Ekdahl"),
    )
    (card,) = await pbx.cards()
    assert [each.contact_id for each in await pbx.calls()] == [card.id, card.id]


async def test_a_withheld_number_gets_a_card_by_name_alone(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.rings(None, withheld=True))
    assert (await consoles.press("Elin", "/popups/1/card", name=" ")).status == 409
    assert (await consoles.press("Elin", "/popups/1/card", name="Karin")).status == 200


async def test_a_letter_in_which_the_number_stands_suggests_the_name(
    pbx: Switchboard, consoles: Consoles
) -> None:
    place = (await pbx.firm.who("Elin")).department_id
    anna = await pbx.firm.do(contacts.add_contact, "Anna Berg", department_id=place)
    letter = "We need new windows.\n\nKind regards\nPer-Olof von Sydow\nChair\n070-174 06 12\n"
    await pbx.firm.do(conversations.add_note, anna, None, letter, counts_as_contact=False)
    await pbx.db.write(index)
    await pbx.tells(pbx.rings())
    shown = await consoles.part("Elin", "/popups")
    assert 'value="Per-Olof von Sydow"' in shown.html
    assert "The number stands so in what Anna Berg wrote" in shown.words


async def test_a_card_that_was_merged_meanwhile_leads_on(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.rings(name="Karin"))
    await consoles.press("Elin", "/popups/1/card", name="Karin")
    elin = await consoles.firm.who("Elin")
    whole = await pbx.firm.do(contacts.add_contact, "Karin Ekdahl", department_id=elin.department_id)
    await pbx.firm.do(merging.merge, elin, 1, whole)
    shown = await consoles.part("Elin", "/popups")
    assert "Karin Ekdahl" in shown.words
    assert f'href="/contacts/{whole}"' in shown.html


async def test_who_has_nothing_to_do_with_a_call_does_nothing_to_it(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.tells(pbx.rings())
    for deed in ("contact", "card", "note", "task", "result", "away"):
        assert (await consoles.press("Maria", f"/popups/1/{deed}", name="Karin")).status == 404
