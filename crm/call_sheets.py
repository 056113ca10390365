"""What lies open before somebody because he talked: his note on the call, until he puts it away.

A sheet is made when he is first heard in the talk. At the end it stays as long as something is asked of him: a result,
where his department has some, or a note that he began.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, bindparam, false, select, true, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import calls
from crm.call_guides import is_required
from crm.call_results import results_of
from crm.calls import Call
from hub.clock import now
from hub.db import Base, some
from hub.rows_unless_there import insert_unless_there
from hub.users import User

NOTE = 20_000  # letters
MOST = 100  # calls that lie open before somebody; older ones are not looked at


class CallSheet(Base):
    """One person's part in a call. `away_at`: nothing of it is open before him any more."""

    __tablename__ = "call_sheets"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime] = mapped_column(default=now)
    away_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("call_id", "user_id"),
        some("ix_call_sheets_open", "user_id", "call_id", where="away_at IS NULL"),
    )


def lay(session: Session, call: Call) -> None:
    """Lay a sheet before everybody who is in the talk, or was; who has one already keeps it."""
    talked = [*call.talking, *(talk.extension for talk in call.spoken)]
    for user in calls.people_at(session, talked):
        insert_unless_there(
            session, CallSheet, call_id=call.id, user_id=user.id, note="", made_at=now(), away_at=None
        )


def settle(session: Session, call: Call) -> None:
    """Put away the sheets of a call that ended which ask for nothing."""
    for sheet in sheets_of(session, call.id):
        if sheet.away_at is None and not asks(session, call, sheet):
            sheet.away_at = now()


def asks(session: Session, call: Call, sheet: CallSheet) -> bool:
    """Tell whether a sheet stays when the talk is over: it has a note, or a result can be chosen."""
    return bool(sheet.note or results_of(session, department_of(session, call, sheet.user_id)))


def must(session: Session, call: Call, user_id: int) -> bool:
    """Tell whether this person may not put the call away before it has a result."""
    department_id = department_of(session, call, user_id)
    if call.result_id is not None or not is_required(session, department_id):
        return False
    return bool(results_of(session, department_id))


def department_of(session: Session, call: Call, user_id: int) -> int | None:
    """Give whose results and script count: those of the department that the call is for, else of who talks."""
    if call.department_id is not None:
        return call.department_id
    return session.get_one(User, user_id).department_id


def sheets_of(session: Session, call_id: int) -> Sequence[CallSheet]:
    """Give everybody's sheets of a call, in the order in which they talked."""
    return session.scalars(select(CallSheet).where(CallSheet.call_id == call_id).order_by(CallSheet.id)).all()


def sheet_of(session: Session, call_id: int, user_id: int) -> CallSheet | None:
    """Give somebody's sheet of a call."""
    return session.scalar(_SHEET, {"call": call_id, "user": user_id})


def open_calls(session: Session, user_id: int) -> Sequence[Call]:
    """Give the calls that lie open before somebody, the newest first."""
    return session.scalars(_OPEN, {"user": user_id}).all()


def before(session: Session, user: User) -> tuple[Sequence[Call], Sequence[Call]]:
    """Give the calls that somebody sees as they go on, and those that lie open before him, in one statement."""
    found = session.execute(_BEFORE, calls.his(user)).all()
    lie_open = [call for call, lies_open in found if lies_open]
    lie_open.sort(key=lambda call: (call.started_at, call.id), reverse=True)
    return calls.seen([call for call, lies_open in found if not lies_open], user), lie_open


# Put together once: they are asked at every ring, before somebody says hello.
_SHEET = select(CallSheet).where(
    CallSheet.call_id == bindparam("call"), CallSheet.user_id == bindparam("user")
)
_MINE = select(CallSheet.call_id).where(CallSheet.user_id == bindparam("user"), CallSheet.away_at.is_(None))
_OPEN = select(Call).where(Call.id.in_(_MINE)).order_by(Call.started_at.desc(), Call.id.desc()).limit(MOST)
_HIS, _LYING = calls.HIS.subquery(), _OPEN.with_only_columns(Call.id).subquery()
_FOUND = union_all(select(_HIS.c.id, false().label("lies")), select(_LYING.c.id, true())).subquery()
_BEFORE = select(Call, _FOUND.c.lies).join(_FOUND, _FOUND.c.id == Call.id)


def unresolved(session: Session, user_id: int) -> Sequence[Call]:
    """Give the calls that are over, lie open before somebody and need a result, the newest first."""
    over = [call for call in open_calls(session, user_id)
            if call.ended_at is not None and call.result_id is None]  # fmt: skip
    places = {call.id: department_of(session, call, user_id) for call in over}
    need = {each for each in set(places.values()) if is_required(session, each) and results_of(session, each)}
    return [call for call in over if places[call.id] in need]


def notes(session: Session, call_id: int) -> str:
    """Give what was written in a call; of several, each says whose it is."""
    written = [(sheet.user_id, sheet.note) for sheet in sheets_of(session, call_id) if sheet.note]
    if len(written) == 1:
        return written[0][1]
    return "\n\n".join(f"{session.get_one(User, user_id).name}: {note}" for user_id, note in written)
