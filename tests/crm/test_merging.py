"""Two cards become one, and two again: what moves, what is chosen, and what came meanwhile."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contact_choices, contacts, desk, merges, merging
from crm.belongings import references
from crm.contacts import MAIL, PHONE, Contact
from crm.conversations import Conversation, Interaction
from crm.merging import Settled
from hub import audit
from hub.users import Viewer
from tests.crm.klarruta import Klarruta
from tests.crm.website import Website

KARIN = {"name": "Karin Ekdahl", "phone": "070-444 55 66", "floor": "3"}
DOUBT = "031-390 06 72, 031-711 00 00, 070-999 00 11"
WORK = {"name": "K. Ekdahl", "phone": "031-390 06 72", "message": "From the office", "colour": "white"}


async def two(website: Website) -> tuple[int, int]:
    """Have one person write from home and from the office, and give the two cards."""
    return (await website.sends(**KARIN)).contact, (await website.sends(**WORK)).contact


async def merged(firm: Klarruta, card: int, survivor: int, *taken: str) -> int:
    """Have Sofia say that they are one, and give the merge."""
    sofia = await firm.who("Sofia")
    return (await firm.do(merging.merge, sofia, card, survivor, taken or None)).id


async def contact(firm: Klarruta, contact_id: int) -> Contact:
    """Give a card as it is now."""
    return await firm.db.read(lambda session: session.get_one(Contact, contact_id))


def test_every_row_that_names_a_contact_has_a_number_of_its_own() -> None:
    assert {"handles.contact_id", "interactions.contact_id", "tasks.contact_id"} <= {
        each.place for each in references()
    }
    assert all("id" in each.table.primary_key.columns for each in references())


async def test_the_one_that_stays_has_everything_and_learns_what_it_lacked(
    website: Website, firm: Klarruta
) -> None:
    home, office = await two(website)
    await merged(firm, office, home)
    card = await contact(firm, home)
    assert await website.handles(home) == ["+46704445566", "+46313900672"]
    assert {touch.contact_id for touch in await website.interactions()} == {home}
    assert {task.contact_id for task in await website.tasks()} == {home}
    assert (card.name, set(card.fields)) == ("Karin Ekdahl", {"floor", "colour"})


async def test_a_value_that_was_chosen_is_taken_and_comes_back(website: Website, firm: Klarruta) -> None:
    home, office = await two(website)
    merge = await merged(firm, office, home, "name")
    card = await contact(firm, home)
    assert (card.name, set(card.fields)) == ("K. Ekdahl", {"floor"})
    await firm.do(merging.undo, await firm.who("Sofia"), merge)
    assert (await contact(firm, home)).name == "Karin Ekdahl"


async def test_what_came_by_his_number_meanwhile_is_his_again(website: Website, firm: Klarruta) -> None:
    home, office = await two(website)
    merge = await merged(firm, office, home)
    await website.sends(phone="031-390 06 72, 031-711 00 00", message="Again from the office")
    await website.sends(phone="070-444 55 66", message="And from home")
    await firm.do(merging.undo, await firm.who("Sofia"), merge)
    again, from_home = (await website.interactions())[-2:]
    assert (again.contact_id, from_home.contact_id) == (office, home)
    assert [task.contact_id for task in (await website.tasks())[-2:]] == [office, home]
    assert await website.handles(office) == ["+46313900672", "+46317110000"]


async def test_each_touch_is_in_a_thread_of_its_own_contact_again(website: Website, firm: Klarruta) -> None:
    home, office = await two(website)
    merge = await merged(firm, home, office)
    for number in ("031-390 06 72", "070-444 55 66"):
        await website.sends(phone=number, message=f"From {number}")
    await firm.do(merging.undo, await firm.who("Sofia"), merge)
    crossed = (
        select(Interaction.id)
        .join(Conversation, Conversation.id == Interaction.conversation_id)
        .where(Conversation.contact_id != Interaction.contact_id)
    )
    assert await firm.db.read(lambda session: session.scalars(crossed).all()) == []


async def test_what_names_both_or_neither_stays_with_the_one_that_stayed(
    website: Website, firm: Klarruta
) -> None:
    home, office = await two(website)
    merge = await merged(firm, office, home)
    await website.sends(phone="031-390 06 72, 070-444 55 66", message="Either will do")
    await firm.do(note, home, "She rings on Friday")
    await firm.do(merging.undo, await firm.who("Sofia"), merge)
    assert [touch.contact_id for touch in (await website.interactions())[-2:]] == [home, home]


async def test_a_moved_task_that_was_done_meanwhile_stays_done(website: Website, firm: Klarruta) -> None:
    home, office = await two(website)
    merge = await merged(firm, office, home)
    task = (await website.tasks())[-1].id
    await firm.act(desk.complete, "Sofia", task)
    await firm.do(merging.undo, await firm.who("Sofia"), merge)
    done = await firm.task(task)
    assert (done.contact_id, done.done_at is not None) == (office, True)


async def test_what_was_typed_meanwhile_stays(website: Website, firm: Klarruta) -> None:
    home, office = await two(website)
    merge = await merged(firm, office, home, "name")
    await firm.do(lambda session: setattr(session.get_one(Contact, home), "name", "Karin E. Ekdahl"))
    await firm.do(merging.undo, await firm.who("Sofia"), merge)
    assert (await contact(firm, home)).name == "Karin E. Ekdahl"


async def test_two_who_merge_at_once_make_one_merge_and_one_is_told(website: Website, firm: Klarruta) -> None:
    home, office = await two(website)
    other = await firm.do(contacts.add_contact, "Bo Lind", [(MAIL, "bo@lind.example")])
    sofia = await firm.who("Sofia")
    tries = [firm.do(merging.merge, sofia, office, home), firm.do(merging.merge, sofia, office, other)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, Settled) for each in done) == 1
    assert "Sofia Hjelm merged one of these cards already" in str(
        next(e for e in done if isinstance(e, Settled))
    )


async def test_two_who_take_it_back_at_once_do_it_once(website: Website, firm: Klarruta) -> None:
    merge = await merged(firm, *reversed(await two(website)))
    sofia = await firm.who("Sofia")
    done = await asyncio.gather(
        *[firm.do(merging.undo, sofia, merge) for _ in range(2)], return_exceptions=True
    )
    assert sum(isinstance(each, Settled) for each in done) == 1


async def test_a_card_cannot_become_a_part_of_itself(firm: Klarruta) -> None:
    karin = await firm.do(contacts.add_contact, "Karin Ekdahl", [(PHONE, "+46704445566")])
    with pytest.raises(Settled, match="one card already"):
        await merged(firm, karin, karin)


async def test_both_records_tell_who_merged_them_and_who_took_it_back(
    website: Website, firm: Klarruta
) -> None:
    home, office = await two(website)
    merge = await merged(firm, office, home)
    await firm.do(merging.undo, await firm.who("Maria"), merge)
    for card in (home, office):
        entries = await firm.db.read(audit.history, "contact", card)
        assert [entry.who for entry in entries[:2]] == ["Maria Berg", "Sofia Hjelm"]


async def test_who_was_asked_about_is_asked_about_again(website: Website, firm: Klarruta) -> None:
    home, office = await two(website)
    doubt = await website.sends(name="K", phone="031-390 06 72, 070-444 55 66")
    task = (await website.tasks())[-1]
    await firm.act(contact_choices.choose_contact, "Maria", task.id, office)
    merge = await firm.do(merges.merge_of, doubt.contact)
    assert merge is not None
    await firm.do(merging.undo, await firm.who("Maria"), merge.id)
    assert (await contact(firm, doubt.contact)).maybe == [home, office] or (
        await contact(firm, doubt.contact)
    ).maybe == [office, home]
    assert (await firm.task(task.id)).contact_id == doubt.contact


async def test_who_is_asked_about_and_was_merged_is_no_new_question(website: Website, firm: Klarruta) -> None:
    home, office = await two(website)
    bo = await website.sends(name="Bo Lind", phone="031-711 00 00")
    doubt = await website.sends(name="K", phone=DOUBT)
    await merged(firm, office, home)
    again = await website.sends(name="K", phone=DOUBT, message="Hello?")
    assert bo.contact != home
    assert again.contact == doubt.contact


def note(session: Session, contact_id: int, text: str) -> None:
    """Have somebody write a note."""
    somebody = Viewer(None, "admin", None, "Sofia Hjelm")
    desk.note(session, somebody, session.get_one(Contact, contact_id), text, counts_as_contact=False)
