"""Whose working hours count: calendars of the company, of departments and of people, and who is away when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import ForeignKey, Index, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.working_hours import WorkingHours
from crm.worktime import Absence as Away
from hub.db import Base, Document
from hub.languages import _
from hub.rows import records
from hub.statements import Statement


class Hours(Base):
    """Working hours of the company (neither owner), of a department or of a person."""

    __tablename__ = "working_hours"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), unique=True)
    hours: Mapped[dict[str, object]] = mapped_column(Document)


class Absence(Base):
    """Somebody is away, from a moment until another; who stands in may be said.

    `planned_until` is when it was to end, once it ended early; one that was taken back ended before it began.
    """

    __tablename__ = "absences"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    why: Mapped[str]
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    planned_until: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_absences_user", "user_id", "until"),
        Index("ix_absences_until", "until"),
    )  # fmt: skip


def set_hours(
    session: Session, hours: WorkingHours, *, department_id: int | None = None, user_id: int | None = None
) -> None:
    """Write the hours of one owner."""
    same = (
        Hours.department_id.is_not_distinct_from(department_id),
        Hours.user_id.is_not_distinct_from(user_id),
    )
    row = session.scalar(select(Hours).where(*same))
    if row is None:
        row = Hours(department_id=department_id, user_id=user_id)
        session.add(row)
    row.hours = cast("dict[str, object]", msgspec.to_builtins(hours))


def add_absence(
    session: Session, user_id: int, since: datetime, until: datetime, why: str = "",
    substitute_id: int | None = None,
) -> Absence:  # fmt: skip
    """Note that somebody is away. ValueError says what cannot be, for the one who typed it."""
    if until <= since:
        raise ValueError(_("an absence ends after it begins: choose a later end"))
    if substitute_id == user_id:
        raise ValueError(_("nobody stands in for himself: choose somebody else"))
    row = Absence(user_id=user_id, since=since, until=until, why=why, substitute_id=substitute_id)
    session.add(row)
    session.flush()
    return row


def end_absence(session: Session, user_id: int, moment: datetime) -> bool:
    """Have somebody be back as of this moment; False when he is not away. What is still to come stays."""
    during = Absence.since <= moment, Absence.until > moment
    rows = session.scalars(select(Absence).where(Absence.user_id == user_id, *during)).all()
    for row in rows:
        row.until = moment
    return bool(rows)


def absences_of(session: Session, user_id: int) -> tuple[Away, ...]:
    """Give the times a person is away, in order."""
    rows = session.scalars(select(Absence).where(Absence.user_id == user_id).order_by(Absence.since))
    return tuple(Away(row.since, row.until, row.why) for row in rows)


# Asked for every page, of who looks at it.
_MOMENT = bindparam("moment", type_=Absence.since.type)
_AWAY = (
    select(Absence)
    .where(Absence.user_id.in_(bindparam("users", expanding=True)))
    .where(Absence.since <= _MOMENT, Absence.until > _MOMENT)
    .order_by(Absence.until)
)

_ONE_AWAY = Statement(
    select(*Absence.__table__.c)
    .where(Absence.user_id == bindparam("user"), Absence.since <= _MOMENT, Absence.until > _MOMENT)
    .order_by(Absence.until)
)


def away(session: Session, user_ids: Sequence[int], moment: datetime) -> Mapping[int, Absence]:
    """Tell who of these is away at a moment."""
    if not user_ids:
        return {}
    if len(user_ids) == 1:
        asked = {"user": user_ids[0], "moment": moment}
        rows = [cast("Absence", row) for (row,) in records(session, _ONE_AWAY, asked, Absence)]
    else:
        rows = list(session.scalars(_AWAY, {"users": list(user_ids), "moment": moment}))
    return {row.user_id: row for row in rows}  # of several the one that lasts longest


def away_between(session: Session, user_id: int, since: datetime, until: datetime) -> Absence | None:
    """Give an absence of somebody that takes any of the time between two moments."""
    wanted = select(Absence).where(
        Absence.user_id == user_id,
        Absence.since < until,
        Absence.until > since,
        Absence.since < Absence.until,
    )
    return session.scalars(wanted.order_by(Absence.until.desc()).limit(1)).first()
