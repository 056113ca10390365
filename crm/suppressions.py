"""Handles that must not be written to: on one list, or at all, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import cast

from sqlalchemy import ColumnElement, ForeignKey, Index, Table, bindparam, not_, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, aliased, mapped_column

from crm import sequences
from crm.campaigns import Campaign
from crm.contacts import Handle
from crm.deliveries import CLAIMED, LEFT_OUT, WAITING, Delivery, recall
from crm.mailing_lists import MailingList
from hub import asked, audit
from hub.bulk_mail import Withheld
from hub.clock import now
from hub.db import Base, Identity, announce, some
from hub.languages import N_
from hub.said import Said, said
from hub.sentence import Sentence
from hub.statements import Statement
from hub.users import Viewer

UNSUBSCRIBED, COMPLAINED, BOUNCED, BY_HAND, IMPORTED = (
    "unsubscribed",
    "complained",
    "bounced",
    "by hand",
    "imported",
)
REASONS: Mapping[str, str] = {
    UNSUBSCRIBED: N_("unsubscribed"),
    COMPLAINED: N_("complained"),
    BOUNCED: N_("cannot be reached"),
    BY_HAND: N_("by a colleague"),
    IMPORTED: N_("from a file"),
}
Column = ColumnElement[str] | InstrumentedAttribute[str]
KIND = "suppression"
WORDS = 300  # letters of what it followed from
BATCH = 500  # values of one statement


class Suppression(Base):
    """A handle, for a list or with `list_id` None for everything, until somebody lifts it.

    `reason` is one of the above, `words` what it followed from: the answer of a mail server, the note of a person.
    """

    __tablename__ = "suppressions"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    value: Mapped[str]
    list_id: Mapped[int | None] = mapped_column(ForeignKey(MailingList.id))
    reason: Mapped[str]
    words: Mapped[str] = mapped_column(Sentence, default="")
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey(Campaign.id))
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        some("ix_suppressions_handle", "kind", "value", "list_id", where="lifted_at IS NULL"),
        Index("ix_suppressions_at", "at", "id"),
    )


def suppress(
    session: Session, kind: str, value: str, reason: str, *, list_id: int | None = None, words: str = "",
    campaign_id: int | None = None, by: int | None = None,
) -> Suppression:  # fmt: skip
    """Write to an address no more, on a list or at all, and leave out every copy that has not left.

    The same for the same reason again gives the one that stands.
    """
    leave_out(session, kind, value, list_id, reason)
    known = select(Suppression).where(
        Suppression.lifted_at.is_(None), Suppression.kind == kind, Suppression.value == value,
        Suppression.list_id.is_not_distinct_from(list_id), Suppression.reason == reason,
    )  # fmt: skip
    row = session.scalars(known.limit(1)).first()
    if row is None:
        row = Suppression(kind=kind, value=value, list_id=list_id, reason=reason, words=_short(words),
                          campaign_id=campaign_id, by=by)  # fmt: skip
        session.add(row)
        session.flush()
        sequences.look_soon(session, list_id)
    return row


def leave_out(session: Session, kind: str, address: str, list_id: int | None, reason: str) -> None:
    """Leave out the copies for an address that wait, of a list's campaigns or of all."""
    of_it = select(Campaign.id).where(
        Campaign.handle == kind, *([Campaign.list_id == list_id] if list_id is not None else [])
    )
    meant = (Delivery.address == address, Delivery.campaign_id.in_(of_it))
    recall(session, *meant)
    waiting = update(Delivery).where(*meant, Delivery.state == WAITING)
    session.flush()
    # What is claimed and has not begun waits again then, and is left out before it is claimed anew.
    claimed = session.scalars(select(Delivery.id).where(*meant, Delivery.state == CLAIMED)).all()
    if claimed:
        announce(session, Withheld(frozenset(claimed)))
    why = said("Not written to: %(why)s", why=said(REASONS[reason]))
    session.execute(waiting.values(state=LEFT_OUT, due_at=None, why=why),
                    execution_options={"synchronize_session": "fetch"})  # fmt: skip


