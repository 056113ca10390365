"""What somebody says in a chat stands on the card and leaves in order, and answers whoever waits."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_texts, chat_writing, desk, inbox
from crm.attachments import Attachment
from crm.chat_writing import Wanted
from crm.chats import Chat
from crm.conversations import Conversation
from crm.desk import Refusal
from crm.tasks import Task
from hub import audit
from hub.channels import Channel
from hub.chats import Button, SendMessage
from hub.clock import Clock, now
from hub.lanes import HINTS, MESSAGES
from hub.letters import Enclosure
from tests.crm.pigeons import PIGEONS, READY, Loft, Pigeon

PLAN = Enclosure(name="plan.pdf", type="application/pdf", blob="a" * 64, size=900)
FILM = Enclosure(name="film.mp4", type="video/mp4", blob="c" * 64, size=1001)
PHOTO = Enclosure(name="photo.jpg", type="image/jpeg", blob="b" * 64, size=500)


async def test_what_is_said_stands_on_the_card_and_leaves_by_its_chat(loft: Loft) -> None:
    (said,) = await loft.says(text="They are.")
    touch, message, (row,) = await loft.touch(said), await loft.message(said), await loft.outbox()
    elin = await loft.firm.who("Elin")
    assert (touch.kind, touch.direction, touch.text, touch.author_id) == (
        "chat",
        "out",
        "They are.",
        elin.user_id,
    )
    assert touch.conversation_id == (await loft.conversation()).id
    assert (message.outgoing_id, message.chat_id, message.left_at) == (row.id, loft.chat_id, None)
    assert (row.lane, row.stream, row.at_most_once) == (MESSAGES.name, "71", True)
    assert row.expires_at - now() > timedelta(hours=23)
    (command,) = await loft.commands()
    assert (command.to, command.text, command.message_id) == ("71", "They are.", touch.key)


async def test_an_answer_does_the_task_and_is_its_writers(loft: Loft) -> None:
    await loft.says(text="They are.")
    (task,), stands, elin = await loft.tasks(), await loft.conversation(), await loft.firm.who("Elin")
    assert (task.done_at is not None, task.done_by) == (True, elin.user_id)
    assert (stands.waits_since, stands.assignee_id) == (None, elin.user_id)


async def test_what_a_program_says_answers_nobody(loft: Loft) -> None:
    before = await loft.conversation()
    (said,) = await loft.says(text="We are closed.", automatic=True)
    (task,), stands = await loft.tasks(), await loft.conversation()
    assert (task.done_at, stands.waits_since, stands.assignee_id) == (None, before.waits_since, None)
    assert ((await loft.touch(said)).author_id, (await loft.message(said)).automatic) == (None, True)


async def test_long_words_become_several_messages_and_none_is_lost(loft: Loft) -> None:
    words = "Your windows are ready.\n\nWe come on Monday at nine o'clock, if that suits you."
    said = await loft.says(text=words)
    texts = [each.text for each in await loft.commands()]
    assert texts[0] == "Your windows are ready."
    assert max(map(len, texts)) <= 40
    assert " ".join(texts).split() == words.split()
    assert [(await loft.touch(each)).text for each in said] == texts


@pytest.mark.parametrize(
    ("text", "most", "pieces"),
    [
        ("", 10, []),
        ("  \n ", 10, []),
        ("short", 10, ["short"]),
        ("one two three", 8, ["one two", "three"]),
        ("a\n\nlonger than this", 12, ["a\n\nlonger", "than this"]),
        ("First one. Second one.", 14, ["First one.", "Second one."]),
        ("x" * 25, 10, ["x" * 10, "x" * 10, "x" * 5]),
        ("🐦" * 7, 10, ["🐦" * 5, "🐦" * 2]),
    ],
)
def test_words_are_cut_where_they_end(text: str, most: int, pieces: list[str]) -> None:
    assert chat_texts.pieces(text, most) == pieces


async def test_words_stand_beside_the_first_file_where_they_fit(loft: Loft) -> None:
    said = await loft.says(text="Here you are.", files=(PLAN, PHOTO))
    first, second = await loft.commands()
    assert (first.text, first.file, second.text, second.file) == ("Here you are.", PLAN, "", PHOTO)
    assert [(await loft.touch(each)).summary for each in said] == ["Here you are.", "photo.jpg"]
    files = await loft.db.read(
        lambda session: session.execute(select(Attachment.interaction_id, Attachment.name)).all()
    )
    assert [tuple(each) for each in files] == list(zip(said, ("plan.pdf", "photo.jpg"), strict=True))


@pytest.mark.parametrize("most", [4, 7, 40, 1_000])
@pytest.mark.parametrize("letter", ["a", "Ж", "€", "🪟"])
def test_where_bytes_are_counted_each_message_is_within_them(letter: str, most: int) -> None:
    text = f"{letter * 9} {letter * 30}. " * 30
    cut = chat_texts.pieces(text, most, in_bytes=True)
    assert max(len(each.encode()) for each in cut) <= most
    assert "".join("".join(cut).split()) == "".join(text.split())


async def test_of_a_messenger_that_counts_bytes_long_words_are_several_messages(
    loft: Loft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pigeon, "rules", replace(Pigeon.rules, in_bytes=True))
    await loft.says(text="Окна готовы. Приедем во вторник.")
    assert [each.text for each in await loft.commands()] == ["Окна готовы.", "Приедем во вторник."]


async def test_where_few_words_go_above_buttons_long_ones_are_more_messages(
    loft: Loft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pigeon, "rules", replace(Pigeon.rules, above_buttons=15))
    yes = Button(text="Yes", payload="yes")
    await loft.says(text="Is this the window that you want?", buttons=(yes,))
    said = await loft.commands()
    assert [each.text for each in said] == ["Is this the", "window that you", "want?"]
    assert [each.buttons for each in said] == [(), (), (yes,)]
    with pytest.raises(Refusal, match="need words above"):
        await loft.says(files=(PHOTO,), buttons=(yes,))
    await loft.says(text="Is this the window that you want?")
    assert (await loft.commands())[-1].text == "Is this the window that you want?"


async def test_words_that_do_not_fit_beside_a_file_come_before_it_with_their_buttons(loft: Loft) -> None:
    yes = Button(text="Yes", payload="yes")
    await loft.says(text="Is this the window that you want?", files=(PHOTO,), buttons=(yes,))
    words, file = await loft.commands()
    assert (words.text, words.buttons) == ("Is this the window that you want?", (yes,))
    assert (file.text, file.file, file.buttons) == ("", PHOTO, ())


async def test_an_answer_names_the_message_that_it_answers(loft: Loft) -> None:
    asked = await loft.asks("And the doors?")
    (said,) = await loft.says(text="Too.", answers=asked)
    (command,) = await loft.commands()
    assert (command.answers, (await loft.message(said)).answers_id) == (
        (await loft.message(asked)).remote_id,
        asked,
    )


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({}, "needs words or a file"),
        ({"text": " \n"}, "needs words or a file"),
        ({"files": (FILM,)}, "“film.mp4” is too large"),
        ({"text": "?", "buttons": (Button(text="a"),) * 3}, "at most 2 buttons"),
        ({"template": "gone"}, "no template “gone”"),
        ({"template": "ready", "values": ("Ira",)}, "Fill in all"),
        ({"template": "ready", "values": ("Ira", " ")}, "Fill in all"),
        ({"template": "ready", "values": ("Ira", "doors"), "text": "And more"}, "goes alone"),
        ({"text": "x" * 100_001}, "at most 100000 letters"),
    ],
)  # fmt: skip
async def test_what_cannot_be_said_is_refused_in_words(
    loft: Loft, wanted: dict[str, object], words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        await loft.says(**wanted)
    assert await loft.outbox() == []


async def test_nothing_is_said_to_who_blocked_us_or_by_a_paused_channel(loft: Loft) -> None:
    await loft.changes(blocked_at=now())
    with pytest.raises(Refusal, match="does not let us write"):
        await loft.says(text="Hello?")
    await loft.changes(blocked_at=None)
    await loft.db.write(lambda session: setattr(session.get_one(Channel, PIGEONS), "paused_at", now()))
    with pytest.raises(Refusal, match="“Pigeons” is paused"):
        await loft.says(text="Hello?")


async def test_after_the_window_only_a_template_leaves_with_its_gaps_filled_in(
    loft: Loft, clock: Clock
) -> None:
    clock.advance(days=1, seconds=1)
    with pytest.raises(Refusal, match="only a template"):
        await loft.says(text="They are.")
    (said,) = await loft.says(template="ready", values=("Ira", "doors"))
    (command,) = await loft.commands()
    assert (command.template, command.values, command.text) == (READY, ("Ira", "doors"), "")
    assert (await loft.touch(said)).text == "Hello Ira, your doors are ready."
    assert (await loft.message(said)).template == "ready"


async def test_who_writes_in_a_closed_conversation_opens_it_again(loft: Loft) -> None:
    elin = await loft.firm.who("Elin")
    await loft.says(text="They are.")

    def close(session: Session) -> None:
        inbox.close(session, elin, session.scalars(select(Conversation)).one(), "")

    await loft.db.write(close)
    await loft.says(text="One more thing.")
    assert (await loft.conversation()).closed_at is None


async def test_of_two_who_write_at_once_each_message_stays_whole(loft: Loft) -> None:
    words = "One two three four five six seven eight nine ten eleven."
    first, second = await asyncio.gather(loft.says(text=words), loft.says("Johan", text=words))
    rows = {row.id: row.command["message_id"] for row in await loft.outbox()}
    keys = [(await loft.touch(each)).key for each in (first + second if first < second else second + first)]
    assert [rows[each] for each in sorted(rows)] == keys


async def test_that_somebody_writes_is_shown_once_at_a_time(loft: Loft) -> None:
    elin = await loft.firm.who("Elin")

    def type_(session: Session) -> None:
        chat_writing.typing(session, elin, session.get_one(Chat, loft.chat_id))

    await loft.db.write(type_)
    await loft.db.write(type_)
    (row,) = await loft.outbox()
    assert (row.lane, row.command["to"], row.command["seen"]) == (HINTS.name, "71", "k0")  # what came last
    assert row.expires_at - row.made_at <= timedelta(seconds=5)
    await loft.changes(blocked_at=now())
    await loft.db.write(lambda session: session.delete(session.get_one(type(row), row.id)))
    await loft.db.write(type_)
    assert await loft.outbox() == []


async def test_that_a_message_was_written_stands_in_the_audit(loft: Loft) -> None:
    await loft.says(text="They are.")
    entries = await loft.db.read(lambda session: session.scalars(select(audit.Entry)).all())
    assert "a message was written: They are." in [each.words for each in entries]


async def test_a_message_in_a_chat_of_nobody_is_refused(loft: Loft) -> None:
    elin = await loft.firm.who("Elin")
    with pytest.raises(Refusal, match="no such chat"):
        await loft.db.write(chat_writing.say, elin, Wanted(chat_id=4711, text="Hello"))


async def test_a_task_that_was_done_by_hand_stays_done(loft: Loft) -> None:
    elin = await loft.firm.who("Elin")
    (task,) = await loft.tasks()
    await loft.db.write(lambda session: desk.complete(session, elin, session.get_one(Task, task.id)))
    (said,) = await loft.says(text="They are.")
    await loft.ends(said, failed_at=now(), error="no")
    assert (await loft.tasks())[0].done_at is not None


def test_a_message_is_kept_without_the_content_of_its_file() -> None:
    full = Enclosure(name="plan.pdf", type="application/pdf", blob="a" * 64, size=3, content=b"abc")
    kept = SendMessage(to="71", file=full).kept()
    assert kept.file is not None
    assert kept.file.content == b""
