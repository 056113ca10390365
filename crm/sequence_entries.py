"""Who is put into a sequence by hand, alone or with a whole segment, and who is taken out of it again."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from crm import campaign_whom, consents, sequence_exits, sequence_lots, sequence_turns, suppressions
from crm.contacts import MAIL, Handle
from crm.desk import Refusal
from crm.process_troubles import Stuck
from crm.sequence_lots import LOT
from crm.sequences import LetterSequence, SequencePerson, look_soon
from hub.clock import now
from hub.languages import _
from hub.rows_unless_there import insert_many_unless_there
from hub.said import again, said
from hub.users import Viewer

MOST_ADDED = 500  # people at once
MOST_OF_SEGMENT = 100_000


def put_in(
    session: Session, viewer: Viewer, sequence: LetterSequence, addresses: Collection[str]
) -> tuple[int, list[str]]:
    """Have people begin by hand; give how many do, and whom nobody may write to. Who began before does not again.

    The first of them begin at once, the others lot by lot as it looks.
    """
    if sequence.on_at is None:
        raise Refusal(_("The sequence is off."))
    if len(addresses) > MOST_ADDED:
        raise Refusal(_("At most %(most)s people at once.", most=MOST_ADDED))
    may = consents.ground_of(session, sequence.list_id, MAIL, addresses)
    against = suppressions.suppressed(session, MAIL, list(addresses), sequence.list_id)
    not_meant = [each for each in addresses if each not in may or each in against]
    barred = frozenset(not_meant)
    meant = [each for each in addresses if each not in barred]
    new = sequence_turns.enter(session, sequence, meant, viewer.user_id) if meant else ()
    try:
        if new:
            sequence_lots.begin(session, sequence, new[:LOT], said("put in by %(name)s", name=viewer.name))
    except Stuck as error:
        raise Refusal(str(error.args[0])) from None
    if len(new) > LOT:
        look_soon(session, sequence.list_id, leaves=False)
    sequence_turns.changed(session, viewer, sequence, said("%(num)s put in by hand", num=len(new)))
    return len(new), not_meant


def put_in_all(session: Session, viewer: Viewer, sequence: LetterSequence, segment_id: int) -> int:
    """Have everybody of a segment begin who may be written to and never began; give how many do, lot by lot."""
    if sequence.on_at is None:
        raise Refusal(_("The sequence is off."))
    try:
        meant = campaign_whom.meant_by(session, [segment_id])
    except ValueError as error:
        raise Refusal(again(error.args[0])) from None
    if not meant:
        raise Refusal(_("There is no such segment."))
    there = exists().where(SequencePerson.sequence_id == sequence.id, SequencePerson.address == Handle.value)
    rows = session.execute(
        select(Handle.value, Handle.contact_id)
        .where(Handle.kind == MAIL, Handle.contact_id.in_(meant[0]), consents.agreed(sequence.list_id),
               suppressions.allowed(sequence.list_id), ~there)
        .order_by(Handle.id).limit(MOST_OF_SEGMENT)
    ).all()  # fmt: skip
    new = [
        {"sequence_id": sequence.id, "address": address, "contact_id": contact_id, "run_id": None, "joined_at": now(),
         "joined_by": viewer.user_id, "left_at": None, "why": ""}
        for address, contact_id in rows
    ]  # fmt: skip
    if new:
        insert_many_unless_there(session, SequencePerson, new)
        look_soon(session, sequence.list_id, leaves=False)
    sequence_turns.changed(session, viewer, sequence, said("%(num)s put in by hand", num=len(rows)))
    return len(rows)


def take_out(session: Session, viewer: Viewer, person: SequencePerson) -> None:
    """Have somebody leave by hand; copies for him that wait do not leave."""
    if person.left_at is not None:
        raise Refusal(_("He has left already."))
    sequence_exits.leave(session, person, said("Taken out by %(name)s.", name=viewer.name), viewer.user_id)
    sequence_turns.changed(
        session,
        viewer,
        session.get_one(LetterSequence, person.sequence_id),
        said("somebody was taken out by hand"),
    )


def put_back(session: Session, viewer: Viewer, person: SequencePerson) -> None:
    """Have somebody go on after all who was taken out by hand; who left for what he did stays away."""
    if not sequence_exits.stay(session, person):
        raise Refusal(_("He cannot go on in it."))
    sequence = session.get_one(LetterSequence, person.sequence_id)
    sequence_turns.changed(session, viewer, sequence, said("somebody goes on who was taken out"))
