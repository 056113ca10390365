"""A tick in a form, or an answer before a chat, is a yes to a list: in the ledger, with all that proves it."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import consents, mailing_lists
from crm.consents import Consent
from crm.contacts import MAIL
from crm.mailing_lists import MailingList
from crm.sendings import Sending
from hub.audit import RINGBACK
from hub.forms import Field
from tests.crm.mailbox import Mailbox
from tests.crm.newsletter import KARIN, Newsletter
from tests.crm.website import Website

NEW = "asa@berg.example"


def answers(newsletter: Newsletter, value: str = "on", means: str = "") -> tuple[Field, ...]:
    return (Field("email", NEW), Field("Yes, write to me", value, means or f"list-{newsletter.other_id}"))


async def test_a_tick_asks_whoever_reads_the_address(
    newsletter: Newsletter, website: Website, mailbox: Mailbox
) -> None:
    del mailbox
    website.headers = {":remote": "203.0.113.44"}
    website.channel.connector.address = "https://hub.example/in/website/sesame"
    page = (Field("page_url", "https://klarruta.example/fair"),)
    sent = await website.sends(name="Åsa Berg", email=NEW, fields=answers(newsletter), origin=page)
    line = (await newsletter.firm.do(consents.newest, MAIL, NEW))[newsletter.other_id]
    assert (line.state, line.source, line.address, line.contact_id) == (
        "asked",
        "form",
        "203.0.113.44",
        sent.contact,
    )
    assert line.words == "Yes, write to me\nWhat is cheaper this week."
    assert line.place == "Website · A price for your windows · https://klarruta.example/fair"
    touch, _letter = await website.interactions()
    assert (touch.id == line.interaction_id, touch.remarks) == (True, ["Agrees to “Offers”."])
    assert {"label": "Yes, write to me", "value": "on"} in touch.fields
    (letter,) = await newsletter.firm.do(lambda session: session.scalars(select(Sending)).all())
    assert (letter.letter.to[0].address, "https://hub.example/confirm/" in letter.letter.body) == (NEW, True)


async def test_where_a_yes_counts_at_once_it_is_given(newsletter: Newsletter, website: Website) -> None:
    await newsletter.firm.do(_counts_at_once, newsletter.other_id)
    sent = await website.sends(name="Åsa Berg", email=NEW, fields=answers(newsletter, "Ja"))
    assert await newsletter.states(NEW) == {newsletter.other_id: "given"}
    before = await newsletter.lines()
    await website.replays(sent)
    assert await newsletter.lines() == before


@pytest.mark.parametrize("value", ["", "no", "nej", "0", "off", "perhaps", "yes" * 9_000])
async def test_what_is_no_clear_yes_is_none(newsletter: Newsletter, website: Website, value: str) -> None:
    await website.sends(name="Åsa Berg", email=NEW, fields=answers(newsletter, value))
    assert await newsletter.states(NEW) == {}


@pytest.mark.parametrize("means", ["list-99", "list-", "list-1x", "list-" + "9" * 40, "news"])
async def test_a_list_that_is_not_there_is_agreed_to_by_nobody(
    newsletter: Newsletter, website: Website, means: str
) -> None:
    await website.sends(name="Åsa Berg", email=NEW, fields=answers(newsletter, means=means))
    assert await newsletter.states(NEW) == {}


async def test_without_an_address_the_card_says_so(newsletter: Newsletter, website: Website) -> None:
    await website.sends(name="Åsa Berg", phone="070-174 06 12", fields=answers(newsletter)[1:])
    (touch,) = await website.interactions()
    assert touch.remarks == ["Agrees to “Offers”, but gives no mail address."]


async def test_a_yes_to_a_list_that_is_in_use_no_more_is_said_on_the_card(
    newsletter: Newsletter, website: Website
) -> None:
    await newsletter.firm.do(
        lambda session: mailing_lists.retire(
            session, RINGBACK, session.get_one(MailingList, newsletter.other_id)
        )
    )
    await website.sends(name="Åsa Berg", email=NEW, fields=answers(newsletter))
    assert await newsletter.states(NEW) == {}
    (touch,) = await website.interactions()
    assert touch.remarks == ["Agrees to “Offers”, which is in use no more: nothing is written by it."]


async def test_who_took_it_back_is_asked_again_and_nobody_agrees_for_him(
    newsletter: Newsletter, website: Website
) -> None:
    origin = consents.Origin(source=consents.PAGE)
    await newsletter.firm.do(consents.withdraw, newsletter.list_id, MAIL, KARIN, origin)
    yes = (Field("email", KARIN), Field("News", "on", f"list-{newsletter.list_id}"))
    await website.sends(name="Somebody", email=KARIN, fields=yes)
    assert await newsletter.states() == {newsletter.list_id: "asked"}
    assert (KARIN, newsletter.list_id, "unsubscribed") in await newsletter.suppressed()
    assert await newsletter.firm.do(consents.ground_of, newsletter.list_id, MAIL, [KARIN]) == {}


def _counts_at_once(session: Session, list_id: int) -> None:
    session.get_one(MailingList, list_id).confirms = False
    assert session.scalars(select(Consent)).all()
