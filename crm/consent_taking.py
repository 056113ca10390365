"""Addresses of a file go into the ledger, on a ground that somebody states: all of them, or none.

A large one is laid aside (crm/consent_files.py), taken lot by lot, and counts once the last lot is in. Who took his
consent back here, or must not be written to, is left out whatever a file says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm import consent_files, consents, sequences, suppressions
from crm.consent_file import Fault, Read
from crm.consent_files import ConsentFile
from crm.consents import CONSENT, CONTRACT, CUSTOMER, GIVEN, IMPORT, WITHDRAWN, Consent
from crm.contacts import MAIL, Handle
from crm.mailing_lists import KIND, MailingList
from crm.refusals import Refusal
from crm.sequences import LetterSequence
from crm.suppressions import batched
from hub import audit
from hub.clock import now
from hub.db import announce
from hub.languages import N_, _
from hub.rows import held, insert_many
from hub.said import nsaid, said
from hub.timers import Due
from hub.users import User, Viewer
from hub.users import viewer as rights_of

AT_ONCE = 2_000  # so many are written in one go, while nobody else writes
LEAST_WORDS = 10  # letters of what somebody states
GROUNDS: Mapping[str, str] = {
    CONSENT: N_("They agreed to get it"),
    CUSTOMER: N_("They are customers, and it is about the like of what they bought"),
    CONTRACT: N_("It belongs to what was agreed with them, and advertises nothing"),
}


class Stated(msgspec.Struct, frozen=True):
    """What somebody states of a file: on which ground it is taken, how they agreed, and what it is called.

    Whom it brings begins the sequence of this id, once it counts; none for 0.
    """

    ground: str
    words: str
    name: str
    sequence: int = 0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file: so many were written down, stood there already, were left out. With `wrong` nobody was.

    `waiting` are on their way, lot by lot. `column` is what stands above the addresses that were read, or "", and
    `names` above names, which are not taken.
    """

    made: int = 0
    same: int = 0
    left_out: int = 0
    wrong: int = 0
    faults: Sequence[Fault] = ()
    waiting: int = 0
    column: str = ""
    names: Sequence[str] = ()


def take(session: Session, viewer: Viewer, of: MailingList, found: Read, stated: Stated) -> Report:
    """Write down that these addresses agreed, at most `AT_ONCE` of them; ValueError where no ground is stated."""
    if found.wrong or not found.values:
        _look(session, of, stated)
        return Report(wrong=found.wrong, faults=found.faults, column=found.column, names=found.names)
    row = take_all(session, viewer, of, found.values, stated)
    return Report(made=row.made, same=row.same, left_out=row.left_out, column=found.column, names=found.names)


def take_all(
    session: Session, viewer: Viewer, of: MailingList, values: Sequence[str], stated: Stated
) -> ConsentFile:
    """Write down at once that these agreed, at most `AT_ONCE`; ValueError where something is not stated."""
    row = lay_aside(session, viewer, of, len(values), stated)
    row.begun_at = now()
    for some_values in batched(values):
        _take(session, row, some_values)
    _keep(session, viewer, row)
    return row


