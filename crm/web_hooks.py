"""Web hooks: programs of others that processes tell of deals. An admin names them; a diagram knows the name alone.

So whoever draws a diagram can send what he sees to no address of his own, and no secret stands in a file.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column
from yarl import URL

from crm.refusals import Refusal
from hub import audit
from hub.clock import now
from hub.db import Base
from hub.languages import _
from hub.users import Viewer

KIND = "web_hook"
LONGEST_NAME, LONGEST_URL = 60, 500
MOST = 50


class WebHook(Base):
    """A program of others: its name, its address, and the secret that signs what it is sent.

    `inside`: it may stand in our own network.
    """

    __tablename__ = "web_hooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    secret: Mapped[str]
    inside: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(default=now)
    retired_at: Mapped[datetime | None]


def every(session: Session) -> Sequence[WebHook]:
    """Give those that are in use, by name."""
    wanted = select(WebHook).where(WebHook.retired_at.is_(None)).order_by(WebHook.name)
    return session.scalars(wanted).all()


def named(session: Session, name: str) -> WebHook | None:
    """Give the one of a name that is in use."""
    return session.scalar(select(WebHook).where(WebHook.name == name, WebHook.retired_at.is_(None)))


def name_one(session: Session, viewer: Viewer, name: str, url: str, *, inside: bool) -> WebHook:
    """Name a program, or another address for one, with a new secret; Refusal says what cannot be."""
    name, url = " ".join(name.split()), url.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refusal(_("Say what the program is called, in a few words"))
    _look(url)
    known = session.scalar(select(WebHook).where(WebHook.name == name))
    if known is None and len(every(session)) >= MOST:
        raise Refusal(_("There are %(most)s programs already: take one off first", most=MOST))
    row = known or WebHook(name=name, url="", secret="")
    before = {"url": row.url, "inside": bool(row.inside)}
    row.url, row.inside, row.retired_at = url, inside, None
    row.secret = secrets.token_urlsafe(32)
    session.add(row)
    session.flush()
    changes = audit.differences(before, {"url": row.url, "inside": row.inside})
    audit.record(session, viewer, audit.CHANGED if known else audit.MADE, KIND, row.id, changes=changes)
    return row


def take_off(session: Session, viewer: Viewer, hook_id: int) -> WebHook | None:
    """Have a program be told of nothing more; None where there is none."""
    row = session.get(WebHook, hook_id)
    if row is None or row.retired_at is not None:
        return None
    row.retired_at, row.secret = now(), ""
    audit.record(session, viewer, audit.REMOVED, KIND, row.id)
    return row


def _look(url: str) -> None:
    try:
        read = URL(url)
    except ValueError:
        raise Refusal(_("This is no address of a web server")) from None
    whole = len(url) <= LONGEST_URL and read.scheme in {"http", "https"} and bool(read.host)
    if not whole or read.user or read.password or not url.isprintable():
        raise Refusal(_("Write the whole address, such as https://example.com/hook"))
