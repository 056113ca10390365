"""The audit: who changed, read or exported what, and when. It is only ever added to; the database refuses the rest.

    audit.record(session, viewer, audit.CHANGED, "contact", contact.id, changes={"name": ("Karin", "Karin Ekdahl")})

It is written in the transaction of the deed itself. The history of a record, and of each of its fields, is read
from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, Select, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.clock import now
from hub.db import Base, Document
from hub.languages import N_
from hub.rows import put
from hub.sentence import Sentence
from hub.users import Viewer

MADE = N_("made")
CHANGED = N_("changed")
REMOVED = N_("removed")
READ = N_("read")
EXPORTED = N_("exported")
SIGNED_IN = N_("signed in")
SIGNED_OUT = N_("signed out")
FAILED = N_("failed to sign in")
USED = N_("used")
VERBS = (MADE, CHANGED, REMOVED, READ, EXPORTED, SIGNED_IN, SIGNED_OUT, FAILED, USED)

# Who acts when no person and no program does.
RINGBACK = Viewer(None, "admin", None, "Ringback")
COMMAND_LINE = Viewer(None, "admin", None, N_("command line"))

AUDIT = "audit"  # the kind under which its own switch stands

Changes = Mapping[str, tuple[object, object]]


class Entry(Base):
    """One deed. `who` is the name of that day; `changes` holds [before, after] by field.

    `kind` and `record_id` name the record: contact, organisation, task, policy, user, department, channel, …;
    0 where no single record is meant. `words` say what the fields cannot.
    """

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    user_id: Mapped[int | None]
    who: Mapped[str]
    verb: Mapped[str]
    kind: Mapped[str]
    record_id: Mapped[int]
    words: Mapped[str] = mapped_column(Sentence, default="")
    changes: Mapped[dict[str, list[object]]] = mapped_column(Document, default=dict)

    __table_args__ = (
        Index("ix_audit_record", "kind", "record_id", "id"),
        Index("ix_audit_user", "user_id", "id"),
        Index("ix_audit_at", "at", "id"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody looked at a record in an hour that began then."""

    viewer: Viewer
    kind: str
    record_id: int
    hour: datetime


def record(
    session: Session, viewer: Viewer, verb: str, kind: str, record_id: int, *,
    words: str = "", changes: Changes | None = None,
) -> Entry:  # fmt: skip
    """Write down a deed. Values in `changes` are what JSON can hold."""
    entry = Entry(
        user_id=viewer.user_id, who=viewer.name, verb=verb, kind=kind, record_id=record_id, words=words,
        changes={field: list(pair) for field, pair in (changes or {}).items()},
    )  # fmt: skip
    session.add(entry)
    return entry


def write(
    session: Session, viewer: Viewer, verb: str, kind: str, record_id: int, *,
    words: str = "", changes: Changes | None = None,
) -> None:  # fmt: skip
    """Write down a deed as `record` does, at once: where that happens often, and nobody goes on with the entry."""
    put(
        session, Entry, at=now(), user_id=viewer.user_id, who=viewer.name, verb=verb, kind=kind, record_id=record_id,
        words=words, changes={field: list(pair) for field, pair in (changes or {}).items()},
    )  # fmt: skip


def differences(
    before: Mapping[str, object], after: Mapping[str, object]
) -> dict[str, tuple[object, object]]:
    """Give what differs between two states of a record, for `record`."""
    fields = [*before, *(field for field in after if field not in before)]
    pairs = {field: (before.get(field), after.get(field)) for field in fields}
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}


def history(session: Session, kind: str, record_id: int) -> Sequence[Entry]:
    """Give everything that was done to a record, newest first."""
    return session.scalars(_of(kind, record_id)).all()


def reads_on(session: Session) -> bool:
    """Tell whether reading is written down: the audit itself says when that was last switched."""
    last = _of(AUDIT, 0).limit(1)
    entry = session.scalar(last)
    return entry is None or entry.changes.get("reads", [None, True])[1] is not False


def switch_reads(session: Session, viewer: Viewer, *, on: bool) -> None:
    """Have reading written down from now on, or not any more."""
    if reads_on(session) != on:
        record(session, viewer, CHANGED, AUDIT, 0, changes={"reads": (not on, on)})


def write_reads(session: Session, reads: Sequence[Read]) -> None:
    """Write down who read what, once for each person, record and hour."""
    if not reads_on(session):
        return
    for read in dict.fromkeys(reads):
        same = (
            Entry.kind == read.kind, Entry.record_id == read.record_id, Entry.verb == READ,
            Entry.at >= read.hour, Entry.who == read.viewer.name,
        )  # fmt: skip
        if session.scalar(select(Entry.id).where(*same).limit(1)) is None:
            record(session, read.viewer, READ, read.kind, read.record_id)


def _of(kind: str, record_id: int) -> Select[Entry]:
    wanted = select(Entry).where(Entry.kind == kind, Entry.record_id == record_id)
    return wanted.order_by(Entry.id.desc())
