"""Links by which a contact begins a chat that is his from the first word on: on the card, in letters, by channel."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.orm import Session

from crm import chat_links, letter_templates
from crm.contacts import Contact
from crm.letter_templates import Wording
from hub import channel_marks
from hub.chats import NAME
from hub.users import add_user
from tests.crm.chat_room import channel_of
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles

BOT = "https://t.me/klarruta_bot"


def begin(session: Session, name: str = "klarruta_bot") -> int:
    """Have a bot, by which nothing comes yet."""
    channel = channel_of(session, "telegram")
    channel.paused_at = None
    channel_marks.put(session, channel.id, NAME, name)
    return channel.id


@pytest.fixture
async def olga(firm: Klarruta, consoles: Consoles) -> int:
    """Give the card of somebody who never wrote in a chat."""
    del consoles
    task = await firm.task(await firm.request("Olga Petrova"))
    return task.contact_id


async def test_a_card_gives_a_link_that_ties_a_chat_to_it(
    firm: Klarruta, consoles: Consoles, olga: int
) -> None:
    assert "t.me" not in (await consoles.get("Elin", f"/contacts/{olga}")).html
    await firm.do(begin)
    page = await consoles.get("Elin", f"/contacts/{olga}")
    (link,) = re.findall(r'value="([^"]+t\.me[^"]+)"', page.html)
    assert link.startswith(f"{BOT}?start=")
    assert await firm.do(chat_links.read, link.partition("=")[2]) == olga


async def test_a_template_gives_it_to_whom_is_written(firm: Klarruta, consoles: Consoles, olga: int) -> None:
    elin = await firm.who("Elin")
    wording = Wording(name="Chat", shortcut="", subject="", text="Write to us: {contact.chat_link}.")

    def filled(session: Session) -> str:
        assert letter_templates.faults(session, wording) == {}
        letter_templates.make(session, elin, wording)
        (found,) = letter_templates.filled(session, elin, session.get_one(Contact, olga))
        return found.text

    assert await firm.do(filled) == "Write to us: ."
    await firm.do(begin)
    written = await firm.db.read(
        lambda session: letter_templates.filled(session, elin, session.get_one(Contact, olga))[0].text
    )
    assert written.startswith(f"Write to us: {BOT}?start=")
    del consoles


async def test_the_channel_says_where_chats_begin(firm: Klarruta, consoles: Consoles) -> None:
    await firm.do(add_user, "amir@klarruta.example", "Amir Hadad", "admin", None)
    at = f"/channels/{await firm.do(begin)}"
    assert f'value="{BOT}"' in (await consoles.get("Amir", at)).html
    await firm.do(begin, "a/b?c#d")  # whatever a messenger says of itself
    assert 'value="https://t.me/a%2Fb%3Fc%23d"' in (await consoles.get("Amir", at)).html
