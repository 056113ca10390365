"""A campaign to six real mailboxes, and what each of their owners does: all of it comes back by a real mail server."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Mapping
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_filling
from crm.campaigns import DONE, Campaign
from crm.contacts import MAIL, Handle, add_contact
from crm.conversations import Interaction
from crm.copy_events import CopyEvent
from crm.deliveries import SENT, Delivery
from crm.suppressions import Suppression
from hub.clock import now
from hub.journal import Inbound
from hub.web.keys import CHANNELS
from tests.connectors.mail.desk import Desk
from tests.crm.mailbox import Mailbox
from tests.crm.mailing_out import add_mailbox, agree, begin
from tests.crm.web.conftest import Api
from tests.crm.web.console import Consoles
from tests.crm.web.test_campaigns import campaign as campaign  # noqa: PLC0414 - the fixture
from tests.eventually import eventually
from tests.servers import sink as sinks
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.sink import Sink

OWN = "six@example.org"
NAMES = ("answers", "away", "leaves", "complains", "moves", "quiet")
"""By what each of them does."""
PEOPLE = {name: f"{name}@{'kund.example' if name == 'moves' else 'example.org'}" for name in NAMES}


@pytest.fixture
async def outside(postfix: Postfix) -> AsyncIterator[Sink]:
    """Give the mail server of the one who is not at example.org."""
    async with sinks.sink(postfix.sink_port) as made:
        yield made


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_what_each_of_six_does_lands_on_his_copy(
    campaign: int,
    mailbox: Mailbox,
    consoles: Consoles,
    api: Api,
    postfix: Postfix,
    dovecot: Dovecot,
    outside: Sink,
) -> None:
    await mailbox.db.write(_ground, campaign, postfix.port, dovecot.port)
    await eventually(lambda: _hears(consoles), 30)
    await mailbox.db.write(begin, campaign)
    await eventually(lambda: _is_done(mailbox, campaign), 30)
    letters = {name: await _letter(dovecot, name) for name in NAMES if name != "moves"}
    await eventually(lambda: outside.letters, 30)

    say = {"answers": _answer, "away": _vacation, "leaves": _wish, "complains": _complaint}
    for name, write in say.items():
        sender = "" if name in {"away", "complains"} else PEOPLE[name]
        await asyncio.to_thread(_post, postfix.port, sender, write(letters[name]))
    outside.says[PEOPLE["moves"]] = "550 5.1.1 No such user"
    [first] = outside.letters  # which had been taken, and is now passed on to where he is no more
    await asyncio.to_thread(_pass_on, postfix.port, first.sender, PEOPLE["moves"], first.content)

    await eventually(lambda: _have_come(mailbox, 5), 60)
    copies = await mailbox.db.read(_copies, campaign)
    assert {each.state for each in copies.values()} == {SENT}
    assert {name: _fate(each) for name, each in copies.items()} == {
        "answers": "answered", "away": "", "leaves": "unsubscribed", "complains": "complained", "moves": "bounced",
        "quiet": "",
    }  # fmt: skip
    assert (copies["moves"].code, "No such user" in copies["moves"].why) == ("5.1.1", True)
    barred = await mailbox.db.read(_barred)
    assert barred == {PEOPLE["leaves"]: ("unsubscribed", 1), PEOPLE["complains"]: ("complained", None),
                      PEOPLE["moves"]: ("bounced", None)}  # fmt: skip

    await _says_what_it_was(consoles, api, campaign)
    await _is_the_managers(mailbox, consoles, copies["answers"])
    gets = await mailbox.db.write(_would_get_the_next, campaign)
    assert gets == {PEOPLE[each] for each in ("answers", "away", "quiet")}


async def _says_what_it_was(consoles: Consoles, api: Api, campaign: int) -> None:
    """Have the pages and the API of the campaign say who did what."""
    shown = await consoles.get("Maria", f"/campaigns/{campaign}/afterwards")
    for number in ("6 Sent", "5 Delivered", "1 Came back", "1 Answered", "1 Unsubscribed", "1 Complained"):
        assert number in shown.words
    assert "there is no such mailbox" in shown.words
    kinds = {"sent": set(NAMES), "delivered": set(NAMES) - {"moves"}, "bounced": {"moves"}, "replied": {"answers"},
             "left": {"leaves"}, "complained": {"complains"}, "not-replied": set(NAMES) - {"answers"}}  # fmt: skip
    for kind, names in kinds.items():
        people = await consoles.get("Maria", f"/campaigns/{campaign}/people?kind={kind}")
        assert {each for each in NAMES if PEOPLE[each] in people.words} == names, kind
        found = await api.items(f"/campaigns/{campaign}/people?kind={kind}")
        assert {each["address"] for each in found} == {PEOPLE[each] for each in names}
    far = await api.ask("GET", f"/campaigns/{campaign}/progress")
    told = ("sent", "answered", "bounced", "unsubscribed", "complained", "left", "unknown")
    assert [far[each] for each in told] == [6, 1, 1, 1, 1, 0, 0]


async def _is_the_managers(mailbox: Mailbox, consoles: Consoles, copy: Delivery) -> None:
    """Have the one answer be a conversation with whoever began the campaign, and nobody have a task by a machine."""
    maria = (await mailbox.firm.who("Maria")).user_id
    conversations = await mailbox.conversations()
    assert [(each.contact_id, each.subject) for each in conversations] == [(copy.contact_id, "Re: News")]
    tasks = await mailbox.tasks()
    assert [(each.contact_id, each.assignee_id) for each in tasks] == [(copy.contact_id, maria)]

    def answers(session: Session) -> list[tuple[int, str]]:
        wanted = (
            select(CopyEvent.delivery_id, Interaction.text)
            .join(Interaction, Interaction.id == CopyEvent.interaction_id)
            .where(CopyEvent.kind == "replied")
        )
        return [(row[0], row[1]) for row in session.execute(wanted)]

    [(copy_id, text)] = await mailbox.db.read(answers)
    assert (copy_id, text) == (copy.id, "Yes, I want two of them.")
    card = await consoles.get("Maria", f"/contacts/{copy.contact_id}")
    assert "Yes, I want two of them." in card.words
    assert "An answer to the campaign “Winter”." in card.words


def _ground(session: Session, campaign_id: int, smtp: int, imap: int) -> None:
    """Have a mailbox that is read and written by, and six people who agreed; each has a card."""
    read = {
        "imap_host": "127.0.0.1",
        "imap_port": imap,
        "imap_tls": "none",
        "user": "six",
        "password": PASSWORD,
    }
    row = session.get_one(Campaign, campaign_id)
    row.channel_id = add_mailbox(session, smtp, address=OWN, **read).id
    for name, address in PEOPLE.items():
        contact_id = add_contact(session, f"{name.title()} Nyman")
        session.add(Handle(contact_id=contact_id, kind=MAIL, value=address))
    agree(session, row, PEOPLE.values())


def _answer(letter: EmailMessage) -> EmailMessage:
    """Answer as a mail program does."""
    said = _begun(letter["From"].addresses[0].addr_spec, f"Re: {letter['Subject']}", PEOPLE["answers"])
    said["In-Reply-To"] = said["References"] = letter["Message-ID"]
    quoted = letter.get_body(("plain",)).get_content().replace("\n", "\n> ")  # type: ignore[union-attr]
    wrote = f"On Fri, 27 Nov 2026 at 10:15, Klarruta <{OWN}> wrote:"
    said.set_content(f"Yes, I want two of them.\n\n{wrote}\n> {quoted}")
    return said


def _vacation(letter: EmailMessage) -> EmailMessage:
    """Answer as a vacation program does (RFC 3834): to the envelope's sender."""
    said = _begun(_returns_to(letter), f"Away: {letter['Subject']}", PEOPLE["away"])
    said["In-Reply-To"] = said["References"] = letter["Message-ID"]
    said["Auto-Submitted"] = "auto-replied (vacation)"
    said.set_content("I am back on Monday.")
    return said


