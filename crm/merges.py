"""Cards that were merged: which, by whom, and what each held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import moves
from crm.belongings import STAYS
from hub.clock import now
from hub.db import Base, Document

Pairs = dict[str, list[object]]


class Merge(Base):
    """One merge: `card_id` became a part of `survivor_id`.

    `columns` are those of the survivor that it changed, each [before, after]; `asked` whom the card may have been
    before; `last_ids` the newest number of each table at that time.
    """

    __tablename__ = "merges"

    id: Mapped[int] = mapped_column(primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    survivor_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    merged_at: Mapped[datetime] = mapped_column(default=now)
    merged_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    columns: Mapped[Pairs] = mapped_column(Document)
    asked: Mapped[list[int] | None] = mapped_column(Document)
    last_ids: Mapped[dict[str, int]] = mapped_column(Document)

    __table_args__ = ({"info": STAYS},)


def merges_into(session: Session, contact_id: int) -> Sequence[Merge]:
    """Give the merges that a card is made of, those within others too, the newest first."""
    within = moves.family(session, contact_id)
    wanted = select(Merge).where(Merge.survivor_id.in_(within), Merge.undone_at.is_(None))
    return session.scalars(wanted.order_by(Merge.id.desc())).all()


def merge_of(session: Session, card_id: int) -> Merge | None:
    """Give the merge by which a card became a part of another."""
    return session.scalar(select(Merge).where(Merge.card_id == card_id, Merge.undone_at.is_(None)))
