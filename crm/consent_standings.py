"""What holds for an address and a list, and how many agreed to each: kept by the database as the ledger grows.

The ledger of a list may have a million lines, so no page walks through it to say how many are on it. Triggers on
`consents` (migration 0083) keep the newest line of each address, and the sums, in the transaction that writes a line,
whatever writes it and however that ends. `wrong` compares them with the ledger, and `count_anew` mends them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Index, PrimaryKeyConstraint, Select, Subquery, and_, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.consent_files import ConsentFile
from crm.consents import GIVEN, Consent
from hub.db import Base


class ConsentStanding(Base):
    """The newest line of an address on a list is `consent_id`; `held` where he agreed by it.

    Lines of a file that is not kept yet are among them: `file_id` is that of the line, 0 where it came otherwise.
    """

    __tablename__ = "consent_standings"

    list_id: Mapped[int]
    kind: Mapped[str]
    value: Mapped[str]
    consent_id: Mapped[int]
    file_id: Mapped[int]
    held: Mapped[bool]

    __table_args__ = (PrimaryKeyConstraint("list_id", "kind", "value"), {"sqlite_with_rowid": False})


class ConsentCount(Base):
    """So many addresses of a list are held by lines of one file, or by none (0).

    There may be several rows of the same, and their sum holds.
    """

    __tablename__ = "consent_counts"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int]
    file_id: Mapped[int]
    number: Mapped[int]

    __table_args__ = (Index("ix_consent_counts_list", "list_id", "file_id"),)


_COLUMNS = ["list_id", "kind", "value", "consent_id", "file_id", "held"]


def numbers(session: Session, list_ids: Collection[int]) -> dict[int, int]:
    """Count by list the addresses that agreed to it; a file counts once it is kept."""
    staged = select(ConsentFile.id).where(ConsentFile.list_id.in_(list_ids), ConsentFile.kept_at.is_(None))
    summed = select(ConsentCount.list_id, func.sum(ConsentCount.number)).where(
        ConsentCount.list_id.in_(list_ids), ConsentCount.file_id.not_in(staged)
    )
    found = session.execute(summed.group_by(ConsentCount.list_id))
    return dict.fromkeys(list_ids, 0) | {list_id: int(number) for list_id, number in found}


def wrong(session: Session) -> Sequence[int]:
    """Give the lists whose number differs from their ledger; all of it is walked through.

    A list into which a file is just being taken is not looked at.
    """
    moving = select(ConsentFile.list_id).where(ConsentFile.due_at.is_not(None))
    true = _newest().where(Consent.list_id.not_in(moving)).subquery("true")
    kept = select(ConsentStanding).where(ConsentStanding.list_id.not_in(moving)).subquery("kept")
    found = {*_differing(session, true, kept), *_differing(session, kept, true)}
    held = select(kept.c.list_id, kept.c.file_id, func.count()).where(kept.c.held)
    counted = {tuple(row) for row in session.execute(held.group_by(kept.c.list_id, kept.c.file_id))}
    summed = select(ConsentCount.list_id, ConsentCount.file_id, func.sum(ConsentCount.number)).where(
        ConsentCount.list_id.not_in(moving)
    )
    rows = session.execute(summed.group_by(ConsentCount.list_id, ConsentCount.file_id))
    shown = {(list_id, file_id, int(number)) for list_id, file_id, number in rows if number}
    return sorted(found | {list_id for list_id, _file_id, _number in counted ^ shown})


def count_anew(session: Session, list_id: int) -> None:
    """Have what holds on a list, and how many agreed to it, be as its ledger says."""
    session.execute(delete(ConsentStanding).where(ConsentStanding.list_id == list_id))
    session.execute(delete(ConsentCount).where(ConsentCount.list_id == list_id))
    truth = _newest().where(Consent.list_id == list_id)
    session.execute(insert(ConsentStanding).from_select(_COLUMNS, truth))  # which counts them again


def _newest() -> Select[int, str, str, int, int, bool]:
    """Give what holds for each address, of the ledger itself."""
    newest = select(func.max(Consent.id)).group_by(Consent.list_id, Consent.kind, Consent.value)
    file_id, held = func.coalesce(Consent.file_id, 0), Consent.state == GIVEN
    return select(
        Consent.list_id, Consent.kind, Consent.value, Consent.id.label("consent_id"), file_id.label("file_id"),
        held.label("held"),
    ).where(Consent.id.in_(newest))  # fmt: skip


def _differing(session: Session, one: Subquery, other: Subquery) -> Sequence[int]:
    same = and_(*(one.c[name] == other.c[name] for name in _COLUMNS))
    return session.scalars(
        select(one.c.list_id).outerjoin(other, same).where(other.c.list_id.is_(None)).distinct()
    ).all()
