"""Somebody of the company who writes letters, for tests, and what becomes of the last one."""

from __future__ import annotations

from msgspec import convert, structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import letter_fates, letter_replies, letter_writing
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.letters import Letter
from crm.sendings import How, Wanted
from crm.web.letter_fates import Fate, fates
from hub import rests
from hub.connector import Rest, Sent
from hub.letters import Bounce, LetterReceived, SendLetter
from hub.outbox import Outgoing
from hub.users import Viewer
from tests.crm.mailbox import SUPPORT, Mailbox


class Desk:
    """A colleague's desk."""

    def __init__(self, mailbox: Mailbox, viewer: Viewer) -> None:
        """Sit down there."""
        self.mailbox = mailbox
        self.db = mailbox.db
        self.viewer = viewer

    @classmethod
    async def of(cls, mailbox: Mailbox, name: str) -> Desk:
        """Give the desk of somebody."""
        return cls(mailbox, await mailbox.firm.who(name))

    async def begins(self, how: How = "reply") -> Wanted:
        """Begin an answer to the letter that came last."""
        return await self.db.read(self._begun, how)

    async def answers(
        self, body: str, *, knowing: bool = False, seen: int | None = None, **values: object
    ) -> int:
        """Answer the letter that came last, and give what it became."""
        wanted = structs.replace(await self.begins(), body=body, **values)
        return await self.writes(wanted, knowing=knowing, seen=seen)

    async def writes(self, wanted: Wanted, *, knowing: bool = False, seen: int | None = None) -> int:
        """Write a letter, and give what it became."""

        def write(session: Session) -> int:
            return letter_writing.write(session, self.viewer, wanted, knowing=knowing, seen=seen).id

        return await self.db.write(write)

    async def takes_back(self, touch_id: int) -> Wanted:
        """Take a letter back."""

        def withdraw(session: Session) -> Wanted:
            return letter_writing.withdraw(session, self.viewer, session.get_one(Interaction, touch_id))

        return await self.db.write(withdraw)

    async def decides(self, touch_id: int, *, arrived: bool) -> None:
        """Say of a letter in doubt that it arrived, or have it sent again."""
        deed = letter_fates.did_arrive if arrived else letter_fates.send_again
        await self.db.write(
            lambda session: deed(session, self.viewer, session.get_one(Interaction, touch_id))
        )

    async def row(self) -> Outgoing:
        """Give the last command in the outbox."""
        return await self.db.read(lambda session: session.scalars(_LAST).one())

    async def command(self) -> SendLetter:
        """Give the last letter as it leaves."""
        return convert((await self.row()).command, SendLetter)

    async def outgoing(self, **values: object) -> None:
        """Have the last command be otherwise."""
        await self.db.write(self._set, values, settles=False)

    async def ends(self, **values: object) -> None:
        """Have the last command end like this, as the postman tells it."""
        await self.db.write(self._set, {"due_at": None, **values}, settles=True)

    async def leaves(self, *left: Rest) -> None:
        """Have the last command be carried out, and something be left to be done, as the postman tells it."""
        row_id = (await self.row()).id
        await self.db.write(rests.carried_out, row_id, Sent("1", rests=left), letter_fates.settle)

    async def fate(self, touch_id: int) -> Fate:
        """Give what its timeline says of a letter."""
        return (await self.db.read(fates, [touch_id]))[touch_id]

    async def bounce(self, recipient: str) -> LetterReceived:
        """Give the report that there is no such mailbox, of the last letter."""
        bounce = Bounce(recipient=recipient, action="failed", status="5.1.1", hard=True, diagnostic="550 unknown",
                        original_message_id=(await self.command()).message_id)  # fmt: skip
        return LetterReceived(key="bounce@example.org", kind="bounce", automatic=True, subject="Undelivered",
                              bounces=(bounce,))  # fmt: skip

    def _begun(self, session: Session, how: How) -> Wanted:
        came = select(Interaction).join(Letter).where(Interaction.direction == "in", Letter.kind == "person")
        touch = session.scalars(came.order_by(Interaction.id.desc()).limit(1)).one()
        contact = session.get_one(Contact, touch.contact_id)
        return letter_replies.begun(session, contact, touch.channel_id or SUPPORT, touch, how)

    def _set(self, session: Session, values: dict[str, object], *, settles: bool) -> None:
        row = session.scalars(_LAST).one()
        for name, value in values.items():
            setattr(row, name, value)
        session.flush()
        if settles:
            letter_fates.settle(session, row)


_LAST = select(Outgoing).order_by(Outgoing.id.desc()).limit(1)
