"""A campaign by a messenger, for tests: people who wrote to the bot and agreed, and a postman."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_chats, campaign_messages, campaign_sending, chat_fates, consents
from crm.campaign_messages import Message
from crm.campaigns import Campaign
from crm.consents import Origin
from crm.deliveries import Delivery
from crm.mailing_lists import MailingList
from hub import outbox
from hub.audit import RINGBACK
from hub.chats import ChatChanged, Chatter
from hub.clock import now
from hub.lanes import MESSAGES
from hub.outbox import Outgoing
from tests.crm.mailing_out import begin
from tests.crm.messenger import TELEGRAM, Messenger

SAYS = Message(text='Hello {{first_name|"there"}}, the windows are here. Write STOP to leave.')
FORM = Origin(source=consents.FORM, place="Website", words="Yes, send me news.")
URL = "https://crm.klarruta.example"


class Wire:
    """“News” by Telegram."""

    def __init__(self, messenger: Messenger) -> None:
        """Stand for the campaign of this store."""
        self.messenger = messenger
        self.db = messenger.db
        self.list_id = self.campaign_id = 0

    async def open(self, people: Collection[int], says: Message = SAYS) -> None:
        """Have these write to the bot and agree, and write the campaign."""
        for each in people:
            await self.messenger.tells(ChatChanged(chat=str(each), sender=ira(each), what="began", at=now()))
        self.list_id, self.campaign_id = await self.db.write(_found, says)
        for each in people:
            await self.agrees(each)

    async def writes(self, person: int, text: str, **more: object) -> None:
        """Have somebody write."""
        await self.messenger.writes(text, ira(person), **more)

    async def agrees(self, person: int) -> None:
        """Have somebody agree to the list."""
        await self.db.write(consents.give, self.list_id, "telegram", str(person), FORM)

    async def begins(self) -> None:
        """Have it begin."""
        await self.db.write(begin, self.campaign_id)
        while await self.db.write(campaign_sending.prepare, self.campaign_id):
            pass
        await self.goes_on()

    async def goes_on(self) -> None:
        """Have the post look at it."""
        assert await self.db.write(campaign_sending.claim, self.campaign_id, "lease", 400, now(), URL) is None

    async def taken(self) -> Sequence[Outgoing]:
        """Have the postman take in hand what is due."""
        return [row for _id, row in await self.db.write(_take)]

    async def ends(self, row: Outgoing, column: str = "done_at", **values: object) -> None:
        """Have one in hand end so."""
        given = {"remote_id": f"r{row.id}"} if column == "done_at" else {}
        await self.db.write(outbox.end, row.id, column, {**given, **values}, tell)

    async def all_leave(self, rows: Sequence[Outgoing] = ()) -> None:
        """Have what is in hand leave, and everything else until nothing is due any more."""
        while rows := rows or await self.taken():
            for row in rows:
                await self.ends(row)
            rows = ()
            await self.goes_on()

    async def copies(self) -> Mapping[str, str]:
        """Give the state of each copy, by whom it is for."""
        wanted = select(Delivery.address, Delivery.state).where(Delivery.campaign_id == self.campaign_id)
        return dict(iter(await self.db.read(lambda session: session.execute(wanted).all())))

    async def copy(self, person: int) -> Delivery:
        """Give somebody's copy."""
        of_it = (Delivery.campaign_id == self.campaign_id, Delivery.address == str(person))
        return await self.db.read(lambda session: session.scalars(select(Delivery).where(*of_it)).one())

    async def campaign(self) -> Campaign:
        """Give it as it is now."""
        return await self.db.read(lambda session: session.get_one(Campaign, self.campaign_id))

    async def outbox(self) -> Sequence[Outgoing]:
        """Give all commands that are open."""
        wanted = select(Outgoing).where(Outgoing.due_at.is_not(None)).order_by(Outgoing.id)
        return await self.db.read(lambda session: session.scalars(wanted).all())


def ira(person: int) -> Chatter:
    """Give somebody who writes to the bot."""
    return Chatter(id=str(person), name=f"Ira {person}")


def tell(session: Session, row: Outgoing) -> None:
    """Tell the business what became of a command, as the hub does."""
    campaign_chats.settle(session, row)
    chat_fates.settle(session, row)


def _found(session: Session, says: Message) -> tuple[int, int]:
    news = MailingList(name="News", public=True, words="News of windows, once a month.", language="en")
    session.add(news)
    session.flush()
    campaign = Campaign(
        name="Spring", key="a key", list_id=news.id, channel_id=TELEGRAM, handle="telegram", started_by=None
    )
    session.add(campaign)
    session.flush()
    campaign_messages.save(session, RINGBACK, campaign, says)
    return news.id, campaign.id


def _take(session: Session) -> Sequence[tuple[int, Outgoing]]:
    return outbox.take(session, now(), 100, tell=tell, lane=MESSAGES)
