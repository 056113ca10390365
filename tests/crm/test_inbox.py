"""Conversations of the inbox: whose turn it is, whose they are, put off, closed; and what that is to their tasks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Concatenate, ParamSpec, TypeVar

import pytest
from alembic import command
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import desk, handover_items, handovers, holdings, inbox, inbox_ways, snoozed, tasks
from crm.contacts import Contact
from crm.conversations import Conversation
from crm.desk import Refusal
from crm.tasks import Task
from hub import audit, migrations
from hub.clock import Clock, now
from hub.users import User, Viewer, add_user
from tests.crm.mailbox import Mailbox, letter
from tests.crm.test_intake_races import at_once
from tests.crm.writing import Desk as Writing

P = ParamSpec("P")
T = TypeVar("T")
ONE = "one@tenant.example"


class Desk:
    """What colleagues do with the first conversation, and how it then stands."""

    def __init__(self, mailbox: Mailbox) -> None:
        """Sit down."""
        self.mailbox = mailbox

    async def does(
        self, name: str, verb: Callable[Concatenate[Session, Viewer, Conversation, P], T], *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:  # fmt: skip
        """Have somebody do something with it."""
        who = await self.mailbox.firm.who(name)
        return await self.mailbox.db.write(
            lambda session: verb(session, who, _first(session), *args, **kwargs)
        )

    async def answers(self, name: str) -> None:
        """Have somebody write to the contact."""
        await (await Writing.of(self.mailbox, name)).answers("It does.")

    async def stands(self) -> Conversation:
        """Give it."""
        return await self.mailbox.db.read(_first)

    async def task(self, number: int = 0) -> Task:
        """Give a task for it."""
        return (await self.mailbox.tasks())[number]

    async def writes_again(self, key: str = "two@tenant.example") -> None:
        """Have the contact write again."""
        await self.mailbox.gets(letter(key=key, In_Reply_To=f"<{ONE}>"))


def _first(session: Session) -> Conversation:
    return session.scalars(select(Conversation).order_by(Conversation.id)).first() or Conversation()


@pytest.fixture
async def first(mailbox: Mailbox) -> Desk:
    """Give a conversation that begins with Karin's letter to support@."""
    await mailbox.gets(letter())
    return Desk(mailbox)


async def test_who_writes_waits_for_us_and_a_second_letter_does_not_move_since_when(
    first: Desk, clock: Clock
) -> None:
    since = (await first.stands()).waits_since
    clock.advance(minutes=5)
    await first.writes_again()
    stands = await first.stands()
    assert since is not None
    assert stands.waits_since == since
    assert stands.last_at >= since + timedelta(minutes=5)


async def test_an_automatic_letter_wakes_nothing(first: Desk) -> None:
    await first.does("Elin", inbox.close, "Answered")
    auto = letter(key="auto@tenant.example", In_Reply_To=f"<{ONE}>", Auto_Submitted="auto-replied")
    await first.mailbox.gets(auto)
    stands = await first.stands()
    assert (stands.waits_since, stands.closed_at is None) == (None, False)


async def test_writing_takes_what_nobody_has_and_ends_what_waits(first: Desk) -> None:
    await first.answers("Elin")
    stands, task = await first.stands(), await first.task()
    elin = await first.mailbox.firm.who("Elin")
    assert (stands.assignee_id, stands.waits_since) == (elin.user_id, None)
    assert (task.done_by, stands.closed_at) == (elin.user_id, None)


async def test_writing_in_a_colleagues_conversation_leaves_it_with_him(first: Desk) -> None:
    johan = await first.mailbox.firm.who("Johan")
    await first.does("Elin", inbox.assign, f"user:{johan.user_id}")
    await first.answers("Elin")
    assert (await first.stands()).assignee_id == johan.user_id


async def test_the_next_letter_goes_to_who_has_the_conversation(first: Desk) -> None:
    await first.answers("Elin")
    await first.writes_again()
    elin, task = await first.mailbox.firm.who("Elin"), await first.task(1)
    assert (task.assignee_id, task.why_me) == (elin.user_id, "You have this conversation")
    assert (await first.stands()).waits_since is not None


