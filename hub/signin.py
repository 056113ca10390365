"""Signing in: sign-ins are rows, so that they can be listed and revoked; a link lets somebody in once.

Tokens are random and stand in the store as hashes only.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, ForeignKey, bindparam, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub import audit
from hub.clock import now
from hub.db import Base, announce
from hub.languages import N_
from hub.preferences import Preferences, read_preferences
from hub.said import nsaid, said
from hub.tries import forget_tries
from hub.users import User, Viewer, viewer

LINK_LASTS = timedelta(days=3)
TOUCH_EVERY = timedelta(minutes=1)
AGENT_LENGTH = 200

_hasher = PasswordHasher()


class SignIn(Base):
    """Somebody signed in with one browser, as long as it is used; only the browser knows the token."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    agent: Mapped[str]
    address: Mapped[str]


class Link(Base):
    """A link to choose a password and sign in, once. Without a user it makes the first admin."""

    __tablename__ = "sign_in_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


# Asked for every request, so it is put together once.
_MOMENT = bindparam("moment", type_=SignIn.expires_at.type)
_LIVING = (
    select(SignIn, User).join(User, User.id == SignIn.user_id)
    .where(SignIn.revoked_at.is_(None), SignIn.expires_at > _MOMENT, User.disabled_at.is_(None))
)  # fmt: skip
_SIGN_IN, _USER = SignIn.__table__.c, User.__table__.c
_BY_TOKEN = _LIVING.where(SignIn.token_hash == bindparam("token")).with_only_columns(
    _SIGN_IN.id, _SIGN_IN.seen_at, _USER.id.label("user_id"), _USER.role, _USER.department_id, _USER.name,
    _USER.preferences, _USER.extension, _USER.email,
)  # fmt: skip
_BY_ID = _LIVING.where(SignIn.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Found:
    """A living sign-in and whose it is; `stale` when it is time to note that it was used."""

    id: int
    viewer: Viewer
    preferences: Preferences
    stale: bool
    extension: str = ""
    mail: str = ""


@dataclass(frozen=True, slots=True)
class SignInsEnded:
    """Announced when sign-ins were revoked."""

    ids: frozenset[int]


def password_hash(session: Session, email: str) -> tuple[int, str] | None:
    """Give id and password hash of somebody who may sign in with a password, else None."""
    user = session.scalar(select(User).where(User.email == email.strip().lower(), User.disabled_at.is_(None)))
    return (user.id, user.password_hash) if user and user.password_hash else None


def check_password(hashed: str | None, password: str) -> bool:
    """Compare, as slowly for somebody unknown (None) as for anybody. It takes long: use a thread."""
    try:
        return _hasher.verify(hashed or _nobody(), password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def hash_password(password: str) -> str:
    """Hash a new password. It takes long: use a thread."""
    return _hasher.hash(password)


def start(session: Session, user_id: int, *, lasts: timedelta, agent: str = "", address: str = "") -> str:
    """Sign somebody in, forget the failed tries at this mail address, and give the token for the browser.

    Who signed in, from where and after how many tries stands in the audit.
    """
    token = secrets.token_urlsafe(32)
    moment = now()
    session.add(
        SignIn(
            user_id=user_id,
            token_hash=_hash(token),
            made_at=moment,
            seen_at=moment,
            expires_at=moment + lasts,
            agent=agent[:AGENT_LENGTH],
            address=address,
        )
    )
    user = session.get_one(User, user_id)
    failed = forget_tries(session, user.email) - 1  # the last one was right
    words = said("from %(address)s", address=address) if address else ""
    if failed > 0:
        words = nsaid("after %(num)s failed try, %(from)s", "after %(num)s failed tries, %(from)s", failed,
                      **{"from": words})  # fmt: skip
    audit.record(session, viewer(user), audit.SIGNED_IN, "user", user.id, words=words)
    return token


def fail(session: Session, email: str, address: str) -> None:
    """Write down that somebody did not get in; whom nobody knows is told by where he came from alone."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    who = viewer(user) if user else Viewer(None, "agent", None, N_("somebody unknown"))
    audit.record(session, who, audit.FAILED, "user", user.id if user else 0,
                 words=said("from %(address)s", address=address))  # fmt: skip


def sign_out(session: Session, who: Viewer, sign_in_id: int) -> None:
    """End one's own sign-in."""
    revoke(session, sign_in_id)
    audit.record(session, who, audit.SIGNED_OUT, "user", who.user_id or 0)


def find(session: Session, token: str) -> Found | None:
    """Give the living sign-in of this token."""
    row = session.connection().execute(_BY_TOKEN, {"token": _hash(token), "moment": now()}).one_or_none()
    if row is None:
        return None
    who = Viewer(row.user_id, row.role, row.department_id, row.name)
    is_stale = row.seen_at <= now() - TOUCH_EVERY
    return Found(row.id, who, read_preferences(row.preferences), is_stale, row.extension, row.email)


def touch(session: Session, sign_in_id: int) -> None:
    """Note that a sign-in is used, and let it last as long again."""
    sign_in = session.get_one(SignIn, sign_in_id)
    moment = now()
    sign_in.expires_at += moment - sign_in.seen_at
    sign_in.seen_at = moment


def viewers(session: Session, ids: Collection[int]) -> dict[int, Viewer]:
    """Give who is behind these sign-ins, with today's rights; those that ended are left out."""
    rows = session.execute(_BY_ID, {"ids": list(ids), "moment": now()})
    return {sign_in.id: viewer(user) for sign_in, user in rows}


def revoke(session: Session, sign_in_id: int) -> None:
    """End one sign-in."""
    _revoke(session, SignIn.id == sign_in_id)


def revoke_all(session: Session, user_id: int, *, but: int | None = None) -> int:
    """End all sign-ins of somebody, perhaps but one, and count them."""
    return _revoke(session, SignIn.user_id == user_id, SignIn.id != (but or 0))


def sign_ins(session: Session, user_id: int, limit: int) -> Sequence[SignIn]:
    """Give somebody's sign-ins, the latest used first."""
    whose = select(SignIn).where(SignIn.user_id == user_id)
    return session.scalars(whose.order_by(SignIn.seen_at.desc(), SignIn.id.desc()).limit(limit)).all()


def last_seen(session: Session, user_ids: Collection[int]) -> dict[int, datetime]:
    """Tell when each of these was last here."""
    seen = select(SignIn.user_id, func.max(SignIn.seen_at)).where(SignIn.user_id.in_(user_ids))
    return {user_id: at for user_id, at in session.execute(seen.group_by(SignIn.user_id)) if at is not None}


def make_link(session: Session, user: User | None, lasts: timedelta = LINK_LASTS) -> str:
    """Give the token of a new link for somebody; None is for whoever becomes the first admin."""
    token = secrets.token_urlsafe(24)
    session.add(Link(token_hash=_hash(token), user_id=user.id if user else None, expires_at=now() + lasts))
    return token


def find_link(session: Session, token: str) -> Link | None:
    """Give a link that may still be used; the first admin's is void once somebody can sign in."""
    link = session.scalar(
        select(Link).where(Link.token_hash == _hash(token), Link.used_at.is_(None), Link.expires_at > now())
    )
    taken = select(User.id).where(User.role == "admin", User.password_hash.is_not(None)).limit(1)
    if link is not None and link.user_id is None and session.scalar(taken) is not None:
        return None
    return link


def use_link(session: Session, token: str) -> Link | None:
    """Use a link up; None when it may not be used, also because somebody else did it just now."""
    link = find_link(session, token)
    if link is None:
        return None
    unused = (Link.id == link.id, Link.used_at.is_(None))
    used = session.scalar(update(Link).where(*unused).values(used_at=now()).returning(Link.id))
    return link if used is not None else None


def open_link(session: Session, user_id: int) -> Link | None:
    """Give the link by which somebody may still sign in, the one that lasts longest."""
    living = (Link.user_id == user_id, Link.used_at.is_(None), Link.expires_at > now())
    return session.scalar(select(Link).where(*living).order_by(Link.expires_at.desc()).limit(1))


def void_links(session: Session, user_id: int) -> int:
    """Let no link of somebody's work any more, and count them."""
    living = (Link.user_id == user_id, Link.used_at.is_(None), Link.expires_at > now())
    void = update(Link).where(*living).values(used_at=now()).returning(Link.id)
    return len(session.scalars(void).all())


def set_password(session: Session, user: User, hashed: str, *, here: int | None = None) -> None:
    """Give somebody a new password; who signed in by the old one, but `here`, or holds another link, is out."""
    user.password_hash = hashed
    void_links(session, user.id)
    revoke_all(session, user.id, but=here)


def _revoke(session: Session, *criteria: ColumnElement[bool]) -> int:
    ended = session.scalars(
        update(SignIn)
        .where(*criteria, SignIn.revoked_at.is_(None))
        .values(revoked_at=now())
        .returning(SignIn.id)
    ).all()
    announce(session, SignInsEnded(frozenset(ended)))
    return len(ended)


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


@cache
def _nobody() -> str:
    """Give a hash that belongs to nobody, for the time it takes to compare with it."""
    return _hasher.hash(secrets.token_urlsafe(16))
