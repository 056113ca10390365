"""Saved views: a list as somebody left it, under a name. What managers share, everybody sees.

A view without a name is its owner's own beginning: the columns that he chose for the room.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint, and_, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.desk import Refusal
from hub import audit
from hub.clock import now
from hub.db import Base
from hub.languages import _
from hub.users import Viewer

LONGEST = 60
LONGEST_QUERY = 4000
MOST = 100
OWN = ""


class View(Base):
    """One of somebody's views of a room: the query that its address carries."""

    __tablename__ = "views"

    id: Mapped[int] = mapped_column(primary_key=True)
    room: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    shared: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("owner_id", "room", "name"),)


# Put together once: every list asks for both.
_HIS, _IN_ROOM = View.owner_id == bindparam("whose"), View.room == bindparam("room")
_SEEN = select(View).where(_IN_ROOM, View.name != OWN, or_(_HIS, View.shared)).order_by(View.name, View.id)
_NAMED = select(View).where(_HIS, _IN_ROOM, View.name == bindparam("name"))


def views_of(session: Session, viewer: Viewer, room: str) -> Sequence[View]:
    """Give the named views of a room that somebody has: his own first, then those shared with him."""
    rows = session.scalars(_SEEN, {"whose": viewer.user_id, "room": room}).all()
    return sorted(rows, key=lambda view: view.owner_id != viewer.user_id)


def columns_of(session: Session, viewer: Viewer, room: str) -> str | None:
    """Give the columns that somebody chose for a room, with commas between; None where he chose none."""
    own = _own(session, viewer, room, OWN)
    return own.query if own else None


def choose_columns(session: Session, viewer: Viewer, room: str, columns: Sequence[str]) -> None:
    """Keep somebody's columns."""
    before, after = columns_of(session, viewer, room), ",".join(columns)
    view = _keep(session, viewer, room, OWN, after)
    session.flush()
    audit.record(session, viewer, audit.CHANGED, "view", view.id, changes={"columns": (before, after)})


def save(session: Session, viewer: Viewer, room: str, name: str, query: str, *, shared: bool) -> View:
    """Keep a view under a name; one of his that is called so is replaced."""
    name = " ".join(name.split())[:LONGEST]
    if not name:
        raise Refusal(_("A view needs a name"))
    if len(query) > LONGEST_QUERY:
        raise Refusal(_("This list is asked for in too many words to be kept"))
    if shared and not viewer.sees_all:
        raise Refusal(_("Managers share views. Yours is kept for you when you leave that out"))
    owned = select(func.count()).where(View.owner_id == viewer.user_id)
    if (session.scalar(owned) or 0) >= MOST and _own(session, viewer, room, name) is None:
        raise Refusal(_("You have a hundred views. Remove one that you no longer use"))
    view = _keep(session, viewer, room, name, query)
    view.shared = shared
    session.flush()
    audit.record(session, viewer, audit.CHANGED, "view", view.id, words=name)
    return view


def remove(session: Session, viewer: Viewer, view_id: int) -> View | None:
    """Take a view away and give what it was: one's own, managers also what others shared."""
    view = session.scalar(select(View).where(View.id == view_id, View.name != OWN, _changes(viewer)))
    if view is not None:
        audit.record(session, viewer, audit.REMOVED, "view", view.id, words=view.name)
        session.delete(view)
    return view


def may_remove(viewer: Viewer, view: View) -> bool:
    """Tell whether somebody may take a view away."""
    return view.owner_id == viewer.user_id or (view.shared and viewer.sees_all)


def _keep(session: Session, viewer: Viewer, room: str, name: str, query: str) -> View:
    if viewer.user_id is None:
        raise Refusal(_("Views belong to people"))
    view = _own(session, viewer, room, name)
    if view is None:
        view = View(room=room, name=name, owner_id=viewer.user_id, query="")
        session.add(view)
    view.query = query
    return view


def _own(session: Session, viewer: Viewer, room: str, name: str) -> View | None:
    return session.scalar(_NAMED, {"whose": viewer.user_id, "room": room, "name": name})


def _changes(viewer: Viewer) -> ColumnElement[bool]:
    own = View.owner_id == viewer.user_id
    return or_(own, and_(View.shared)) if viewer.sees_all else own
