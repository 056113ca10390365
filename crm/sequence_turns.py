"""A sequence looks who came to its list and who is to leave, lot by lot, each lot a transaction.

Nobody is written to against his will in between: whether somebody leaves is asked once more before each letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import (
    consents,
    contacts,
    sequence_exits,
    sequence_letters,
    sequence_lots,
    sequence_sent,
    suppressions,
)
from crm.consent_files import ConsentFile
from crm.consents import Consent
from crm.contacts import MAIL, Handle
from crm.sequence_lots import LOT
from crm.sequences import KIND, TIMER, LetterSequence, SequenceArrival, SequencePerson
from hub import audit
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import announce
from hub.many_rows import put_many_unless_there
from hub.said import said
from hub.timers import Due
from hub.users import Viewer

AGAIN = timedelta(minutes=5)
"""After which it looks by itself: who bought is told by nobody."""


def look(session: Session, sequence_id: int) -> None:
    """Have those leave who are to, and those begin who came; then again, soon where more wait."""
    sequence = session.get(LetterSequence, sequence_id)
    if sequence is None or sequence.look_at is None or sequence.look_at > now():
        return
    if sequence.on_at is None:
        sequence.look_at = None
        return
    # Who leaves is asked of everybody under way, so it is not asked again for each lot that comes.
    seen, leaves = sequence.look_at, sequence.leave_at
    left = 0
    if leaves is None or leaves <= now():
        left = _leave(session, sequence)
        sequence_sent.look(session, sequence)
        leaves = now() if left == LOT else now() + AGAIN
    came = [_go_in(session, sequence), _come(session, sequence), _brought(session, sequence)]
    again = now() if LOT in came else leaves
    # Whoever had it look anew meanwhile was perhaps not seen: then it does.
    still = (LetterSequence.id == sequence_id, LetterSequence.look_at == seen)
    session.execute(update(LetterSequence).where(*still).values(look_at=again, leave_at=leaves))
    announce(session, Due(TIMER, again))
    if left or any(came):
        tell(session, sequence)


def enter(
    session: Session, sequence: LetterSequence, addresses: Sequence[str], by: int | None
) -> Sequence[SequencePerson]:
    """Put people in, each once for all, and give those who were not in it before; they have still to begin."""
    addresses = list(dict.fromkeys(addresses))
    known = select(Handle.value, Handle.contact_id).where(Handle.kind == MAIL, Handle.value.in_(addresses))
    owners = dict(session.execute(known).all())
    owners |= contacts.add_contacts(session, MAIL, [each for each in addresses if each not in owners])
    made = put_many_unless_there(session, SequencePerson, [
        {"sequence_id": sequence.id, "address": address, "contact_id": owners[address], "run_id": None,
         "joined_at": now(), "joined_by": by, "left_at": None, "why": ""} for address in addresses
    ], "id")  # fmt: skip
    new = select(SequencePerson).where(SequencePerson.id.in_([its_id for (its_id,) in made]))
    return session.scalars(new.order_by(SequencePerson.id)).all() if made else ()


def changed(session: Session, viewer: Viewer, sequence: LetterSequence, words: str) -> None:
    """Write down that somebody changed a sequence, and tell it."""
    audit.record(session, viewer, audit.CHANGED, KIND, sequence.id, words=words)
    tell(session, sequence)


def tell(session: Session, sequence: LetterSequence) -> None:
    """Have whoever looks at a sequence look again."""
    announce(
        session, Notice(kind=KIND, id=sequence.id, audience=Audience(roles=frozenset({"manager", "admin"})))
    )


def _leave(session: Session, sequence: LetterSequence) -> int:
    rows = session.execute(sequence_letters.leavers(sequence, LOT)).all()
    sequence_exits.leave_all(session, {person: str(why) for person, why in rows})
    return len(rows)


def _go_in(session: Session, sequence: LetterSequence) -> int:
    """Have those begin who were put in by hand with many others."""
    waiting = (
        SequencePerson.sequence_id == sequence.id,
        SequencePerson.run_id.is_(None),
        SequencePerson.left_at.is_(None),
    )
    wanted = select(SequencePerson).where(*waiting).order_by(SequencePerson.id).limit(LOT)
    people = session.scalars(wanted).all()
    if people:
        sequence_lots.begin(session, sequence, people, said("put in by hand"))
    return len(people)


def _come(session: Session, sequence: LetterSequence) -> int:
    """Have those begin who agreed since it was turned on."""
    wanted = select(SequenceArrival).where(SequenceArrival.sequence_id == sequence.id)
    rows = session.scalars(wanted.order_by(SequenceArrival.id).limit(LOT)).all()
    for row in rows:
        session.delete(row)
    _all_begin(session, sequence, [row.address for row in rows], None, said("agreed to the list"))
    return len(rows)


def _brought(session: Session, sequence: LetterSequence) -> int:
    """Have those begin whom a file brought that counts."""
    wanted = select(ConsentFile).where(
        ConsentFile.sequence_id == sequence.id, ConsentFile.brings_from.is_not(None)
    )
    file = session.scalars(wanted.order_by(ConsentFile.id).limit(1)).first()
    if file is None or file.brings_from is None:
        return 0
    lines = session.execute(
        select(Consent.id, Consent.value)
        .where(Consent.file_id == file.id, Consent.id > file.brings_from)
        .order_by(Consent.id)
        .limit(LOT)
    ).all()
    cause = said("came by the file “%(name)s”", name=file.name)
    _all_begin(session, sequence, [value for _id, value in lines], file.by, cause)
    file.brings_from = lines[-1][0] if len(lines) == LOT else None
    return LOT  # another file may wait behind it


def _all_begin(
    session: Session, sequence: LetterSequence, addresses: Sequence[str], by: int | None, cause: str
) -> None:
    """Have those of a lot begin who may be written to and are not in it."""
    may = consents.ground_of(session, sequence.list_id, MAIL, addresses)
    against = suppressions.suppressed(session, MAIL, addresses, sequence.list_id)
    meant = [address for address in addresses if address in may and address not in against]
    new = enter(session, sequence, meant, by) if meant else ()
    if new:
        sequence_lots.begin(session, sequence, new, cause)