def _wish(letter: EmailMessage) -> EmailMessage:
    """Write what a mail program does for `mailto:` in List-Unsubscribe."""
    ways = [each.strip(" \r\n\t<>") for each in str(letter["List-Unsubscribe"]).split(",")]
    [to] = [urlsplit(each) for each in ways if each.startswith("mailto:")]
    said = _begun(unquote(to.path), parse_qs(to.query)["subject"][0], PEOPLE["leaves"])
    said.set_content("")
    return said


def _complaint(letter: EmailMessage) -> EmailMessage:
    """Complain as a mailbox provider does (RFC 5965)."""
    said = _begun(OWN, "Complaint about a letter", "fbl@provider.example")
    head = "".join(SMTP.fold(each, letter[each]) for each in ("From", "To", "Subject", "Message-ID", "Date"))
    feedback = "Feedback-Type: abuse\r\nUser-Agent: Provider/1.0\r\nVersion: 1\r\n"
    said["MIME-Version"] = "1.0"
    said["Content-Type"] = 'multipart/report; report-type="feedback-report"; boundary="part"'
    parts = (("text/plain", "This is a complaint."), ("message/feedback-report", feedback),
             ("text/rfc822-headers", head))  # fmt: skip
    written = "".join(f"--part\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts)
    said.set_payload(f"{written}--part--\r\n")
    return said


def _begun(to: str, subject: str, sender: str) -> EmailMessage:
    said = EmailMessage(policy=SMTP)
    said["From"], said["To"], said["Subject"] = sender, to, subject
    said["Message-ID"] = f"<{sender.replace('@', '.at.')}@world.example>"
    return said


def _returns_to(letter: EmailMessage) -> str:
    return str(letter["Return-Path"]).strip("<> ")


def _post(port: int, sender: str, letter: EmailMessage) -> None:
    """Have a person, a provider or a machine write by way of Postfix."""
    with smtplib.SMTP("127.0.0.1", port) as line:
        line.sendmail(sender, [letter["To"].addresses[0].addr_spec], letter.as_bytes())


def _pass_on(port: int, sender: str, to: str, content: bytes) -> None:
    """Pass a letter on as it is; Postfix tells its sender what became of it."""
    with smtplib.SMTP("127.0.0.1", port) as line:
        line.sendmail(sender, [to], content.replace(b"\r\n..", b"\r\n."))


async def _letter(dovecot: Dovecot, name: str) -> EmailMessage:
    """Give the one letter of a mailbox once it is there."""
    desk = Desk(dovecot, name)
    box = await desk.inbox()

    async def there() -> bool:
        return bool(await box.uids_above(0))

    try:
        await eventually(there, 30)
        [content] = [each.raw async for each in box.letters(await box.uids_above(0))]
    finally:
        await desk.close()
    return message_from_bytes(content, _class=EmailMessage, policy=default)


def _hears(consoles: Consoles) -> bool:
    """Tell whether the hub reads the mailbox by now."""
    channels = consoles.client.app[CHANNELS]  # type: ignore[union-attr]
    return any(each.name == "post" for each in channels)


async def _is_done(mailbox: Mailbox, campaign_id: int) -> bool:
    return (await mailbox.db.read(lambda session: session.get_one(Campaign, campaign_id).state)) == DONE


async def _have_come(mailbox: Mailbox, number: int) -> bool:
    """Tell whether so many letters came to us and became something."""
    done = select(Inbound).where(Inbound.done_at.is_not(None))
    return len(await mailbox.db.read(lambda session: session.scalars(done).all())) >= number


def _copies(session: Session, campaign_id: int) -> dict[str, Delivery]:
    rows = session.scalars(select(Delivery).where(Delivery.campaign_id == campaign_id))
    return {row.address.partition("@")[0]: row for row in rows}


def _fate(copy: Delivery) -> str:
    fates = ("answered", "unsubscribed", "complained", "bounced", "opened", "clicked")
    return " ".join(each for each in fates if getattr(copy, f"{each}_at") is not None)


def _barred(session: Session) -> Mapping[str, tuple[str, int | None]]:
    rows = session.scalars(select(Suppression).where(Suppression.lifted_at.is_(None)))
    return {row.value: (row.reason, row.list_id) for row in rows}


def _would_get_the_next(session: Session, campaign_id: int) -> set[str]:
    """Give who would get another campaign of the same list."""
    first = session.get_one(Campaign, campaign_id)
    again = Campaign(name="Again", key="another key", list_id=first.list_id, channel_id=first.channel_id)
    session.add(again)
    session.flush()
    campaign_filling.fill(session, again, 0, 100, now())
    return set(session.scalars(select(Delivery.address).where(Delivery.campaign_id == again.id)))
