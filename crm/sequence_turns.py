"""A sequence looks who came to its list and who is to leave, lot by lot, each lot a transaction.

Nobody is written to against his will in between: whether somebody leaves is asked once more before each letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import consents, contacts, run_mending, run_moves, runs, sequence_letters, suppressions
from crm.consent_files import ConsentFile
from crm.consents import Consent
from crm.contacts import MAIL
from crm.process_engine import Stuck
from crm.processes import ProcessVersion, newest
from crm.sequences import KIND, TIMER, LetterSequence, SequenceArrival, SequencePerson
from hub import audit
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import announce
from hub.rows import insert_unless_there
from hub.said import said
from hub.timers import Due
from hub.users import Viewer

LOT = 25  # people in one transaction: others write as well
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
        leaves = now() if left == LOT else now() + AGAIN
    came = [_go_in(session, sequence), _come(session, sequence), _brought(session, sequence)]
    again = now() if LOT in came else leaves
    # Whoever had it look anew meanwhile was perhaps not seen: then it does.
    still = (LetterSequence.id == sequence_id, LetterSequence.look_at == seen)
    session.execute(update(LetterSequence).where(*still).values(look_at=again, leave_at=leaves))
    announce(session, Due(TIMER, again))
    if left or any(came):
        tell(session, sequence)


def join(
    session: Session, sequence: LetterSequence, address: str, by: int | None, cause: str, *, begins: bool = True
) -> bool:  # fmt: skip
    """Have somebody begin, once for all; False where he began before. Stuck says why it cannot be played.

    Unless he `begins` at once he does as it looks.
    """
    version = newest(session, sequence.process_id) if sequence.process_id is not None else None
    if version is None:
        raise Stuck(said("The sequence was never on."))
    known = contacts.find(session, MAIL, address)
    contact_id = known if known is not None else contacts.add_contact(session, "", ((MAIL, address),))
    person_id = insert_unless_there(
        session, SequencePerson, sequence_id=sequence.id, address=address, contact_id=contact_id, joined_at=now(),
        joined_by=by, why="",
    )  # fmt: skip
    if person_id is None:
        return False
    if begins:
        _begin(session, version, person_id, by, cause)
    return True


def leave(session: Session, person: SequencePerson, why: str, by: int | None = None) -> None:
    """Have somebody leave: nothing more of the sequence comes to him, not even what waits to be sent."""
    run = runs.locked(session, person.run_id) if person.run_id is not None else None
    person.left_at, person.why = now(), why
    sequence_letters.leave_out(session, person, why)
    if run is not None and run.ended_at is None:
        run_mending.over(session, run, why, by)


def stay(session: Session, person: SequencePerson) -> bool:
    """Have somebody who left go on after all, from where he was; False where something speaks against that."""
    if person.left_at is None or sequence_letters.leaves(session, person) is not None:
        return False
    run = runs.locked(session, person.run_id) if person.run_id is not None else None
    sequence_letters.let_in(session, person)
    if run is not None and run.ended_at is not None and run.ended_at >= person.left_at:
        run_mending.not_over(session, run, person.left_at)
    person.left_at, person.why = None, ""
    return True


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
    for person, why in rows:
        leave(session, person, said(sequence_letters.REASONS[str(why)]))
    return len(rows)


def _go_in(session: Session, sequence: LetterSequence) -> int:
    """Have those begin who were put in by hand with many others."""
    waits = (
        SequencePerson.sequence_id == sequence.id,
        SequencePerson.run_id.is_(None),
        SequencePerson.left_at.is_(None),
    )
    rows = session.execute(
        select(SequencePerson.id, SequencePerson.joined_by)
        .where(*waits)
        .order_by(SequencePerson.id)
        .limit(LOT)
    ).all()
    version = newest(session, sequence.process_id) if rows and sequence.process_id is not None else None
    if version is not None:
        for person_id, by in rows:
            _begin(session, version, person_id, by, said("put in by hand"))
    return len(rows)


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
    """Have those of a lot begin who may be written to."""
    may = consents.ground_of(session, sequence.list_id, MAIL, addresses)
    against = suppressions.suppressed(session, MAIL, addresses, sequence.list_id)
    for address in addresses:
        if address in may and address not in against:
            join(session, sequence, address, by, cause)


def _begin(session: Session, version: ProcessVersion, person_id: int, by: int | None, cause: str) -> None:
    person = session.get_one(SequencePerson, person_id)
    run = run_moves.start(
        session,
        version,
        deal=None,
        contact_id=person.contact_id,
        by=by,
        cause=cause,
        data={"person": person_id},
    )
    person.run_id = run.id
