"""A list says by which word and links it is joined in messengers; who joined there chooses on his page what comes."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient
from msgspec import convert
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import consents, contacts, holders, mailing_lists
from crm.chats import Chat
from crm.consents import Origin
from crm.mailing_lists import Listed
from hub import channel_marks
from hub.audit import RINGBACK
from hub.channels import add_channel
from hub.chats import NAME, SendMessage
from hub.outbox import Outgoing
from hub.rows import insert
from tests.crm.klarruta import Klarruta
from tests.crm.web.conftest import Api
from tests.crm.web.console import Consoles

FORM = Origin(source=consents.CHAT, words="Yes")
LIST = {"name": "News", "words": "News of windows.", "language": "sv", "confirms": "on"}
WHATSAPP = {"phone_number_id": "106540352242922", "number": "+46 8 465 004 00"}


class Room:
    """“News” and “Offers”, and a bot in which Ira joined the first."""

    def __init__(self, firm: Klarruta) -> None:
        """Stand for them."""
        self.db = firm.db
        self.news = self.offers = self.bot = 0
        self.token = ""

    async def open(self) -> None:
        """Make them."""
        await self.db.write(self._open)

    def _open(self, session: Session) -> None:
        self.bot = add_channel(session, "bot", "Our bot", "telegram", {"token": "1:A"}).id
        add_channel(session, "wa", "Our WhatsApp", "whatsapp", WHATSAPP)
        contact_id = contacts.add_contact(session, "Ira Petrova", [("telegram", "71")])
        insert(
            session,
            Chat,
            channel_id=self.bot,
            key="71",
            contact_id=contact_id,
            handle="71",
            name="Ira Petrova",
        )
        self.news = mailing_lists.add(session, RINGBACK, Listed(name="News", words="Yes", word="NEWS")).id
        self.offers = mailing_lists.add(
            session, RINGBACK, Listed(name="Offers", words="Do", word="OFFERS")
        ).id
        mailing_lists.add(session, RINGBACK, Listed(name="By letter", words="Yes"))
        line = consents.give(session, self.news, "telegram", "71", FORM)
        self.token = holders.token(session, line)

    async def states(self) -> dict[int, str]:
        """Give what Ira agreed to."""
        found = await self.db.read(consents.newest, "telegram", "71")
        return {each: line.state for each, line in found.items()}

    async def said(self) -> list[SendMessage]:
        """Give what was said to her."""
        rows = await self.db.read(lambda session: session.scalars(select(Outgoing)).all())
        return [convert(row.command, SendMessage) for row in rows]


@pytest.fixture
async def room(firm: Klarruta, consoles: Consoles) -> Room:
    """Give it."""
    del consoles
    made = Room(firm)
    await made.open()
    return made


async def test_a_list_is_joined_nowhere_until_it_has_a_word(room: Room, consoles: Consoles) -> None:
    await consoles.press("Maria", "/mailing-lists", **{**LIST, "name": "Fairs"})
    fairs = await room.db.read(lambda session: max(each.id for each in mailing_lists.mailing_lists(session)))
    path = f"/mailing-lists/{fairs}"
    page = await consoles.get("Maria", path)
    assert "Nobody joins it there" in page.words
    assert "t.me" not in page.html
    for wrong in ("two words", "news", "x" * 21):
        assert (await consoles.press("Maria", path, **{**LIST, "name": "Fairs", "word": wrong})).status == 422
    await consoles.press("Maria", path, **{**LIST, "name": "Fairs", "word": "mässa"})
    await room.db.write(channel_marks.put, room.bot, NAME, "klarruta_bot")
    page = await consoles.get("Maria", path)
    assert 'value="PRENUMERERA MÄSSA"' in page.html
    assert 'value="https://t.me/klarruta_bot?start=l' in page.html
    assert 'value="https://wa.me/4684650040' in page.html
    assert "text=PRENUMERERA%20M%C3%84SSA" in page.html


async def test_a_program_reads_how_a_list_is_joined(api: Api, room: Room) -> None:
    lists = (await api.ask("GET", "/mailing-lists"))["items"]
    news = next(each for each in lists if each["id"] == room.news)
    assert (news["word"], news["joins"]) == ("NEWS", "START NEWS")
    assert {each["kind"] for each in news["links"]} == {"telegram", "whatsapp"}
    by_letter = next(each for each in lists if each["name"] == "By letter")
    assert (by_letter["word"], by_letter["joins"], by_letter["links"]) == ("", "", [])
    await api.ask("POST", "/mailing-lists", {"name": "More", "words": "Yes", "word": "news"}, status=409)


async def test_on_her_page_she_chooses_what_comes_by_the_messenger(room: Room, client: TestClient) -> None:
    path = f"/unsubscribe/{room.token}"
    async with client.get(path) as answer:
        words = await answer.text()
    assert "What comes to you by Telegram" in words
    assert ("By letter" in words, "Offers" in words, "Petrova" in words) == (False, True, False)
    assert await room.states() == {room.news: "given"}
    async with client.post(path, data={"do": "choose", "list": str(room.offers)}) as answer:
        assert "confirm it in the message that comes now" in await answer.text()
    assert await room.states() == {room.news: "withdrawn", room.offers: "asked"}
    (question,) = await room.said()
    assert (question.to, len(question.buttons)) == ("71", 1)
    async with client.post(path, data={"do": "all"}) as answer:
        assert "Nothing of this kind comes to you any more" in await answer.text()
    assert set((await room.states()).values()) == {"withdrawn"}


async def test_a_made_up_token_is_of_nothing(room: Room, client: TestClient) -> None:
    for wrong in (room.token[:-1] + "!", "k-1", "k-" + "f" * 30, room.token.replace("k-1-", "k-2-")):
        async with client.post(f"/unsubscribe/{wrong}", data={"do": "all"}) as answer:
            assert answer.status == 404
    assert await room.states() == {room.news: "given"}