def suppressed(session: Session, kind: str, values: Collection[str], list_id: int | None = None) -> set[str]:
    """Give those of these addresses that must not be written to, on a list or (None) at all."""
    session.flush()
    wanted = _among(asked.dialect_of(session))
    given = {"of": kind, "list": list_id, **asked.values(session, values)}
    return {value for (value,) in wanted.rows(session, given)}


@cache
def _among(dialect: str) -> Statement:
    row, listed = cast("Table", Suppression.__table__).c, asked.asked(dialect, asked.WORDS)
    here = or_(row.list_id.is_(None), row.list_id == bindparam("list", type_=Identity))
    return Statement(
        select(row.value)
        .where(row.lifted_at.is_(None), row.kind == bindparam("of"), row.value.in_(select(listed.c.value)), here)
    )  # fmt: skip


def allowed(
    list_id: int | None, kind: Column = Handle.kind, value: Column = Handle.value
) -> ColumnElement[bool]:
    """Tell of handles whether nothing stands against writing to them, as a condition of a statement.

    Whether they agreed is another question: see `consents.agreed`.
    """
    row = aliased(Suppression)
    stands = select(row.id).where(
        row.lifted_at.is_(None), row.kind == kind, row.value == value, _counts(row, list_id)
    )
    return not_(stands.correlate_except(row).exists())


def agreed_anew(session: Session, kind: str, value: str, list_id: int) -> None:
    """Lift what somebody wished himself and wishes no longer, on a list and at all; other reasons stay."""
    own = update(Suppression).where(
        Suppression.lifted_at.is_(None), Suppression.kind == kind, Suppression.value == value,
        Suppression.reason == UNSUBSCRIBED, _counts(Suppression, list_id),
    )  # fmt: skip
    session.flush()
    session.execute(own.values(lifted_at=now()), execution_options={"synchronize_session": "fetch"})


def reached_anew(session: Session, kind: str, value: str) -> None:
    """Lift that a handle could not be reached: whose it is lets us write again."""
    row = update(Suppression).where(
        Suppression.lifted_at.is_(None), Suppression.kind == kind, Suppression.value == value,
        Suppression.reason == BOUNCED,
    )  # fmt: skip
    session.flush()
    session.execute(row.values(lifted_at=now()), execution_options={"synchronize_session": "fetch"})


def lift(session: Session, viewer: Viewer, row: Suppression, words: str) -> None:
    """Let an address be written to again, for a reason that the audit keeps: also where two nodes noted the same."""
    same = update(Suppression).where(
        Suppression.lifted_at.is_(None), Suppression.kind == row.kind, Suppression.value == row.value,
        Suppression.list_id.is_not_distinct_from(row.list_id), Suppression.reason == row.reason,
    )  # fmt: skip
    session.flush()
    session.execute(same.values(lifted_at=now(), lifted_by=viewer.user_id),
                    execution_options={"synchronize_session": "fetch"})  # fmt: skip
    told = said("%(address)s may be written to again: %(why)s", address=row.value, why=_short(words))
    audit.record(session, viewer, audit.REMOVED, KIND, row.id, words=told)


def standing(
    session: Session, starts: str = "", *, before: int | None = None, limit: int = 100
) -> Sequence[Suppression]:
    """Give what stands, the newest first; `starts` is how the address begins."""
    wanted = select(Suppression).where(Suppression.lifted_at.is_(None))
    if starts:
        wanted = wanted.where(Suppression.value.startswith(starts.lower(), autoescape=True))
    if before is not None:
        wanted = wanted.where(Suppression.id < before)
    return session.scalars(wanted.order_by(Suppression.id.desc()).limit(limit)).all()


def counts_for(list_id: int | None) -> ColumnElement[bool]:
    """Tell which suppressions count for a list, or (None) for everything."""
    return _counts(Suppression, list_id)


def batched(values: Collection[str]) -> Iterator[list[str]]:
    """Give values in lots that one statement can name."""
    each = iter(dict.fromkeys(values))
    while lot := list(islice(each, BATCH)):
        yield lot


def _counts(row: type[Suppression], list_id: int | None) -> ColumnElement[bool]:
    everywhere = row.list_id.is_(None)
    return everywhere if list_id is None else or_(everywhere, row.list_id == list_id)


def _short(words: str) -> str:
    return words if isinstance(words, Said) else " ".join(words.split())[:WORDS]
