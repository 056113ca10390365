"""Whatever somebody types into a field of a campaign, or is called, a letter has the headers that it should have."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.orm import Session

from crm import consents
from crm.campaigns import DONE, Campaign
from crm.consents import Origin
from crm.contacts import MAIL, Handle, add_contact
from hub.web.keys import CHANNELS
from tests.crm.mailbox import Mailbox
from tests.crm.mailing_out import OFFICE, add_mailbox, begin
from tests.crm.web.console import Consoles
from tests.crm.web.header_tricks import TRICKS, assert_is_as_it_should_be
from tests.crm.web.test_campaigns import WORDS
from tests.crm.web.test_campaigns import campaign as campaign  # noqa: PLC0414 - the fixture
from tests.eventually import eventually
from tests.servers import sink as sinks
from tests.servers.sink import Sink

KARIN = "karin@nyman.example"
FIELDS = ("subject", "preheader", "sender_name", "list", "campaign", "contact", "fallback", "text")


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with sinks.sink() as made:
        yield made


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["Karin", ""], ids=["a name", "words where none is known"])
@pytest.mark.parametrize("trick", ["a whole letter", "another address"])
async def test_no_field_adds_a_header_or_a_recipient(
    trick: str, name: str, campaign: int, mailbox: Mailbox, consoles: Consoles, sink: Sink
) -> None:
    evil = dict.fromkeys(FIELDS, TRICKS[trick])
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
    assert_is_as_it_should_be(letter.content.replace(b"\r\n..", b"\r\n."), KARIN, OFFICE)


def _is_taken_up(consoles: Consoles) -> bool:
    """Tell whether the hub knows the mailbox by now."""
    channels = consoles.client.app[CHANNELS]  # type: ignore[union-attr]
    return any(each.name == "post" for each in channels)


async def _ended(mailbox: Mailbox, campaign_id: int) -> bool:
    return (await mailbox.db.read(lambda session: session.get_one(Campaign, campaign_id).state)) == DONE
