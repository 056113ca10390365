"""Writing letters: one that somebody wrote is on the card and in the outbox at once, by one transaction.

Its Message-ID and its headers are fixed then, so that it is the same letter however often it is tried. It leaves after
ten seconds, in which it can be taken back, or at the moment that was chosen.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import BindParameter, bindparam, delete, select
from sqlalchemy.orm import Session

from crm import (
    conversations,
    letter_answers,
    letter_boxes,
    letter_drafts,
    letter_loops,
    letter_replies,
    letters,
    light_text,
    sendings,
    settling,
    signatures,
    turns,
)
from crm.attachments import Attachment
from crm.contacts import Contact
from crm.conversation_tags import ConversationTag
from crm.conversations import Conversation, Interaction
from crm.desk import Refusal, contact_changed
from crm.letter_boxes import Box
from crm.letter_doubts import Doubtful, doubts
from crm.letter_drafts import Draft
from crm.letters import Letter
from crm.regroupings import Regrouping
from crm.sendings import Sent, Wanted
from hub import audit, outbox
from hub.clock import now
from hub.languages import _
from hub.letters import Address, SendLetter
from hub.rows import insert, insert_many
from hub.said import said
from hub.users import Viewer

UNDO = timedelta(seconds=10)
LIFETIME = timedelta(days=2)
FARTHEST = timedelta(days=366)
LARGEST = 25 * 1024 * 1024  # bytes of all files: more is refused by most mail servers
SUMMARY = 160
SUBJECT = 500


def write(
    session: Session, viewer: Viewer, wanted: Wanted, *, knowing: bool = False, seen: int | None = None
) -> Interaction:
    """Have a letter leave. Refusal says why it cannot, Doubtful what should be known before.

    `seen` is the newest touch of the contact that its writer knows of.
    """
    contact = session.get_one(Contact, wanted.contact_id)
    box = _require(session, wanted)
    letter_loops.refuse(session, wanted)
    if not knowing and (against := doubts(session, wanted, seen)):
        raise Doubtful(against)
    at = now()
    due_at = wanted.at if wanted.at and wanted.at > at + UNDO else at + UNDO
    command = _command(session, viewer, wanted, box, at)
    touch = _touch(session, viewer, contact, wanted, command)
    row = outbox.put(session, box.id, command, lifetime=LIFETIME, at_most_once=True)
    row.due_at, row.expires_at = due_at, due_at + LIFETIME
    outbox.wake(session, row, due_at)
    sending = sendings.add(session, touch.id, row.id, wanted)
    if wanted.at is None:
        letter_answers.answer(session, viewer, touch, sending)
    contact.changed_at = at
    audit.record(session, viewer, audit.CHANGED, "contact", contact.id,
                 words=said("a letter was written: %(subject)s", subject=touch.summary))  # fmt: skip
    contact_changed(session, contact)
    if touch.conversation_id is not None:
        settling.tell(session, touch.conversation_id)
    return touch


def withdraw(session: Session, viewer: Viewer, touch: Interaction) -> Wanted:
    """Take a letter back that has not left, and give it as it was written; nothing of it stays."""
    found = sendings.locked(session, touch.id)
    if found is None or not can_be_withdrawn(found):
        raise Refusal(_("It is too late to take it back: it left, or is leaving just now."))
    sending, outgoing = found.sending, found.outgoing
    wanted, contact = (
        replace(sending.letter, contact_id=touch.contact_id),
        session.get_one(Contact, touch.contact_id),
    )
    settling.take_back(session, viewer, touch, sending)
    words = said("a letter was taken back: %(subject)s", subject=touch.summary)
    audit.record(session, viewer, audit.CHANGED, "contact", contact.id, words=words)
    if (conversation_id := touch.conversation_id) is not None:
        settling.tell(session, conversation_id)
    letter_drafts.let_go(session, touch.id)
    session.delete(sending)
    session.flush()
    for table in (Letter, Attachment):
        session.execute(delete(table).where(table.interaction_id == touch.id))
    session.delete(touch)
    session.delete(outgoing)
    session.flush()
    if conversation_id is not None:
        _leave(session, conversation_id)
    contact_changed(session, contact)
    return wanted


def can_be_withdrawn(found: Sent) -> bool:
    """Tell whether a letter waits, and certainly has not left; one that was in doubt once is decided upon."""
    waits = found.outgoing.due_at is not None and found.outgoing.begun_at is None
    return waits and found.sending.told_id is None


def _require(session: Session, wanted: Wanted) -> Box:
    """Give the mailbox that it leaves from; Refusal where it cannot be a letter."""
    box = letter_boxes.box(session, wanted.channel_id)
    if box is None:
        raise Refusal(
            _("Choose a mailbox of ours to write from: an admin adds one under Settings, Channels.")
        )
    if not (wanted.to or wanted.cc or wanted.blind):
        raise Refusal(_("Say to whom it goes."))
    if not wanted.body.strip() and not wanted.files:
        raise Refusal(_("A letter needs words."))
    if sum(file.size for file in wanted.files) > LARGEST:
        raise Refusal(_("All files together have at most %(most)s MB.", most=LARGEST // 1024**2))
    if wanted.at is not None and not now() < wanted.at < now() + FARTHEST:
        raise Refusal(_("Choose a time that is still to come, within a year."))
    return box


def _command(session: Session, viewer: Viewer, wanted: Wanted, box: Box, at: datetime) -> SendLetter:
    about = session.get(Interaction, wanted.about) if wanted.about else None
    threaded = letter_replies.thread(session, about if wanted.how != "forward" else None)
    quote, quote_html = ("", "")
    if about is not None and wanted.quotes:
        quote, quote_html = letter_replies.below(session, about, wanted.how)
    signature = signatures.signature_of(session, viewer, session.get(Contact, wanted.contact_id))
    text, formatted = light_text.plain(wanted.body), light_text.html(wanted.body)
    signed = f"-- \n{signature}" if signature else ""
    html = ""
    if formatted:
        html = "".join((formatted, light_text.paragraphs(signature) if signature else "", quote_html))
    return SendLetter(
        message_id=f"{secrets.token_hex(16)}@{box.address.rpartition('@')[2]}", written_at=at,
        sender=Address(viewer.name if viewer.user_id else box.title, box.address),
        to=wanted.to, cc=wanted.cc, blind=wanted.blind,
        subject=" ".join(wanted.subject.split())[:SUBJECT], text="\n\n".join(filter(None, (text, signed, quote))),
        html=html, files=wanted.files, in_reply_to=threaded.in_reply_to, references=threaded.references,
        automatic=wanted.automatic, calendar=wanted.calendar,
    )  # fmt: skip


def _touch(
    session: Session, viewer: Viewer, contact: Contact, wanted: Wanted, command: SendLetter
) -> Interaction:
    conversation_id = _conversation(session, viewer, contact, wanted, command)
    summary = command.subject or " ".join(command.text.split())[:SUMMARY]
    touch_id = insert(
        session, Interaction, contact_id=contact.id, conversation_id=conversation_id, channel_id=wanted.channel_id,
        key=command.message_id, kind=letters.KIND, direction="out", at=command.written_at, author_id=viewer.user_id,
        summary=summary[:SUMMARY] or said("no words"), text=light_text.plain(wanted.body), fields=[], origin=[],
        remarks=[],
    )  # fmt: skip
    letters.keep_ours(session, touch_id, command)
    insert_many(session, Attachment, [
        {"interaction_id": touch_id, "name": file.name, "type": file.type, "size": file.size, "blob": file.blob,
         "inline": file.inline, "content_id": file.content_id}
        for file in wanted.files
    ])  # fmt: skip
    return session.get_one(Interaction, touch_id)


def _conversation(
    session: Session, viewer: Viewer, contact: Contact, wanted: Wanted, command: SendLetter
) -> int:
    """Give the conversation that it stands in, or that it was merged into; a new letter begins one of its writer's."""
    found = conversations.standing(session, wanted.conversation_id) if wanted.conversation_id else None
    if found is None:
        return conversations.open_conversation(
            session, contact.id, wanted.channel_id, command.subject, command.written_at,
            assignee_id=viewer.user_id, department_id=viewer.department_id or contact.department_id,
        )  # fmt: skip
    turns.touched(session, found.id, command.written_at)
    return found.id


def _leave(session: Session, conversation_id: int) -> None:
    """Take away a conversation in which nothing is left; one that something else names is closed instead."""
    of_it = select(Interaction.id).where(Interaction.conversation_id == conversation_id).limit(1)
    row = session.get(Conversation, conversation_id, populate_existing=True)
    if row is None or session.scalar(of_it) is not None:
        return
    if any(session.scalar(each, {"conversation": row.id}) is not None for each in _NAMING):
        row.closed_at, row.waits_since, row.snoozed_until = row.closed_at or now(), None, None
    else:
        session.execute(delete(ConversationTag).where(ConversationTag.conversation_id == row.id))
        session.delete(row)
    session.flush()


_ID: BindParameter[int] = bindparam("conversation")
_NAMING = (
    select(Regrouping.id).where((Regrouping.from_id == _ID) | (Regrouping.into_id == _ID)).limit(1),
    select(Conversation.id)
    .where((Conversation.merged_into_id == _ID) | (Conversation.quotes_id == _ID))
    .limit(1),
    select(Draft.id).where(Draft.conversation_id == _ID).limit(1),
)
