"""Softphones: by what a browser is somebody's telephone at the PBX.

An admin enters the user and the secret; the secret is given to that person's own page alone, and the audit says so once
in each sign-in.
"""

from __future__ import annotations

import re
from datetime import datetime

import msgspec
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.desk import Refusal
from hub import audit
from hub.clock import now
from hub.db import Base
from hub.languages import _
from hub.said import said
from hub.users import User, Viewer

LONGEST_SECRET = 200
_SIP_USER = re.compile(r"[A-Za-z0-9._+*#-]{1,60}")


class Softphone(Base):
    """Somebody's account at the PBX. `told_sign_in` is the sign-in in which the audit last said that it was used."""

    __tablename__ = "softphones"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    sip_user: Mapped[str]
    secret: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    told_sign_in: Mapped[int | None]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser says at the PBX."""

    user: str
    secret: str
    name: str


def sip_user_of(session: Session, user_id: int) -> str:
    """Give the user by whom somebody's browser is known at the PBX, "" where he has no softphone."""
    return session.scalar(select(Softphone.sip_user).where(Softphone.user_id == user_id)) or ""


def put(session: Session, viewer: Viewer, user: User, sip_user: str, secret: str) -> None:
    """Let somebody's browser be his telephone; "" as the user is his extension, as the secret the one that is there."""
    wanted = sip_user.strip() or user.extension
    if not _SIP_USER.fullmatch(wanted):
        raise Refusal(_("A user at the PBX is letters, digits and . _ + * # -, 60 at most."))
    known = session.get(Softphone, user.id)
    if not (secret or known):
        raise Refusal(_("Enter the secret of the PBX."))
    if len(secret) > LONGEST_SECRET or not secret.isprintable():
        raise Refusal(_("A secret has at most %(most)s letters, without line breaks.", most=LONGEST_SECRET))
    before = known.sip_user if known else None
    row = known or Softphone(user_id=user.id)
    row.sip_user, row.secret, row.at = wanted, secret or row.secret, now()
    session.add(row)
    audit.record(session, viewer, audit.CHANGED, "user", user.id, words=said("softphone"),
                 changes={"sip_user": (before, wanted)})  # fmt: skip


def take_away(session: Session, viewer: Viewer, user: User) -> None:
    """Let his browser be no telephone any more."""
    known = session.get(Softphone, user.id)
    if known is None:
        return
    session.delete(known)
    audit.record(session, viewer, audit.REMOVED, "user", user.id, words=said("softphone"),
                 changes={"sip_user": (known.sip_user, None)})  # fmt: skip


def account(session: Session, viewer: Viewer, sign_in: int | None) -> Account | None:
    """Give a person's own account to his own page; None where he has none."""
    row = session.get(Softphone, viewer.user_id) if viewer.user_id else None
    if row is None:
        return None
    if row.told_sign_in is None or row.told_sign_in != sign_in:
        row.told_sign_in = sign_in
        audit.record(session, viewer, audit.USED, "user", row.user_id, words=said("softphone"))
    return Account(user=row.sip_user, secret=row.secret, name=viewer.name)
