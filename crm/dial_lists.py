"""Dialling lists: people who are called one after the other, by the agents of a department.

Who is on a list is settled when it is made: each is a row, which moves as he is called. When he may be called next is a
column, and a row that ended says how.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, and_, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import belongings
from crm.call_results import CallResult
from crm.calls import Call
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import Base, announce, some
from hub.sentence import Sentence
from hub.users import SEE_ALL


class DialList(Base):
    """One list. `left_out` had no number that can be called; `view` is what the list was made from.

    He is called from `calls_from` to `calls_until` by his own clock, `most_tries` times at most, `again_minutes` after
    one that was in vain. `script` is the list's own, "" the department's. `paused_at`: nobody is given out.
    """

    __tablename__ = "dial_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    view: Mapped[str]
    script: Mapped[str] = mapped_column(default="")
    calls_from: Mapped[str]
    calls_until: Mapped[str]
    most_tries: Mapped[int]
    again_minutes: Mapped[int]
    left_out: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    paused_at: Mapped[datetime | None]

    @property
    def again(self) -> timedelta:
        """How long one waits after a call in vain."""
        return timedelta(minutes=self.again_minutes)


class DialPerson(Base):
    """Somebody on a list. He is with `held_by` until `held_until`; `dialled_at`: his call `call_id` is under way.

    `tries` counts how often his telephone was called, `last_at` is when that was over. He is called from `due_at` on,
    until he was reached, or stopped because of `why`.
    """

    __tablename__ = "dial_people"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("dial_lists.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    number: Mapped[str]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    held_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    held_until: Mapped[datetime | None]
    dialled_at: Mapped[datetime | None]
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"), index=True)
    result_id: Mapped[int | None] = mapped_column(ForeignKey("call_results.id"))
    last_at: Mapped[datetime | None]
    reached_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(Sentence, default="")

    __table_args__ = (
        UniqueConstraint("list_id", "contact_id"),
        Index("ix_dial_people_contact", "contact_id"),
        some(
            "ix_dial_people_due", "list_id", "due_at", "id", where="reached_at IS NULL AND stopped_at IS NULL"
        ),
        some("ix_dial_people_held", "held_by", where="held_by IS NOT NULL"),
        {"info": belongings.STAYS},
    )


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a list is, in people. Of `called` the telephone rang; `left`, `reached` and `stopped` are everybody."""

    people: int = 0
    called: int = 0
    left: int = 0
    reached: int = 0
    stopped: int = 0

    @property
    def share(self) -> int:
        """How many of a hundred are done."""
        return 100 * (self.people - self.left) // self.people if self.people else 100


def is_left() -> ColumnElement[bool]:
    """Tell who is still to be called."""
    return and_(DialPerson.reached_at.is_(None), DialPerson.stopped_at.is_(None))


def progress(session: Session, list_ids: Sequence[int]) -> dict[int, Progress]:
    """Give how far lists are."""
    stopped = DialPerson.stopped_at.is_not(None)
    columns = (
        func.count(),
        func.count().filter(DialPerson.tries > 0),
        func.count().filter(is_left()),
        func.count().filter(DialPerson.reached_at.is_not(None), ~stopped),
        func.count().filter(stopped),
    )
    wanted = select(DialPerson.list_id, *columns).where(DialPerson.list_id.in_(list_ids))
    rows = session.execute(wanted.group_by(DialPerson.list_id)).all()
    found = {row[0]: Progress(people=row[1], called=row[2], left=row[3], reached=row[4], stopped=row[5])
             for row in rows}  # fmt: skip
    return {each: found.get(each, Progress()) for each in list_ids}


def by_result(session: Session, list_id: int) -> list[tuple[str, int]]:
    """Give what came of the calls of a list, the most frequent first."""
    number = func.count()
    wanted = (
        select(CallResult.words, number).join(DialPerson, DialPerson.result_id == CallResult.id)
        .where(DialPerson.list_id == list_id).group_by(CallResult.id, CallResult.words)
        .order_by(number.desc(), CallResult.words)
    )  # fmt: skip
    return [(words, amount) for words, amount in session.execute(wanted)]


def list_of(session: Session, call: Call) -> DialList | None:
    """Give the list by which a call was placed."""
    person = person_of(session, call)
    return session.get_one(DialList, person.list_id) if person is not None else None


def person_of(session: Session, call: Call) -> DialPerson | None:
    """Give who was called from a list by this call, as long as no later one to him was placed."""
    return session.scalar(select(DialPerson).where(DialPerson.call_id == call.id))


def release(person: DialPerson) -> None:
    """Have him be with nobody."""
    person.held_by = person.held_until = None


def stop(person: DialPerson, why: str) -> None:
    """Have him not be called any more."""
    person.stopped_at, person.why = now(), why
    release(person)


def tell(session: Session, listed: DialList) -> None:
    """Have everybody look again who has to do with a list."""
    session.flush()
    audience = Audience(departments=frozenset({listed.department_id}), roles=SEE_ALL)
    announce(session, Notice(kind="dial-list", id=listed.id, audience=audience))
