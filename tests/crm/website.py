"""The form on the company's website, for tests: what it sends is taken at once, as it is from the journal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, intake
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.tasks import Task
from hub import journal
from hub.channels import Channel, LiveChannel
from hub.clock import now
from hub.connector import Connector, Settings
from hub.db import Database
from hub.events import Field, FormSubmitted
from hub.journal import Inbound, Outcome
from hub.networks import network_of
from hub.simhash import simhash
from hub.ulid import ulid

TEN_MINUTES = 600.0
SESAME = "sesame"


class Sent(NamedTuple):
    """What was sent, its item in the journal, and what it became."""

    event: FormSubmitted
    item: int
    outcome: Outcome

    @property
    def contact(self) -> int:
        """Give the card that it went to."""
        return int((self.outcome.path or "/0").rpartition("/")[2])


class Website:
    """One form channel of a filled store."""

    def __init__(self, db: Database) -> None:
        """Stand for the website of the company in this store."""
        self.db = db
        connector = Connector("website", "sesame", Settings())
        self.channel = LiveChannel(1, "website", "Website", "form", "sesame", connector)
        self.headers: dict[str, str] = {}

    async def open(self) -> None:
        """Add the channel."""
        row = Channel(id=1, name="website", title="Website", kind="form", token=SESAME, settings={})
        await self.db.write(lambda session: session.add(row))

    async def sends(self, event: FormSubmitted | None = None, **answers: object) -> Sent:
        """Send a form now."""
        event = event or form(**answers)
        item = await self.db.write(self.keep)
        return Sent(event, item, await self.db.write(self.take, item, event))

    async def replays(self, sent: Sent, event: FormSubmitted | None = None) -> Sent:
        """Have an item read again, by a reader that understands it as this event."""

        def reopen(session: Session) -> None:
            journal.reopen(session, session.get_one(Inbound, sent.item))

        await self.db.write(reopen)
        event = event or sent.event
        return Sent(event, sent.item, await self.db.write(self.take, sent.item, event))

    async def releases(self, sent: Sent) -> Sent:
        """Have somebody say that what was set aside is real."""
        await self.db.write(lambda session: journal.release(session, session.get_one(Inbound, sent.item)))
        return Sent(sent.event, sent.item, await self.db.write(self.take, sent.item, sent.event))

    def keep(self, session: Session) -> int:
        """Keep an item in the journal."""
        item = Inbound(channel_id=1, key=ulid(), stream=None, received_at=now(), headers=self.headers, body=b"x",
                       blob=None, size=1, due_at=now(),
                       network=network_of(self.headers.get(":remote", "")))  # fmt: skip
        session.add(item)
        session.flush()
        return item.id

    def take(self, session: Session, item: int, event: FormSubmitted) -> Outcome:
        """Make of an item what it means, and close it."""
        outcome = intake.take(session, session.get_one(Inbound, item), self.channel, event)
        journal.close(session, item, outcome)
        return outcome

    async def card(self, sent: Sent) -> Contact:
        """Give the card that it went to."""
        return await self.db.read(lambda session: session.get_one(Contact, sent.contact))

    async def cards(self) -> Sequence[Contact]:
        """Give every card that is not merged into another."""
        wanted = select(Contact).where(Contact.merged_into_id.is_(None)).order_by(Contact.id)
        return await self.db.read(lambda session: session.scalars(wanted).all())

    async def tasks(self) -> Sequence[Task]:
        """Give every task."""
        return await self.db.read(lambda session: session.scalars(select(Task).order_by(Task.id)).all())

    async def interactions(self) -> Sequence[Interaction]:
        """Give every interaction."""
        wanted = select(Interaction).order_by(Interaction.id)
        return await self.db.read(lambda session: session.scalars(wanted).all())

    async def handles(self, contact_id: int) -> list[str]:
        """Give how a contact is reached."""
        found = await self.db.read(contacts.handles_of, [contact_id])
        return [handle.value for handle in found[contact_id]]


def form(**answers: object) -> FormSubmitted:
    """Make what a form means of its answers; what is no value of the event is a field alone."""
    own = {name: value for name, value in answers.items() if name in FormSubmitted.__struct_fields__}
    asked = {name: str(value) for name, value in answers.items() if name not in NO_ANSWERS}
    values = {
        "key": repr(sorted(asked.items())), "repeats_within": TEN_MINUTES, "form": "A price for your windows",
        "task_title": "First answer: {name}", "fields": tuple(Field(*pair) for pair in asked.items()),
        "likeness": simhash(asked.get("message", "")),
    }  # fmt: skip
    return FormSubmitted(**{**values, **own})  # type: ignore[arg-type]


NO_ANSWERS = {"key", "order", "repeats_within", "form", "department", "task_title", "files", "suspicion", "remarks",
              "origin", "fields", "guard", "proof", "proven", "likeness"}  # fmt: skip
