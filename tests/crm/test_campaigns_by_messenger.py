"""A campaign by a messenger reaches who agreed and wrote there, once; a word ends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    campaign_changes,
    campaign_sending,
    campaign_slowness,
    campaign_whom,
    consents,
    contacts,
    merging,
    suppressions,
)
from crm.campaigns import DONE, PAUSED, Campaign
from crm.deliveries import CLAIMED, LEFT_OUT, REFUSED, SENT, UNKNOWN, WAITING
from crm.suppressions import BOUNCED, UNSUBSCRIBED, Suppression
from hub import outbox
from hub.audit import RINGBACK
from hub.channels import Channel
from hub.chats import ChatChanged, Chatter, MessageFate
from hub.clock import Clock, now
from hub.outbox import Outgoing
from hub.users import Viewer
from tests.crm.messenger import TELEGRAM, Messenger
from tests.crm.wired import Wire, tell

PEOPLE = range(71, 76)


@pytest.fixture
async def wire(messenger: Messenger) -> Wire:
    """Give a campaign to five people."""
    made = Wire(messenger)
    await made.open(PEOPLE)
    return made


async def standing(wire: Wire) -> list[tuple[str, str, int | None, str]]:
    """Give whom nothing is written to."""
    rows = await wire.db.read(
        lambda session: session.scalars(select(Suppression).where(Suppression.lifted_at.is_(None))).all()
    )
    return [(row.kind, row.value, row.list_id, row.reason) for row in rows]


async def test_everybody_who_agreed_gets_it_once_and_with_his_name(wire: Wire) -> None:
    await wire.begins()
    texts = [str(row.command["text"]) for row in await wire.outbox()]
    assert len(texts) == len(PEOPLE)
    assert set(texts) == {"Hello Ira, the windows are here. Write STOP to leave."}
    await wire.all_leave()
    assert set((await wire.copies()).values()) == {SENT}
    assert (await wire.campaign()).state == DONE


async def test_who_becomes_one_with_another_before_it_left_gets_it_once(wire: Wire) -> None:
    await wire.begins()
    for one, other in ((71, 72), (73, 74)):
        await wire.db.write(_merge, str(one), str(other))
    await wire.goes_on()
    await wire.all_leave()
    copies = await wire.copies()
    assert sorted(copies.values()) == [LEFT_OUT, LEFT_OUT, SENT, SENT, SENT]
    assert {copies["71"], copies["72"]} == {copies["73"], copies["74"]} == {SENT, LEFT_OUT}
    assert (await wire.campaign()).state == DONE


async def test_what_is_just_being_sent_as_two_become_one_is_sent(wire: Wire) -> None:
    await wire.begins()
    taken = await wire.taken()
    await wire.db.write(_merge, "71", "72")
    await wire.all_leave(taken)
    assert set((await wire.copies()).values()) == {SENT}, (
        "nobody is left without for what may come to nothing"
    )


def _merge(session: Session, one: str, other: str) -> None:
    """Say that two of a messenger are one."""
    card, survivor = (contacts.find(session, "telegram", each) for each in (one, other))
    assert card
    assert survivor
    merging.merge(session, RINGBACK, card, survivor)


async def test_it_stands_on_the_timeline_and_opens_no_conversation(wire: Wire) -> None:
    before = len(await wire.messenger.conversations())
    await wire.begins()
    assert all(touch.direction != "out" for touch in await wire.messenger.touches())
    await wire.all_leave()
    ours = [touch for touch in await wire.messenger.touches() if touch.direction == "out"]
    assert len(ours) == len(PEOPLE)
    assert {(touch.conversation_id, touch.author_id) for touch in ours} == {(None, None)}
    assert {tuple(map(str, touch.remarks)) for touch in ours} == {("The campaign “Spring”.",)}
    assert len(await wire.messenger.conversations()) == before
    assert not [task for task in await wire.messenger.tasks() if task.done_at is None]


async def test_who_did_not_agree_or_has_no_chat_or_blocked_us_gets_nothing(wire: Wire) -> None:
    await wire.writes(80, "I never agreed")
    await wire.agrees(81)  # without a chat
    blocked = ChatChanged(chat="72", sender=Chatter(id="72"), what="blocked", at=now())
    await wire.messenger.tells(blocked)
    await wire.db.write(consents.withdraw, wire.list_id, "telegram", "73", consents.Origin(source="person"))
    campaign = await wire.campaign()
    counted = await wire.db.read(campaign_whom.counts, campaign)
    assert counted == {campaign_whom.GETS: 3, campaign_whom.NO_CHAT: 2, campaign_whom.TOOK_BACK: 1}
    await wire.begins()
    assert set(await wire.copies()) == {"71", "74", "75"}


async def test_a_group_that_somebody_brought_the_bot_into_gets_nothing(wire: Wire) -> None:
    sender = Chatter(id="90", name="Ira 90")
    await wire.messenger.writes("hello all", sender, chat="-100")
    await wire.agrees(90)
    await wire.begins()
    assert "90" not in await wire.copies()


async def test_who_blocked_the_bot_is_refused_and_never_written_to_again(wire: Wire) -> None:
    await wire.begins()
    first, *others = await wire.taken()
    await wire.ends(first, "failed_at", error="The customer has blocked the bot.", blocked=True)
    await wire.all_leave(others)
    refused = await wire.copy(71)
    assert (refused.state, refused.code) == (REFUSED, "blocked")
    assert "has blocked the bot" in refused.why
    assert ("telegram", "71", None, BOUNCED) in await standing(wire)
    chats = await wire.messenger.chats()
    assert [chat.blocked_at is not None for chat in chats] == [True, False, False, False, False]
    assert (await wire.campaign()).state == DONE


async def test_who_lets_us_write_again_is_written_to_again(wire: Wire) -> None:
    await wire.begins()
    first, *_others = await wire.taken()
    await wire.ends(first, "failed_at", error="The customer has blocked the bot.", blocked=True)
    await wire.writes(71, "Here I am again", at=now() + timedelta(seconds=1))
    assert not await standing(wire)


async def test_stop_takes_it_back_says_so_once_and_asks_nobody(wire: Wire) -> None:
    await wire.begins()
    await wire.all_leave()
    await wire.writes(71, "Stop!")
    lines = await wire.db.read(consents.newest, "telegram", "71")
    assert (lines[wire.list_id].state, lines[wire.list_id].source) == ("withdrawn", "chat")
    assert ("telegram", "71", wire.list_id, UNSUBSCRIBED) in await standing(wire)
    assert (await wire.copy(71)).unsubscribed_at is not None
    assert (await wire.copy(71)).answered_at is None
    (said,) = await wire.outbox()
    assert "News" in str(said.command["text"])
    assert not [task for task in await wire.messenger.tasks() if task.done_at is None]
    await wire.all_leave()
    await wire.writes(71, "/stop")  # he gets nothing here any more: a person looks at it
    assert not await wire.outbox()


@pytest.mark.parametrize("word", ["STOP", "sluta", "/stop", "Avregistrera."])
async def test_each_of_these_words_ends_it(wire: Wire, word: str) -> None:
    await wire.writes(72, word)
    lines = await wire.db.read(consents.newest, "telegram", "72")
    assert lines[wire.list_id].state == "withdrawn"


async def test_a_sentence_with_the_word_in_it_ends_nothing(wire: Wire) -> None:
    await wire.writes(72, "Please do not stop sending these")
    lines = await wire.db.read(consents.newest, "telegram", "72")
    assert lines[wire.list_id].state == "given"


async def test_a_copy_that_waits_in_the_outbox_does_not_leave_after_stop(wire: Wire) -> None:
    await wire.begins()
    await wire.writes(73, "stop")
    assert (await wire.copies())["73"] == LEFT_OUT
    await wire.all_leave()
    sent = [str(each.command["to"]) for each in await _all(wire) if "windows" in str(each.command["text"])]
    assert "73" not in sent
    assert len(sent) == len(PEOPLE) - 1


async def test_one_in_hand_that_is_put_off_after_stop_does_not_leave(wire: Wire) -> None:
    await wire.begins()
    row = next(each for each in await wire.taken() if each.command["to"] == "73")
    await wire.writes(73, "stop")
    await wire.db.write(
        lambda session: outbox.put_off(session, row.id, "429", in_doubt=False, after=30.0, tell=tell)
    )
    await wire.taken()
    assert (await wire.copies())["73"] == LEFT_OUT


async def test_an_answer_is_a_conversation_and_counts_for_the_campaign(wire: Wire) -> None:
    await wire.begins()
    await wire.all_leave()
    await wire.writes(74, "How much are they?")
    assert (await wire.copy(74)).answered_at is not None
    (task,) = [task for task in await wire.messenger.tasks() if task.done_at is None]
    assert "How much" in task.title
    touch = (await wire.messenger.touches())[-1]
    assert any("Spring" in remark for remark in touch.remarks)


async def test_what_he_writes_weeks_later_answers_nothing_unless_it_names_it(
    wire: Wire, clock: Clock
) -> None:
    await wire.begins()
    await wire.all_leave()
    clock.advance(days=9)
    await wire.writes(74, "Something else")
    assert (await wire.copy(74)).answered_at is None
    named = next(each for each in await _all(wire) if each.command["to"] == "75")
    await wire.writes(75, "This one!", answers=str(named.remote_id))
    assert (await wire.copy(75)).answered_at is not None


async def test_paused_nothing_leaves_and_resumed_each_gets_it_once(wire: Wire) -> None:
    await wire.begins()
    in_hand = await wire.taken()
    await wire.db.write(_changed, wire, campaign_changes.pause)
    assert {row.id for row in await wire.outbox()} == {row.id for row in in_hand}
    await wire.goes_on()
    await wire.db.write(_changed, wire, campaign_changes.resume)
    await wire.goes_on()
    await wire.all_leave(in_hand)
    assert sorted(str(each.command["to"]) for each in await _all(wire)) == [str(each) for each in PEOPLE]
    assert (await wire.campaign()).state == DONE


async def test_cancelled_nothing_more_leaves(wire: Wire) -> None:
    await wire.begins()
    (in_hand, *others) = await wire.taken()
    await wire.db.write(_changed, wire, campaign_changes.cancel)
    await wire.ends(in_hand)
    for row in others:
        await wire.db.write(
            lambda session, row=row: outbox.put_off(session, row.id, "429", in_doubt=False, tell=tell)
        )
    assert not await wire.taken()
    assert Counter((await wire.copies()).values()) == {SENT: 1, LEFT_OUT: len(PEOPLE) - 1}


async def test_few_are_in_the_outbox_at_once(messenger: Messenger) -> None:
    wire = Wire(messenger)
    await wire.open(range(100, 150))
    await wire.begins()
    assert len(await wire.outbox()) == 30
    await wire.goes_on()
    assert len(await wire.outbox()) == 30
    await wire.all_leave()
    sent = [str(each.command["to"]) for each in await _all(wire)]
    assert sorted(sent) == sorted(map(str, range(100, 150)))
    assert (await wire.campaign()).state == DONE


async def test_of_one_whose_end_nobody_knows_a_person_decides(wire: Wire) -> None:
    await wire.begins()
    first, *others = await wire.taken()
    await wire.ends(first, "unknown_at", error="Telegram broke off.")
    await wire.all_leave(others)
    assert (await wire.copy(71)).state == UNKNOWN
    await wire.goes_on()
    assert not await wire.outbox()
    await wire.db.write(_changed, wire, campaign_changes.send_again)
    await wire.goes_on()
    (again,) = await wire.outbox()
    assert again.command["to"] == "71"


async def test_what_is_claimed_is_not_given_up_as_a_letter_without_a_log_is(wire: Wire) -> None:
    await wire.begins()
    await wire.db.write(campaign_sending.give_up, now(), ())
    assert set((await wire.copies()).values()) == {CLAIMED}


async def test_it_stops_by_itself_where_the_messenger_refuses_it_for_what_it_is(messenger: Messenger) -> None:
    wire = Wire(messenger)
    await wire.open(range(100, 140))
    await wire.begins()
    refused = 0
    while refused < 10:
        for row in await wire.taken():
            await wire.ends(row, "failed_at", error="Telegram refuses it: can't parse entities")
            refused += 1
    campaign = await wire.campaign()
    assert campaign.state == PAUSED
    assert "can't parse entities" in campaign.paused_why
    assert WAITING in (await wire.copies()).values()


async def test_one_that_the_messenger_could_not_deliver_after_all_is_refused(wire: Wire) -> None:
    await wire.begins()
    await wire.all_leave()
    lost = next(each for each in await _all(wire) if each.command["to"] == "71")
    fate = MessageFate(fate="failed", chat="71", messages=(str(lost.remote_id),), why="undeliverable")
    await wire.messenger.tells(fate)
    assert (await wire.copy(71)).state == REFUSED


async def test_the_same_digits_in_another_messenger_are_somebody_else(wire: Wire) -> None:
    await wire.begins()
    await wire.db.write(_suppress_elsewhere)
    assert (await wire.copies())["71"] == CLAIMED


async def test_why_it_goes_no_faster_is_said_of_its_channel(messenger: Messenger) -> None:
    wire = Wire(messenger)
    await wire.open(range(100, 140))
    await wire.begins()
    assert not await _slow(wire)
    for row in await wire.taken():
        await wire.db.write(
            lambda session, row=row: outbox.put_off(
                session,
                row.id,
                "Telegram lets us send no more for now.",
                in_doubt=False,
                after=90.0,
                tell=tell,
            )
        )
    ((words, until),) = await _slow(wire)
    assert "wait to be tried again: Telegram lets us send no more for now." in words
    assert until is not None
    assert until > now()

    def trouble(session: Session) -> None:
        session.get_one(Channel, TELEGRAM).trouble = "Telegram refuses the token."

    await wire.db.write(trouble)
    assert "Its channel “Telegram” is in trouble: Telegram refuses the token." in (await _slow(wire))[0]
    await wire.db.write(lambda session: setattr(session.get_one(Channel, TELEGRAM), "paused_at", now()))
    assert await _slow(wire) == [("Its channel “Telegram” is paused.", None)]


async def _slow(wire: Wire) -> list[tuple[str, datetime | None]]:
    campaign = await wire.campaign()
    found = await wire.db.read(lambda session: campaign_slowness.reasons(session, campaign, now()))
    return [(str(each.words), each.until) for each in found]


async def _all(wire: Wire) -> Sequence[Outgoing]:
    return await wire.db.read(lambda session: session.scalars(select(Outgoing).order_by(Outgoing.id)).all())


def _changed(session: Session, wire: Wire, deed: Callable[[Session, Viewer, Campaign], object]) -> None:
    deed(session, RINGBACK, session.get_one(Campaign, wire.campaign_id))


def _suppress_elsewhere(session: Session) -> None:
    suppressions.suppress(session, "whatsapp", "71", BOUNCED)
