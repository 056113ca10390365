"""Calls: one row each, known by `(channel, key)`. What rings for somebody is asked of the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    false,
    or_,
    select,
)
from sqlalchemy import cast as as_type
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.setup import setup
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import Base, Document, announce, some
from hub.events import Talk, Transfer
from hub.outbox import Outgoing
from hub.sentence import Sentence
from hub.shapes import convert
from hub.users import User

POPUP = "popup"  # a notice for those alone at whose telephones a call is
NO_SUCH_NUMBER = {1, 28}  # Q.850: unallocated, invalid format
READ_WITHIN = timedelta(minutes=2)  # that a call did not go through is news for so long
LONGEST_TRY = timedelta(minutes=5)


class Call(Base):
    """One call. The columns are those of `hub.events.CallState`, as of `number`; lists are of extensions.

    `contact_id` is who it is with, as far as that is known; `interaction_id` what it became on the card at its end;
    `task_id` the call-back that a missed one asks for. `placed_by` pressed the number, in a call that we placed
    by the command `command_id`; the PBX was not heard of it as long as `number` is 0. `trouble` says why what was
    asked of the PBX did not happen, and `told_at` when it was read. `result_id` is what came of it, as who talked
    says; `follow_up_id` the task that followed from that. `silent_at` is when the call is taken for ended unless more
    is heard of it, for a PBX that never says which calls live.
    """

    __tablename__ = "calls"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    key: Mapped[str]
    number: Mapped[int]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    placed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    result_id: Mapped[int | None] = mapped_column(ForeignKey("call_results.id"))
    result_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    result_at: Mapped[datetime | None]
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
    command_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"))
    trouble: Mapped[str] = mapped_column(Sentence, default="")
    told_at: Mapped[datetime | None]
    direction: Mapped[str]
    customer: Mapped[str | None]
    written: Mapped[str]
    name: Mapped[str]
    withheld: Mapped[bool]
    dialled: Mapped[str]
    queue: Mapped[str]
    rang: Mapped[list[str]] = mapped_column(Document)
    ringing: Mapped[list[str]] = mapped_column(Document)
    talking: Mapped[list[str]] = mapped_column(Document)
    inside: Mapped[list[str]] = mapped_column(Document, default=list)
    on_hold: Mapped[bool]
    talks: Mapped[list[dict[str, object]]] = mapped_column(Document)
    holds: Mapped[int]
    transfers: Mapped[list[dict[str, object]]] = mapped_column(Document)
    outcome: Mapped[str | None]
    ended_by: Mapped[str | None]
    cause: Mapped[int | None]
    recorded: Mapped[bool]
    recording: Mapped[str]
    silenced: Mapped[bool] = mapped_column(default=False)
    parked: Mapped[str] = mapped_column(default="")
    own: Mapped[str]
    picked_up: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    gap: Mapped[float]
    silent_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("channel_id", "key"),
        some("ix_calls_live", "channel_id", where="ended_at IS NULL"),
        some("ix_calls_silent", "silent_at", where="silent_at IS NOT NULL"),
        Index("ix_calls_contact", "contact_id", "started_at"),
        Index("ix_calls_started", "started_at", "id"),
        some("ix_calls_unknown", "customer", where="contact_id IS NULL"),
        some("ix_calls_placed", "placed_by", "started_at", where="placed_by IS NOT NULL"),
        Index("ix_calls_department", "department_id", "started_at", "id"),
        Index("ix_calls_queue", "queue", "started_at", "id"),
        Index("ix_calls_outcome", "outcome", "started_at", "id"),
        Index("ix_calls_customer", "customer", "started_at", "id"),
        some("ix_calls_task", "task_id", "started_at", where="task_id IS NOT NULL"),
        Index("ix_calls_channel", "channel_id", "started_at", "id"),
    )  # fmt: skip

    @property
    def spoken(self) -> tuple[Talk, ...]:
        """Who talked with the customer and how long, in order."""
        return convert(self.talks, tuple[Talk, ...])

    @property
    def handed_on(self) -> tuple[Transfer, ...]:
        """Who handed it on to whom, in order."""
        return convert(self.transfers, tuple[Transfer, ...])

    @hybrid_property
    def missed(self) -> bool:
        """Tell whether a customer called and nobody talked with him."""
        unheard = self.outcome is not None and not self.talks and self.answered_at is None
        return self.direction == "inbound" and unheard

    @missed.inplace.expression
    @classmethod
    def _missed(cls) -> ColumnElement[bool]:
        unheard = and_(
            cls.outcome.is_not(None), as_type(cls.talks, String) == "[]", cls.answered_at.is_(None)
        )
        return and_(cls.direction == "inbound", unheard)


def look_again(session: Session, call: Call) -> None:
    """Have those, and no others, look at their popups at whose telephones a call is: a company would for every ring."""
    people = people_at(session, [*call.rang, *call.ringing, *call.talking, *call.inside])
    own = frozenset(user.id for user in people) | ({call.placed_by} if call.placed_by else set())
    announce(session, Notice(kind=POPUP, id=call.id, audience=Audience(users=own)))


def live(session: Session, *which: ColumnElement[bool]) -> Sequence[Call]:
    """Give the calls that go on, the oldest first: put in order here, or the store walks through all that ever were."""
    return _in_order(session.scalars(select(Call).where(Call.ended_at.is_(None), *which)))


def is_on_its_way(session: Session, call: Call) -> bool:
    """Tell whether a call that we place has not left yet, so that no PBX can know it."""
    row = session.get(Outgoing, call.command_id) if call.number == 0 and call.command_id else None
    return row is not None and row.due_at is not None


def his(user: User) -> dict[str, object]:
    """Give the values of HIS for somebody."""
    since = now() - READ_WITHIN
    return {"named": f'"{user.extension}"', "user": user.id, "begun": since - LONGEST_TRY, "since": since}


def seen(found: Sequence[Call], user: User) -> Sequence[Call]:
    """Give those of the calls found by HIS that he sees, which go on in order, and last what went wrong."""
    mine = [call for call in found if call.ended_at is None and _concerns(call, user)]
    return [*_in_order(mine), *(call for call in found if call.ended_at is not None)]


# The ids of the calls that somebody sees: his telephone's, those he placed, and what went wrong until he read it. Put
# together once: it is asked at every ring, before somebody says hello. A `%` in an extension finds more than `names`
# would, which _concerns leaves out.
_AT_HIS = [
    as_type(each, String).contains(bindparam("named")) for each in (Call.ringing, Call.inside, Call.talks)
]
_MINE = select(Call.id).where(Call.ended_at.is_(None), or_(Call.placed_by == bindparam("user"), *_AT_HIS))
_FAILED = (
    select(Call.id)
    .where(
        Call.placed_by == bindparam("user"), Call.started_at > bindparam("begun"), Call.ended_at > bindparam("since"),
        Call.answered_at.is_(None), Call.told_at.is_(None),
    )
    .order_by(Call.id.desc()).limit(1).subquery()
)  # fmt: skip
HIS = _MINE.union_all(select(_FAILED.c.id))


def takes_part(call: Call, user: User) -> bool:
    """Tell whether somebody's telephone is in a call that goes on, or is about to be because he placed it."""
    if call.ended_at is not None:
        return False
    at_his = bool(user.extension) and user.extension in (*call.ringing, *call.inside)
    return at_his or (call.placed_by == user.id and call.answered_at is None)


