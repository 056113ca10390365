"""Programs read letters and send them; what became of each stands beside it."""

from __future__ import annotations

from base64 import b64encode

import pytest

from hub.clock import now
from tests.crm.mailbox import Mailbox, letter
from tests.crm.web.conftest import Api, Person
from tests.crm.web.console import Consoles
from tests.crm.writing import Desk


@pytest.fixture
async def came(mailbox: Mailbox, consoles: Consoles) -> Mailbox:
    """Give the mailboxes of a running hub, to which a letter came."""
    del consoles
    await mailbox.gets(letter(Cc="Eva <eva@home.example>"))
    return mailbox


async def talk(mailbox: Mailbox) -> int:
    """Give the first conversation."""
    return (await mailbox.conversations())[0].id


async def test_a_letter_that_came_says_all_that_is_known_of_it(came: Mailbox, api: Api) -> None:
    (found,) = await api.items(f"/messages?conversation={await talk(came)}")
    assert found == await api.ask("GET", f"/messages/{found['id']}")
    assert found["from"] == {"name": "Karin Nyman", "address": "karin@tenant.example"}
    assert found["cc"] == [{"name": "Eva", "address": "eva@home.example"}]
    assert (found["kind"], found["direction"], found["automatic"]) == ("person", "in", False)
    assert (found["subject"], found["text"], found["reply"]) == (
        "A window",
        "Does it close?",
        "Does it close?",
    )
    assert (found["message_id"], found["channel"], found["fate"]) == ("one@tenant.example", "support", None)


async def test_letters_are_found_by_contact_and_time(came: Mailbox, api: Api) -> None:
    contact = (await came.cards())[0].id
    assert len(await api.items(f"/messages?contact={contact}")) == 1
    assert await api.items(f"/messages?contact={contact + 1}") == []
    later = now().isoformat().replace("+00:00", "Z")
    assert await api.items(f"/messages?since={later}") == []


async def test_a_date_that_is_proposed_is_said(mailbox: Mailbox, api: Api) -> None:
    await mailbox.gets("11_calendar")
    (found,) = await api.items("/messages")
    assert (found["calendar"]["method"], found["calendar"]["summary"]) == ("REQUEST", "Avtalsmöte")
    assert found["calendar"]["starts_at"] == "2025-09-10T11:30:00Z"


async def test_a_conversation_says_who_has_the_last_word(came: Mailbox, api: Api) -> None:
    (found,) = await api.items("/conversations?open=true")
    assert (found["subject"], found["messages"], found["waits"]) == ("A window", 1, True)
    assert (found["department"], found["waits_since"]) == ("Sales", found["last_at"])
    await api.ask("POST", "/messages", {"conversation": found["id"], "text": "It does."}, status=202)
    found = await api.ask("GET", f"/conversations/{found['id']}")
    assert (found["messages"], found["waits"]) == (2, False)
    del came


async def test_an_answer_is_in_the_outbox_at_once_and_says_how_far_it_is(came: Mailbox, api: Api) -> None:
    sent = await api.ask(
        "POST", "/messages", {"conversation": await talk(came), "text": "It **does**."}, status=202
    )
    assert (sent["direction"], sent["subject"], sent["in_reply_to"]) == (
        "out",
        "Re: A window",
        "one@tenant.example",
    )
    assert (sent["fate"]["state"], sent["text"]) == ("waiting", "It does.")
    assert "<strong>does</strong>" in sent["html"]
    (task,) = await came.tasks()
    assert task.done_at is not None
    desk = await Desk.of(came, "Maria")
    await desk.ends(done_at=now())
    assert (await api.ask("GET", f"/messages/{sent['id']}"))["fate"]["state"] == "sent"
    await came.gets_event(await desk.bounce("karin@tenant.example"))
    fate = (await api.ask("GET", f"/messages/{sent['id']}"))["fate"]
    assert (fate["state"], fate["why"]) == ("bounced", "550 unknown")
    report = (await api.items(f"/messages?conversation={await talk(came)}"))[0]
    assert report["bounce"] == {
        "recipient": "karin@tenant.example", "action": "failed", "status": "5.1.1", "hard": True,
    }  # fmt: skip


async def test_files_go_along_and_are_given_again(came: Mailbox, api: Api) -> None:
    file = {"name": "plan.txt", "type": "text/plain", "content": b64encode(b"Two rooms").decode()}
    sent = await api.ask(
        "POST",
        "/messages",
        {"conversation": await talk(came), "text": "See", "attachments": [file]},
        status=202,
    )
    (kept,) = sent["attachments"]
    assert (kept["name"], kept["type"], kept["size"]) == ("plan.txt", "text/plain", 9)
    async with api.client.get(str(kept["content"]), headers=api.headers) as answer:
        assert await answer.read() == b"Two rooms"


async def test_the_same_key_sends_one_letter(came: Mailbox, api: Api) -> None:
    body = {"conversation": await talk(came), "text": "It does."}
    first = await api.ask("POST", "/messages", body, status=202, Idempotency_Key="k1")
    again = await api.ask("POST", "/messages", body, status=202, Idempotency_Key="k1")
    assert (first["id"], api.replayed) == (again["id"], True)
    assert len(await came.touches()) == 2


async def test_a_new_letter_goes_to_the_contact_or_to_whom_it_says(came: Mailbox, api: Api) -> None:
    contact = (await came.cards())[0].id
    new = await api.ask(
        "POST", "/messages", {"contact": contact, "subject": "The key", "text": "Here."}, status=202
    )
    assert [each["address"] for each in new["to"]] == ["karin@tenant.example"]
    assert new["conversation"] != await talk(came)
    to = [{"address": "karin@tenant.example", "name": "Karin"}]
    other = await api.ask("POST", "/messages", {"to": to, "text": "There.", "channel": "sales"}, status=202)
    assert (other["contact"], other["from"]["address"]) == (contact, "sales@example.org")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": "x"}, "/contact"),
        ({"text": "x", "conversation": 9999}, "/conversation"),
        ({"text": " ", "conversation": "it"}, "/text"),
        ({"text": "x", "conversation": "it", "channel": "nowhere"}, "/channel"),
        ({"text": "x", "conversation": "it", "to": [{"address": "karin"}]}, "/to/0/address"),
        ({"text": "x", "conversation": "it", "to": [{"address": "noreply@a.example"}]}, "/knowing"),
    ],
    ids=["nobody", "no conversation", "no words", "no mailbox", "no address", "nobody reads it"],
)
async def test_what_cannot_be_sent_says_why(
    came: Mailbox, api: Api, body: dict[str, object], pointer: str
) -> None:
    said = body | ({"conversation": await talk(came)} if body.get("conversation") == "it" else {})
    problem = await api.ask("POST", "/messages", said, status=409)
    assert [each["pointer"] for each in problem["errors"]] == [pointer]
    assert len(await came.touches()) == 1


async def test_who_may_read_may_not_send(came: Mailbox, program: Person) -> None:
    reader = await program("messages:read")
    assert len(await reader.items("/messages")) == 1
    await reader.ask("POST", "/messages", {"conversation": await talk(came), "text": "x"}, status=403)
