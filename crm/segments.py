"""Segments: who is meant, as a rule over contacts that is kept, said in words and counted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hub.clock import now
from hub.db import Base, Document


class Segment(Base):
    """A rule with a name; campaigns take it as it is, or frozen when they begin."""

    __tablename__ = "segments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    rule: Mapped[dict[str, object]] = mapped_column(Document)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    retired_at: Mapped[datetime | None]
