"""A request becomes a card, an interaction and a task; whatever comes twice becomes nothing more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import contact_choices
from crm.attachments import Attachment
from crm.contacts import Contact
from hub.blobs import digest
from hub.events import Field, File
from hub.users import find_user
from tests.crm.klarruta import Klarruta
from tests.crm.website import Website

KARIN = {"name": "Karin Ekdahl", "phone": "070-174 06 12", "email": "karin@ekdahl.example"}


async def test_a_new_person_gets_a_card_a_task_and_a_clock(website: Website, firm: Klarruta) -> None:
    sent = await website.sends(**KARIN, message="Quiet towards the tram", department="Sales")
    card, (task,) = await website.card(sent), await website.tasks()
    assert card.name == "Karin Ekdahl"
    assert await website.handles(card.id) == ["+46701740612", "karin@ekdahl.example"]
    assert task.title == "First answer: Karin Ekdahl"
    assert "Quiet towards the tram" in task.why
    assert (await firm.deadline(task.id)).due_at == task.created_at + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("070-174 06 12", "+46 70 174 06 12"),
        ("+46 (0)70-174 06 12", "0046701740612"),
        ("070-174 06 12", "+46 070 174 06 12"),
        ("+7 921 555-01-02", "8 921 555 01 02"),
        ("8 (921) 555-01-02", "+7 921 555 01 02"),
        ("031-390 06 72 ankn. 543", "+4631390 06 72 ext 543"),
    ],
)
async def test_the_same_number_written_otherwise_is_the_same_card(
    website: Website, first: str, second: str
) -> None:
    before = await website.sends(name="Irina", phone=first)
    after = await website.sends(name="Irina P.", phone=second, message="Me again")
    assert after.contact == before.contact
    assert len(await website.cards()) == 1
    assert len(await website.tasks()) == 2


async def test_the_office_is_not_the_person_behind_its_extension(website: Website) -> None:
    office = await website.sends(name="Brf Ekbacken", phone="031-390 06 72")
    person = await website.sends(name="Bo Lind", phone="031-390 06 72 ext 543")
    assert office.contact != person.contact


async def test_a_known_card_learns_what_is_new_and_keeps_its_name(website: Website) -> None:
    await website.sends(**KARIN)
    sent = await website.sends(
        name="Karin E.", phone="070-174 06 12", email="k@home.example", company="Brf Ek"
    )
    card = await website.card(sent)
    assert card.name == "Karin Ekdahl"
    assert await website.handles(card.id) == ["+46701740612", "karin@ekdahl.example", "k@home.example"]
    assert (await website.interactions())[-1].remarks == ["Gives the name “Karin E.”."]
    assert card.organisation_id is not None


async def test_two_people_in_one_request_are_never_guessed_between(website: Website) -> None:
    karin, bo = await website.sends(**KARIN), await website.sends(name="Bo Lind", phone="031-390 06 72")
    sent = await website.sends(name="Somebody", phone="031-390 06 72", email="karin@ekdahl.example")
    card = await website.card(sent)
    assert sorted(card.maybe or []) == [karin.contact, bo.contact]
    assert await website.handles(card.id) == []
    assert (
        "2 contacts have this number or address: choose who it is."
        in (await website.interactions())[-1].remarks
    )


async def test_an_open_question_is_asked_once(website: Website) -> None:
    await website.sends(**KARIN)
    await website.sends(name="Bo Lind", phone="031-390 06 72")
    doubt = {"name": "Somebody", "phone": "031-390 06 72, 0704445566", "email": "karin@ekdahl.example"}
    first = await website.sends(**doubt)
    second = await website.sends(**doubt, message="Are you there?")
    assert await website.handles(first.contact) == ["+46704445566"]
    assert second.contact == first.contact


async def test_choosing_moves_everything_and_the_old_card_leads_on(website: Website, firm: Klarruta) -> None:
    karin = await website.sends(**KARIN)
    await website.sends(name="Bo Lind", phone="031-390 06 72")
    doubt = await website.sends(
        name="K", phone="031-390 06 72, 0704445566", email="karin@ekdahl.example", floor="3"
    )
    task = (await website.tasks())[-1]
    await firm.act(contact_choices.choose_contact, "Maria", task.id, karin.contact)
    gone, card = await website.card(doubt), await website.card(karin)
    assert (gone.merged_into_id, gone.maybe) == (karin.contact, None)
    assert (await website.tasks())[-1].contact_id == karin.contact
    assert (await website.interactions())[-1].contact_id == karin.contact
    assert "+46704445566" in await website.handles(karin.contact)
    assert card.fields["floor"] == {"kind": "text", "value": "3", "unit": ""}


async def test_somebody_new_keeps_the_card(website: Website, firm: Klarruta) -> None:
    await website.sends(**KARIN)
    await website.sends(name="Bo Lind", phone="031-390 06 72")
    doubt = await website.sends(name="Eva", phone="031-390 06 72", email="karin@ekdahl.example")
    await firm.act(contact_choices.choose_contact, "Maria", (await website.tasks())[-1].id, None)
    card = await website.card(doubt)
    assert (card.name, card.maybe, card.merged_into_id) == ("Eva", None, None)


async def test_spam_makes_nothing_until_somebody_says_it_is_real(website: Website) -> None:
    spam = await website.sends(**KARIN, suspicion=("The name holds a link.", "Four links."))
    assert spam.outcome.set_aside_why == "The name holds a link.; Four links."
    assert await website.cards() == []
    real = await website.releases(spam)
    assert (await website.card(real)).name == "Karin Ekdahl"
    assert len(await website.tasks()) == 1


async def test_without_a_number_or_address_it_is_still_a_card_and_says_so(website: Website) -> None:
    sent = await website.sends(message="Please ring", phone="later")
    named = await website.sends(name="Eva", message="Guess")
    titles = [task.title for task in await website.tasks()]
    assert titles == ["No contact data: A price for your windows", "No contact data: Eva"]
    assert await website.handles(sent.contact) == []
    assert (await website.interactions())[0].remarks[0].startswith("No contact data")
    assert named.contact != sent.contact


async def test_what_has_no_place_is_kept_on_the_card(website: Website) -> None:
    sent = await website.sends(**KARIN, floor="3", lift="no")
    fields = (await website.card(sent)).fields
    assert {name: value["value"] for name, value in fields.items()} == {"floor": "3", "lift": "no"}


async def test_names_fit_on_one_line(website: Website) -> None:
    sent = await website.sends(name="Karin\r\n\tEkdahl", phone="070-174 06 12")
    assert (await website.card(sent)).name == "Karin Ekdahl"
    assert (await website.tasks())[0].title == "First answer: Karin Ekdahl"


@pytest.mark.parametrize(
    "value", ["x" * 20_000, "🙂" * 500, "<script>alert(1)</script>", "'; DROP TABLE contacts;--"]
)
async def test_every_field_takes_whatever_it_gets(website: Website, value: str) -> None:
    short = value[:200]
    sent = await website.sends(
        name=short,
        phone=short,
        email=short,
        company=short,
        subject=value,
        message=value,
        **{value[:200]: value},
    )
    (touch,) = await website.interactions()
    assert touch.text == value
    assert touch.fields[-1] == {"label": value[:200], "value": value}
    assert len((await website.tasks())[0].title) <= 200
    assert (await website.card(sent)).name == " ".join(short.split())


async def test_a_department_that_is_not_there_falls_back_and_says_so(website: Website) -> None:
    await website.sends(**KARIN, department="Marketing")
    (task,), (touch,) = await website.tasks(), await website.interactions()
    assert task.department_id == 1
    assert touch.remarks == ["There is no department “Marketing”: it went to Sales."]


async def test_whoever_is_responsible_for_the_contact_gets_the_task(website: Website, firm: Klarruta) -> None:
    sent = await website.sends(**KARIN)

    def give(session: Session) -> int:
        johan = find_user(session, "johan@klarruta.example").id
        session.execute(update(Contact).where(Contact.id == sent.contact).values(responsible_id=johan))
        return johan

    johan = await firm.do(give)
    await website.sends(**KARIN, message="Me again")
    task = (await website.tasks())[-1]
    assert (task.assignee_id, task.why_me) == (johan, "You are responsible for this contact")


async def test_files_and_origin_come_along(website: Website) -> None:
    picture = File("window.png", "image/png", b"png")
    sent = await website.sends(
        **KARIN, files=(picture,), origin=(Field("utm_source", "letter"),), photo="window.png"
    )
    (touch,) = await website.interactions()
    (file,) = await website.db.read(lambda session: session.scalars(select(Attachment)).all())
    assert (file.name, file.size, file.blob) == ("window.png", 3, digest(b"png"))
    assert touch.origin == [{"label": "utm_source", "value": "letter"}]
    assert (await website.card(sent)).fields == {}


async def test_a_request_without_words_is_summed_up_by_its_answers(website: Website) -> None:
    await website.sends(**KARIN, openings="34", built="1962")
    assert (await website.interactions())[0].summary == "openings 34, built 1962"
