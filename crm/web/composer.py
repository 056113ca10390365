"""The place where a letter is written: a draft as its author sees it, and what he can choose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.orm import Session

from crm import letter_boxes, letter_drafts, letter_replies, letter_templates, light_text
from crm.contacts import MAIL, Contact, handles_of
from crm.conversations import Interaction
from crm.desk import ID_DIGITS
from crm.letter_boxes import Box
from crm.letter_drafts import Draft
from crm.letter_templates import Filled
from crm.setup import setup
from crm.signatures import signature_of
from crm.web.names import called
from crm.web.seen import visible
from crm.web.zones import local, zone_of
from hub.clock import now
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.journal_item import bytes_in_words
from hub.web.problems import Problem

SHOWN = 4_000  # letters of a quotation
TITLES = {
    "new": N_("Letter to %(name)s"), "reply": N_("Answer %(name)s"), "all": N_("Answer %(name)s and all others"),
    "forward": N_("Pass on"),
}  # fmt: skip


class File(msgspec.Struct, frozen=True):
    """A file that goes along; a DELETE at `href` takes it away."""

    name: str
    size: str
    href: str


class Composer(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _composer.html. `later_min` is the earliest moment for sending later, on the reader's clock."""

    id: int
    contact_id: int
    title: str
    how: str
    to: str
    cc: str
    blind: str
    subject: str
    body: str
    quotes: bool
    quoted: str
    signature: str
    channel: int
    boxes: Sequence[Box]
    files: Sequence[File]
    templates: Sequence[Filled]
    changed_at: datetime
    later_min: str
    against: Sequence[str] = ()


class Begun(msgspec.Struct, frozen=True):
    """A draft that waits on a card."""

    id: int
    words: str
    at: datetime


def composer(session: Session, viewer: Viewer, draft: Draft, against: Sequence[str] = ()) -> Composer:
    """Show a draft."""
    contact = session.get_one(Contact, draft.contact_id)
    handles = handles_of(session, [contact.id])[contact.id]
    name = called(contact.name, handles, setup(session).company.country)
    return Composer(
        id=draft.id, contact_id=contact.id, title=_(TITLES[draft.how], name=name), how=draft.how, to=draft.to,
        cc=draft.cc, blind=draft.blind, subject=draft.subject, body=draft.body, quotes=draft.quotes,
        quoted=_quoted(session, draft), signature=signature_of(session, viewer, contact), channel=draft.channel_id,
        boxes=letter_boxes.boxes(session), files=files(session, draft),
        templates=letter_templates.filled(session, viewer, contact), changed_at=draft.changed_at,
        later_min=f"{local(now() + timedelta(minutes=1), zone_of(session)):%Y-%m-%dT%H:%M}", against=against,
    )  # fmt: skip


def own(session: Session, viewer: Viewer, draft_id: int) -> Draft:
    """Give a draft of the viewer's own, on a card that he may still see."""
    found = letter_drafts.draft_for(session, viewer.user_id, draft_id)
    if found is None:
        raise Problem(404, _("There is no such draft: it was sent, or thrown away."))
    visible(session, viewer, found.contact_id)
    return found


def opened(session: Session, viewer: Viewer, contact_id: int, draft_id: int) -> Composer | None:
    """Show a draft that is opened on a card; None where it is gone, or belongs elsewhere."""
    draft = letter_drafts.draft_for(session, viewer.user_id, draft_id)
    return composer(session, viewer, draft) if draft is not None and draft.contact_id == contact_id else None


def files(session: Session, draft: Draft) -> list[File]:
    """Show the files of a draft."""
    return [
        File(each.name, bytes_in_words(each.size), f"/drafts/{draft.id}/files/{each.id}")
        for each in letter_drafts.files_of(session, draft.id)
    ]


def begun(session: Session, viewer: Viewer, contact_id: int) -> list[Begun]:
    """Give what somebody began to write to a contact."""
    return [
        Begun(each.id, each.subject or _("without a subject"), each.changed_at)
        for each in letter_drafts.drafts_of(session, viewer.user_id, contact_id)
        if letter_drafts.says_something(session, each)
    ]


def writes_to(session: Session, contact: Contact) -> bool:
    """Tell whether there is a mailbox to write from, and an address to write to."""
    known = any(each.kind == MAIL for each in handles_of(session, [contact.id])[contact.id])
    return known and bool(letter_boxes.boxes(session))


def whole_number(text: str) -> int:
    """Read an id that somebody typed or a form sent, 0 where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else 0


def _quoted(session: Session, draft: Draft) -> str:
    about = session.get(Interaction, draft.about_id) if draft.about_id else None
    if about is None:
        return ""
    leads, text = letter_replies.quotation(session, about, draft.how)
    return f"{leads}\n{text if draft.how == 'forward' else light_text.quoted(text)}"[:SHOWN]
