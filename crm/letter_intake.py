"""What a letter becomes: a touch in a conversation, and a task to answer it.

Doing it twice does nothing: a letter is known by its key, whichever of our mailboxes it came to. The same letter
again is linked to the first; a replayed item finds what it became and is read into it anew.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import (
    answer_tasks,
    attachments,
    automatic_letters,
    campaign_answers,
    campaign_letters,
    colleague_fates,
    contacts,
    conversations,
    deal_openings,
    distribution,
    happenings,
    letter_fates,
    letter_reports,
    letter_threads,
    letter_writers,
    letters,
    setting_aside,
    tasks,
    telling,
    turns,
)
from crm.answer_tasks import Asking
from crm.campaign_answers import Answered
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.deal_openings import Request
from crm.letter_reports import BOUNCE
from crm.letter_threads import Thread
from crm.letter_writers import Writer
from crm.setup import Setup, setup
from hub.bus import Audience
from hub.channels import LiveChannel
from hub.journal import Inbound, Outcome
from hub.letters import LetterReceived
from hub.rows import insert
from hub.said import said

SUMMARY = 160
HAPPENED = "mail received"


class Touch(NamedTuple):
    """Where a letter stands: on whose card, in which conversation, from which side, and what was odd."""

    contact: Contact
    conversation_id: int | None
    direction: str
    remarks: tuple[str, ...]


def take(session: Session, item: Inbound, channel: LiveChannel, event: LetterReceived) -> Outcome:
    """Make records of a letter and say what it became."""
    if (doubted := setting_aside.set_aside(item, event.suspicion)) is not None:
        return doubted
    known = letters.find(session, event.key)
    if known is None and item.became_path is not None:
        known = conversations.find_replayed(session, item)
    if known is not None:
        return _again(session, item, event, known)
    if automatic_letters.is_automatic(event):
        return _automatic(session, item, channel, event)
    return _written(session, item, channel, event)


def _again(session: Session, item: Inbound, event: LetterReceived, known: Interaction) -> Outcome:
    path = f"/contacts/{known.contact_id}"
    if known.inbound_id == item.id:
        known.summary, known.text = _summary(event), event.reply
        letters.keep_anew(session, known.id, event)
        return Outcome(item.became or said("read again"), path)
    _tell(session, session.get_one(Contact, known.contact_id))
    return Outcome(said("the same letter, come again"), path, duplicate_of=known.inbound_id)


def _automatic(session: Session, item: Inbound, channel: LiveChannel, event: LetterReceived) -> Outcome:
    heard = campaign_letters.hear(session, event, channel.title)
    if event.kind == BOUNCE and colleague_fates.reported(session, event.bounces[: letter_reports.MOST]):
        return Outcome(said("a letter to a colleague came back: whoever had it written is told"))
    place = automatic_letters.place_of(session, event, setup(session))
    if place is None:
        return Outcome(heard or said("an automatic letter about nobody we know: nothing made"))
    told = automatic_letters.remarks(event)
    letter_fates.reported(session, event)
    conversation_id = place.conversation.id if place.conversation else None
    if conversation_id is not None:
        turns.touched(session, conversation_id, item.received_at)
    _keep(session, item, channel, event, Touch(place.contact, conversation_id, "in", told))
    _tell(session, place.contact)
    return Outcome(heard or said("an automatic letter, kept on the card"), f"/contacts/{place.contact.id}")


def _written(session: Session, item: Inbound, channel: LiveChannel, event: LetterReceived) -> Outcome:
    state, thread = setup(session), letter_threads.thread_of(session, event)
    department = state.department(event.department)
    writer = _writer(session, event, state, thread, department.id if department else None)
    answered = None if thread.ours else campaign_answers.answered(session, event)
    manager = answered.manager_id if answered else None
    conversation_id = _conversation(session, item, channel, event, thread, writer, manager)
    remarks = (*writer.remarks, *distribution.misdirected(event.department, department), *_quoted(thread),
               *_to_campaign(answered))  # fmt: skip
    direction = _direction(session, event, thread, writer.contact)
    stands = Touch(writer.contact, conversation_id, direction, remarks)
    touch_id = _keep(session, item, channel, event, stands)
    if answered is not None:
        campaign_answers.note(session, answered, touch_id)
    path, name = f"/contacts/{writer.contact.id}", writer.contact.name or said("A card without a name")
    if thread.ours:
        _tell(session, writer.contact)
        return Outcome(said("%(name)s, a colleague's letter", name=name), path)
    summary, begins = _summary(event), thread.conversation is None
    why = said("Letter to “%(channel)s”: %(summary)s", channel=channel.title, summary=summary)
    asking = Asking(letters.KIND, touch_id, conversation_id, writer.contact, summary, item.received_at, begins,
                    writer.reachable, whose=manager)  # fmt: skip
    asked = answer_tasks.ask_for(session, state, asking, department, why)
    request = Request(writer.contact.id, touch_id, summary, channel.name, channel.title, item.received_at)
    if begins and writer.reachable:
        deal_openings.came(session, request, HAPPENED)
    else:
        happenings.tell(session, HAPPENED, contact_id=writer.contact.id)
    telling.look_again(session, writer.contact.id, _audience(writer.contact), asked.audience)
    return Outcome(said("%(name)s, task “%(title)s”", name=name, title=asked.title), path)


def _writer(
    session: Session, event: LetterReceived, state: Setup, thread: Thread, department_id: int | None
) -> Writer:
    """Find whose card it is; a colleague who writes in a conversation gets none for that."""
    if thread.conversation is not None and thread.ours:
        return Writer(session.get_one(Contact, thread.conversation.contact_id))
    return letter_writers.writer_of(session, event, state, department_id)


def _conversation(
    session: Session, item: Inbound, channel: LiveChannel, event: LetterReceived, thread: Thread, writer: Writer,
    manager: int | None,
) -> int:  # fmt: skip
    if thread.conversation is None:
        subject = event.subject or _summary(event)
        quoted = thread.quoted.id if thread.quoted else None
        return conversations.open_conversation(
            session, writer.contact.id, channel.id, subject, item.received_at, quoted, assignee_id=manager
        )
    # Written whether it was closed or not: of two letters that meet here, the second is run again and sees the first.
    says = turns.touched if thread.ours else turns.came
    says(session, thread.conversation.id, item.received_at)
    return thread.conversation.id


def _keep(session: Session, item: Inbound, channel: LiveChannel, event: LetterReceived, touch: Touch) -> int:
    interaction_id = insert(
        session, Interaction, contact_id=touch.contact.id, conversation_id=touch.conversation_id,
        channel_id=channel.id, inbound_id=item.id, key=event.key, kind=letters.KIND, direction=touch.direction,
        at=item.received_at, summary=_summary(event), text=event.reply, fields=[], origin=[],
        remarks=[*event.remarks, *touch.remarks],
    )  # fmt: skip
    letters.keep(session, interaction_id, event)
    attachments.add_files(session, interaction_id, event.files)
    return interaction_id


def _direction(session: Session, event: LetterReceived, thread: Thread, contact: Contact) -> str:
    """Say which way it went: a colleague's letter went out where the customer gets it, else it stays between us."""
    if not thread.ours:
        return "in"
    his = {handle.value for handle in contacts.handles_of(session, [contact.id])[contact.id]}
    return "internal" if his.isdisjoint(each.address.lower() for each in (*event.to, *event.cc)) else "out"


def _quoted(thread: Thread) -> tuple[str, ...]:
    if thread.quoted is None:
        return ()
    return (said("Possible follow-up of “%(subject)s”.", subject=thread.quoted.subject),)


def _to_campaign(answered: Answered | None) -> tuple[str, ...]:
    return () if answered is None else (answered.remark,)


def _summary(event: LetterReceived) -> str:
    words = event.subject or event.reply or next((file.name for file in event.files), "")
    return " ".join(words[: 4 * SUMMARY].split())[:SUMMARY] or said("no words")


def _tell(session: Session, contact: Contact) -> None:
    telling.look_again(session, contact.id, _audience(contact))


def _audience(contact: Contact) -> Audience:
    return tasks.audience_of(contact.responsible_id, contact.department_id)
