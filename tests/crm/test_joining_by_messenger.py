"""Somebody joins a list in a messenger by a word or a link, is told what he agreed to, and leaves by STOP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec import convert
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import holders, list_invitations, mailing_lists, suppressions
from crm.consents import Consent
from crm.conversations import Interaction
from crm.mailing_lists import Listed, MailingList
from crm.suppressions import BY_HAND
from hub import channel_marks, proofs
from hub.audit import RINGBACK
from hub.chats import NAME, ChatChanged, Chatter, MessageEdited, SendMessage
from hub.clock import Clock, now
from hub.outbox import Outgoing
from tests.crm.messenger import IRA, TELEGRAM, VIBER, Came, Messenger

WORDS = "News of windows, once a month."


class Desk:
    """“News” as it is joined, and what Ira has of it."""

    def __init__(self, messenger: Messenger) -> None:
        """Stand for the list of this store."""
        self.messenger = messenger
        self.db = messenger.db
        self.list_id = 0

    async def open(self, **how: object) -> None:
        """Begin the list."""
        self.list_id = await self.db.write(self._open, {"confirms": False, "word": "News", **how})

    def _open(self, session: Session, how: dict[str, object]) -> int:
        proofs.make_key(session)
        wanted = convert({"name": "News", "words": WORDS, **how}, Listed)
        return mailing_lists.add(session, RINGBACK, wanted).id

    async def changes(self, **values: object) -> None:
        """Have the list be otherwise."""
        await self.db.write(
            lambda session: [
                setattr(session.get_one(MailingList, self.list_id), *each) for each in values.items()
            ]
        )

    async def follows(self, start: str = "") -> Came:
        """Have Ira press the link."""
        start = start or await self.db.read(
            lambda session: list_invitations.payload(session, session.get_one(MailingList, self.list_id))
        )
        return await self.messenger.tells(
            ChatChanged(chat="71", sender=IRA, what="began", at=now(), start=start)
        )

    async def lines(self) -> Sequence[Consent]:
        """Give the ledger, the oldest line first."""
        return await self.db.read(lambda session: session.scalars(select(Consent).order_by(Consent.id)).all())

    async def states(self) -> list[str]:
        """Give the states of its lines."""
        return [line.state for line in await self.lines()]

    async def said(self) -> list[SendMessage]:
        """Give what the machine said."""
        rows = await self.db.read(
            lambda session: session.scalars(select(Outgoing).order_by(Outgoing.id)).all()
        )
        return [convert(row.command, SendMessage) for row in rows]

    async def presses(self, payload: str, sender: Chatter = IRA) -> None:
        """Have somebody press a button."""
        await self.messenger.writes("Yes, send it", sender, pressed=payload)

    async def open_tasks(self) -> int:
        """Count what waits for a person."""
        return len([task for task in await self.messenger.tasks() if task.done_at is None])


@pytest.fixture
async def desk(messenger: Messenger) -> Desk:
    """Give it, before the list begins."""
    return Desk(messenger)


@pytest.mark.parametrize("text", ["START NEWS", "start news", "  Prenumerera “News”! ", "/subscribe news."])
async def test_a_word_joins_and_is_answered_with_what_was_agreed_to(desk: Desk, text: str) -> None:
    await desk.open()
    await desk.messenger.writes(text)
    (line,) = await desk.lines()
    assert (line.kind, line.value, line.state, line.source) == ("telegram", "71", "given", "chat")
    assert (line.words, line.place) == (WORDS, f"Telegram · {text}")
    assert (line.contact_id, line.interaction_id) != (None, None)
    (answer,) = await desk.said()
    assert "You get “News” here." in answer.text
    assert WORDS in answer.text
    assert "Write STOP" in answer.text
    assert not await desk.open_tasks()
    assert not await desk.messenger.conversations()


async def test_a_link_joins_once_however_often_it_is_read(desk: Desk) -> None:
    await desk.open()
    came = await desk.follows()
    await desk.messenger.replays(came)
    (line,) = await desk.lines()
    assert (line.state, line.place) == ("given", "Telegram · /start")
    assert len(await desk.said()) == 1
    touch = await desk.db.read(lambda session: session.get_one(Interaction, line.interaction_id))
    assert "News" in touch.summary


async def test_a_link_that_is_read_again_after_stop_does_not_join_again(desk: Desk, clock: Clock) -> None:
    await desk.open()
    came = await desk.follows()
    clock.advance(seconds=30)
    await desk.messenger.writes("STOP", at=now())
    await desk.messenger.replays(came)
    assert await desk.states() == ["given", "withdrawn"]


async def test_a_start_that_was_written_before_stop_and_comes_late_joins_nothing(desk: Desk) -> None:
    await desk.open()
    earlier = now() - timedelta(seconds=20)
    await desk.messenger.writes("START NEWS", at=earlier)
    await desk.messenger.writes("STOP", at=now())
    await desk.messenger.writes("START NEWS", at=earlier + timedelta(seconds=5))
    assert await desk.states() == ["given", "withdrawn"]
    assert await desk.open_tasks() == 1  # a person reads it


async def test_who_left_joins_again_by_the_word(desk: Desk, clock: Clock) -> None:
    await desk.open()
    for text in ("START NEWS", "STOP", "START NEWS"):
        clock.advance(seconds=5)
        await desk.messenger.writes(text, at=now())
    assert await desk.states() == ["given", "withdrawn", "given"]
    assert not await desk.db.read(suppressions.suppressed, "telegram", ["71"], desk.list_id)


async def test_a_list_that_confirms_asks_by_a_button(desk: Desk) -> None:
    await desk.open(confirms=True)
    await desk.messenger.writes("START NEWS")
    assert await desk.states() == ["asked"]
    (question,) = await desk.said()
    assert WORDS in question.text
    (button,) = question.buttons
    assert len(button.payload) <= 64
    await desk.presses(button.payload)
    assert await desk.states() == ["asked", "given"]
    line = (await desk.lines())[-1]
    assert (line.source, line.words) == ("chat", WORDS)
    assert "You get “News” here." in (await desk.said())[-1].text
    await desk.presses(button.payload)
    assert await desk.states() == ["asked", "given"]
    assert not await desk.open_tasks()


async def test_a_button_of_another_or_made_up_confirms_nothing(desk: Desk) -> None:
    await desk.open(confirms=True)
    await desk.messenger.writes("START NEWS")
    (button,) = (await desk.said())[0].buttons
    await desk.presses(button.payload, Chatter(id="72", name="Eve"))
    await desk.presses("join-1-aaaaaaaaaaaaaaaaaaaaaaaa")
    await desk.presses("join-fffffffffffffff-" + button.payload.rpartition("-")[2])
    await desk.presses("join-" + "é" * 30)
    assert await desk.states() == ["asked"]


async def test_a_button_pressed_after_stop_gives_nothing_back(desk: Desk, clock: Clock) -> None:
    await desk.open(confirms=True)
    await desk.messenger.writes("START NEWS", at=now())
    (button,) = (await desk.said())[0].buttons
    clock.advance(seconds=9)
    await desk.messenger.writes("STOP", at=now())
    clock.advance(seconds=9)
    await desk.messenger.writes("Yes, send it", pressed=button.payload, at=now())
    assert await desk.states() == ["asked", "withdrawn"]
    assert "before you left" in (await desk.said())[-1].text


async def test_a_button_is_good_for_thirty_days(desk: Desk, clock: Clock) -> None:
    await desk.open(confirms=True)
    await desk.messenger.writes("START NEWS")
    (button,) = (await desk.said())[0].buttons
    clock.advance(days=31)
    await desk.presses(button.payload)
    assert await desk.states() == ["asked"]


@pytest.mark.parametrize("how", [{"word": ""}, {"retired_at": "now"}])
async def test_a_list_that_is_not_offered_is_joined_by_nothing(desk: Desk, how: dict[str, str]) -> None:
    await desk.open()
    start = await desk.db.read(
        lambda session: list_invitations.payload(session, session.get_one(MailingList, desk.list_id))
    )
    await desk.changes(**{name: value and now() for name, value in how.items()})
    await desk.messenger.writes("START NEWS")
    await desk.follows(start)
    assert not await desk.lines()
    assert await desk.open_tasks() == 1  # what he wrote is read by a person


async def test_a_guessed_link_joins_nothing(desk: Desk) -> None:
    await desk.open()
    for start in ("l1-" + "0" * 24, "l1", "news", "lzzzzzzzzzzzzz-" + "a" * 24):
        await desk.follows(start)
    assert not await desk.lines()
    assert not await desk.said()


@pytest.mark.parametrize(
    "text", ["START", "NEWS", "START COOKING", "I start news tomorrow", "START NEWS NOW"]
)
async def test_other_words_are_a_message_like_any(desk: Desk, text: str) -> None:
    await desk.open()
    await desk.messenger.writes(text)
    assert not await desk.lines()
    assert await desk.open_tasks() == 1


async def test_an_edit_joins_nothing(desk: Desk) -> None:
    await desk.open()
    came = await desk.messenger.writes("Hello")
    await desk.messenger.tells(MessageEdited(key=came.event.key, chat="71", text="START NEWS", at=now()))
    await desk.messenger.tells(MessageEdited(key="never-came", chat="71", text="START NEWS", at=now()))
    assert not await desk.lines()


async def test_a_group_and_a_messenger_of_answers_alone_join_nothing(desk: Desk) -> None:
    await desk.open()
    await desk.messenger.writes("START NEWS", chat="-100")
    await desk.messenger.writes("START NEWS", channel=VIBER)
    assert not await desk.lines()


async def test_whom_a_colleague_took_off_is_left_to_a_person(desk: Desk) -> None:
    await desk.open()
    await desk.db.write(suppressions.suppress, "telegram", "71", BY_HAND)
    await desk.messenger.writes("START NEWS")
    assert not await desk.lines()
    assert await desk.open_tasks() == 1


async def test_a_flood_writes_few_lines_and_few_answers(desk: Desk, clock: Clock) -> None:
    await desk.open()
    for _ in range(30):
        for text in ("START NEWS", "STOP"):
            clock.advance(seconds=2)
            await desk.messenger.writes(text, at=now())
    assert (await desk.states()).count("given") <= 10
    assert len(await desk.said()) <= 20
    assert (await desk.states())[-1] == "withdrawn"


async def test_in_a_conversation_that_is_open_a_colleague_reads_it_too(desk: Desk) -> None:
    await desk.open()
    await desk.messenger.writes("When do you come?")
    await desk.messenger.writes("START NEWS")
    assert await desk.states() == ["given"]
    touches = [touch for touch in await desk.messenger.touches() if touch.text == "START NEWS"]
    assert touches[0].conversation_id is not None


async def test_words_that_are_long_are_said_whole_and_the_button_below_them(desk: Desk) -> None:
    await desk.open(confirms=True, words="w" * 1_990)
    await desk.messenger.writes("START NEWS")
    said = await desk.said()
    assert "w" * 1_990 in "".join(each.text for each in said)
    assert [bool(each.buttons) for each in said] == [*[False] * (len(said) - 1), True]


async def test_what_he_is_answered_leads_to_where_he_chooses(desk: Desk) -> None:
    await desk.open()
    desk.messenger.channels[TELEGRAM].connector.address = "https://crm.klarruta.example/in/telegram/abc"
    await desk.messenger.writes("START NEWS")
    (answer,) = await desk.said()
    token = answer.text.rpartition("https://crm.klarruta.example/unsubscribe/")[2]
    holder = await desk.db.read(holders.read, token)
    assert holder is not None
    assert (holder.kind, holder.address, holder.own and holder.own.name) == ("telegram", "71", "News")
    for wrong in (
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        "k-1",
        "k--",
        "k-zz-a",
        "k-fffffffffffffff-a",
    ):
        assert await desk.db.read(holders.read, wrong) is None


async def test_the_list_says_by_which_links_it_is_joined(desk: Desk) -> None:
    await desk.open(language="sv")

    def ways(session: Session) -> list[tuple[str, str]]:
        of = session.get_one(MailingList, desk.list_id)
        return [(each.kind, each.href) for each in list_invitations.invitations(session, of)]

    assert await desk.db.read(ways) == [("telegram", "")]
    await desk.db.write(channel_marks.put, TELEGRAM, NAME, "klarruta_bot")
    ((kind, href),) = await desk.db.read(ways)
    assert (kind, href.partition("=")[0]) == ("telegram", "https://t.me/klarruta_bot?start")
    came = await desk.follows(href.partition("=")[2])
    assert await desk.states() == ["given"]
    assert came.outcome.became


async def test_two_lists_have_two_words(desk: Desk) -> None:
    await desk.open()
    for word in ("news", "two words", "a" * 21, "-x"):
        with pytest.raises(ValueError, match=r"by this word already|one word"):
            await desk.db.write(
                mailing_lists.add, RINGBACK, Listed(name=f"Other {word}", words="Yes", word=word)
            )