def read(session: Session, call: Call) -> None:
    """Know that who placed it read why it did not come about."""
    call.trouble, call.told_at = "", now()
    session.flush()


def is_talking(session: Session, user: User) -> bool:
    """Tell whether somebody talks with a customer on the telephone."""
    talking = select(Call.id).where(Call.ended_at.is_(None), names(user.extension, Call.talking))
    return session.scalar(talking.limit(1)) is not None


def busy_extensions(session: Session) -> frozenset[str]:
    """Give the extensions that ring or are in a call."""
    return frozenset(each for call in live(session) for each in (*call.ringing, *call.inside))


def _in_order(found: Iterable[Call]) -> list[Call]:
    return sorted(found, key=lambda call: (call.started_at, call.id))


def _concerns(call: Call, user: User) -> bool:
    spoke = bool(user.extension) and bool(call.spoken) and call.spoken[-1].extension == user.extension
    return (bool(call.parked) and spoke) or takes_part(call, user)


def people_at(session: Session, extensions: Sequence[str]) -> list[User]:
    """Give the people whose telephones these are, in the order of the extensions."""
    wanted = [each for each in dict.fromkeys(extensions) if each]
    sitting = setup(session).sitting if wanted else {}
    return [sitting[each] for each in wanted if each in sitting]


def names(extension: str, *lists: Mapped[list[Any]]) -> ColumnElement[bool]:
    """Tell in which calls one of these lists names an extension: for those that go on, which are few."""
    # The lists hold no other texts: whatever stands there in quotation marks is one.
    quoted = f'"{extension}"'
    named = [as_type(each, String).contains(quoted, autoescape=True) for each in lists]
    return or_(*named) if extension else false()


def last_talk(session: Session, contact_id: int) -> User | None:
    """Give who of us talked last with a contact on the telephone."""
    latest = select(Call).where(Call.contact_id == contact_id, Call.answered_at.is_not(None))
    for call in session.scalars(latest.order_by(Call.started_at.desc()).limit(5)):
        people = people_at(session, [talk.extension for talk in call.spoken][::-1])
        if people:
            return people[0]
    return None


def who(session: Session, call: Call) -> int | None:
    """Give who of us talked, else who placed it."""
    people = people_at(session, [*call.talking, *(talk.extension for talk in call.spoken)])
    return people[0].id if people else call.placed_by