async def test_to_give_the_one_is_to_give_the_other(first: Desk) -> None:
    elin, johan = [await first.mailbox.firm.who(name) for name in ("Elin", "Johan")]
    await first.does("Elin", inbox.assign, f"user:{johan.user_id}", "knows the house")
    assert (await first.task()).assignee_id == johan.user_id
    task = await first.task()
    await first.mailbox.db.write(lambda session: desk.hand_over(
        session, johan, session.get_one(Task, task.id), f"user:{elin.user_id}", ""))  # fmt: skip
    assert (await first.stands()).assignee_id == elin.user_id


async def test_of_two_who_take_the_same_the_second_is_told_who_was_faster(first: Desk) -> None:
    elin, johan = [await first.mailbox.firm.who(name) for name in ("Elin", "Johan")]
    await first.does("Elin", inbox.assign, f"user:{elin.user_id}", had=None)
    with pytest.raises(Refusal, match="it is with Elin Sandgren now"):
        await first.does("Johan", inbox.assign, f"user:{johan.user_id}", had=None)
    assert (await first.stands()).assignee_id == elin.user_id


async def test_two_who_take_the_same_at_once_do_not_both_have_it(first: Desk) -> None:
    viewers = [await first.mailbox.firm.who(name) for name in ("Elin", "Johan")]
    refused: list[str] = []

    def take(who: Viewer) -> Callable[[Session], None]:
        def taking(session: Session) -> None:
            try:
                inbox.assign(session, who, _first(session), f"user:{who.user_id}", had=None)
            except Refusal as refusal:
                refused.append(str(refusal))

        return taking

    await at_once(first.mailbox.db, *[take(who) for who in viewers])  # type: ignore[arg-type]
    assert len(refused) == 1
    assert (await first.stands()).assignee_id == (await first.task()).assignee_id


async def test_closing_ends_its_task_with_the_reason_and_reopening_takes_both_back(first: Desk) -> None:
    await first.does("Elin", inbox.close, "Answered by phone")
    stands, task = await first.stands(), await first.task()
    assert (stands.closed_why, stands.closed_at) == ("Answered by phone", task.done_at)
    told = await first.mailbox.db.read(tasks.history, task.id)
    assert "the conversation is closed: Answered by phone" in [each.words for each in told]
    await first.does("Elin", inbox.reopen)
    stands, task = await first.stands(), await first.task()
    assert (task.done_at, stands.closed_at) == (None, None)
    assert stands.waits_since == task.created_at


async def test_a_letter_that_comes_while_it_is_closed_is_not_closed_away(first: Desk) -> None:
    elin = await first.mailbox.firm.who("Elin")
    box = first.mailbox
    item = await box.db.write(box.keep)
    event = box.read(letter(key="two@tenant.example", In_Reply_To=f"<{ONE}>"))
    await at_once(
        box.db,
        lambda session: box.take(session, item, event),
        lambda session: inbox.close(session, elin, _first(session), "Answered"),  # type: ignore[arg-type, func-returns-value]
    )
    stands = await first.stands()
    waiting = [task for task in await box.tasks() if task.done_at is None]
    assert (stands.closed_at is None) == bool(waiting) == (stands.waits_since is not None)


async def test_what_is_put_off_comes_back_by_itself_and_then_it_is_our_turn(
    first: Desk, clock: Clock
) -> None:
    await first.answers("Elin")
    until = now() + timedelta(hours=1)
    await first.does("Elin", inbox.snooze, until)
    assert (await first.stands()).snoozed_until == until
    clock.advance(hours=1, minutes=1)
    stands = await first.stands()
    assert [item for _id, item in await first.mailbox.db.read(snoozed.take, now(), 9)] == [stands.id]
    await first.mailbox.db.write(snoozed.come_back, stands.id)
    stands = await first.stands()
    assert (stands.snoozed_until, stands.waits_since) == (None, until)


