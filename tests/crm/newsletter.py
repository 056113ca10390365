"""A company that writes to many, for tests: a list, a campaign of it, and copies on their way."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import consents, contacts
from crm.campaigns import RUNNING, Campaign
from crm.consents import Consent, Origin
from crm.contacts import MAIL
from crm.deliveries import SENT, WAITING, Delivery
from crm.delivery_tokens import token
from crm.mailing_lists import MailingList
from crm.suppressions import Suppression
from hub.clock import now
from hub.users import find_department
from tests.crm.klarruta import Klarruta

KARIN, ERIK = "karin@nyman.example", "erik@berg.example"
FORM = Origin(source=consents.FORM, place="Website", words="Yes, send me news.", address="203.0.113.9")
Purpose = Literal["envelope", "leave", "see", "click", "open"]


class Newsletter:
    """“News”, to which Karin and Erik agreed, and a campaign of it."""

    def __init__(self, firm: Klarruta) -> None:
        """Stand for what is in this store."""
        self.firm = firm
        self.list_id = self.other_id = self.campaign_id = 0

    async def found(self) -> None:
        """Make it."""
        self.list_id, self.other_id, self.campaign_id = await self.firm.do(_found)
        for address in (KARIN, ERIK):
            await self.agrees(address)

    async def agrees(self, address: str, list_id: int | None = None) -> None:
        """Have somebody agree."""
        await self.firm.do(consents.give, list_id or self.list_id, MAIL, address, FORM)

    async def copy(self, address: str = KARIN, state: str = WAITING, *, days_ago: int = 0) -> int:
        """Have a copy wait, or have left; each of a campaign of its own but the first."""
        return await self.firm.do(_copy, self.campaign_id, address, state, days_ago)

    async def token(self, copy: int, purpose: Purpose = "leave") -> str:
        """Give the token of a copy."""
        return await self.firm.do(_token, copy, purpose)

    async def delivery(self, copy: int) -> Delivery:
        """Give a copy as it is now."""
        return await self.firm.db.read(lambda session: session.get_one(Delivery, copy))

    async def states(self, address: str = KARIN) -> dict[int, str]:
        """Give what holds for an address, by list."""
        found = await self.firm.db.read(consents.newest, MAIL, address)
        return {list_id: line.state for list_id, line in found.items()}

    async def lines(self) -> int:
        """Count the ledger."""
        return len(await self.firm.db.read(lambda session: session.scalars(select(Consent)).all()))

    async def suppressed(self) -> list[tuple[str, int | None, str]]:
        """Give whom nothing is written to, in order."""
        wanted = select(Suppression).where(Suppression.lifted_at.is_(None)).order_by(Suppression.id)
        rows = await self.firm.db.read(lambda session: session.scalars(wanted).all())
        return [(row.value, row.list_id, row.reason) for row in rows]


def _found(session: Session) -> tuple[int, int, int]:
    news = MailingList(name="News", public=True, words="News of windows, once a month.", language="sv")
    offers = MailingList(name="Offers", public=True, words="What is cheaper this week.", about="On Fridays")
    session.add_all([news, offers])
    session.flush()
    campaign = Campaign(name="Spring", key="a key", list_id=news.id, state=RUNNING)
    session.add(campaign)
    session.flush()
    sales = find_department(session, "Sales")
    contacts.add_contact(session, "Karin Nyman", [(MAIL, KARIN)], department_id=sales.id)
    return news.id, offers.id, campaign.id


def _copy(session: Session, campaign_id: int, address: str, state: str, days_ago: int) -> int:
    taken = select(Delivery.id).where(Delivery.campaign_id == campaign_id, Delivery.address == address)
    if session.scalar(taken) is not None:
        first = session.get_one(Campaign, campaign_id)
        again = Campaign(name="Again", key="another key", list_id=first.list_id, state=RUNNING)
        session.add(again)
        session.flush()
        campaign_id = again.id
    row = Delivery(campaign_id=campaign_id, address=address, domain=address.rpartition("@")[2], state=state,
                   contact_id=contacts.find(session, MAIL, address),
                   due_at=now() if state == WAITING else None,
                   sent_at=now() - timedelta(days=days_ago) if state == SENT else None)  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def _token(session: Session, copy: int, purpose: Purpose) -> str:
    row = session.get_one(Delivery, copy)
    return token(session.get_one(Campaign, row.campaign_id), row.id, purpose)
