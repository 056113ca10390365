"""The mailboxes from which we write: which there are, and from which a letter leaves when nobody chose."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import addresses
from crm.contacts import Contact
from crm.conversations import Conversation
from crm.letters import KIND
from crm.setup import setup
from hub.channels import Channel
from hub.users import Viewer


class Box(msgspec.Struct, frozen=True):
    """A mailbox of ours: its channel, what it is called, its address, and whose letters it takes ("": anybody's)."""

    id: int
    title: str
    address: str
    department: str


def boxes(session: Session) -> Sequence[Box]:
    """Give the mailboxes that have an address, the oldest first."""
    rows = session.scalars(select(Channel).where(Channel.kind == KIND).order_by(Channel.id))
    return [Box(row.id, row.title, address, str(row.settings.get("department", "")))
            for row in rows if (address := _address(row))]  # fmt: skip


def box(session: Session, channel_id: int) -> Box | None:
    """Give the mailbox of a channel."""
    return next((each for each in boxes(session) if each.id == channel_id), None)


def box_for(
    session: Session, viewer: Viewer, contact: Contact, conversation_id: int | None = None
) -> Box | None:
    """Give the mailbox to write from: the conversation's, else that of the contact's or the writer's department."""
    found = boxes(session)
    conversation = session.get(Conversation, conversation_id) if conversation_id else None
    departments = setup(session).departments
    places = [departments.get(each or 0) for each in (contact.department_id, viewer.department_id)]
    names = [each.name for each in places if each]
    of_department = (each for name in names for each in found if each.department == name)
    same = (each for each in found if conversation and each.id == conversation.channel_id)
    return next(same, None) or next(of_department, None) or next(iter(found), None)


def ours(session: Session) -> frozenset[str]:
    """Give our own addresses, as handles: we never answer ourselves."""
    read = (addresses.read(each.address) for each in boxes(session))
    return frozenset(each.handle for each in read if each)


def _address(row: Channel) -> str:
    """Give the address of a mailbox; many a user is one."""
    written = [str(row.settings.get(name, "")) for name in ("address", "user")]
    read = [addresses.read(each) for each in written if "@" in each]
    return next((each.written for each in read if each), "")
