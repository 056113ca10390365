"""Feeds of somebody's appointments: a secret address that his calendar program asks, which he can take back.

Only the digest of the secret is kept: the address is shown once, when it is made.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import appointments, calendar_files
from crm.appointments import Appointment, Diary
from crm.calendar_files import Date
from crm.contacts import PHONE, Contact, handles_of
from crm.setup import setup
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.said import said
from hub.users import User, Viewer

BACK, AHEAD = timedelta(days=60), timedelta(days=400)
LONGEST = 100  # letters of a secret


def open_feed(session: Session, viewer: Viewer, user_id: int) -> str:
    """Make a secret for somebody's feed, and give it; the one before opens nothing any more."""
    appointments.hold(session, user_id)
    secret = secrets.token_urlsafe(24)
    row = session.scalars(
        select(Diary).where(Diary.user_id == user_id).execution_options(populate_existing=True)
    ).one()
    row.feed, row.feed_since = _digest(secret), now()
    audit.record(
        session, viewer, audit.CHANGED, "user", user_id, words=said("an address for a calendar was made")
    )
    return secret


def close_feed(session: Session, viewer: Viewer, user_id: int) -> None:
    """Have the address open nothing any more."""
    row = diary_of(session, user_id)
    if row is not None and row.feed is not None:
        row.feed = row.feed_since = None
        words = said("the address for a calendar was taken back")
        audit.record(session, viewer, audit.CHANGED, "user", user_id, words=words)


def diary_of(session: Session, user_id: int) -> Diary | None:
    """Give somebody's diary, None where nobody ever wrote into it."""
    return session.scalars(select(Diary).where(Diary.user_id == user_id)).first()


def feed(session: Session, secret: str, address: str) -> bytes | None:
    """Give the file of a secret's owner, None for one that opens nothing; `address` is the hub's own."""
    if not secret or len(secret) > LONGEST:
        return None
    row = session.scalars(select(Diary).where(Diary.feed == _digest(secret))).first()
    user = session.get(User, row.user_id) if row is not None else None
    if user is None or user.disabled_at is not None:
        return None
    title = _("%(name)s, visits, %(company)s", name=user.name, company=setup(session).company.name)
    return calendar_files.feed(title, [_date(session, each, address) for each in _rows(session, user.id)])


def _rows(session: Session, user_id: int) -> Sequence[Appointment]:
    wanted = select(Appointment).where(
        Appointment.person_id == user_id,
        Appointment.starts_at > now() - BACK,
        Appointment.starts_at < now() + AHEAD,
    )
    return session.scalars(wanted.order_by(Appointment.starts_at, Appointment.id)).all()


def _date(session: Session, row: Appointment, address: str) -> Date:
    contact = session.get_one(Contact, row.contact_id)
    numbers = [each.value for each in handles_of(session, [contact.id])[contact.id] if each.kind == PHONE]
    href = f"{address}/visits/{row.id}"
    about = f"{row.purpose}: {contact.name}" if row.purpose else contact.name
    return Date(
        uid=row.uid, sequence=row.sequence, stamp=now(),
        starts_at=row.starts_at, ends_at=row.ends_at, summary=about, location=row.address, url=href,
        description="\n".join([*numbers[:3], href]), cancelled=row.cancelled_at is not None,
    )  # fmt: skip


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
