"""Large files of addresses go into the ledger lot by lot, so that nobody's call or letter waits for them.

A file is read whole before its first address is taken, and laid here part by part; each lot takes its own part away in
the transaction that writes it down, also after a kill. Its lines count once it is kept, all at the same moment: until
then nobody sees them, and they are taken out again if it is stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.mailing_lists import KIND, MailingList
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import Base, Document, announce, some
from hub.rows import insert_many
from hub.timers import Due

TIMER = "consent_files"
LOT = 1_000  # addresses
WHOLE_WITHIN = timedelta(hours=1)
"""After which a file that never came whole, since the hub was killed, is stopped."""


class ConsentFile(Base):
    """A file of `total` addresses on its way into a list; `made`, `same` and `left_out` count what came of them by now.

    All of it lies here since `begun_at`, and its lines count since `kept_at`; one that was stopped, at `stopped_at`, is
    taken out again. `due_at` is when the next lot is taken, or when one that never came whole is stopped; None at the
    end. Whom it brings begins the sequence `sequence_id` once it is kept: those of lines behind `brings_from` have
    still to begin, None where nobody has.
    """

    __tablename__ = "consent_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey(MailingList.id))
    name: Mapped[str]
    ground: Mapped[str]
    words: Mapped[str]
    total: Mapped[int]
    made: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    begun_at: Mapped[datetime | None]
    kept_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    sequence_id: Mapped[int | None] = mapped_column(ForeignKey("sequences.id"))
    brings_from: Mapped[int | None]

    __table_args__ = (
        some("ix_consent_files_due", "due_at", where="due_at IS NOT NULL"),
        Index("ix_consent_files_list", "list_id", "id"),
        some("ix_consent_files_brings", "sequence_id", "id", where="brings_from IS NOT NULL"),
    )

    @property
    def done(self) -> int:
        """Give how many addresses were looked at."""
        return self.made + self.same + self.left_out


class ConsentFilePart(Base):
    """A lot of addresses that was not taken yet."""

    __tablename__ = "consent_file_parts"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey(ConsentFile.id), index=True)
    addresses: Mapped[list[str]] = mapped_column(Document)


def lay(session: Session, row: ConsentFile, addresses: Sequence[str]) -> None:
    """Lay some of its addresses here; nothing is taken before all of them are."""
    row.due_at = now() + WHOLE_WITHIN
    session.flush()
    insert_many(session, ConsentFilePart, [
        {"file_id": row.id, "addresses": list(addresses[at : at + LOT])} for at in range(0, len(addresses), LOT)
    ])  # fmt: skip
    announce(session, Due(TIMER, row.due_at))


def begin(session: Session, row: ConsentFile) -> None:
    """Have its addresses be taken from now on, all of which lie here."""
    row.begun_at = row.due_at = now()
    announce(session, Due(TIMER, row.due_at))
    tell(session, row.list_id)


def next_part(session: Session, file_id: int) -> ConsentFilePart | None:
    """Give the next lot of a file, None at its end."""
    wanted = select(ConsentFilePart).where(ConsentFilePart.file_id == file_id)
    return session.scalars(wanted.order_by(ConsentFilePart.id).limit(1)).first()


def under_way(session: Session, list_id: int) -> ConsentFile | None:
    """Give the file that is just being taken into a list."""
    wanted = select(ConsentFile).where(
        ConsentFile.list_id == list_id, ConsentFile.due_at.is_not(None), ConsentFile.stopped_at.is_(None)
    )
    return session.scalars(wanted.order_by(ConsentFile.id).limit(1)).first()


def tell(session: Session, list_id: int) -> None:
    """Have whoever looks at a list look again."""
    announce(session, Notice(kind=KIND, id=list_id, audience=Audience(roles=frozenset({"manager", "admin"}))))


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next lot is taken."""
    return session.scalar(select(func.min(ConsentFile.due_at)).where(ConsentFile.due_at > after))


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the files of which a lot is to be taken."""
    due = select(ConsentFile.id).where(ConsentFile.due_at <= moment).order_by(ConsentFile.due_at)
    return [(each, each) for each in session.scalars(due.limit(limit))]
