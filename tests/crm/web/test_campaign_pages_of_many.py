"""The pages of a campaign read no more of the store for many copies than for few: none of them counts copies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.campaign_checks import Outside
from crm.campaign_people import KINDS, TOLD, Asked
from crm.campaigns import DONE, RUNNING, Campaign
from crm.copy_events import CopyEvent
from crm.deliveries import CLAIMED, LEFT_OUT, REFUSED, SENT, UNKNOWN, WAITING, Delivery
from crm.web import (
    api_campaign_figures,
    api_campaigns,
    campaign_afterwards,
    campaign_people,
    campaign_views,
    campaigns,
)
from hub.clock import now
from hub.rows import insert_many
from hub.users import Viewer
from tests.asked import asked
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import URL, add_mailbox, write_campaign
from tests.plans import plan

FEW, MANY = 2400, 24_000
"""Copies; what is read for the second number is as for the first."""
WALKED = re.compile(r"SCAN (?:deliveries|consents|copy_events)\b")
Page = Callable[[Session, Viewer, Campaign], object]


def _people(kind: str) -> Page:
    return lambda session, viewer, campaign: campaign_people._view(
        session, viewer, campaign.id, Asked(kind=kind), after=0
    )


PAGES: dict[str, Page] = {
    "campaign": lambda session, _viewer, campaign: campaign_views.desk(session, campaign, Outside()),
    "figures": lambda session, _viewer, campaign: campaign_afterwards.view(session, campaign.id, URL),
    "list": lambda session, _viewer, _campaign: campaigns._listed(session, 0),
    "progress over the API": lambda session, _viewer, campaign: api_campaigns._progress(session, campaign.id),
    "figures over the API": lambda session, _viewer, campaign: api_campaign_figures._figures(
        session, campaign.id
    ),
} | {f"people who are {kind}": _people(kind) for kind in KINDS if kind not in {*TOLD, "machine"}}
"""Those at whose copies machines looked are found among what machines did, which is not on these pages' numbers."""


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # which tells how much it does
async def test_no_page_reads_more_for_more_copies(firm: Klarruta) -> None:
    viewer = await firm.who("Maria")
    campaign_id = await firm.do(_written)
    work: dict[int, dict[str, int]] = {}
    for number in (FEW, MANY):
        await firm.do(_copies, campaign_id, number)
        work[number] = {
            name: await firm.db.read(_steps, page, viewer, campaign_id) for name, page in PAGES.items()
        }
    more = {
        name: (few, work[MANY][name]) for name, few in work[FEW].items() if work[MANY][name] > 2 * few + 2000
    }
    assert more == {}
    plans = {name: await firm.db.read(_plan, page, viewer, campaign_id) for name, page in PAGES.items()}
    assert {name: found for name, text in plans.items() if (found := WALKED.findall(text))} == {}


def _steps(session: Session, page: Page, viewer: Viewer, campaign_id: int) -> int:
    """Give how many steps the store took for a page, in tens."""
    campaign, taken = session.get_one(Campaign, campaign_id), 0
    driver = session.connection().connection.driver_connection

    def step() -> int:
        nonlocal taken
        taken += 10
        return 0

    driver.set_progress_handler(step, 10)  # type: ignore[union-attr]
    try:
        page(session, viewer, campaign)
    finally:
        driver.set_progress_handler(None, 10)  # type: ignore[union-attr]
    return taken


def _plan(session: Session, page: Page, viewer: Viewer, campaign_id: int) -> str:
    campaign = session.get_one(Campaign, campaign_id)
    return plan(session, lambda within: page(within, viewer, campaign))


def _written(session: Session) -> int:
    add_mailbox(session, 9)
    campaign = write_campaign(session, [], counts_opens=True, counts_clicks=True)
    campaign.state, campaign.started_at = RUNNING, now() - timedelta(hours=3)
    return campaign.id


def _copies(session: Session, campaign_id: int, number: int) -> None:
    """Have so many copies be there, of every state, and with every fate."""
    begins = {FEW: 0, MANY: FEW}[number]
    states, moment = (SENT, SENT, SENT, WAITING, CLAIMED, REFUSED, UNKNOWN, LEFT_OUT), now()
    rows = []
    for each in range(begins, number):
        state = states[each % len(states)]
        was = {
            "sent_at": moment if state == SENT else None,
            "due_at": moment + timedelta(days=1) if state == WAITING else None,
        }
        names = ("bounced_at", "opened_at", "clicked_at", "answered_at", "unsubscribed_at", "complained_at")
        fates = {
            name: moment if state == SENT and each % (3 + at) == 0 else None for at, name in enumerate(names)
        }
        rows.append({"campaign_id": campaign_id, "address": f"{each}@kund.example", "domain": "kund.example",
                     "state": state, "variant": "A", "tries": 0, "dotted": False, "why": "",
                     "code": ("5.1.1", "5.2.2")[each % 2] if fates["bounced_at"] else "", **was, **fates})  # fmt: skip
    insert_many(session, Delivery, rows)
    new = select(Delivery.id).where(Delivery.campaign_id == campaign_id).order_by(Delivery.id).offset(begins)
    insert_many(session, CopyEvent, [
        {"campaign_id": campaign_id, "delivery_id": copy_id, "kind": kind, "link": link, "at": moment,
         "machine": "program" if copy_id % 5 == 0 else "", "interaction_id": None}
        for copy_id in session.scalars(new) for kind, link in (("opened", None), ("clicked", copy_id % 3))
    ])  # fmt: skip


async def test_more_campaigns_ask_the_store_no_more_often(firm: Klarruta) -> None:
    await firm.do(_some_written, range(1))
    few = await firm.do(_asked)
    await firm.do(_some_written, range(1, 30))
    assert await firm.do(_asked) == few


def _some_written(session: Session, numbers: range) -> None:
    for each in numbers:
        campaign = write_campaign(session, [], name=f"Summer {each}")
        campaign.state, campaign.made_by = (RUNNING, DONE)[each % 2], 1 + each % 3


def _asked(session: Session) -> int:
    session.expunge_all()
    with asked(session.connection()) as heard:
        rows = campaigns._listed(session, 0).rows
    assert {(row.subject, bool(row.list), bool(row.who)) for row in rows} == {("Sommar", True, True)}
    return len(heard)
