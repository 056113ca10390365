"""A letter of a sequence that stopped goes on by a button on its line; the hours of all letters stand on the page."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_stops, consents
from crm.campaign_sending import claim
from crm.campaigns import PAUSED, RUNNING, Campaign
from crm.consents import IMPORT, Origin
from crm.contacts import MAIL
from crm.deliveries import UNKNOWN, WAITING, Delivery
from hub.clock import now
from tests.crm.mailbox import SUPPORT, Mailbox
from tests.crm.web.console import Consoles
from tests.crm.web.test_campaign_desk import copies
from tests.crm.web.test_campaigns import campaign as campaign  # noqa: PLC0414 - the fixture
from tests.crm.web.test_sequences import HERE, KARIN, LIST, letters, write_and_test
from tests.crm.web.test_sequences import welcome as welcome  # noqa: PLC0414 - the fixture
from tests.eventually import eventually

WHY = "3 of 10 letters came back."


def _stop(session: Session, letter_id: int) -> None:
    campaign_stops.stop(session, session.get_one(Campaign, letter_id), WHY)


@pytest.mark.usefixtures("mailboxes_are_read", "welcome")
async def test_a_letter_that_stopped_is_told_to_go_on_beside_its_reason(
    mailbox: Mailbox, consoles: Consoles
) -> None:
    await write_and_test(mailbox, consoles)
    await consoles.press("Maria", f"{HERE}/on")
    [first, second] = await letters(mailbox)
    assert f"letters/{first}/pause" not in (await consoles.get("Maria", HERE)).html
    await mailbox.db.write(_stop, first)
    shown = await consoles.get("Maria", HERE)
    assert WHY in shown.words
    assert f"letters/{first}/pause" in shown.html
    assert (await consoles.press("Maria", f"{HERE}/letters/{second}/pause", "DELETE")).status == 409
    assert (await consoles.press("Maria", f"{HERE}/letters/1/pause", "DELETE")).status == 409
    assert (await mailbox.db.read(lambda session: session.get_one(Campaign, first))).state == PAUSED
    assert (await consoles.press("Maria", f"{HERE}/letters/{first}/pause", "DELETE")).status == 200
    assert (await mailbox.db.read(lambda session: session.get_one(Campaign, first))).state == RUNNING
    assert WHY not in (await consoles.get("Maria", HERE)).words


@pytest.mark.usefixtures("mailboxes_are_read", "welcome")
async def test_its_letters_leave_within_the_hours_that_stand_on_its_page(
    mailbox: Mailbox, consoles: Consoles
) -> None:
    here = now().astimezone(ZoneInfo("Europe/Stockholm"))
    since, until = (f"{here + timedelta(hours=hours):%H:%M}" for hours in (3, 4))
    settled = {"name": "Welcome", "box": str(SUPPORT)}
    assert (await consoles.press("Maria", HERE, **settled, since="25:00", until="09:00")).status == 409
    assert (await consoles.press("Maria", HERE, **settled, since=since, until=until)).status == 200
    assert f'value="{since}"' in (await consoles.get("Maria", HERE)).html
    await consoles.press("Maria", f"{HERE}/steps", kind="letter", subject="One more")
    paces = [each.pace for each in await mailbox.db.read(_all)]
    assert [(pace["from"], pace["until"]) for pace in paces] == [(since, until)] * 3
    await write_and_test(mailbox, consoles)
    await consoles.press("Maria", f"{HERE}/on")
    await mailbox.db.write(consents.give, LIST, MAIL, KARIN, Origin(source=IMPORT, words="Yes"))
    await consoles.press("Maria", f"{HERE}/people", addresses=KARIN)
    await mailbox.db.write(_is_claimed)
    assert await mailbox.db.write(_is_claimed) is False
    await consoles.press("Maria", HERE, **settled, since="00:00", until="00:00")
    await eventually(lambda: mailbox.db.write(_is_claimed))  # the hub may hold it just now


@pytest.mark.usefixtures("welcome")
async def test_of_what_nobody_knows_is_decided_from_its_page(mailbox: Mailbox, consoles: Consoles) -> None:
    [first, _second] = await letters(mailbox)
    [copy] = await copies(mailbox, first, PAUSED, ann=UNKNOWN)
    shown = await consoles.get("Maria", HERE)
    there = f"/campaigns/{first}/people?kind=undecided"
    assert ("Nobody knows whether 1 arrived" in shown.words, there in shown.html) == (True, True)
    assert "ann@kund.example" in (await consoles.get("Maria", there)).words
    await consoles.press("Maria", f"/campaigns/{first}/unknown", do="leave", copy=str(copy))
    assert "Nobody knows" not in (await consoles.get("Maria", HERE)).words


def _all(session: Session) -> list[Campaign]:
    wanted = select(Campaign).where(Campaign.sequence_id.is_not(None)).order_by(Campaign.id)
    return list(session.scalars(wanted))


def _is_claimed(session: Session) -> bool:
    """Have what may leave within an hour be claimed; tell whether the copy was.

    The hub itself may have had it in hand, and found that the mailbox has no server for sending.
    """
    first, soon = _all(session)[0], now() + timedelta(hours=1)
    claim(session, first.id, "lease", 10, soon, "https://crm.klarruta.example")
    copy = session.scalars(select(Delivery.state).where(Delivery.campaign_id == first.id)).one()
    return first.state == PAUSED or copy != WAITING
