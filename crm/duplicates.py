"""Pairs of contacts that may be one person, and what people say of them. crm/lookout.py finds them.

What somebody ruled out stays out, also when a card became part of another, until something new speaks for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Float, ForeignKey, Index, UniqueConstraint, and_, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import merging
from crm.belongings import STAYS
from crm.contacts import Contact
from crm.likeness import Reason, score
from crm.moves import family
from hub import audit
from hub.clock import now
from hub.db import Base, Document
from hub.languages import N_
from hub.rows_unless_there import insert_many_unless_there
from hub.said import said
from hub.shapes import convert
from hub.users import Viewer

Reasons = list[dict[str, str]]


class Pair(Base):
    """Two who may be one, the smaller number first. `ruled_out` are the reasons that somebody found too weak."""

    __tablename__ = "duplicate_pairs"

    id: Mapped[int] = mapped_column(primary_key=True)
    a_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    b_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    score: Mapped[float] = mapped_column(Float)
    reasons: Mapped[Reasons] = mapped_column(Document)
    found_at: Mapped[datetime] = mapped_column(default=now)
    dismissed_at: Mapped[datetime | None]
    dismissed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ruled_out: Mapped[list[str]] = mapped_column(Document, default=list)

    __table_args__ = (
        UniqueConstraint("a_id", "b_id"),
        Index("ix_duplicate_pairs_best", "score", "id"),
        {"info": STAYS},
    )


def dismiss(session: Session, viewer: Viewer, pair: Pair) -> None:
    """Say that they are two people: it does not come back, unless something new speaks for it."""
    pair.dismissed_at, pair.dismissed_by = now(), viewer.user_id
    pair.ruled_out = sorted({*pair.ruled_out, *(reason.key for reason in reasons_of(pair))})
    _record(session, viewer, pair, N_("is not the same person as %(name)s"))


def reconsider(session: Session, viewer: Viewer, pair: Pair) -> None:
    """Take back that they are two people."""
    pair.dismissed_at = pair.dismissed_by = None
    pair.ruled_out = []
    _record(session, viewer, pair, N_("may be the same person as %(name)s after all"))


def reasons_of(pair: Pair) -> list[Reason]:
    """Give what speaks for two being one."""
    return convert(pair.reasons, list[Reason])


def keep(
    session: Session, looked: Collection[int], found: Mapping[tuple[int, int], Sequence[Reason]]
) -> None:
    """Write down which pairs those make who were looked at; what is not alike any more goes."""
    concerned = or_(Pair.a_id.in_(looked), Pair.b_id.in_(looked))
    known = {(pair.a_id, pair.b_id): pair for pair in session.scalars(select(Pair).where(concerned))}
    for ids, pair in known.items():
        if ids not in found and pair.dismissed_at is None:
            session.delete(pair)
        elif ids in found and pair.reasons != msgspec.to_builtins(found[ids]):
            _renew(pair, found[ids])
    session.flush()
    new = {ids: reasons for ids, reasons in found.items() if ids not in known}
    parted = _parted(session, {each for ids in new for each in ids})
    rows = [_row(session, ids, reasons, made_of_several=parted) for ids, reasons in new.items()]
    if rows:
        insert_many_unless_there(session, Pair, rows)


def forget_namesakes(session: Session, several: Sequence[Collection[int]]) -> None:
    """Forget those pairs among so many of one name for which nothing but the name spoke."""
    group = {contact_id: n for n, ids in enumerate(several) for contact_id in ids}
    alone = (Pair.score == score([Reason("name")]), Pair.dismissed_at.is_(None), Pair.a_id.in_(group))
    rows = session.execute(select(Pair.id, Pair.a_id, Pair.b_id).where(*alone)).all() if group else []
    if worn := [pair_id for pair_id, one, other in rows if group[one] == group.get(other)]:
        session.execute(delete(Pair).where(Pair.id.in_(worn)))


def _record(session: Session, viewer: Viewer, pair: Pair, words: str) -> None:
    """Write it into the history of both."""
    one, other = session.get_one(Contact, pair.a_id), session.get_one(Contact, pair.b_id)
    for contact, whom in ((one, other), (other, one)):
        told = said(words, name=merging.called(session, whom))
        audit.record(session, viewer, audit.CHANGED, "contact", contact.id, words=told)


def _parted(session: Session, ids: Collection[int]) -> set[int | None]:
    """Tell which of these cards others became a part of."""
    return set(session.scalars(select(Contact.merged_into_id).where(Contact.merged_into_id.in_(ids))))


def _row(
    session: Session, ids: tuple[int, int], reasons: Sequence[Reason], *, made_of_several: Collection[int | None]
) -> dict[str, object]:  # fmt: skip
    """Make a new pair. What was ruled out between cards that these are made of is ruled out here as well."""
    before = _ruled_out(session, ids) if any(each in made_of_several for each in ids) else []
    out = sorted({key for pair in before for key in pair.ruled_out})
    last = before[-1] if before and all(reason.key in out for reason in reasons) else None
    return {
        "a_id": ids[0], "b_id": ids[1], "score": score(reasons),
        "reasons": msgspec.to_builtins(reasons), "found_at": now(), "ruled_out": out,
        "dismissed_at": last and last.dismissed_at, "dismissed_by": last and last.dismissed_by,
    }  # fmt: skip


def _ruled_out(session: Session, ids: tuple[int, int]) -> Sequence[Pair]:
    one, other = (family(session, each) for each in ids)
    sides = or_(
        and_(Pair.a_id.in_(one), Pair.b_id.in_(other)), and_(Pair.a_id.in_(other), Pair.b_id.in_(one))
    )
    return session.scalars(select(Pair).where(sides, Pair.dismissed_at.is_not(None)).order_by(Pair.id)).all()


def _renew(pair: Pair, reasons: Sequence[Reason]) -> None:
    """Keep what speaks for it now; something new brings it back though it was ruled out."""
    pair.score, pair.reasons = score(reasons), msgspec.to_builtins(reasons)
    if pair.dismissed_at and any(reason.key not in pair.ruled_out for reason in reasons):
        pair.dismissed_at = pair.dismissed_by = None
        pair.found_at = now()