async def test_a_letter_brings_back_at_once_what_was_put_off_and_its_task(first: Desk) -> None:
    await first.does("Elin", inbox.snooze, now() + timedelta(days=3))
    assert (await first.task()).planned_for is not None
    await first.writes_again()
    assert ((await first.stands()).snoozed_until, (await first.task()).planned_for) == (None, None)


async def test_to_plan_the_task_for_later_puts_the_conversation_off(first: Desk) -> None:
    elin, task = await first.mailbox.firm.who("Elin"), await first.task()
    later = now() + timedelta(hours=2)
    await first.mailbox.db.write(
        lambda session: desk.plan(session, elin, session.get_one(Task, task.id), later)
    )
    assert (await first.stands()).snoozed_until == later


async def test_a_time_that_is_gone_is_refused(first: Desk) -> None:
    with pytest.raises(Refusal, match="still to come"):
        await first.does("Elin", inbox.snooze, now() - timedelta(hours=1))


async def test_what_is_done_with_it_stands_in_the_audit(first: Desk) -> None:
    elin = await first.mailbox.firm.who("Elin")
    await first.does("Elin", inbox.assign, f"user:{elin.user_id}")
    await first.does("Elin", inbox.tag, "Warranty")
    await first.does("Elin", inbox.close, "Settled")
    stands = await first.stands()
    entries = await first.mailbox.db.read(audit.history, inbox.KIND, stands.id)
    assert [entry.who for entry in entries] == [elin.name] * 3
    assert entries[0].changes["closed_why"] == ["", "Settled"]
    assert entries[1].words == "tagged Warranty"
    assert entries[2].changes["assignee_id"] == [None, elin.user_id]


async def test_a_store_of_before_is_filled_from_its_tasks(first: Desk) -> None:
    elin = await first.mailbox.firm.who("Elin")
    await first.does("Elin", inbox.assign, f"user:{elin.user_id}")
    before, db = await first.stands(), first.mailbox.db
    await db.migrate(lambda store: command.downgrade(migrations._config(store), "0035-1"))
    await db.migrate(migrations.upgrade)
    after = await first.stands()
    for name in ("assignee_id", "department_id", "waits_since", "last_at", "closed_at"):
        assert getattr(after, name) == getattr(before, name), name


async def test_what_was_quiet_for_long_counts_as_closed_in_a_store_of_before(
    first: Desk, clock: Clock
) -> None:
    await first.answers("Elin")
    clock.advance(days=31)
    db = first.mailbox.db
    await db.migrate(lambda store: command.downgrade(migrations._config(store), "0035-1"))
    await db.migrate(migrations.upgrade)
    stands = await first.stands()
    assert stands.closed_at == stands.last_at


async def test_what_is_closed_is_not_put_off(first: Desk) -> None:
    await first.does("Elin", inbox.close, "Settled")
    with pytest.raises(Refusal, match="closed"):
        await first.does("Elin", inbox.snooze, now() + timedelta(hours=1))
    assert (await first.stands()).snoozed_until is None


async def _leaves(first: Desk, name: str) -> None:
    who = await first.mailbox.firm.who(name)
    await first.mailbox.db.write(
        lambda session: setattr(session.get_one(User, who.user_id), "disabled_at", now())
    )


async def test_what_comes_back_to_somebody_who_has_left_is_nobodys(first: Desk, clock: Clock) -> None:
    await first.answers("Elin")
    await first.does("Elin", inbox.snooze, now() + timedelta(hours=1))
    await _leaves(first, "Elin")
    clock.advance(hours=1, minutes=1)
    stands = await first.stands()
    await first.mailbox.db.write(snoozed.come_back, stands.id)
    assert ((await first.stands()).assignee_id, (await first.stands()).snoozed_until) == (None, None)


