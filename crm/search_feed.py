"""What feeds the index: a note of each change, and who indexes behind the traffic what the notes name.

A note is written in the transaction of the change itself (crm/search_triggers.py), so none is lost whenever the hub
is killed, and the road from wire to card does not wait for words to be folded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Select, delete, func, insert, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import search_index, search_triggers, spellings
from crm.contacts import Contact, Organisation
from crm.conversations import Interaction
from crm.search_documents import Document, documents
from crm.search_index import CONTACT, INTERACTION, KINDS, ORGANISATION, TASK, Spelling
from crm.tasks import Task
from hub.db import Base
from hub.rows import insert_many

LOT = 200
LITTLE = 8  # notes that are taken while people wait: the writer is held for a moment
SLICE = 2_000  # records of a whole kind that are noted at once: a million would hold the writer for a second
EVERY = "every "  # before a kind: a note that all of it beyond that record is to be noted, by whoever takes the note

SOURCES: Mapping[str, type[Contact | Organisation | Task | Interaction]] = {
    CONTACT: Contact,
    ORGANISATION: Organisation,
    TASK: Task,
    INTERACTION: Interaction,
}


class Note(Base):
    """A record that is to be indexed anew."""

    __tablename__ = "search_queue"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    record_id: Mapped[int]


class Lot(NamedTuple):
    """Notes that were read, and what is to be indexed because of them; None for what cannot be found any more.

    `whole` are kinds of which every record is to be noted, each with the last one that was.
    """

    notes: Sequence[int]
    whole: Sequence[tuple[str, int]]
    kinds: Mapping[str, Mapping[int, Document | None]]


def install(session: Session) -> None:
    """See to it that every change is noted; where one was not, everything of that kind is indexed again.

    That is left to a later transaction, which sees what others committed before the trigger stood.
    """
    _note_all(session, sorted(search_triggers.install(session)))


def rebuild(session: Session) -> None:
    """Empty the index, and note that every record is to be indexed."""
    search_triggers.install(session)
    session.execute(delete(Note))
    session.execute(delete(Spelling))
    for kind in KINDS:
        search_index.empty(session, kind)
    _note_all(session, KINDS)


def waiting(session: Session, most: int) -> int:
    """Count the notes, up to `most`; where a whole kind is to be noted it is as many."""
    if session.scalar(select(Note.id).where(Note.kind.startswith(EVERY)).limit(1)) is not None:
        return most
    some = select(Note.id).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def unknown(session: Session, kind: str) -> Select[int] | None:
    """Give the ids of records that are not indexed as they are now; None where it may be any of the kind."""
    if session.scalar(select(Note.id).where(Note.kind == EVERY + kind).limit(1)) is not None:
        return None
    return select(Note.record_id).where(Note.kind == kind)


def gather(session: Session, most: int = LOT) -> Lot | None:
    """Read the oldest notes and the words of what they name; None when there are none."""
    oldest = select(Note.id, Note.kind, Note.record_id).order_by(Note.id).limit(most)
    notes = session.execute(oldest).all()
    kinds: dict[str, Mapping[int, Document | None]] = {}
    for kind in KINDS if notes else ():
        ids = list(dict.fromkeys(note.record_id for note in notes if note.kind == kind))
        kinds[kind] = {**dict.fromkeys(ids), **documents(session, kind, ids)}
    every = [note for note in notes if note.kind.startswith(EVERY)]
    whole = [(note.kind.removeprefix(EVERY), note.record_id) for note in every]
    return Lot([note.id for note in notes], whole, kinds) if notes else None


def gather_little(session: Session) -> Lot | None:
    """Read a few of the oldest notes, as `gather` does."""
    return gather(session, LITTLE)


def index(session: Session, lot: Lot) -> None:
    """Index what was gathered, unless somebody else took notes of it since: he may know later words."""
    ours = Note.id.between(lot.notes[0], lot.notes[-1])
    if session.scalars(select(Note.id).where(ours).order_by(Note.id)).all() != lot.notes:
        return
    session.execute(delete(Note).where(ours).execution_options(synchronize_session=False))
    for kind, found in lot.kinds.items():
        search_index.drop(session, kind, [number for number, each in found.items() if each is None])
        search_index.put(session, kind, {number: each.words for number, each in found.items() if each})
    spellings.learn(session, _names(lot))
    for kind, last in lot.whole:
        _note_next(session, kind, last)


def _note_all(session: Session, kinds: Iterable[str]) -> None:
    insert_many(session, Note, [{"kind": EVERY + kind, "record_id": 0} for kind in kinds])


def _note_next(session: Session, kind: str, last: int) -> None:
    """Note the next records of a kind, and behind them that more follow: what changes meanwhile comes in between."""
    source = SOURCES[kind]
    some = select(source.id).where(source.id > last).order_by(source.id).limit(SLICE).subquery()
    count, end = session.execute(select(func.count(), func.max(some.c.id))).one()
    if end is not None:
        noted = select(literal(kind), source.id).where(source.id > last, source.id <= end)
        session.execute(insert(Note).from_select(["kind", "record_id"], noted.order_by(source.id)))
    if count == SLICE:
        insert_many(session, Note, [{"kind": EVERY + kind, "record_id": end}])


def _names(lot: Lot) -> set[str]:
    return {word for found in lot.kinds.values() for each in found.values() if each for word in each.name}
