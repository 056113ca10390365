"""A message of a chat becomes a touch and a task to answer it; what comes twice becomes nothing more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_links, contacts, merging, policies
from crm.attachments import Attachment
from crm.company_file import PolicyFile
from crm.conversations import Conversation
from crm.policies import Policy
from hub import audit, proofs
from hub.chats import ChatChanged, Chatter, Media, MessageReceived, Spot
from hub.clock import now
from hub.forms import Field, File
from hub.users import find_user
from tests.crm.klarruta import Klarruta
from tests.crm.messenger import IRA, VIBER, Messenger

PHOTO = Media(ref="p1", kind="photo", type="image/jpeg", size=1200)


async def test_a_message_of_somebody_new_is_a_card_a_chat_a_conversation_and_a_task(
    messenger: Messenger,
) -> None:
    came = await messenger.writes("I need a window measured")
    (card,), (task,), (touch,) = await messenger.cards(), await messenger.tasks(), await messenger.touches()
    assert (card.name, came.contact) == ("Ira Petrova", card.id)
    assert (touch.kind, touch.direction, touch.summary) == ("chat", "in", "I need a window measured")
    assert (task.kind, task.title) == ("chat", "Answer Ira Petrova: I need a window measured")
    assert task.why == "Chat “Telegram”: I need a window measured"
    assert await handles(messenger, card.id) == [("telegram", "71")]
    (chat,) = await messenger.chats()
    assert (chat.key, chat.handle, chat.username, chat.language) == ("71", "71", "ira_p", "ru")
    assert [each.subject for each in await messenger.conversations()] == ["I need a window measured"]


async def test_a_second_message_goes_on_with_the_conversation_and_counts_in_its_task(
    messenger: Messenger,
) -> None:
    await messenger.writes("Hello")
    await messenger.writes("Are you there?")
    assert [task.times for task in await messenger.tasks()] == [2]
    assert len(await messenger.conversations()) == len(await messenger.chats()) == 1
    assert [touch.text for touch in await messenger.touches()] == ["Hello", "Are you there?"]


async def test_the_same_message_again_is_linked_to_the_first(messenger: Messenger) -> None:
    first = await messenger.writes()
    second = await messenger.tells(first.event)
    assert (second.outcome.duplicate_of, second.contact) == (first.item, first.contact)
    assert second.outcome.became == "the same message, come again"
    assert [task.times for task in await messenger.tasks()] == [1]
    assert len(await messenger.touches()) == 1


async def test_an_item_that_is_read_again_is_kept_as_it_is_read_now(messenger: Messenger) -> None:
    came = await messenger.writes("Helo")
    assert isinstance(came.event, MessageReceived)
    again = await messenger.replays(came, structs.replace(came.event, text="Hello", media=(PHOTO,)))
    (touch,) = await messenger.touches()
    assert (touch.text, again.outcome.became) == ("Hello", came.outcome.became)
    assert [each.ref for each in await messenger.media()] == ["p1"]
    assert len(await messenger.tasks()) == 1


async def test_a_message_without_words_says_what_it_is(messenger: Messenger) -> None:
    await messenger.writes("", media=(PHOTO,))
    await messenger.writes("", media=(Media(ref="v", kind="voice", seconds=7),))
    await messenger.writes("", spot=Spot(latitude=57.7, longitude=11.9, name="Avenyn"))
    await messenger.writes("", cards=(Field("name", "Olga"), Field("phone", "+46701740612")))
    await messenger.writes("", media=(PHOTO, structs.replace(PHOTO, ref="p2")))
    summaries = [touch.summary for touch in await messenger.touches()]
    assert summaries == ["Photo", "Voice message 0:07", "Location: Avenyn", "Contact: Olga", "2 photos"]


async def test_what_lies_with_the_messenger_is_due_and_what_is_lost_says_why(messenger: Messenger) -> None:
    lost = Media(ref="big", name="film.mp4", lost="larger than 20 MB")
    await messenger.writes("See", media=(PHOTO, lost), files=(File("a.txt", "text/plain", b"a"),))
    fetched, given_up = await messenger.media()
    assert (fetched.ref, fetched.error) == ("p1", None)
    assert fetched.due_at is not None
    assert (given_up.due_at, given_up.error) == (None, "larger than 20 MB")
    assert await messenger.db.read(lambda session: session.scalars(select(Attachment.name)).all()) == [
        "a.txt"
    ]


async def test_what_a_message_answers_is_found_by_its_key(messenger: Messenger) -> None:
    first = await messenger.writes("Which size?")
    await messenger.writes("This one", answers=first.event.key)
    await messenger.writes("And this", answers="nobody knows it")
    said, touches = await messenger.said(), await messenger.touches()
    assert [each.answers_id for each in said] == [None, touches[0].id, None]


async def test_the_pictures_of_an_album_are_one_message_in_whatever_order_they_come(
    messenger: Messenger,
) -> None:
    second = await messenger.writes("", media=(structs.replace(PHOTO, ref="p2"),), album="a")
    first = await messenger.writes("Our windows", media=(PHOTO,), album="a")
    for came in (first, second):
        assert (await messenger.tells(came.event)).outcome.duplicate_of == came.item
    replayed = await messenger.replays(first)
    assert replayed.outcome == first.outcome
    (touch,), (task,) = await messenger.touches(), await messenger.tasks()
    assert (touch.text, touch.summary, task.times) == ("Our windows", "Our windows", 1)
    assert [each.ref for each in await messenger.media()] == ["p2", "p1"]


async def test_a_late_message_stands_where_it_was_written_and_its_clock_runs_since_it_came(
    messenger: Messenger, firm: Klarruta
) -> None:
    await firm.do(promise, PolicyFile("Chat", "5 min", ("chat",)))
    written = now().replace(microsecond=0) - timedelta(hours=3)
    await messenger.writes(at=written)
    (touch,), (task,), (chat,) = await messenger.touches(), await messenger.tasks(), await messenger.chats()
    assert touch.at == chat.last_in_at == written
    deadline = await firm.deadline(task.id)
    assert deadline.due_at == task.created_at + timedelta(minutes=5)
    assert task.created_at > written + timedelta(hours=2)


async def test_after_an_answer_the_promise_is_that_of_a_next_one(
    messenger: Messenger, firm: Klarruta
) -> None:
    await firm.do(promise, PolicyFile("First", "5 min", ("chat",)))
    await firm.do(promise, PolicyFile("Next", "10 min", ("chat",), target="next response"))
    await messenger.writes("Hello")
    await messenger.finish()
    await messenger.writes("Thanks, and when?")
    kinds = [(await firm.deadline(task.id)).kind for task in await messenger.tasks()]
    assert kinds == ["first response", "next response"]


async def test_a_conversation_that_was_closed_goes_on_when_he_writes_again(messenger: Messenger) -> None:
    await messenger.writes("Hello")
    await messenger.finish()

    def close(session: Session) -> None:
        session.scalars(select(Conversation)).one().closed_at = now()

    await messenger.db.write(close)
    await messenger.writes("One more thing")
    (conversation,) = await messenger.conversations()
    assert conversation.closed_at is None
    assert conversation.waits_since is not None


async def test_whoever_has_a_proven_number_is_the_contact_with_that_number(messenger: Messenger) -> None:
    olga = await know(messenger, "Olga", ("phone", "+46701740612"))
    came = await messenger.writes(sender=structs.replace(IRA, phone="46701740612", email="ira@mail.example"))
    assert came.contact == olga
    assert await handles(messenger, olga) == [
        ("phone", "+46701740612"), ("telegram", "71"), ("mail", "ira@mail.example"),
    ]  # fmt: skip
    assert (await messenger.touches())[0].remarks == ["Gives the name “Ira Petrova”."]


@pytest.mark.parametrize(("kept", "told"), [
    ("+5511987654321", "551187654321"), ("+525512345678", "5215512345678"), ("+541123456789", "5491123456789"),
])  # fmt: skip
async def test_a_number_that_a_messenger_spells_otherwise_is_the_same(
    messenger: Messenger, kept: str, told: str
) -> None:
    known = await know(messenger, "Ana", ("phone", kept))
    assert (await messenger.writes(sender=Chatter(id=told, phone=f"+{told}"))).contact == known


async def test_a_number_and_an_address_of_two_cards_make_a_card_that_asks(messenger: Messenger) -> None:
    olga = await know(messenger, "Olga", ("phone", "+46701740612"))
    oleg = await know(messenger, "Oleg", ("mail", "oleg@mail.example"))
    sender = structs.replace(IRA, phone="+46701740612", email="oleg@mail.example")
    came = await messenger.writes(sender=sender)
    card = (await messenger.cards())[-1]
    assert (came.contact, card.maybe) == (card.id, [olga, oleg])
    assert (await messenger.touches())[0].remarks == [
        "2 contacts have this number or address: choose who it is."
    ]
    assert len(await messenger.tasks()) == 1


async def test_a_number_shared_later_joins_the_card_or_asks_once_whose_it_is(messenger: Messenger) -> None:
    olga = await know(messenger, "Olga", ("phone", "+46701740612"))
    came = await messenger.writes("Hello")
    await messenger.writes("", sender=structs.replace(IRA, phone="+46701740699"), cards=(Field("name", "I"),))
    assert ("phone", "+46701740699") in await handles(messenger, came.contact)
    shared = structs.replace(IRA, phone="+46701740612")
    await messenger.writes("", sender=shared, cards=(Field("name", "Ira"),))
    assert (await messenger.cards())[-1].maybe == [olga]
    assert (await messenger.touches())[-1].remarks == ["This may be Olga: choose who it is."]

    def is_new(session: Session) -> None:
        session.get_one(contacts.Contact, came.contact).maybe = None

    await messenger.db.write(is_new)
    await messenger.writes("So?", sender=shared)
    assert (await messenger.cards())[-1].maybe is None


async def test_one_person_on_two_messengers_is_two_cards_until_somebody_says_so(messenger: Messenger) -> None:
    first = await messenger.writes("Hello")
    second = await messenger.writes("Hello again", Chatter(id="v9", name="Ira P"), VIBER)
    assert first.contact != second.contact
    await messenger.db.write(merging.merge, audit.RINGBACK, second.contact, first.contact)
    assert {chat.contact_id for chat in await messenger.chats()} == {first.contact}
    third = await messenger.writes("One card?", Chatter(id="v9", name="Ira P"), VIBER)
    assert third.contact == first.contact
    assert len(await messenger.conversations()) == 2


async def test_a_merge_taken_back_gives_each_his_chat_and_what_came_by_it(messenger: Messenger) -> None:
    first = await messenger.writes("Hello")
    second = await messenger.writes("Hello", Chatter(id="v9"), VIBER)
    merge = await messenger.db.write(merging.merge, audit.RINGBACK, second.contact, first.contact)
    await messenger.writes("While we were one", Chatter(id="v9"), VIBER)
    await messenger.db.write(merging.undo, audit.RINGBACK, merge.id)
    whose = {chat.handle: chat.contact_id for chat in await messenger.chats()}
    assert whose == {"71": first.contact, "v9": second.contact}
    touches = {touch.text: touch.contact_id for touch in await messenger.touches()}
    assert touches["While we were one"] == second.contact
    assert {each.contact_id for each in await messenger.tasks()} == {first.contact, second.contact}


async def test_a_link_that_we_made_ties_the_chat_to_its_card(messenger: Messenger) -> None:
    olga = await know(messenger, "Olga", ("mail", "olga@mail.example"))
    await messenger.db.write(proofs.make_key)
    start = await messenger.db.write(chat_links.payload, olga)
    came = await messenger.writes("Hello", start=start)
    assert (came.contact, await handles(messenger, olga)) == (
        olga, [("mail", "olga@mail.example"), ("telegram", "71")],
    )  # fmt: skip
    assert "Came by a link of ours." in (await messenger.touches())[0].remarks
    passed_on = await messenger.writes("Hello", Chatter(id="72", name="Oleg"), start=start)
    other = (await messenger.cards())[-1]
    assert (passed_on.contact, other.maybe) == (other.id, [olga])


async def test_a_link_by_which_a_chat_began_stands_beside_its_first_message(messenger: Messenger) -> None:
    olga = await know(messenger, "Olga", ("mail", "olga@mail.example"))
    await messenger.db.write(proofs.make_key)
    start = await messenger.db.write(chat_links.payload, olga)
    await messenger.tells(ChatChanged(chat="71", sender=IRA, what="began", start=start))
    assert (await messenger.writes("Hello")).contact == olga
    await messenger.writes("Are you there?")
    assert ["Came by a link of ours." in touch.remarks for touch in await messenger.touches()] == [
        True,
        False,
    ]


async def test_a_link_of_another_card_is_asked_about_once(messenger: Messenger) -> None:
    olga = await know(messenger, "Olga", ("mail", "olga@mail.example"))
    came = await messenger.writes("Hello")
    await messenger.db.write(proofs.make_key)
    start = await messenger.db.write(chat_links.payload, olga)
    began = ChatChanged(chat="71", sender=IRA, what="began", start=start)
    await messenger.tells(began)
    card = (await messenger.cards())[-1]
    assert (card.id, card.maybe) == (came.contact, [olga])

    def is_new(session: Session) -> None:
        session.get_one(contacts.Contact, came.contact).maybe = None

    await messenger.db.write(is_new)
    await messenger.tells(began)
    assert (await messenger.cards())[-1].maybe is None


async def test_a_link_that_nobody_made_is_kept_and_shown(messenger: Messenger) -> None:
    await messenger.writes("Hello", start="visit-12")
    assert [chat.starts for chat in await messenger.chats()] == [["visit-12"]]
    assert (await messenger.touches())[0].remarks == ["Came by the link “visit-12”."]


async def test_what_was_answered_before_the_chat_is_on_the_card(messenger: Messenger) -> None:
    answered = (
        Field("Your name", "Olga Berg", "name"), Field("Your number", "070-174 06 12", "phone"),
        Field("What is it about?", "A balcony door", "topic"), Field("Floor", "3"),
    )  # fmt: skip
    await messenger.writes("Hello", Chatter(id="w1"), answered=answered)
    (card,), (task,) = await messenger.cards(), await messenger.tasks()
    assert (card.name, task.title) == ("Olga Berg", "Answer Olga Berg: Hello")
    assert ("phone", "+46701740612") in await handles(messenger, card.id)
    assert card.fields["Floor"]
    assert [each.subject for each in await messenger.conversations()] == ["A balcony door"]


async def test_the_page_that_he_writes_from_stands_beside_the_message_and_the_chat(
    messenger: Messenger,
) -> None:
    await messenger.writes("Hello", origin=(Field("page_url", "https://klarruta.example/doors"),))
    page = [{"label": "page_url", "value": "https://klarruta.example/doors"}]
    assert [touch.origin for touch in await messenger.touches()] == [page]
    assert [chat.origin for chat in await messenger.chats()] == [page]


async def test_whoever_is_responsible_gets_the_task_in_the_department_that_is_named(
    messenger: Messenger, firm: Klarruta
) -> None:
    def know_ira(session: Session) -> int:
        johan = find_user(session, "johan@klarruta.example").id
        contacts.add_contact(session, "Ira", [("telegram", "71")], responsible_id=johan)
        return johan

    johan = await firm.do(know_ira)
    await messenger.writes(department="Service")
    assert [(task.assignee_id, task.department_id) for task in await messenger.tasks()] == [(johan, 2)]


async def know(messenger: Messenger, name: str, *handles: tuple[str, str]) -> int:
    """Have a card of somebody."""
    return await messenger.db.write(contacts.add_contact, name, handles)


async def handles(messenger: Messenger, contact_id: int) -> list[tuple[str, str]]:
    """Give how somebody is reached."""
    found = await messenger.db.read(contacts.handles_of, [contact_id])
    return [(each.kind, each.value) for each in found[contact_id]]


def promise(session: Session, policy: PolicyFile) -> None:
    """Add a policy."""
    session.add(Policy(
        name=policy.name, position=9, kinds=list(policy.kinds), departments=[], target=policy.target,
        seconds=policies.seconds(policy.within), steps=[], unseen_seconds=600,
    ))  # fmt: skip
