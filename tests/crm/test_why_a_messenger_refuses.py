"""A messenger says why it refuses a copy: for what we are, the campaign stands; for whom it is to, it goes on."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_changes, campaign_figures, consents
from crm.campaigns import DONE, PAUSED, RUNNING, Campaign
from crm.deliveries import CLAIMED, REFUSED, SENT, WAITING
from crm.suppressions import UNSUBSCRIBED, Suppression
from hub.audit import RINGBACK
from hub.chats import MessageFate
from hub.outbox import Outgoing
from tests.crm.messenger import Messenger
from tests.crm.wired import Wire

PEOPLE = range(71, 76)
TEMPLATE = "The template is paused: customers complained of it."


@pytest.fixture
async def wire(messenger: Messenger) -> Wire:
    """Give a campaign to five people that is in the outbox, and two of it in hand."""
    made = Wire(messenger)
    await made.open(PEOPLE)
    await made.begins()
    return made


async def suppressed(wire: Wire) -> list[tuple[str, int | None, str]]:
    """Give whom nothing is written to."""
    rows = await wire.db.read(
        lambda session: session.scalars(select(Suppression).where(Suppression.lifted_at.is_(None))).all()
    )
    return [(row.value, row.list_id, row.reason) for row in rows]


async def tasks(wire: Wire) -> list[tuple[str, str]]:
    """Give what waits for a person."""
    return [(str(each.title), str(each.why)) for each in await wire.messenger.tasks() if each.done_at is None]


async def left(wire: Wire, to: str) -> str:
    """Give what the messenger calls the copy that left for somebody."""
    rows = await wire.db.read(lambda session: session.scalars(select(Outgoing)).all())
    return next(str(row.remote_id) for row in rows if row.command["to"] == to)


async def test_for_what_we_send_it_stands_at_once_and_nobody_is_refused(wire: Wire) -> None:
    first, second, *others = await wire.taken()
    await wire.ends(first, "failed_at", error=TEMPLATE, cause="ours")
    campaign = await wire.campaign()
    assert campaign.state == PAUSED
    assert TEMPLATE in campaign.paused_why
    await wire.ends(second, "failed_at", error=TEMPLATE, cause="ours")
    for row in others:
        await wire.ends(row)
    assert Counter((await wire.copies()).values()) == {SENT: len(others), WAITING: len(PEOPLE) - len(others)}
    assert not await suppressed(wire)
    ((title, why),) = await tasks(wire)  # whoever meets it first tells it, once
    assert (title, TEMPLATE in why) == ("The campaign “Spring” stopped: decide what becomes of it", True)
    await wire.goes_on()
    assert not await wire.outbox()


async def test_once_it_is_mended_those_get_it_who_had_not_and_each_once(wire: Wire) -> None:
    first, *others = await wire.taken()
    await wire.ends(first, "failed_at", error=TEMPLATE, cause="ours")
    for row in others:
        await wire.ends(row)
    await wire.db.write(
        lambda session: campaign_changes.resume(
            session, RINGBACK, session.get_one(Campaign, wire.campaign_id)
        )
    )
    await wire.goes_on()
    had = {str(each.command["to"]) for each in others}
    assert {str(each.command["to"]) for each in await wire.outbox()} == set(map(str, PEOPLE)) - had
    await wire.all_leave()
    assert set((await wire.copies()).values()) == {SENT}
    assert (await wire.campaign()).state == DONE


async def test_what_waits_in_the_outbox_is_called_back(messenger: Messenger) -> None:
    wire = Wire(messenger)
    await wire.open(range(100, 120))
    await wire.begins()

    def take_one(session: Session) -> int:
        row = session.scalars(select(Outgoing).order_by(Outgoing.id)).first()
        assert row is not None
        row.begun_at, row.attempts = row.made_at, 1
        return row.id

    number = await wire.db.write(take_one)
    first = await wire.db.read(lambda session: session.get_one(Outgoing, number))
    assert len(await wire.outbox()) == 20
    await wire.ends(first, "failed_at", error=TEMPLATE, cause="ours")
    assert not await wire.outbox()
    assert set((await wire.copies()).values()) == {WAITING}


@pytest.mark.parametrize("early", [False, True])
async def test_told_afterwards_it_stands_as_well_also_told_too_early(wire: Wire, *, early: bool) -> None:
    fate = {"chat": "71", "why": "Meta misses a way to be paid.", "cause": "ours"}
    first, *others = await wire.taken()
    if early:
        await wire.messenger.tells(MessageFate(fate="failed", messages=(f"r{first.id}",), **fate))  # type: ignore[arg-type]
    await wire.ends(first)
    if not early:
        name = await left(wire, "71")
        await wire.messenger.tells(MessageFate(fate="failed", messages=(name,), **fate))  # type: ignore[arg-type]
    campaign = await wire.campaign()
    assert (campaign.state, "to be paid" in campaign.paused_why) == (PAUSED, True)
    copy = await wire.copy(71)
    assert (copy.state, copy.code) == (REFUSED, "ours")
    assert not await suppressed(wire)
    assert len(await tasks(wire)) == 1
    for row in others:
        await wire.ends(row)
    (reason,) = await wire.db.read(campaign_figures.reasons, campaign)
    assert (reason.means, reason.people) == ("we are refused for what we are or send", 1)


@pytest.mark.parametrize("afterwards", [False, True])
async def test_who_wants_no_advertising_takes_all_back_and_may_be_answered(
    wire: Wire, *, afterwards: bool
) -> None:
    first, *others = await wire.taken()
    words = "The customer told WhatsApp that he wants no advertising from us."
    if afterwards:
        await wire.ends(first)
        fate = MessageFate(fate="failed", chat="71", messages=(f"r{first.id}",), why=words, cause="opposed")
        await wire.messenger.tells(fate)
    else:
        await wire.ends(first, "failed_at", error=words, cause="opposed")
    copy = await wire.copy(71)
    assert (copy.state, copy.code, copy.unsubscribed_at is not None) == (REFUSED, "opposed", True)
    line = (await wire.db.read(consents.newest, "telegram", "71"))[wire.list_id]
    assert (line.state, line.source, line.place, line.words) == ("withdrawn", "chat", "Telegram", words)
    assert ("71", None, UNSUBSCRIBED) in await suppressed(wire)
    assert (await wire.messenger.chats())[0].blocked_at is None
    assert (await wire.campaign()).state == RUNNING
    await wire.all_leave(others)
    assert (await wire.campaign()).state == DONE


async def test_what_is_about_him_alone_suppresses_nobody(wire: Wire) -> None:
    first, *others = await wire.taken()
    await wire.ends(first)
    why = "Meta chose not to deliver it, so that the customer gets less advertising."
    await wire.messenger.tells(MessageFate(fate="failed", chat="71", messages=(f"r{first.id}",), why=why))
    copy = await wire.copy(71)
    assert (copy.state, copy.code, why in copy.why) == (REFUSED, "lost", True)
    assert not await suppressed(wire)
    assert (await wire.campaign()).state == RUNNING
    assert CLAIMED in (await wire.copies()).values()
    await wire.all_leave(others)
