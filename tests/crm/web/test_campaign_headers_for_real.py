"""Tricks in every field, written by a program, and the letters as a real Postfix and Dovecot hand them over."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.mail.settings import MailboxSettings
from crm.campaigns import DONE, Campaign
from crm.consents import Consent
from crm.contacts import MAIL, Handle
from crm.deliveries import SENT, Delivery
from crm.letterheads import LetterheadFile, keep
from hub import tokens
from hub.connector import WrongSetting
from hub.web.keys import CHANNELS
from tests.connectors.mail.desk import Desk
from tests.crm.mailbox import Mailbox
from tests.crm.mailing_out import add_mailbox, begin
from tests.crm.web.conftest import Api
from tests.crm.web.console import Consoles
from tests.crm.web.header_tricks import TRICKS, assert_is_as_it_should_be
from tests.crm.web.test_campaigns import WORDS
from tests.crm.web.test_mailing_lists import upload
from tests.eventually import eventually
from tests.servers import sink as sinks
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.sink import Sink

OWN = "news@example.org"
PLAIN = re.compile(r"[a-z]+@[a-z]+\.[a-z]+")
ON_ITS_WAY = frozenset({"Return-Path", "Delivered-To", "Received"})
"""What mail servers write on a letter's way."""


@pytest.fixture
async def world(postfix: Postfix) -> AsyncIterator[Sink]:
    """Give where everything goes that is not for us: nothing must."""
    async with sinks.sink(postfix.sink_port) as made:
        yield made


@pytest.fixture
async def api(consoles: Consoles) -> Api:
    """Give a program that may do everything."""
    token = await consoles.firm.do(tokens.create, "a program", ("all",))
    return Api(consoles.client, {"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_no_trick_of_a_program_adds_a_header_or_a_recipient(
    api: Api, mailbox: Mailbox, consoles: Consoles, postfix: Postfix, dovecot: Dovecot, world: Sink
) -> None:
    def ground(session: Session) -> int:
        keep(session, LetterheadFile(address=("Storgatan 1", "411 01 Göteborg")))
        return add_mailbox(session, postfix.port, address=OWN).id

    channel = await mailbox.db.write(ground)
    await eventually(lambda: any(each.name == "post" for each in consoles.client.app[CHANNELS]), 30)  # type: ignore[union-attr]
    for number, trick in enumerate(TRICKS.values()):
        known, unknown = f"trick-{number}@example.org", f"nobody-{number}@example.org"
        campaign = await _write(api, consoles, trick, channel, [known, unknown])
        await mailbox.db.write(begin, campaign)

        def ended(session: Session, campaign: int = campaign) -> bool:
            return session.get_one(Campaign, campaign).state == DONE

        await eventually(lambda ended=ended: mailbox.db.read(ended), 30)  # type: ignore[misc]
        for address in (known, unknown):
            [content] = await _letters(dovecot, address)
            read = assert_is_as_it_should_be(content, address, OWN, ON_ITS_WAY)
            assert read["Return-Path"].startswith("<news+")
    assert world.letters == []
    states = await mailbox.db.read(lambda session: set(session.scalars(select(Delivery.state))))
    assert states == {SENT}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_nobody_agrees_by_the_address_of_somebody_else(
    api: Api, consoles: Consoles, mailbox: Mailbox
) -> None:
    for number, trick in enumerate(TRICKS.values()):
        wanted = {"name": f"News {number}", "words": "Yes", "confirms": False}
        of = await api.ask("POST", "/mailing-lists", wanted, status=201)
        typed = [f"{name}@nyman.example{trick}" for name in ("program", "card", "file")]
        yes = {"list": of["id"], "address": typed[0], "state": "given", "words": f"Yes{trick}"}
        handles = [{"kind": "mail", "value": typed[1]}]
        await api.ask("POST", "/consents", yes, status=409)
        card = {"name": "Karin", "handles": handles}
        async with api.client.post("/api/v1/contacts", json=card, headers=api.headers) as answer:
            assert answer.status in {201, 409, 422}
        quoted = typed[2].replace('"', '""')
        stated = {"ground": "consent", "words": f"Fair{trick}"}
        status, _html = await upload(
            consoles, f"/mailing-lists/{of['id']}/import", f'email\n"{quoted}"\n'.encode(), **stated
        )
        assert status == 422

    agreed = set(await mailbox.db.read(lambda session: session.scalars(select(Consent.value)).all()))
    mail = select(Handle.value).where(Handle.kind == MAIL)
    known = set(await mailbox.db.read(lambda session: session.scalars(mail).all()))
    assert agreed == set()
    assert [each for each in known if not PLAIN.fullmatch(each)] == []


@pytest.mark.parametrize("trick", TRICKS.values(), ids=list(TRICKS))
def test_no_mailbox_has_an_address_with_a_trick(trick: str) -> None:
    with pytest.raises(WrongSetting):
        MailboxSettings(address=f"news{trick}@example.org")


async def _write(api: Api, consoles: Consoles, trick: str, channel: int, to: list[str]) -> int:
    """Have a program make what a campaign is made of, each with the trick in it; its words are the console's."""
    wanted = {"name": f"News{trick}", "words": f"Yes{trick}", "about": f"x{trick}", "confirms": False}
    of = await api.ask("POST", "/mailing-lists", wanted, status=201)
    made = await api.ask("POST", "/campaigns", {"name": f"Winter{trick}", "list": of["id"]}, status=201)
    await api.ask("PATCH", f"/campaigns/{made['id']}", {"sender_name": f"Maria{trick}", "channel": channel})
    handles = [{"kind": "mail", "value": to[0]}]
    card = {"name": f"Karin{trick} Nyman{trick}", "organisation": f"Nyman{trick}", "handles": handles,
            "fields": {"address": f"Storgatan 1{trick}"}}  # fmt: skip
    await api.ask("POST", "/contacts", card, status=201)
    for address in to:
        yes = {"list": of["id"], "address": address, "state": "given", "words": f"Yes{trick}",
               "place": f"Till{trick}"}  # fmt: skip
        await api.ask("POST", "/consents", yes, status=201)
    places = ("first_name", "name", "organisation", "address", "sender", "email")
    subject = " ".join(f'{{{{{each}|"you{trick}"}}}}' for each in places)
    words = {"subject": f"{subject}{trick}", "preheader": f"For you{trick}", "words-0": f"{subject}{trick}"}
    saved = await consoles.press("Maria", f"/campaigns/{made['id']}/content", **WORDS | words)
    assert saved.status == 200
    return int(made["id"])


async def _letters(dovecot: Dovecot, address: str) -> list[bytes]:
    """Give what stands in a mailbox once something does."""
    desk = Desk(dovecot, address.partition("@")[0])
    box = await desk.inbox()

    async def there() -> bool:
        return bool(await box.uids_above(0))

    try:
        await eventually(there, 30)
        return [each.raw async for each in box.letters(await box.uids_above(0))]
    finally:
        await desk.close()
