"""Programs read what is said in chats and say something there, beside letters."""

from __future__ import annotations

import asyncio
from base64 import b64encode

import pytest
from sqlalchemy.orm import Session

from crm.chats import ChatMedia, ChatMessage
from hub.channels import connector_kinds
from hub.clock import Clock, now
from hub.postman import Postman
from tests.crm.klarruta import Klarruta
from tests.crm.mailbox import Mailbox, letter
from tests.crm.pigeons import PIGEONS, Loft, Pigeon
from tests.crm.web.conftest import Api, Person
from tests.crm.web.console import Consoles


@pytest.fixture
def nobody_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the postman stay at home: what becomes of a message is told by hand."""
    monkeypatch.setattr(Postman, "run", lambda _self: asyncio.sleep(600))


@pytest.fixture
async def loft(
    nobody_sends: None, firm: Klarruta, consoles: Consoles, monkeypatch: pytest.MonkeyPatch
) -> Loft:
    """Give the pigeons of a running hub."""
    del consoles, nobody_sends
    monkeypatch.setitem(connector_kinds(), Pigeon.kind, Pigeon)  # type: ignore[arg-type]
    made = Loft(firm)
    await made.open()
    return made


async def said(api: Api, status: int = 202, **body: object) -> dict[str, object]:
    """Say something, and give what is told of it."""
    return await api.ask("POST", "/messages", body, status=status)


async def test_what_is_said_in_chats_stands_among_the_letters(loft: Loft, mailbox: Mailbox, api: Api) -> None:
    await mailbox.gets(letter())
    mail, chat = await api.items("/messages")
    assert (mail["medium"], mail["channel_kind"], mail["spoken"]) == ("mail", "mail", None)
    assert (chat["medium"], chat["channel"], chat["channel_kind"]) == ("chat", "pigeons", "pigeon")
    assert (chat["direction"], chat["text"], chat["kind"]) == ("in", "Are my windows ready?", "person")
    assert (chat["spoken"]["chat"], chat["fate"], chat["from"]["address"]) == (loft.chat_id, None, "71")
    assert chat == await api.ask("GET", f"/messages/{chat['id']}")


async def test_a_conversation_says_in_which_chat_it_is(loft: Loft, api: Api) -> None:
    (found,) = await api.items("/conversations")
    assert (found["channel_kind"], found["chat"]["id"], found["chat"]["handle"]) == (
        "pigeon",
        loft.chat_id,
        "71",
    )
    assert found["chat"]["answer_until"] > now().isoformat()
    assert found["chat"]["blocked_at"] is None


@pytest.mark.parametrize("by", ["conversation", "chat"])
async def test_an_answer_in_a_chat_says_how_far_it_is(loft: Loft, api: Api, by: str) -> None:
    where = {"chat": loft.chat_id, "conversation": (await loft.conversation()).id}
    sent = await said(api, text="They are.", **{by: where[by]})
    touch = int(str(sent["id"]))
    states = []
    for step in (loft.begins(touch), loft.ends(touch, done_at=now(), remote_id="r1"), loft.tells("delivered", "r1"),
                 loft.tells("read", "r1")):  # fmt: skip
        states.append((await api.ask("GET", f"/messages/{touch}"))["fate"]["state"])
        await step
    found = await api.ask("GET", f"/messages/{touch}")
    assert [*states, found["fate"]["state"]] == ["waiting", "sending", "sent", "delivered", "read"]
    assert found["spoken"]["remote_id"] == "r1"
    assert (await loft.tasks())[0].done_at is not None


@pytest.mark.parametrize(
    ("values", "state"),
    [({"failed_at": now(), "error": "no"}, "refused"), ({"unknown_at": now()}, "unknown"),
     ({"expired_at": now()}, "expired")],
)  # fmt: skip
async def test_what_did_not_leave_says_why(
    loft: Loft, api: Api, values: dict[str, object], state: str
) -> None:
    sent = await said(api, text="They are.", chat=loft.chat_id)
    await loft.ends(int(str(sent["id"])), **values)
    fate = (await api.ask("GET", f"/messages/{sent['id']}"))["fate"]
    assert (fate["state"], bool(fate["why"])) == (state, True)


async def test_what_happened_to_a_message_is_told(loft: Loft, api: Api) -> None:
    touch = await loft.asks("Now?")

    def happen(session: Session) -> None:
        row = session.get_one(ChatMessage, touch)
        row.edited_at, row.before = now(), [{"text": "Naw?", "until": now().isoformat()}]
        row.reactions = [{"by": "71", "emoji": "👍", "at": now().isoformat()}]
        row.spot = {"latitude": 57.7, "longitude": 11.97, "name": "Home"}
        session.add(ChatMedia(interaction_id=touch, channel_id=PIGEONS, ref="x", kind="photo", name="", type="",
                              error="gone"))  # fmt: skip

    await loft.db.write(happen)
    spoken = (await api.ask("GET", f"/messages/{touch}"))["spoken"]
    assert [each["text"] for each in spoken["before"]] == ["Naw?"]
    assert spoken["reactions"] == [{"by": "71", "emoji": "👍"}]
    assert spoken["spot"] == {"latitude": 57.7, "longitude": 11.97, "name": "Home", "address": ""}
    assert spoken["awaited"] == [{"kind": "photo", "name": "", "size": None, "error": "gone", "gone": True}]


async def test_files_and_buttons_go_along(loft: Loft, api: Api) -> None:
    file = {"name": "plan.txt", "type": "text/plain", "content": b64encode(b"Two rooms").decode()}
    button = {"text": "Yes", "payload": "yes", "url": ""}
    sent = await said(api, text="See", chat=loft.chat_id, attachments=[file], buttons=[button])
    (kept,) = sent["attachments"]  # type: ignore[misc]
    assert sent["spoken"]["buttons"] == [button]  # type: ignore[index]
    async with api.client.get(str(kept["content"]), headers=api.headers) as answer:
        assert await answer.read() == b"Two rooms"
    (command,) = await loft.commands()
    assert (command.file.name if command.file else "", command.buttons[0].payload) == ("plan.txt", "yes")


async def test_after_the_window_a_template_is_filled_in(loft: Loft, api: Api, clock: Clock) -> None:
    clock.advance(days=2)
    problem = await said(api, 409, text="They are.", chat=loft.chat_id)
    assert "template" in str(problem["detail"])
    sent = await said(api, chat=loft.chat_id, template="ready", language="en", values=["Ira", "doors"])
    assert sent["text"] == "Hello Ira, your doors are ready."
    problem = await said(api, 409, chat=loft.chat_id, template="ready", values=["Ira"])
    assert [each["pointer"] for each in problem["errors"]] == ["/template"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": "x", "chat": 4711}, "/chat"),
        ({"text": " "}, "/text"),
        ({"text": "x", "subject": "Windows"}, "/subject"),
        ({"text": "x", "to": [{"address": "a@b.example"}]}, "/to"),
    ],
)
async def test_what_cannot_be_said_says_why(
    loft: Loft, api: Api, body: dict[str, object], pointer: str
) -> None:
    problem = await said(api, 409, **{"chat": loft.chat_id, **body})
    assert [each["pointer"] for each in problem["errors"]] == [pointer]  # type: ignore[attr-defined]
    assert await loft.outbox() == []


async def test_who_does_not_see_the_contact_neither_reads_nor_writes(loft: Loft, person: Person) -> None:
    nora = await person("Nora", "agent", "Service")
    assert await nora.items("/messages") == []
    await nora.ask("POST", "/messages", {"chat": loft.chat_id, "text": "x"}, status=409)
    assert await loft.outbox() == []
