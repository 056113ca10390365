"""A letter becomes a touch in a conversation and a task to answer it; whatever comes twice becomes nothing more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, merging, policies, tasks
from crm.attachments import Attachment
from crm.company_file import PolicyFile
from crm.policies import Policy
from crm.tasks import Task
from hub.blobs import digest
from hub.users import find_user
from tests.crm.klarruta import Klarruta
from tests.crm.mailbox import SALES, SUPPORT, Mailbox, letter


async def test_a_letter_of_somebody_new_is_a_card_a_conversation_and_a_task(mailbox: Mailbox) -> None:
    came = await mailbox.gets("01_plain")
    (card,), (task,), (touch,) = await mailbox.cards(), await mailbox.tasks(), await mailbox.touches()
    assert (card.name, came.contact) == ("Erik Lund", card.id)
    assert (touch.kind, touch.direction, touch.summary) == ("mail", "in", "Opening hours")
    assert (task.kind, task.title, task.department_id) == ("mail", "Answer Erik Lund: Opening hours", 1)
    assert task.why == "Letter to “support@example.org”: Opening hours"
    assert [each.subject for each in await mailbox.conversations()] == ["Opening hours"]
    assert came.outcome.became == "Erik Lund, task “Answer Erik Lund: Opening hours”"


async def test_whoever_is_known_by_his_address_is_taken_for_himself(mailbox: Mailbox) -> None:
    def know(session: Session) -> int:
        return contacts.add_contact(session, "Erik L", [("mail", "erik.lund@example.net")])

    erik = await mailbox.db.write(know)
    assert (await mailbox.gets("01_plain")).contact == erik
    assert (await mailbox.touches())[0].remarks == ["Gives the name “Erik Lund”."]


async def test_the_card_has_the_new_part_and_the_letter_all_of_it(mailbox: Mailbox) -> None:
    await mailbox.gets("18_reply")
    (touch,), (kept,) = await mailbox.touches(), await mailbox.letters()
    assert "ska vi skicka en ny lampa" not in touch.text
    assert "ska vi skicka en ny lampa" in kept.text
    assert kept.references == ["case-4711.1@tenant.example", "case-4711.2@example.org"]
    assert (kept.sender, kept.to) == (
        "karin@tenant.example",
        [{"name": "Support", "address": "support@example.org"}],
    )


async def test_what_came_along_is_kept_with_its_place_in_the_text(mailbox: Mailbox) -> None:
    came = await mailbox.gets("03_related")
    files = await mailbox.db.read(
        lambda session: session.scalars(select(Attachment).order_by(Attachment.name)).all()
    )
    assert [(file.name, file.inline, file.content_id) for file in files] == [
        ("image001.png", True, "logo@example.com"), ("kvitto.pdf", False, ""),
    ]  # fmt: skip
    assert {file.blob for file in files} == {digest(file.content) for file in came.event.files}


async def test_a_letter_after_the_answer_is_a_new_task_with_the_promise_of_a_next_answer(
    mailbox: Mailbox, firm: Klarruta
) -> None:
    await mailbox.db.write(promise, PolicyFile("First", "2 h", ("mail",)))
    await mailbox.db.write(promise, PolicyFile("Next", "4 h", ("mail",), target="next response"))
    await mailbox.gets(letter())
    (first,) = await mailbox.tasks()
    await firm.do(lambda session: tasks.complete(session, session.get_one(Task, first.id), None))
    await mailbox.gets(letter(key="two@tenant.example", In_Reply_To="<one@tenant.example>"))
    second = (await mailbox.tasks())[-1]
    kinds = [(await firm.deadline(task.id)).kind for task in (first, second)]
    assert kinds == ["first response", "next response"]
    assert (await firm.deadline(second.id)).due_at == second.created_at + timedelta(hours=4)


async def test_without_a_promise_of_a_next_answer_the_first_ones_holds(
    mailbox: Mailbox, firm: Klarruta
) -> None:
    await mailbox.db.write(promise, PolicyFile("First", "2 h", ("mail",)))
    await mailbox.gets(letter())
    await firm.do(lambda session: tasks.complete(session, session.scalars(select(Task)).one(), None))
    await mailbox.gets(letter(key="two@tenant.example", In_Reply_To="<one@tenant.example>"))
    assert (await firm.deadline((await mailbox.tasks())[-1].id)).kind == "first response"


async def test_whoever_is_responsible_gets_the_task(mailbox: Mailbox, firm: Klarruta) -> None:
    def know(session: Session) -> int:
        johan = find_user(session, "johan@klarruta.example").id
        contacts.add_contact(session, "Karin", [("mail", "karin@tenant.example")], responsible_id=johan)
        return johan

    johan = await firm.do(know)
    await mailbox.gets(letter())
    assert [(task.assignee_id, task.why_me) for task in await mailbox.tasks()] == [
        (johan, "You are responsible for this contact")
    ]


async def test_the_same_letter_in_both_mailboxes_is_one(mailbox: Mailbox) -> None:
    first = await mailbox.gets(letter(), SUPPORT)
    second = await mailbox.gets(b"Delivered-To: sales@example.org\r\n" + letter(), SALES)
    assert (second.outcome.duplicate_of, second.contact) == (first.item, first.contact)
    assert second.outcome.became == "the same letter, come again"
    assert [task.times for task in await mailbox.tasks()] == [1]


async def test_a_letter_without_an_id_is_known_by_what_it_says(mailbox: Mailbox) -> None:
    first = await mailbox.gets("25_no_message_id")
    assert (await mailbox.gets("25_no_message_id", SALES)).outcome.duplicate_of == first.item
    assert len(await mailbox.touches()) == 1


async def test_a_letter_that_is_read_again_is_kept_as_it_is_read_now(mailbox: Mailbox) -> None:
    came = await mailbox.gets(letter())
    again = await mailbox.replays(
        came, structs.replace(came.event, reply="Does it open?", text="Does it open? …")
    )
    (touch,), (kept,) = await mailbox.touches(), await mailbox.letters()
    assert (touch.text, kept.text, again.outcome) == ("Does it open?", "Does it open? …", came.outcome)
    assert len(await mailbox.tasks()) == 1


async def test_a_form_that_a_website_mails_is_the_visitors_and_no_letter_of_the_website(
    mailbox: Mailbox,
) -> None:
    came = await mailbox.gets("31_webform")
    (card,), (task,), (touch,) = await mailbox.cards(), await mailbox.tasks(), await mailbox.touches()
    handles = await mailbox.db.read(contacts.handles_of, [card.id])
    assert card.name == "Sara Blom"
    assert [handle.value for handle in handles[card.id]] == ["+46701740605", "sara.blom@example.com"]
    assert (task.kind, touch.kind) == ("form", "form")
    assert touch.text.startswith("Hej, jag vill ha en offert")
    assert (await mailbox.gets("31_webform", SALES)).outcome.duplicate_of == came.item


async def test_a_form_of_somebody_who_wrote_before_is_no_part_of_his_letters(mailbox: Mailbox) -> None:
    await mailbox.gets(letter("Sara <sara.blom@example.com>"))
    await mailbox.gets("31_webform")
    assert len(await mailbox.cards()) == 1
    assert [each.subject for each in await mailbox.conversations()] == [
        "A window",
        'Kontaktformulär "Offert"',
    ]


async def test_a_form_of_a_website_that_looks_like_spam_is_set_aside(mailbox: Mailbox) -> None:
    event = structs.replace(mailbox.read("31_webform"), suspicion=("Too many links.",))
    assert (await mailbox.gets_event(event)).outcome.set_aside_why == "Too many links."
    assert await mailbox.cards() == []


async def test_cards_that_were_one_for_a_while_have_their_letters_of_that_time(
    mailbox: Mailbox, firm: Klarruta
) -> None:
    karin = await mailbox.gets(letter())
    eva = await mailbox.gets(letter("Eva <eva@home.example>", "A door", key="eva@home.example"))
    sofia = await firm.who("Sofia")
    merge = await firm.do(merging.merge, sofia, eva.contact, karin.contact)
    joined = await mailbox.gets(
        letter("eva@home.example", key="more@home.example", In_Reply_To="<eva@home.example>")
    )
    assert joined.contact == karin.contact
    await firm.do(merging.undo, sofia, merge.id)
    assert [touch.contact_id for touch in await mailbox.touches()] == [
        karin.contact,
        eva.contact,
        eva.contact,
    ]
    assert [each.contact_id for each in await mailbox.conversations()] == [karin.contact, eva.contact]


async def test_a_name_that_is_another_address_is_a_remark_and_nobodys_name(mailbox: Mailbox) -> None:
    await mailbox.gets("33_spoof")
    (card,), (touch,) = await mailbox.cards(), await mailbox.touches()
    assert card.name == ""
    assert "only the address itself counts" in touch.remarks[0]
    assert (await mailbox.tasks())[0].title == "Answer attacker@example.net: Urgent payment"


async def test_a_letter_of_nobody_is_still_a_task_and_says_so(mailbox: Mailbox) -> None:
    await mailbox.gets(b"Subject: Hello\r\nMessage-ID: <x@y.example>\r\n\r\nWho am I?")
    (task,), (touch,) = await mailbox.tasks(), await mailbox.touches()
    assert task.title == "No contact data: a letter"
    assert "No contact data: no mail address that can be reached." in touch.remarks


async def test_spam_makes_nothing_until_somebody_says_it_is_real(mailbox: Mailbox) -> None:
    spam = structs.replace(mailbox.read(letter()), suspicion=("The mail server takes it for spam.",))
    came = await mailbox.gets_event(spam)
    assert came.outcome.set_aside_why == "The mail server takes it for spam."
    assert await mailbox.cards() == []
    assert (await mailbox.releases(came)).contact == (await mailbox.cards())[0].id


@pytest.mark.parametrize(
    "text", ["x" * 20_000, "🙂" * 500, "<script>alert(1)</script>", "'; DROP TABLE letters;--"]
)
async def test_a_letter_may_say_anything(mailbox: Mailbox, text: str) -> None:
    event = structs.replace(mailbox.read(letter()), subject=text, text=text, reply=text, html=text)
    await mailbox.gets_event(event)
    (touch,), (task,) = await mailbox.touches(), await mailbox.tasks()
    assert touch.text == text
    assert len(task.title) <= 200


async def test_a_department_that_is_not_there_falls_back_and_says_so(mailbox: Mailbox) -> None:
    await mailbox.gets_event(structs.replace(mailbox.read(letter()), department="Marketing"))
    assert (await mailbox.touches())[0].remarks == ["There is no department “Marketing”: it went to Sales."]


def promise(session: Session, file: PolicyFile) -> None:
    """Make a promise before all others."""
    session.add(Policy(
        name=file.name, position=-1, kinds=list(file.kinds), departments=[], target=file.target,
        seconds=policies.seconds(file.within), steps=[], unseen_seconds=600,
    ))  # fmt: skip
