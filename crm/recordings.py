"""Recordings of calls: fetched from their PBX once a call ended, written down if a program does it, kept for a while.

One row each. It is due while something is to be done with it: fetched, then written down. A department says who hears
the recordings of its calls and for how many days they are kept; then the sound and the words go, and the row says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import waveform
from crm.calls import Call
from crm.transcripts import Line, lines_of
from crm.waveform import Sound
from hub.clock import now
from hub.db import Base, Document, announce, some
from hub.languages import N_
from hub.sentence import Sentence
from hub.timers import Due
from hub.users import Department, User, Viewer

TIMER = "recordings"
SETTLES = timedelta(seconds=5)  # a PBX writes the end of a recording after that of its call
CLAIM = timedelta(minutes=30)
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
DOUBLINGS = 12
GIVEN_UP = timedelta(days=2)
KEPT_DAYS = 90  # where a call has no department
SLICE = 200

TALKED, DEPARTMENT, HEADS = "talked", "department", "heads"
RULE_WORDS = {
    TALKED: N_("Who talked, and the head"),
    DEPARTMENT: N_("Everybody in the department"),
    HEADS: N_("The head alone"),
}


class Recording(Base):
    """The recording of a call that ended at `ended_at`; asked for since `asked_at`.

    `peaks` and `lines` are as in waveform and transcripts; `error` says what failed last.
    """

    __tablename__ = "recordings"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), unique=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    name: Mapped[str]
    ended_at: Mapped[datetime]
    asked_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Sentence)
    blob: Mapped[str | None] = mapped_column(index=True)
    size: Mapped[int | None]
    type: Mapped[str | None]
    seconds: Mapped[float | None]
    peaks: Mapped[list[int]] = mapped_column(Document, default=list)
    lines: Mapped[list[Line] | None] = mapped_column(Document)
    kept_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]

    __table_args__ = (
        some("ix_recordings_due", "due_at", where="due_at IS NOT NULL"),
        some("ix_recordings_old", "ended_at", where="forgotten_at IS NULL"),
    )

    @property
    def ref(self) -> str:
        """What its PBX calls it."""
        return self.name


class Remark(Base):
    """What somebody wrote at a second of a recording."""

    __tablename__ = "recording_remarks"

    id: Mapped[int] = mapped_column(primary_key=True)
    recording_id: Mapped[int] = mapped_column(ForeignKey("recordings.id"), index=True)
    second: Mapped[float]
    text: Mapped[str]
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)


def ask_for(session: Session, call: Call) -> None:
    """Have the recording of a call that ended fetched; asked for again it changes nothing."""
    if not call.recording or call.ended_at is None or recording_of(session, call.id):
        return
    due_at = now() + SETTLES
    session.add(Recording(call_id=call.id, channel_id=call.channel_id, name=call.recording,
                          ended_at=call.ended_at, due_at=due_at))  # fmt: skip
    session.flush()
    announce(session, Due(TIMER, due_at))


def recording_of(session: Session, call_id: int) -> Recording | None:
    """Give the recording of a call."""
    return session.scalar(select(Recording).where(Recording.call_id == call_id))


def heard_on(session: Session, viewer: Viewer, touches: Collection[int]) -> dict[int, Recording]:
    """Give the recordings of calls that became these interactions and that somebody may hear, by interaction."""
    if not touches:
        return {}
    rows = session.execute(
        select(Call, Recording).join(Recording, Recording.call_id == Call.id)
        .where(Call.interaction_id.in_(touches))
    ).all()  # fmt: skip
    return {
        call.interaction_id: found for call, found in rows
        if call.interaction_id and may_hear(session, viewer, call)
    }  # fmt: skip


def remarks_on(session: Session, recording: Recording) -> Sequence[Remark]:
    """Give what was written about it, in the order of its seconds."""
    found = select(Remark).where(Remark.recording_id == recording.id)
    return session.scalars(found.order_by(Remark.second, Remark.id)).all()


def may_hear(session: Session, viewer: Viewer, call: Call) -> bool:
    """Tell whether somebody may hear the recording of a call: as its department says, its head and managers always."""
    department = session.get(Department, call.department_id) if call.department_id else None
    own = department is not None and viewer.department_id == department.id
    if viewer.sees_all or (own and viewer.role == "head"):
        return True
    rule = department.recordings_heard_by if department else TALKED
    if rule == DEPARTMENT:
        return own or _talked(session, viewer, call)
    return rule == TALKED and _talked(session, viewer, call)


def _talked(session: Session, viewer: Viewer, call: Call) -> bool:
    me = session.get(User, viewer.user_id) if viewer.user_id else None
    return me is not None and bool(me.extension) and me.extension in {talk.extension for talk in call.spoken}


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next recording comes due."""
    return session.scalar(select(func.min(Recording.due_at)).where(Recording.due_at > after))


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, Recording]]:
    """Claim what is due, oldest first."""
    rows = session.scalars(
        select(Recording).where(Recording.due_at <= moment).order_by(Recording.due_at).limit(limit)
        .with_for_update(skip_locked=True)
    ).all()  # fmt: skip
    for row in rows:
        row.attempts, row.due_at = row.attempts + 1, moment + CLAIM
    return [(row.id, row) for row in rows]


