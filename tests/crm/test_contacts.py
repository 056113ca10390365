"""Contacts are recognised and found however somebody writes their name, number or address."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contact_search, contacts
from crm.contacts import MAIL, PHONE, Contact, identity
from hub.db import Database


async def known(
    db: Database, name: str, *handles: tuple[str, str], firm: str = "", maybe: list[int] | None = None
) -> int:
    """Have a contact on record."""

    def add(session: Session) -> int:
        organisation_id = contacts.organisation(session, firm).id if firm else None
        return contacts.add_contact(session, name, handles, organisation_id=organisation_id, maybe=maybe)

    return await db.write(add)


@pytest.fixture
async def people(db: Database) -> Database:
    """Give a store with Karin, Åsa, Bo and Irina in it."""
    await known(
        db, "Karin Ekdahl", (PHONE, "+46701740612"), (MAIL, "karin@ekdahl.example"), firm="Brf Ekbacken"
    )
    await known(db, "Åsa Öberg", (MAIL, "asa.oberg@post.example"))
    await known(db, "Bo 100% Lind", (PHONE, "+46313900672;ext=543"))
    await known(db, "Ирина Петрова", (PHONE, "+79215550102"))
    return db


async def found(db: Database, words: str) -> list[str]:
    """Search, as people in Sweden do."""
    wanted = select(Contact.name).where(contact_search.matching(words, "SE")).order_by(Contact.id)
    return list(await db.read(lambda session: session.scalars(wanted).all()))


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("karin", ["Karin Ekdahl"]),
        ("EKDAHL karin", ["Karin Ekdahl"]),
        ("ekbacken", ["Karin Ekdahl"]),
        ("karin ekbacken", ["Karin Ekdahl"]),
        ("070-1740612", ["Karin Ekdahl"]),
        ("+46 (0)70 174 06 12", ["Karin Ekdahl"]),
        ("174 06", ["Karin Ekdahl"]),
        ("karin@ekdahl.example", ["Karin Ekdahl"]),
        ("Karin <KARIN@ekdahl.example>", ["Karin Ekdahl"]),
        ("@post.example", ["Åsa Öberg"]),
        ("åsa", ["Åsa Öberg"]),
        ("ÖBERG", ["Åsa Öberg"]),
        ("петрова", ["Ирина Петрова"]),
        ("8 921 555 01 02", ["Ирина Петрова"]),
        ("100%", ["Bo 100% Lind"]),
        ("%", ["Bo 100% Lind"]),
        ("_", []),
        ("nobody", []),
        ("'; DROP TABLE contacts; --", []),
    ],
)
async def test_a_search_finds_who_is_meant(people: Database, words: str, names: list[str]) -> None:
    assert await found(people, words) == names


async def test_a_whole_number_is_looked_up_and_not_searched_for(people: Database) -> None:
    query = str(select(Contact.id).where(contact_search.matching("070-174 06 12", "SE")))
    assert "LIKE" not in query
    assert await found(people, "070-174 06 12") == ["Karin Ekdahl"]


def test_an_identity_is_every_number_and_the_address() -> None:
    who = identity("070-174 06 12 / 031-390 06 72", "Karin <Karin@Ekdahl.example>", "SE")
    assert who.handles == ((PHONE, "+46701740612"), (PHONE, "+46313900672"), (MAIL, "karin@ekdahl.example"))


@pytest.mark.parametrize(
    ("phone", "email"), [("", ""), ("call me", "at home"), ("1" * 400, "@" * 400), ("\x00", "\x00")]
)
def test_what_cannot_be_reached_is_no_identity(phone: str, email: str) -> None:
    assert identity(phone, email, "SE").handles == ()


async def test_an_exact_handle_comes_before_another_spelling(db: Database) -> None:
    mistaken = await known(db, "Mistaken", (PHONE, "+460701740612"))
    exact = await known(db, "Exact", (PHONE, "+46701740612"))
    who = identity("070-174 06 12", "", "SE")
    assert [each.contact_id for each in await db.read(contacts.owners, who)] == [exact, mistaken]


async def test_one_person_with_two_matching_handles_is_one_candidate(people: Database) -> None:
    who = identity("070-174 06 12", "karin@ekdahl.example", "SE")
    (likely,) = await people.read(contacts.owners, who)
    assert likely.because == "+46701740612"


async def test_the_card_that_asks_already_is_the_answer_to_the_same_question(db: Database) -> None:
    karin, bo = (
        await known(db, "Karin", (PHONE, "+46701740612")),
        await known(db, "Bo", (MAIL, "bo@lind.example")),
    )
    asking = await known(db, "Who", (PHONE, "+46704445566"), maybe=[karin, bo])
    likely = await db.read(contacts.owners, identity("0701740612, 0704445566", "bo@lind.example", "SE"))
    assert len(likely) == 3
    assert [each.contact_id for each in await db.read(contacts.settled, likely)] == [asking]


async def test_a_question_about_others_is_another_question(db: Database) -> None:
    karin, bo = (
        await known(db, "Karin", (PHONE, "+46701740612")),
        await known(db, "Bo", (MAIL, "bo@lind.example")),
    )
    await known(db, "Who", (PHONE, "+46704445566"), maybe=[karin])
    likely = await db.read(contacts.owners, identity("0701740612, 0704445566", "bo@lind.example", "SE"))
    assert {each.contact_id for each in await db.read(contacts.settled, likely)} >= {karin, bo}


async def test_a_company_is_known_by_its_name_whatever_the_spaces(db: Database) -> None:
    first = await db.write(lambda session: contacts.organisation(session, "Brf  Ekbacken ").id)
    second = await db.write(lambda session: contacts.organisation(session, "Brf Ekbacken").id)
    assert first == second
