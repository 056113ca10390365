"""What machines send is kept where it is known whom it is about; it never opens, asks for, or meets anything."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from crm import contacts, dial_rounds
from crm.conversations import Conversation
from crm.dial_lists import DialPerson
from hub.clock import now
from hub.journal import Outcome
from tests.crm.klarruta import Klarruta
from tests.crm.mailbox import Mailbox, letter

AUTOMATIC = (
    "12_bounce",
    "14_autoreply",
    "35_unsubscribe",
    "bounce_postfix_remote",
    "delay_postfix",
    "dsn_success",
)
ABSENT = {"subject": "Automatic reply: A window", "text": "I am away.", "Auto_Submitted": "auto-replied"}


@pytest.mark.parametrize("name", AUTOMATIC)
async def test_of_nobody_we_know_nothing_is_made(mailbox: Mailbox, name: str) -> None:
    came = await mailbox.gets(name)
    assert came.outcome == Outcome("an automatic letter about nobody we know: nothing made")
    assert (await mailbox.cards(), await mailbox.tasks(), await mailbox.touches()) == ([], [], [])


async def test_an_automatic_answer_stands_in_its_conversation_and_changes_nothing(mailbox: Mailbox) -> None:
    first = await mailbox.gets(letter())
    await mailbox.db.write(lambda session: session.execute(update(Conversation).values(closed_at=now())))
    came = await mailbox.gets(letter(key="away@tenant.example", In_Reply_To="<one@tenant.example>", **ABSENT))
    (task,), (conversation,), touch = (
        await mailbox.tasks(),
        await mailbox.conversations(),
        (await mailbox.touches())[-1],
    )
    assert (came.contact, touch.conversation_id) == (first.contact, conversation.id)
    assert touch.remarks == ["An automatic answer."]
    assert (task.times, conversation.closed_at is None) == (1, False)


async def test_a_letter_of_a_person_opens_a_closed_conversation_again(mailbox: Mailbox) -> None:
    await mailbox.gets(letter())
    await mailbox.db.write(lambda session: session.execute(update(Conversation).values(closed_at=now())))
    await mailbox.gets(letter(key="two@tenant.example", In_Reply_To="<one@tenant.example>"))
    assert [each.closed_at for each in await mailbox.conversations()] == [None]


async def test_an_automatic_answer_without_a_thread_stands_on_the_card_alone(mailbox: Mailbox) -> None:
    await mailbox.gets(letter())
    await mailbox.gets(letter(key="away@tenant.example", **ABSENT))
    assert len(await mailbox.conversations()) == 1
    assert (await mailbox.touches())[-1].conversation_id is None


async def test_a_bounce_stands_at_the_letter_that_it_is_about(mailbox: Mailbox) -> None:
    first = await mailbox.gets(letter(key="c42.00000007deadbeefcafe@example.org"))
    came = await mailbox.gets("bounce_postfix_remote")
    touch = (await mailbox.touches())[-1]
    assert (came.contact, touch.conversation_id) == (first.contact, (await mailbox.conversations())[0].id)
    assert touch.remarks[0] == "Could not be delivered to u7@example.com."
    assert "550" in touch.remarks[1]
    assert len(await mailbox.tasks()) == 1


@pytest.mark.parametrize(
    ("name", "address", "words"),
    [
        ("12_bounce", "u9@example.net", "Could not be delivered to u9@example.net."),
        ("delay_postfix", "u7@example.com", "Is delayed on its way to u7@example.com."),
        ("dsn_success", "anna@example.org", "Was delivered to anna@example.org."),
    ],
)
async def test_a_report_about_somebody_we_know_stands_on_his_card(
    mailbox: Mailbox, name: str, address: str, words: str
) -> None:
    await mailbox.db.write(lambda session: contacts.add_contact(session, "Anna", [("mail", address)]))
    await mailbox.gets(name)
    assert [touch.remarks[0] for touch in await mailbox.touches()] == [words]
    assert await mailbox.tasks() == []


async def test_a_list_that_a_machine_sends_to_asks_for_nothing(mailbox: Mailbox) -> None:
    await mailbox.gets(letter())
    await mailbox.gets(
        letter(key="news@tenant.example", List_Id="<news.example>", Auto_Submitted="auto-generated")
    )
    assert (await mailbox.touches())[-1].remarks == ["Sent to a list by a machine."]
    assert len(await mailbox.tasks()) == 1


async def test_an_automatic_answer_twice_is_kept_once(mailbox: Mailbox) -> None:
    await mailbox.gets(letter())
    away = letter(key="away@tenant.example", **ABSENT)
    first = await mailbox.gets(away)
    assert (await mailbox.gets(away)).outcome.duplicate_of == first.item
    assert (await mailbox.replays(first)).outcome == first.outcome
    assert len(await mailbox.touches()) == 2


@pytest.mark.parametrize(("more", "met"), [({}, True), (ABSENT, False)], ids=["letter", "automatic"])
async def test_who_is_on_a_dialling_list_has_answered_by_a_letter_and_not_by_a_machine(
    mailbox: Mailbox, firm: Klarruta, *, more: dict[str, str], met: bool
) -> None:
    before = now()
    karin = await firm.do(contacts.add_contact, "Karin", [("mail", "karin@tenant.example")])
    await mailbox.gets(letter(**more))

    def look(session: Session) -> bool:
        return dial_rounds._met(session, DialPerson(contact_id=karin), before) is not None

    assert await mailbox.db.read(look) is met