def measure(_row: Recording, file: Path) -> Sound:
    """Measure what was fetched."""
    return waveform.measure(file)


def keep(session: Session, recording_id: int, blob: str, sound: Sound) -> None:
    """Keep what was fetched."""
    row = session.get_one(Recording, recording_id)
    row.blob, row.size, row.type = blob, sound.size, sound.type
    row.seconds, row.peaks = sound.seconds, list(sound.peaks)
    row.kept_at, row.error, row.attempts, row.due_at = now(), None, 0, None


def hand_on(session: Session, recording_id: int) -> None:
    """Have a program write down what is said in one that is kept."""
    session.get_one(Recording, recording_id).due_at = now()
    announce(session, Due(TIMER, now()))


def write_down(session: Session, recording_id: int, text: str) -> None:
    """Keep what a program wrote of what was said."""
    row = session.get_one(Recording, recording_id)
    row.lines, row.due_at, row.error = lines_of(text), None, None


def put_off(session: Session, recording_id: int, why: str, *, for_good: bool = False) -> None:
    """Say what failed, and try again later, up to two days; not where it failed for good."""
    row = session.get_one(Recording, recording_id)
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, DOUBLINGS), LONGEST_PAUSE)
    again = now() + pause
    row.error = why
    row.due_at = None if for_good or again > row.asked_at + GIVEN_UP else again


def try_again(session: Session, recording: Recording) -> None:
    """Have it fetched now, after what was wrong was mended."""
    if recording.kept_at is None and recording.forgotten_at is None:
        recording.due_at, recording.attempts, recording.asked_at = now(), 0, now()
        announce(session, Due(TIMER, now()))


def forget_old(session: Session, moment: datetime) -> int:
    """Take sound and words from a slice of recordings that are older than their department keeps them; count it."""
    found = 0
    for department_id, days in _kept_days(session):
        its = Call.department_id == department_id if department_id else Call.department_id.is_(None)
        ripe = (
            select(Recording).join(Call, Call.id == Recording.call_id)
            .where(its, Recording.forgotten_at.is_(None), Recording.ended_at < moment - timedelta(days=days))
            .order_by(Recording.ended_at).limit(SLICE)
        )  # fmt: skip
        for row in session.scalars(ripe).all():
            row.blob, row.peaks, row.lines, row.due_at, row.forgotten_at = None, [], None, None, moment
            found += 1
    return found


def _kept_days(session: Session) -> list[tuple[int | None, int]]:
    rows = session.execute(select(Department.id, Department.recordings_days)).all()
    return [(None, KEPT_DAYS), *((each, days) for each, days in rows)]
