"""Photos and signatures from a customer's place: kept once, however often a telephone sends them again.

They stand on the contact's timeline as files of a note, and so with his deals. A photo's bytes are in the blob folder
before its row is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.appointment_times import in_words
from crm.appointments import KIND, Appointment, Paper
from crm.attachments import Attachment
from crm.contacts import Contact
from crm.conversations import Interaction, add_note
from crm.desk import Refusal, contact_changed
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.letters import Enclosure
from hub.rows import insert
from hub.rows_unless_there import insert_unless_there
from hub.said import said
from hub.users import Viewer

PHOTO, SIGNATURE = "photo", "signature"
MOST = 100  # of one appointment
NAME = 120
_KEY = re.compile(r"[\w:.-]{1,100}")


def keep_photo(session: Session, viewer: Viewer, row: Appointment, key: str, file: Enclosure) -> bool:
    """Keep a photo; False where the same came before."""
    number = _once(session, viewer, row, PHOTO, key)
    if number is None:
        return False
    _attach(session, row, number, file, _note(session, viewer, row))
    audit.record(session, viewer, audit.CHANGED, KIND, row.id, words=said("a photo was kept"))
    return True


def sign(
    session: Session, viewer: Viewer, row: Appointment, key: str, signer: str, file: Enclosure | None
) -> bool:
    """Keep that the customer signed, on glass or by typing his name; False where the same came before."""
    signer = " ".join(signer.split())[:NAME]
    if not signer:
        raise Refusal(_("Say who signs."))
    number = _once(session, viewer, row, SIGNATURE, key, signer)
    if number is None:
        return False
    words = (
        _("Signed on glass by %(name)s", name=signer) if file else _("Signed by %(name)s, typed", name=signer)
    )
    note = add_note(session, row.contact_id, viewer.user_id, words, counts_as_contact=False)
    if file is not None:
        _attach(session, row, number, file, note)
    audit.record(session, viewer, audit.CHANGED, KIND, row.id, words=said("%(name)s signed", name=signer))
    contact_changed(session, session.get_one(Contact, row.contact_id))
    return True


def with_files(session: Session, appointment_ids: Sequence[int]) -> Sequence[tuple[Paper, Attachment | None]]:
    """Give what was kept of several appointments, in order, with its files."""
    wanted = (
        select(Paper, Attachment).outerjoin(Attachment, Attachment.id == Paper.attachment_id)
        .where(Paper.appointment_id.in_(appointment_ids)).order_by(Paper.id)
    )  # fmt: skip
    return [(row[0], row[1]) for row in session.execute(wanted)] if appointment_ids else ()


def _once(
    session: Session, viewer: Viewer, row: Appointment, kind: str, key: str, signer: str = ""
) -> int | None:
    """Write it down unless its key is there: of two that come at once one is kept."""
    if not _KEY.fullmatch(key):
        raise Refusal(_("This photo or signature has no key of its own."))
    known = session.scalar(select(func.count()).select_from(Paper).where(Paper.appointment_id == row.id)) or 0
    if known >= MOST:
        raise Refusal(_("A visit has at most %(most)s photos.", most=MOST))
    return insert_unless_there(
        session, Paper, appointment_id=row.id, kind=kind, key=key, signer=signer, at=now(), by=viewer.user_id,
        attachment_id=None,
    )  # fmt: skip


def _note(session: Session, viewer: Viewer, row: Appointment) -> Interaction:
    """Give the note on the timeline in which the photos of an appointment stand."""
    row = session.get_one(Appointment, row.id, with_for_update=True, populate_existing=True)
    if row.interaction_id is not None:
        return session.get_one(Interaction, row.interaction_id)
    words = _("Photos of the visit %(when)s", when=in_words(row.starts_at, row.zone))
    note = add_note(session, row.contact_id, viewer.user_id, words, counts_as_contact=False)
    row.interaction_id = note.id
    return note


def _attach(session: Session, row: Appointment, number: int, file: Enclosure, note: Interaction) -> None:
    attachment_id = insert(
        session, Attachment, interaction_id=note.id, name=file.name, type=file.type, size=file.size, blob=file.blob,
        inline=False, content_id="",
    )  # fmt: skip
    session.get_one(Paper, number).attachment_id = attachment_id
    contact = session.get_one(Contact, row.contact_id)
    contact.changed_at = now()
    contact_changed(session, contact)