async def test_what_comes_back_stays_with_whom_it_is(first: Desk, clock: Clock) -> None:
    elin = await first.mailbox.firm.who("Elin")
    await first.answers("Elin")
    await first.does("Elin", inbox.snooze, now() + timedelta(hours=1))
    clock.advance(hours=1, minutes=1)
    await first.mailbox.db.write(snoozed.come_back, (await first.stands()).id)
    assert (await first.stands()).assignee_id == elin.user_id


async def test_what_cannot_go_back_to_somebody_who_has_left_stays_and_stops_nothing(first: Desk) -> None:
    elin, johan = await first.mailbox.firm.who("Elin"), await first.mailbox.firm.who("Johan")
    await first.does("Elin", inbox.assign, f"user:{elin.user_id}")
    way = inbox_ways.WAYS[inbox_ways.ASSIGN]
    before, after = await first.does("Elin", way.do, {"to": f"user:{johan.user_id}"})
    await _leaves(first, "Elin")
    assert not await first.does("Johan", way.undo, after, before)
    assert (await first.stands()).assignee_id == johan.user_id


@pytest.mark.parametrize("by_contact", [True, False], ids=["with its contact", "with the rest"])
async def test_a_conversation_in_which_nothing_is_to_do_goes_along_and_back(
    first: Desk, *, by_contact: bool
) -> None:
    elin, johan = await first.mailbox.firm.who("Elin"), await first.mailbox.firm.who("Johan")
    await first.answers("Elin")
    if not by_contact:
        await first.mailbox.gets(letter("Bo <bo@tenant.example>", key="bo@tenant.example"))
    other = (await first.mailbox.cards())[-1].id

    def gives(session: Session) -> int:
        session.get_one(Contact, other).responsible_id = elin.user_id
        session.flush()
        giver, wanted = (
            session.get_one(User, elin.user_id),
            {handover_items.Item("contact", other): f"user:{johan.user_id}"},
        )
        return handovers.hand_over(session, elin, giver, wanted, "").id

    deed = await first.mailbox.db.write(gives)
    assert (await first.stands()).assignee_id == johan.user_id
    await first.mailbox.db.write(
        lambda session: handovers.take_back(session, elin, session.get_one(handover_items.Handover, deed))
    )
    assert (await first.stands()).assignee_id == elin.user_id


async def test_it_is_not_given_to_somebody_who_may_not_see_the_card(first: Desk) -> None:
    await first.answers("Elin")
    ines = await first.mailbox.db.write(
        lambda session: add_user(session, "ines@klarruta.example", "Ines Holm", "agent", "Service").id
    )

    def give(session: Session, _viewer: Viewer, found: Conversation) -> None:
        inbox_ways.require_sight(session, found, f"user:{ines}")

    with pytest.raises(Refusal, match="may not see this card"):
        await first.does("Elin", give)
    await first.writes_again()  # a task goes along, and shows him the card
    await first.does("Elin", give)


async def test_conversations_are_handed_over_of_somebody_who_has_nothing_else(first: Desk) -> None:
    await first.answers("Elin")
    elin, johan = [await first.mailbox.firm.who(name) for name in ("Elin", "Johan")]

    def give(session: Session) -> None:
        item = handover_items.Item("conversation", _first(session).id)
        giver = session.get_one(User, elin.user_id)
        assert len(holdings.belongings(session, giver.id).conversations) == 1
        handovers.hand_over(session, johan, giver, {item: f"user:{johan.user_id}"}, "")

    await first.mailbox.db.write(give)
    assert (await first.stands()).assignee_id == johan.user_id
    with pytest.raises(Refusal, match="None of it"):
        await first.mailbox.db.write(give_nothing, elin.user_id, johan)


def give_nothing(session: Session, giver_id: int | None, viewer: Viewer) -> None:
    """Hand over what is somebody else's by now."""
    item = handover_items.Item("conversation", _first(session).id)
    handovers.hand_over(
        session, viewer, session.get_one(User, giver_id), {item: f"user:{viewer.user_id}"}, ""
    )
