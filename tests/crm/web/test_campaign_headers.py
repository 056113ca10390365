"""Whatever somebody types into a field of a campaign, or is called, a letter has the headers that it should have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from sqlalchemy.orm import Session

from crm import consents
from crm.campaigns import DONE, Campaign
from crm.consents import Origin
from crm.contacts import MAIL, Handle, add_contact
from hub.web.keys import CHANNELS
from tests.crm.mailbox import Mailbox
from tests.crm.mailing_out import add_mailbox, begin
from tests.crm.web.console import Consoles
from tests.crm.web.test_campaigns import WORDS
from tests.crm.web.test_campaigns import campaign as campaign  # noqa: PLC0414 - the fixture
from tests.eventually import eventually
from tests.servers import sink as sinks
from tests.servers.sink import Sink

KARIN = "karin@nyman.example"
TRICK = "\r\nBcc: all@world.example\r\nX-Evil: 1\r\n\r\n<b>Hi</b>\r\n.\r\nMAIL FROM:<x@y>"
ONCE = {
    "From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe",
    "Feedback-ID", "Precedence", "MIME-Version", "Content-Type",
}  # fmt: skip
FIELDS = ("subject", "preheader", "sender_name", "list", "campaign", "contact", "fallback", "text")


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with sinks.sink() as made:
        yield made


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["Karin", ""], ids=["a name", "words where none is known"])
async def test_no_field_adds_a_header_or_a_recipient(
    name: str, campaign: int, mailbox: Mailbox, consoles: Consoles, sink: Sink
) -> None:
    evil = dict.fromkeys(FIELDS, TRICK)
    settled = {
        "name": f"Winter{evil['campaign']}",
        "list": "1",
        "box": "0",
        "sender_name": f"Maria{evil['sender_name']}",
    }
    await consoles.press("Maria", f"/campaigns/{campaign}", **settled)
    await consoles.press("Maria", "/mailing-lists/1", name=f"News{evil['list']}", words="I want your news.")
    wanted = {
        "subject": f"News for {{{{first_name|\"you{evil['fallback']}\"}}}}{evil['subject']}",
        "preheader": f"For you{evil['preheader']}", "words-0": f"Hello{evil['text']}",
    }  # fmt: skip
    await consoles.press("Maria", f"/campaigns/{campaign}/content", **WORDS | wanted)

    def to_karin(session: Session) -> None:
        channel = add_mailbox(session, sink.port)
        row = session.get_one(Campaign, campaign)
        row.channel_id = channel.id
        contact_id = add_contact(session, f"{name}{evil['contact']}" if name else "")
        session.add(Handle(contact_id=contact_id, kind=MAIL, value=KARIN))
        consents.give(session, row.list_id or 0, MAIL, KARIN, Origin(source=consents.FORM, words="Yes"))

    await mailbox.db.write(to_karin)
    await eventually(lambda: _is_taken_up(consoles), 30)
    await mailbox.db.write(begin, campaign)
    await eventually(lambda: _ended(mailbox, campaign), 30)
    [letter] = sink.letters
    assert list(letter.recipients) == [KARIN]
    read = message_from_bytes(letter.content, _class=EmailMessage, policy=default)
    names = list(read.keys())
    assert set(names) == ONCE
    assert len(names) == len(set(names))
    assert read["To"].addresses[0].addr_spec == KARIN
    assert len(read["To"].addresses) == 1
    assert len(read["From"].addresses) == 1
    assert "Bcc" not in read
    parts = [part.get_content_type() for part in read.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]


def _is_taken_up(consoles: Consoles) -> bool:
    """Tell whether the hub knows the mailbox by now."""
    channels = consoles.client.app[CHANNELS]  # type: ignore[union-attr]
    return any(each.name == "post" for each in channels)


async def _ended(mailbox: Mailbox, campaign_id: int) -> bool:
    return (await mailbox.db.read(lambda session: session.get_one(Campaign, campaign_id).state)) == DONE
