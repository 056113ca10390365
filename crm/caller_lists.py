"""Callers who are treated in a way of their own: whoever is blocked hears a refusal, VIPs come first in every queue.

Each PBX keeps a copy, so that both hold while the hub is away; it is written there by commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import numbers
from crm.desk import Refusal
from crm.setup import setup
from hub import audit, outbox
from hub.channels import Channel, kinds_that_carry
from hub.clock import now
from hub.db import Base
from hub.events import ListCaller
from hub.languages import N_, _
from hub.users import Viewer

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


def _tell(session: Session, number: str, which: str, value: str) -> None:
    kinds = kinds_that_carry(ListCaller)
    for channel_id in session.scalars(select(Channel.id).where(Channel.kind.in_(kinds)).order_by(Channel.id)):
        outbox.put(session, channel_id, ListCaller(number=number, list=which, value=value), lifetime=LIFETIME)
