"""A campaign by a messenger on its pages: by which way it goes, what it says, who of us tries it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_contents, campaign_messages, consents, contacts
from crm.campaigns import DONE, DRAFT, RUNNING, SCHEDULED, Campaign
from crm.chats import Chat
from crm.consents import Origin
from crm.contacts import MAIL
from crm.mailing_lists import MailingList
from hub.channels import add_channel
from hub.outbox import Outgoing
from hub.rows import insert
from tests.crm.mailbox import Mailbox
from tests.crm.web.conftest import Api
from tests.crm.web.console import Consoles
from tests.servers.telegram import TOKEN, Telegram, running

HELLO = 'Hello {{first_name|"there"}}! Write STOP to leave.'
FORM = Origin(source=consents.FORM, words="Yes")


class Room:
    """A campaign by Telegram, with Ira and Maria in chats there."""

    def __init__(self, mailbox: Mailbox, consoles: Consoles, telegram: Telegram) -> None:
        """Stand for what is in this store."""
        self.telegram = telegram
        self.db = mailbox.db
        self.consoles = consoles
        self.list_id = self.bot = self.webchat = self.campaign_id = self.own_chat = 0

    @property
    def here(self) -> str:
        """Give its page."""
        return f"/campaigns/{self.campaign_id}"

    async def found(self) -> None:
        """Make them."""
        await self.db.write(self._found)
        begun = await self.consoles.send(
            "Maria", "/campaigns", name="Winter", list=str(self.list_id), start="letter"
        )
        self.campaign_id = int(begun.location.split("/")[2])

    async def chooses(self, way: int) -> None:
        """Have Maria choose by which way it goes."""
        await self.consoles.press("Maria", self.here, name="Winter", list=str(self.list_id), box=str(way))

    def _found(self, session: Session) -> None:
        row = MailingList(name="News", public=True, words="I want your news.")
        session.add(row)
        session.flush()
        self.list_id = row.id
        settings = {"token": TOKEN, "base_url": self.telegram.address}
        self.bot = add_channel(session, "bot", "Our bot", "telegram", settings).id
        self.webchat = add_channel(session, "site", "Our site", "webchat", {}).id
        self.own_chat = self._chat(
            session, "70", "Maria", [("telegram", "70"), (MAIL, "maria@klarruta.example")]
        )
        self._chat(session, "71", "Ira Petrova", [("telegram", "71"), (MAIL, "ira@kund.example")])
        consents.give(session, row.id, "telegram", "71", FORM)

    def _chat(self, session: Session, key: str, name: str, handles: list[tuple[str, str]]) -> int:
        contact_id = contacts.add_contact(session, name, handles)
        return insert(session, Chat, channel_id=self.bot, key=key, contact_id=contact_id, handle=key)

    def whatsapp(self, session: Session) -> int:
        """Add a number at WhatsApp with a template, and Karin who wrote there."""
        settings = {"phone_number_id": "1065", "templates": ["news sv = Hej {1}! {2} Skriv STOP."]}
        number = add_channel(session, "wa", "Our WhatsApp", "whatsapp", settings).id
        who = contacts.add_contact(session, "Karin Nyman", [("whatsapp", "46701740612")])
        insert(session, Chat, channel_id=number, key="46701740612", contact_id=who, handle="46701740612")
        consents.give(session, self.list_id, "whatsapp", "46701740612", FORM)
        return number

    def chat(self, session: Session, key: str) -> None:
        """Have somebody who is known begin a chat."""
        contact_id = contacts.find(session, "telegram", key)
        insert(session, Chat, channel_id=self.bot, key=key, contact_id=contact_id, handle=key)

    async def campaign(self) -> Campaign:
        """Give it as it is now."""
        return await self.db.read(lambda session: session.get_one(Campaign, self.campaign_id))

    async def sent(self) -> list[dict[str, object]]:
        """Give all commands."""
        rows = await self.db.read(
            lambda session: session.scalars(select(Outgoing).order_by(Outgoing.id)).all()
        )
        return [row.command for row in rows]


@pytest.fixture
async def room(mailbox: Mailbox, consoles: Consoles) -> AsyncIterator[Room]:
    """Give it."""
    async with running() as telegram:
        made = Room(mailbox, consoles, telegram)
        await made.found()
        yield made


async def test_the_way_is_chosen_and_one_that_allows_none_says_why(room: Room, consoles: Consoles) -> None:
    page = await consoles.get("Maria", f"{room.here}/content")
    assert "Our bot" in page.words
    assert "Our site : By this messenger no campaign goes" in page.words.replace("Our site:", "Our site :")
    refused = await consoles.send(
        "Maria", room.here, name="Winter", list=str(room.list_id), box=str(room.webchat)
    )
    assert "no campaign goes" in refused.words
    await room.chooses(room.bot)
    assert (await room.campaign()).handle == "telegram"
    assert (await consoles.get("Maria", f"{room.here}/content")).location == f"{room.here}/message"
    moved = await consoles.get("Maria", f"{room.here}/message")
    assert 'name="text"' in moved.html


async def test_it_is_written_looked_at_tried_on_one_of_us_and_started(room: Room, consoles: Consoles) -> None:
    await room.chooses(room.bot)
    desk = await consoles.get("Maria", room.here)
    assert "It says nothing yet." in desk.words
    assert "Send it to" not in desk.words
    await consoles.press("Maria", f"{room.here}/message", **{
        "text": HELLO, "words-0": "See them", "href-0": "https://klarruta.example/",
    })  # fmt: skip
    page = await consoles.get("Maria", f"{room.here}/message")
    assert "Hello there! Write STOP to leave." in page.words
    assert "See them" in page.words
    early = await consoles.send("Maria", f"{room.here}/tests/reading")
    assert "Send a test first" in early.words
    assert "I looked at it" not in page.words
    await consoles.press("Maria", f"{room.here}/message/tests", chat=str(room.own_chat))
    test = (await room.sent())[-1]
    assert (test["to"], test["text"]) == ("70", "Hello Maria! Write STOP to leave.")
    assert test["buttons"] == [{"text": "See them", "url": "https://klarruta.example/"}]
    await consoles.press("Maria", f"{room.here}/tests/reading")
    desk = await consoles.get("Maria", room.here)
    assert "Send it to 1 person" in desk.words
    await consoles.press("Maria", f"{room.here}/schedule", when="now")
    assert (await room.campaign()).state in {SCHEDULED, RUNNING, DONE}


async def test_nobody_saves_over_words_of_which_he_was_not_told(room: Room, consoles: Consoles) -> None:
    await room.chooses(room.bot)
    page = f"{room.here}/message"
    assert 'name="began" value="1"' in (await consoles.get("Maria", page)).html
    await consoles.send("Maria", page, text=HELLO, began="1")
    refused = await consoles.send("Maria", page, text="Mine", began="1")
    assert refused.status == 409
    assert "Maria Berg saved version 2 meanwhile." in refused.words
    assert HELLO.split(maxsplit=1)[0] in (await consoles.get("Maria", page)).words
    assert f'data-draft="{page}?version=2"' in (await consoles.get("Maria", f"{page}?version=2")).html


async def test_a_test_reaches_no_customer(room: Room, consoles: Consoles) -> None:
    await room.chooses(room.bot)
    await consoles.press("Maria", f"{room.here}/message", text=HELLO)
    customer = await room.db.read(lambda session: session.scalar(select(Chat.id).where(Chat.key == "71")))
    page = await consoles.get("Maria", f"{room.here}/message")
    assert f'<option value="{customer}"' not in page.html
    refused = await consoles.send("Maria", f"{room.here}/message/tests", chat=str(customer))
    assert "somebody of us" in refused.words
    assert not [each for each in await room.sent() if each["to"] == "71"]


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("Hello!", "Name the word by which one leaves"),
        ("Hello {{nobody}}! STOP", "There is no field"),
        ("", "It says nothing yet."),
    ],
)
async def test_it_does_not_start_without(room: Room, consoles: Consoles, text: str, lacks: str) -> None:
    await room.chooses(room.bot)
    await consoles.press("Maria", f"{room.here}/message", text=text)
    refused = await consoles.send("Maria", f"{room.here}/schedule", when="now")
    assert lacks in refused.words
    assert (await room.campaign()).state == DRAFT


async def test_what_was_changed_is_to_be_tested_again(room: Room, consoles: Consoles) -> None:
    await room.chooses(room.bot)
    await consoles.press("Maria", f"{room.here}/message", text=HELLO)
    await consoles.press("Maria", f"{room.here}/message/tests", chat=str(room.own_chat))
    await consoles.press("Maria", f"{room.here}/tests/reading")
    await consoles.press("Maria", f"{room.here}/message", text=HELLO + " Now.")
    refused = await consoles.send("Maria", f"{room.here}/schedule", when="now")
    assert "look at it, and say so" in refused.words


async def test_it_is_read_as_any_recipient_reads_it(room: Room, consoles: Consoles) -> None:
    await room.chooses(room.bot)
    await consoles.press("Maria", f"{room.here}/message", text=HELLO)
    for who in ("Ira Petrova", "IRA@kund.example", "71"):
        page = await consoles.get("Maria", f"{room.here}/message?as={quote(who)}")
        assert "Hello Ira! Write STOP to leave." in page.words
        assert "By Ira Petrova; as it was saved last." in page.words
    page = await consoles.get("Maria", f"{room.here}/message?as=Nobody+Here")
    assert "Hello there!" in page.words
    assert "There is no contact “Nobody Here”." in page.words
    await consoles.press("Maria", f"{room.here}/message", text="Hello {{name}}! STOP")
    page = await consoles.get("Maria", room.here)
    assert "{{name}} is empty for contacts without a name" in page.words


async def test_a_template_shows_what_fills_it_and_for_whom_it_would_be_empty(
    room: Room, consoles: Consoles
) -> None:
    wa = await room.db.write(room.whatsapp)
    await room.chooses(wa)
    said = {"template": "news/sv", "value-1": "{{first_name}}", "value-2": "Fönstren"}
    await consoles.press("Maria", f"{room.here}/message", **said)
    page = await consoles.get("Maria", f"{room.here}/message?as=Karin+Nyman")
    assert "Hej Karin! Fönstren Skriv STOP." in page.words
    assert "{1} Karin {2} Fönstren" in page.words
    nobody = await consoles.get("Maria", f"{room.here}/message")
    assert "empty: the messenger refuses it" in nobody.words
    refused = await consoles.send("Maria", f"{room.here}/schedule", when="now")
    assert "{{first_name}} is empty for contacts without a name" in refused.words
    await consoles.press("Maria", f"{room.here}/message", **{**said, "value-1": '{{first_name|"du"}}'})
    nobody = await consoles.get("Maria", f"{room.here}/message")
    assert "{1} du {2} Fönstren" in nobody.words
    assert "is empty for" not in (await consoles.get("Maria", room.here)).words


async def test_a_button_leads_to_the_web_and_nowhere_else(room: Room, consoles: Consoles) -> None:
    await room.chooses(room.bot)
    wrong = {"text": HELLO, "words-0": "See", "href-0": "javascript:alert(1)"}
    refused = await consoles.send("Maria", f"{room.here}/message", **wrong)
    assert "begins with https://" in refused.words
    content = await room.db.read(campaign_contents.newest, room.campaign_id)
    assert not campaign_messages.message_of(content).buttons


async def test_a_colleague_writes_down_that_somebody_agreed_in_the_chat(
    room: Room, consoles: Consoles
) -> None:
    maria = await room.db.read(contacts.find, "telegram", "70")
    page = await consoles.get("Maria", f"/contacts/{maria}")
    assert "telegram:70" in page.html
    said = {"list": str(room.list_id), "address": "telegram:70", "source": "chat", "words": "Yes, do write"}
    await consoles.press("Maria", f"/contacts/{maria}/consents", **said)
    assert (await room.db.read(consents.newest, "telegram", "70"))[room.list_id].state == "given"
    await consoles.press("Maria", f"/contacts/{maria}/consents/withdrawal", **said)
    assert (await room.db.read(consents.newest, "telegram", "70"))[room.list_id].state == "withdrawn"


async def test_a_letter_written_in_an_old_window_does_not_take_its_place(
    room: Room, consoles: Consoles
) -> None:
    await room.chooses(room.bot)
    await consoles.press("Maria", f"{room.here}/message", text=HELLO)
    letter = {"row": ["0"], "kind-0": "text", "words-0": "Dear all", "subject": "News"}
    refused = await consoles.send("Maria", f"{room.here}/content", **letter)
    assert "Choose the mailbox" in refused.words
    assert "Hello there!" in (await consoles.get("Maria", f"{room.here}/message")).words


async def test_back_at_a_mailbox_it_is_a_letter_again(room: Room, consoles: Consoles) -> None:
    await room.chooses(room.bot)
    await consoles.press("Maria", f"{room.here}/message", text=HELLO)
    await room.chooses(0)
    assert (await room.campaign()).handle == MAIL
    page = await consoles.get("Maria", f"{room.here}/content")
    assert "Add a block" in page.words


async def test_a_program_writes_tries_and_starts_one(api: Api, room: Room) -> None:
    of = await api.ask("POST", "/mailing-lists", {"name": "Offers", "words": "Yes, write to me."}, status=201)
    await room.db.write(lambda session: contacts.add_contact(session, "Ann", [("telegram", "7100")]))
    agreed = {
        "list": of["id"],
        "kind": "telegram",
        "address": "7100",
        "state": "given",
        "words": "Yes please",
    }
    assert (await api.ask("POST", "/consents", agreed, status=201))["kind"] == "telegram"
    await api.ask("POST", "/consents", agreed | {"address": "9999"}, status=409)
    made = await api.ask("POST", "/campaigns", {"name": "Spring", "list": of["id"]}, status=201)
    here = f"/campaigns/{made['id']}"
    await api.ask("PUT", f"{here}/message", {"text": HELLO}, status=409)
    await api.ask("PATCH", here, {"channel": room.webchat}, status=409)
    assert (await api.ask("PATCH", here, {"channel": room.bot, "counts_clicks": False}))["kind"] == "telegram"
    button = {"words": "See", "href": "https://klarruta.example/"}
    said = await api.ask("PUT", f"{here}/message", {"text": HELLO, "buttons": [button]})
    assert (said["text"], said["buttons"]) == (HELLO, [button])
    told = {"text": "Later", "version": said["version"]}
    said = await api.ask("PUT", f"{here}/message", told)
    late = await api.ask("PUT", f"{here}/message", told | {"text": "Too late"}, status=409)
    assert f"saved version {said['version']} meanwhile" in str(late)
    await api.ask("PUT", f"{here}/message", {"text": HELLO, "buttons": [button]})
    early = await api.ask("POST", f"{here}/reading", status=409)
    assert "Send a test first" in str(early)
    assert await api.ask("POST", f"{here}/tests", {"chat": room.own_chat}, status=202) == {
        "name": "Maria Berg"
    }
    await api.ask("POST", f"{here}/reading")
    await api.ask("PATCH", here, {"counts_clicks": True})
    unreached = "The hub has an address that recipients reach"  # by which presses of buttons are counted
    told = await api.ask("POST", f"{here}/check")
    assert unreached in {each["name"] for each in told["checks"] if not each["holds"]}
    await api.ask("PATCH", here, {"counts_clicks": False})
    told = await api.ask("POST", f"{here}/check")
    assert {each["name"] for each in told["checks"] if not each["holds"]} == {
        "Somebody gets it, and each has a line in the ledger"
    }
    assert await api.ask("GET", f"{here}/recipients") == {"gets": 0, "left_out": {"no-chat": 1}}
    await room.db.write(room.chat, "7100")
    assert (await api.ask("POST", f"{here}/schedule", {}))["state"] in {SCHEDULED, RUNNING}
