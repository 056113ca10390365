"""Sending documents: the letter or message that takes one along, and where it went.

Nothing is kept of a sending beside the letter or the message itself: whatever of ours took these very bytes along to
somebody of the deal is one, also what a person enclosed by hand. One that was taken back is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import letter_blanks, letter_boxes, letter_replies, letter_templates, signing_certificates
from crm.attachments import Attachment
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.deals import Deal, parts_of
from crm.desk import Refusal
from crm.documents import DealDocument, template_of
from crm.sendings import Wanted
from hub.languages import Listener, _, speaking_to
from hub.letters import Enclosure
from hub.users import Viewer

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
LONGEST = 5_000  # letters that go along with a document
_STRANGE = re.compile(r"[^\w.-]+")


class Words(NamedTuple):
    """What a letter says."""

    subject: str
    text: str


def enclosure(session: Session, document: DealDocument) -> Enclosure:
    """Give a document as a file that goes along."""
    kind = format_of(session, document)
    return Enclosure(name=file_name(document, kind), type=TYPES[kind], blob=document.blob, size=document.size)


def format_of(session: Session, document: DealDocument) -> str:
    """Say whether a document is a pdf or a docx."""
    return template_of(session, document).format


def file_name(document: DealDocument, kind: str) -> str:
    """Give the name of its file: Q-2026-0007.pdf."""
    return f"{_STRANGE.sub('-', document.number).strip('.-') or document.id}.{kind}"


def usual_words(session: Session, document: DealDocument) -> Words:
    """Give what goes along with a document where nobody says more, in its language."""
    contact = session.get_one(Contact, session.get_one(Deal, document.deal_id).contact_id)
    title = signing_certificates.title_of(session, document)
    with speaking_to(Listener(document.language)):
        return Words(
            title, _("Hello %(name)s,\n\nplease find enclosed: %(title)s.", name=contact.name, title=title)
        )


def with_link(text: str, link: str, document: DealDocument) -> str:
    """Add the link by which a document is signed."""
    if not link:
        return text
    with speaking_to(Listener(document.language)):
        return f"{text}\n\n{_('Read it and sign it here:')}\n{link}"


def letter(session: Session, viewer: Viewer, document: DealDocument, words: Words, link: str) -> Wanted:
    """Give the letter that takes a document along. Refusal where there is nobody to write to, or no mailbox."""
    contact = session.get_one(Contact, session.get_one(Deal, document.deal_id).contact_id)
    box = letter_boxes.box_for(session, viewer, contact)
    if box is None:
        raise Refusal(_("There is no mailbox to write from: an admin adds one under Settings, Channels."))
    begun = letter_replies.begun(session, contact, box.id, None, "new")
    if not begun.to:
        raise Refusal(_("No mail address of %(name)s is known.", name=contact.name))
    return Wanted(
        contact_id=contact.id, channel_id=box.id, to=begun.to, subject=words.subject,
        body=with_link(words.text, link, document), files=(enclosure(session, document),),
    )  # fmt: skip


def by_template(session: Session, viewer: Viewer, document: DealDocument, template_id: int) -> Words:
    """Give the words of a letter template, filled in for whose deal it is."""
    contact = session.get_one(Contact, session.get_one(Deal, document.deal_id).contact_id)
    for each in letter_templates.templates_for(session, viewer):
        if each.id == template_id:
            subject = letter_blanks.fill(session, viewer, each.subject, contact)
            return Words(
                subject or signing_certificates.title_of(session, document),
                letter_blanks.fill(session, viewer, each.text, contact),
            )
    raise Refusal(_("There is no such letter template."))


def sent(session: Session, deal: Deal, documents: Sequence[DealDocument]) -> dict[str, list[Interaction]]:
    """Give by the blobs of documents what took them along, the last first."""
    found: dict[str, list[Interaction]] = {each.blob: [] for each in documents}
    people = [deal.contact_id, *(part.contact_id for part in parts_of(session, deal.id))]
    rows = (
        select(Attachment.blob, Interaction)
        .join(Interaction, Interaction.id == Attachment.interaction_id)
        .where(Interaction.contact_id.in_(people), Interaction.direction == "out", Attachment.blob.in_(found))
        .order_by(Interaction.id.desc())
    )
    for blob, touch in session.execute(rows) if found else ():
        found[blob].append(touch)
    return found
