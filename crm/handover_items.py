"""What was handed over: the deed, and what of it went where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.clock import now
from hub.db import Base
from hub.sentence import Sentence

ItemKind = Literal["task", "contact", "deal", "appointment", "conversation", "naming"]


class Handover(Base):
    """One deed: what `user_id` had was given to others. The items say what went where."""

    __tablename__ = "handovers"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    why: Mapped[str]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class HandoverItem(Base):
    """One record that went to a person, or to a department's queue (a contact: to nobody).

    Of the kind `naming` the record is a person himself: whoever it went to has what names him from now on.
    After it was taken back, either `returned_at` is set or `left_why` says why it stayed.
    """

    __tablename__ = "handover_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    kind: Mapped[str]
    record_id: Mapped[int]
    from_department_id: Mapped[int | None]
    to_user_id: Mapped[int | None]
    to_department_id: Mapped[int | None]
    returned_at: Mapped[datetime | None]
    left_why: Mapped[str] = mapped_column(Sentence, default="")

    __table_args__ = (Index("ix_handover_items_record", "kind", "record_id"),)


class Item(NamedTuple):
    """Something that somebody has."""

    kind: ItemKind
    id: int


def items_of(session: Session, handover_id: int) -> Sequence[HandoverItem]:
    """Give what a hand-over moved, in order."""
    query = select(HandoverItem).where(HandoverItem.handover_id == handover_id)
    return session.scalars(query.order_by(HandoverItem.id)).all()


def successor(session: Session, user_id: int) -> HandoverItem | None:
    """Give to whom went what processes and promises name somebody for; who handed it on is followed further."""
    found, seen = None, {user_id}
    while (item := _successor(session, user_id)) is not None:
        found = item
        if item.to_user_id is None or item.to_user_id in seen:
            break
        user_id = item.to_user_id
        seen.add(user_id)
    return found


def _successor(session: Session, user_id: int) -> HandoverItem | None:
    wanted = select(HandoverItem).where(
        HandoverItem.kind == "naming", HandoverItem.record_id == user_id, HandoverItem.returned_at.is_(None),
        HandoverItem.left_why == "",
    )  # fmt: skip
    return session.scalars(wanted.order_by(HandoverItem.id.desc()).limit(1)).first()
