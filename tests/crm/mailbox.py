"""The company's mailboxes, for tests: a letter that comes is read and taken at once, as it is from the journal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.mail import MailConnector, MailSettings
from crm import intake, tasks
from crm.contacts import Contact
from crm.conversations import Conversation, Interaction
from crm.letters import Letter
from crm.tasks import Task
from hub import journal
from hub.channels import Channel, LiveChannel
from hub.clock import now
from hub.connector import Raw
from hub.journal import Inbound, Outcome
from hub.letters import LetterReceived
from tests.crm.klarruta import Klarruta

LETTERS = Path(__file__).parent.parent / "connectors" / "mail" / "letters"
SUPPORT, SALES = 21, 22
ADDRESSES = {SUPPORT: "support@example.org", SALES: "sales@example.org"}


class Came(NamedTuple):
    """A letter that came: its item in the journal, and what it became."""

    event: LetterReceived
    item: int
    outcome: Outcome

    @property
    def contact(self) -> int:
        """Give the card that it went to."""
        return int((self.outcome.path or "/0").rpartition("/")[2])


class Mailbox:
    """Two mailboxes of one company: support@ and sales@."""

    def __init__(self, firm: Klarruta) -> None:
        """Stand for the mailboxes of the company in this store."""
        self.firm = firm
        self.db = firm.db
        self.channels = {number: _living(number) for number in ADDRESSES}

    async def open(self) -> None:
        """Add the channels."""
        for number, channel in self.channels.items():
            row = Channel(id=number, name=channel.name, title=channel.title, kind=channel.kind, token=channel.token,
                          settings={"address": ADDRESSES[number]})  # fmt: skip
            await self.db.write(Session.add, row)

    async def gets(self, raw: bytes | str, channel: int = SUPPORT) -> Came:
        """Have a letter come now: its bytes, or the name of one of the recorded ones."""
        return await self.gets_event(self.read(raw, channel), channel)

    async def gets_event(self, event: LetterReceived, channel: int = SUPPORT) -> Came:
        """Have a letter come now that says this."""
        item = await self.db.write(self.keep, channel)
        return Came(event, item, await self.db.write(self.take, item, event))

    async def replays(self, came: Came, event: LetterReceived | None = None) -> Came:
        """Have an item read again."""
        await self.db.write(lambda session: journal.reopen(session, session.get_one(Inbound, came.item)))
        event = event or came.event
        return Came(event, came.item, await self.db.write(self.take, came.item, event))

    async def releases(self, came: Came) -> Came:
        """Have somebody say that what was set aside is real."""
        await self.db.write(lambda session: journal.release(session, session.get_one(Inbound, came.item)))
        return Came(came.event, came.item, await self.db.write(self.take, came.item, came.event))

    def read(self, raw: bytes | str, channel: int = SUPPORT) -> LetterReceived:
        """Read a letter as the connector does."""
        body = raw if isinstance(raw, bytes) else next(LETTERS.glob(f"{raw}*.eml")).read_bytes()
        (event,) = self.channels[channel].connector.read(Raw(body=body, headers={}, received_at=now()))
        assert isinstance(event, LetterReceived)
        return event

    def keep(self, session: Session, channel: int = SUPPORT) -> int:
        """Keep an item in the journal, which no hub takes before we do."""
        item = Inbound(channel_id=channel, key=str(now()), stream=None, received_at=now(), headers={}, body=b"x",
                       blob=None, size=1, due_at=now() + timedelta(days=1), attempts=1)  # fmt: skip
        session.add(item)
        session.flush()
        return item.id

    def take(self, session: Session, item: int, event: LetterReceived) -> Outcome:
        """Make of an item what it means, and close it."""
        row = session.get_one(Inbound, item)
        outcome = intake.take(session, row, self.channels[row.channel_id], event)
        journal.close(session, item, outcome)
        return outcome

    def finish(self, session: Session, task_id: int) -> None:
        """Have a task be done."""
        tasks.complete(session, session.get_one(Task, task_id), None)

    async def cards(self) -> Sequence[Contact]:
        """Give every card."""
        return await self.db.read(lambda session: session.scalars(select(Contact).order_by(Contact.id)).all())

    async def tasks(self) -> Sequence[Task]:
        """Give every task."""
        return await self.db.read(lambda session: session.scalars(select(Task).order_by(Task.id)).all())

    async def touches(self) -> Sequence[Interaction]:
        """Give every interaction."""
        wanted = select(Interaction).order_by(Interaction.id)
        return await self.db.read(lambda session: session.scalars(wanted).all())

    async def conversations(self) -> Sequence[Conversation]:
        """Give every conversation."""
        wanted = select(Conversation).order_by(Conversation.id)
        return await self.db.read(lambda session: session.scalars(wanted).all())

    async def letters(self) -> Sequence[Letter]:
        """Give every letter."""
        wanted = select(Letter).order_by(Letter.interaction_id)
        return await self.db.read(lambda session: session.scalars(wanted).all())


def letter(
    sender: str = "Karin Nyman <karin@tenant.example>", subject: str = "A window", text: str = "Does it close?",
    key: str = "one@tenant.example", **headers: str,
) -> bytes:  # fmt: skip
    """Write a letter; further headers by their names, with _ for -."""
    head = {"From": sender, "To": "support@example.org", "Subject": subject, "Message-ID": f"<{key}>",
            **{name.replace("_", "-"): value for name, value in headers.items()}}  # fmt: skip
    return "".join(f"{name}: {value}\r\n" for name, value in head.items()).encode() + b"\r\n" + text.encode()


def _living(number: int) -> LiveChannel:
    name = ADDRESSES[number].partition("@")[0]
    settings = MailSettings(address=ADDRESSES[number], trusted_server="mx.example.org")
    return LiveChannel(number, name, ADDRESSES[number], "mail", name, MailConnector(name, name, settings))