def lay_aside(session: Session, viewer: Viewer, of: MailingList, total: int, stated: Stated) -> ConsentFile:
    """Begin with a file of which parts follow (`lay`); ValueError where no ground is stated."""
    row = ConsentFile(
        list_id=of.id, name=stated.name[: consents.PLACE], ground=stated.ground,
        words=_look(session, of, stated)[: consents.WORDS], total=total, made=0, same=0, left_out=0, by=viewer.user_id,
        sequence_id=stated.sequence or None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def lay(session: Session, file_id: int, values: Sequence[str], *, last: bool) -> None:
    """Lay some addresses of a file aside; with the last of them it is taken from then on. Refusal if it was stopped."""
    row = held(session, ConsentFile, file_id)
    if row.stopped_at is not None:
        raise Refusal(_("The file was stopped: nothing of it is taken."))
    consent_files.lay(session, row, values)
    if last:
        consent_files.begin(session, row)


def stop(session: Session, viewer: Viewer, row: ConsentFile) -> None:
    """Have nothing of a file be taken that is on its way; Refusal where it is over."""
    row = held(session, ConsentFile, row.id)  # its last lot may just be taken
    if row.kept_at is not None or row.stopped_at is not None:
        raise Refusal(_("It is over already: who was taken is on the list."))
    row.stopped_at = row.due_at = now()
    words = said("“%(name)s” was stopped: nobody was taken from it", name=row.name)
    audit.record(session, viewer, audit.CHANGED, KIND, row.list_id, words=words)
    announce(session, Due(consent_files.TIMER, row.due_at))
    consent_files.tell(session, row.list_id)


def go_on(session: Session, file_id: int) -> None:
    """Take the next lot of a file that is on its way, and keep it at its end; of one that was stopped, take it out."""
    row = held(session, ConsentFile, file_id)
    if row.due_at is None or row.due_at > now():
        return
    if row.stopped_at is not None:
        _undo(session, row)
    elif row.begun_at is None:
        stop(session, audit.RINGBACK, row)
    else:
        _go_on(session, row)
    consent_files.tell(session, row.list_id)


def _go_on(session: Session, row: ConsentFile) -> None:
    part = consent_files.next_part(session, row.id)
    if part is not None:
        for values in batched(part.addresses):
            _take(session, row, values)
        session.delete(part)
        session.flush()
    if consent_files.next_part(session, row.id) is not None:
        row.due_at = now()
        announce(session, Due(consent_files.TIMER, row.due_at))
    else:
        row.due_at = None
        who = session.get(User, row.by) if row.by is not None else None
        _keep(session, rights_of(who) if who is not None else audit.RINGBACK, row)


def _undo(session: Session, row: ConsentFile) -> None:
    """Take a lot of what was staged out again: it never counted."""
    staged = select(Consent.id).where(Consent.file_id == row.id).order_by(Consent.id).limit(consent_files.LOT)
    gone = session.execute(delete(Consent).where(Consent.id.in_(staged)).returning(Consent.id)).all()
    part = consent_files.next_part(session, row.id)
    if part is not None:
        session.delete(part)
    row.due_at = now() if gone or part is not None else None
    if row.due_at is not None:
        announce(session, Due(consent_files.TIMER, row.due_at))


def _keep(session: Session, who: Viewer, row: ConsentFile) -> None:
    """Have all that was taken from a file count from now on."""
    row.kept_at = now()
    row.brings_from = 0 if row.sequence_id is not None and row.made else None
    told = nsaid("%(num)s address from a file, on the ground: %(ground)s", "%(num)s addresses from a file, on the "
                 "ground: %(ground)s", row.made, ground=said(GROUNDS[row.ground]))  # fmt: skip
    audit.record(session, who, audit.CHANGED, KIND, row.list_id, words=told)
    sequences.look_soon(session, row.list_id, leaves=False)


def _look(session: Session, of: MailingList, stated: Stated) -> str:
    """Give how they agreed; ValueError where that, or the ground, is not stated, or nobody begins that sequence."""
    words = " ".join(stated.words.split())
    if stated.ground not in GROUNDS:
        raise ValueError(said("Choose on which ground they are written to"))
    if len(words) < LEAST_WORDS:
        raise ValueError(said("State how they agreed, and when: it is kept with each address"))
    if stated.sequence:
        begins = session.get(LetterSequence, stated.sequence)
        if begins is None or begins.list_id != of.id:
            raise ValueError(said("There is no such sequence of this list"))
        if begins.on_at is None:
            raise ValueError(said("“%(sequence)s” is off: turn it on first", sequence=begins.name))
    return words


def _take(session: Session, row: ConsentFile, values: Sequence[str]) -> None:
    known = _states(session, row.list_id, values)
    barred = suppressions.suppressed(session, MAIL, values, row.list_id)
    barred |= {value for value, state in known.items() if state == WITHDRAWN}
    new = [value for value in values if value not in barred and known.get(value) != GIVEN]
    _write(session, row, new)
    row.made, row.left_out = row.made + len(new), row.left_out + len(barred)
    row.same += len(values) - len(new) - len(barred)


def _states(session: Session, list_id: int, values: Collection[str]) -> dict[str, str]:
    rows = select(Consent.value, Consent.state).where(
        Consent.kind == MAIL, Consent.value.in_(values), Consent.list_id == list_id, consents.counts(Consent)
    )  # fmt: skip
    return dict(session.execute(rows.order_by(Consent.id)).all())  # the newest of each comes last, and stays


def _write(session: Session, row: ConsentFile, values: Sequence[str]) -> None:
    owners = dict(
        session.execute(
            select(Handle.value, Handle.contact_id).where(Handle.kind == MAIL, Handle.value.in_(values))
        ).all()
    )
    moment = now()
    insert_many(session, Consent, [
        {"list_id": row.list_id, "kind": MAIL, "value": value, "state": GIVEN, "source": IMPORT, "address": "",
         "contact_id": owners.get(value), "interaction_id": None, "campaign_id": None, "at": moment,
         "ground": row.ground, "words": row.words, "by": row.by, "place": row.name, "file_id": row.id}
        for value in values
    ])  # fmt: skip
