"""Whose telephones were in a call: found by an index, along the time. A call's own lists say the same in order."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, ScalarSelect, delete, exists
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.db import Base
from hub.rows import insert_many


class CallPart(Base):
    """An extension's part in a call that began at `started_at`: it rang, or `talked` with the customer."""

    __tablename__ = "call_parts"

    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    extension: Mapped[str] = mapped_column(primary_key=True)
    talked: Mapped[bool]
    started_at: Mapped[datetime]

    __table_args__ = (Index("ix_call_parts_extension", "extension", "talked", "started_at", "call_id"),)


def keep(
    session: Session, call_id: int, started_at: datetime, rang: Collection[str], talked: Collection[str]
) -> None:  # fmt: skip
    """Keep whose telephones rang, and who talked."""
    everybody = dict.fromkeys(each for each in (*rang, *talked) if each)
    rows = [{"call_id": call_id, "extension": each, "talked": each in talked, "started_at": started_at}
            for each in everybody]  # fmt: skip
    insert_many(session, CallPart, rows)


def forget(session: Session, call_id: int) -> None:
    """Let go of what was known of a call's parts."""
    session.execute(delete(CallPart).where(CallPart.call_id == call_id))


def was_in(call_id: Mapped[int], extension: ColumnElement[str] | ScalarSelect[str]) -> ColumnElement[bool]:
    """Tell in which calls an extension rang or talked."""
    return exists().where(CallPart.call_id == call_id, CallPart.extension == extension)


def talked_in(call_id: Mapped[int], extension: ColumnElement[str] | ScalarSelect[str]) -> ColumnElement[bool]:
    """Tell in which calls it talked."""
    return exists().where(CallPart.call_id == call_id, CallPart.extension == extension, CallPart.talked)
