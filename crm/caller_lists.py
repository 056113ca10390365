"""Callers who are treated in a way of their own: whoever is blocked hears a refusal, VIPs come first in every queue.

Each PBX keeps a copy, so that both hold while the hub is away; it is written there by commands. And the answer to the
dial plan's question who should get a caller: whom he knows, if that one is here and free.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import calls, contacts, numbers
from crm.calendars import away
from crm.contacts import Contact
from crm.desk import Refusal
from crm.setup import setup
from hub import audit, outbox
from hub.channels import Channel, kinds_that_carry
from hub.clock import now
from hub.db import Base
from hub.events import ListCaller
from hub.languages import N_, _
from hub.said import Said, said
from hub.users import User, Viewer

KIND = "caller"
BLOCKED, VIP = "blocked", "vip"
LISTS = {BLOCKED: N_("Blocked"), VIP: N_("VIP")}
MOST_URGENT = 20
TEXT = 200
LIFETIME = timedelta(days=30)  # a PBX that is away for so long gets the lists by a press


class ListedCaller(Base):
    """A number on a list. `priority` is a VIP's in queues: of two who wait the higher one is first."""

    __tablename__ = "listed_callers"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    list: Mapped[str]
    priority: Mapped[int]
    why: Mapped[str]
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Who should get a caller. `extension` is "" where nobody in particular should: the queue as always."""

    treat: str = "normal"
    priority: int = 0
    contact_id: int | None = None
    name: str = ""
    extension: str = ""
    why: str = ""


def every(session: Session) -> Sequence[ListedCaller]:
    """Give all of them, the newest first."""
    return session.scalars(select(ListedCaller).order_by(ListedCaller.id.desc())).all()


def listed(session: Session, number: str | None) -> ListedCaller | None:
    """Give a number's entry, E.164; None where it is on no list."""
    return session.scalar(select(ListedCaller).where(ListedCaller.number == number)) if number else None


def is_blocked(session: Session, number: str | None) -> bool:
    """Tell whether calls from a number are refused."""
    found = listed(session, number)
    return found is not None and found.list == BLOCKED


def put(
    session: Session, viewer: Viewer, written: str, which: str, priority: int, why: str
) -> ListedCaller:  # fmt: skip
    """Put a number on a list, or on the other one; every PBX is told."""
    number = numbers.read(written, setup(session).company.country)
    if number is None:
        raise Refusal(_("This is no telephone number."))
    if which not in LISTS:
        raise Refusal(_("Choose a list."))
    row = listed(session, number.e164)
    before = {"list": row.list, "priority": row.priority, "why": row.why} if row else {}
    if row is None:
        row = ListedCaller(number=number.e164)
        session.add(row)
    elif row.list != which:
        _tell(session, row.number, row.list, "")
    row.list, row.why, row.by, row.at = which, " ".join(why.split())[:TEXT], viewer.user_id, now()
    row.priority = min(max(priority, 1), MOST_URGENT) if which == VIP else 0
    session.flush()
    _tell(session, row.number, which, str(row.priority or 1))
    after = {"list": row.list, "priority": row.priority, "why": row.why}
    verb = audit.CHANGED if before else audit.MADE
    audit.record(
        session, viewer, verb, KIND, row.id, words=row.number, changes=audit.differences(before, after)
    )
    return row


def take_off(session: Session, viewer: Viewer, row: ListedCaller) -> None:
    """Take a number off its list; every PBX is told."""
    _tell(session, row.number, row.list, "")
    audit.record(session, viewer, audit.REMOVED, KIND, row.id, words=row.number,
                 changes={"list": (row.list, None)})  # fmt: skip
    session.delete(row)


def tell_again(session: Session) -> int:
    """Tell every PBX all of it, such as a new one, and count the numbers."""
    rows = every(session)
    for row in rows:
        _tell(session, row.number, row.list, str(row.priority or 1))
    return len(rows)


def way_for(session: Session, written: str) -> Way:
    """Say who should get a caller: the one who is responsible, else who talked with him last, if here and free."""
    number = numbers.read(written, setup(session).company.country)
    if number is None:
        return Way(why=said("No number is shown"))
    entry = listed(session, number.e164)
    if entry is not None and entry.list == BLOCKED:
        return Way(treat=BLOCKED, why=entry.why or said("On the black list"))
    treat, priority = (VIP, entry.priority) if entry is not None else ("normal", 0)
    contact = _known(session, number.e164)
    if contact is None:
        return Way(treat=treat, priority=priority, why=said("Nobody we know, or several"))
    extension, why = _person_for(session, contact)
    return Way(
        treat=treat, priority=priority, contact_id=contact.id, name=contact.name, extension=extension, why=why
    )


def _known(session: Session, number: str) -> Contact | None:
    likely = contacts.owners(session, contacts.identity(number, "", setup(session).company.country))
    if len(likely) > 1:
        likely = contacts.settled(session, likely)
    return session.get(Contact, likely[0].contact_id) if len(likely) == 1 else None


def _person_for(session: Session, contact: Contact) -> tuple[str, Said]:
    """Give the extension of whom a contact should reach, and why him, or why nobody."""
    responsible = session.get(User, contact.responsible_id) if contact.responsible_id else None
    last = calls.last_talk(session, contact.id)
    for person, why in (
        (responsible, said("%(name)s is responsible", name=responsible.name if responsible else "")),
        (last, said("%(name)s talked with him last", name=last.name if last else "")),
    ):
        if person is not None and _is_free(session, person):
            return person.extension, why
    if responsible is None and last is None:
        return "", said("Nobody has talked with him yet")
    return "", said("Whom he knows is away or in a call")


def _is_free(session: Session, person: User) -> bool:
    """Tell whether somebody has a telephone, works here now and talks with nobody."""
    if not person.extension or person.disabled_at is not None or away(session, [person.id], now()):
        return False
    return not any(person.extension in (*call.talking, *call.ringing) for call in calls.live(session))


def _tell(session: Session, number: str, which: str, value: str) -> None:
    kinds = kinds_that_carry(ListCaller)
    for channel_id in session.scalars(select(Channel.id).where(Channel.kind.in_(kinds)).order_by(Channel.id)):
        outbox.put(session, channel_id, ListCaller(number=number, list=which, value=value), lifetime=LIFETIME)
