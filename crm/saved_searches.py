"""Searches that somebody keeps, under names of his own. What is removed stays until it is taken back or forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.clock import now
from hub.db import Base
from hub.languages import _
from hub.users import Viewer

LONGEST_NAME = 80
MOST = 50


class SavedSearch(Base):
    """One search of one person; `asked` is the query of its address."""

    __tablename__ = "saved_searches"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    asked: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]


def saved(session: Session, viewer: Viewer) -> Sequence[SavedSearch]:
    """Give what this viewer keeps, oldest first."""
    return session.scalars(
        select(SavedSearch)
        .where(SavedSearch.user_id == viewer.user_id, SavedSearch.removed_at.is_(None))
        .order_by(SavedSearch.id)
    ).all()


def save(session: Session, viewer: Viewer, name: str, asked: str) -> SavedSearch:
    """Keep a search; one of the same name takes its place. ValueError says why not."""
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise ValueError(_("Give it a name, so that you find it again."))
    known = saved(session, viewer)
    same = next((each for each in known if each.name == name), None)
    if same is None and len(known) >= MOST:
        raise ValueError(_("You keep %(num)s searches already: remove one first.", num=MOST))
    kept = same or SavedSearch(user_id=viewer.user_id, name=name)
    kept.asked = asked
    session.add(kept)
    session.flush()
    return kept


def remove(session: Session, viewer: Viewer, search_id: int) -> SavedSearch | None:
    """Take one away; None where this viewer has none of this number."""
    found = _own(session, viewer, search_id)
    if found is not None and found.removed_at is None:
        found.removed_at = now()
    return found


def restore(session: Session, viewer: Viewer, search_id: int) -> SavedSearch | None:
    """Take back that it was removed."""
    found = _own(session, viewer, search_id)
    if found is not None:
        found.removed_at = None
    return found


def _own(session: Session, viewer: Viewer, search_id: int) -> SavedSearch | None:
    own = SavedSearch.id == search_id, SavedSearch.user_id == viewer.user_id
    return session.scalar(select(SavedSearch).where(*own))
