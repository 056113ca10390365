"""Versions of what is set up with care: each state of a policy or calendar, who made it and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.clock import now
from hub.db import Base, Document
from hub.users import Viewer

POLICY = "policy"
MOST = 50


class Version(Base):
    """One state of a record, as it was from `at` on. `who` is the name of that day, "" from before we counted."""

    __tablename__ = "versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    record_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    user_id: Mapped[int | None]
    who: Mapped[str]
    content: Mapped[dict[str, object]] = mapped_column(Document)

    __table_args__ = (Index("ix_versions_record", "kind", "record_id", "id"),)


def keep(
    session: Session, viewer: Viewer, kind: str, record_id: int,
    before: Mapping[str, object] | None, after: Mapping[str, object],
) -> None:  # fmt: skip
    """Keep what a record became; the first time also what it was before, which nobody kept."""
    if before is not None and not versions_of(session, kind, record_id):
        session.add(Version(kind=kind, record_id=record_id, user_id=None, who="", content=dict(before)))
        session.flush()
    session.add(
        Version(kind=kind, record_id=record_id, user_id=viewer.user_id, who=viewer.name, content=dict(after))
    )


def versions_of(session: Session, kind: str, record_id: int) -> Sequence[Version]:
    """Give the versions of a record, newest first."""
    wanted = select(Version).where(Version.kind == kind, Version.record_id == record_id)
    return session.scalars(wanted.order_by(Version.id.desc()).limit(MOST)).all()


def version_of(session: Session, kind: str, record_id: int, version_id: int) -> Version | None:
    """Give one version of a record."""
    found = session.get(Version, version_id)
    return found if found is not None and (found.kind, found.record_id) == (kind, record_id) else None
